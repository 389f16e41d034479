"""The house style of the study's figures, and their rendering to bytes that are the same in every run.

Colours are Okabe and Ito's (2008), told apart by colour-blind readers, and bound to roles so that one colour means one thing
through the whole book. Chinese is drawn with the Noto Sans SC that the ``zhplot`` package carries (OFL), found as a file:
importing that package would rewrite the reader's settings.
"""

import importlib.util
import io
import struct
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import matplotlib
from cycler import cycler
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from aimass.errors import ChapterError

CYCLE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
COLORS: Mapping[str, str] = MappingProxyType(
    {
        "ours": "#0072B2",
        "baseline": "#D55E00",
        "control": "#009E73",
        "chance": "#767676",
        "reference": "#CC79A7",
        "highlight": "#E69F00",
        "light": "#56B4E9",
        "ink": "#222222",
        "grid": "#D9D9D9",
    }
)

WIDTH = 6.4  # inches
DPI = 225  # 1,440 pixels wide, shown at half that: crisp, and its letters still legible on a phone

STYLE: Mapping[str, Any] = MappingProxyType(
    {
        "font.family": ["DejaVu Sans", "Noto Sans SC"],
        "font.size": 10,
        "axes.titlesize": 11,
        "axes.titlelocation": "left",
        "axes.labelsize": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": "#555555",
        "axes.labelcolor": "#222222",
        "axes.facecolor": "white",
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=CYCLE),
        "grid.color": "#D9D9D9",
        "grid.linewidth": 0.6,
        "lines.linewidth": 1.8,
        "lines.markersize": 5,
        "errorbar.capsize": 3,
        "legend.frameon": False,
        "legend.fontsize": 9,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "figure.facecolor": "white",
        "savefig.facecolor": "white",
        "image.cmap": "viridis",
        "axes.formatter.use_mathtext": True,
        "svg.hashsalt": "aimass",
    }
)


@cache
def _load_chinese_font() -> None:
    """Make Noto Sans SC known to matplotlib. Raises ``ChapterError`` where the font's package is not installed."""
    found = importlib.util.find_spec("zhplot")
    fonts = Path(found.origin).parent / "fonts" if found and found.origin else None
    path = fonts / "NotoSansSC-Regular.ttf" if fonts else None
    if path is None or not path.is_file():
        raise ChapterError(
            "no Chinese font for figures: install the zhplot package, which carries Noto Sans SC"
        )
    font_manager.fontManager.addfont(path)


def use_style() -> None:
    """Set the house style for all figures drawn from here on in this process."""
    _load_chinese_font()
    matplotlib.rcParams.update(dict(STYLE))  # type: ignore[arg-type]


def new(rows: int = 1, cols: int = 1, height: float = 3.2, **options: Any) -> tuple[Figure, Any]:
    """A new figure in the house style, as wide as the text, and its axes.

    Args:
        rows, cols: the grid of axes.
        height: of the whole figure, in inches; the width is 6.4.
        options: passed to ``Figure.subplots`` (``sharey=True``, ``width_ratios=...``).

    Returns:
        The figure, and one ``Axes``, or an array of them as ``Figure.subplots`` shapes it.
    """
    use_style()
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, cols, **options)


def error_band(
    ax: Axes, x: Sequence[float], low: Sequence[float], high: Sequence[float], color: str | None = None
) -> Any:
    """Shade the spread from ``low`` to ``high``, in the colour of the line drawn last unless one is given."""
    shade = color or (ax.lines[-1].get_color() if ax.lines else COLORS["ours"])
    return ax.fill_between(x, low, high, color=shade, alpha=0.18, linewidth=0)


def label_line(ax: Axes, line: Any, text: str, dy: float = 0.0) -> Any:
    """Write ``text`` beside a line's last point, in the line's colour, instead of a legend; ``dy`` shifts it, in points."""
    x, y = line.get_xdata()[-1], line.get_ydata()[-1]
    return ax.annotate(
        text,
        (x, y),
        xytext=(5, dy),
        textcoords="offset points",
        va="center",
        color=line.get_color(),
        fontsize=9,
        annotation_clip=False,
    )


def render(figure: Figure, name: str, mark: str) -> bytes:
    """The figure as PNG, byte for byte the same for the same figure, with ``mark`` in small grey below its right corner.

    Raises:
        ChapterError: when matplotlib warns while drawing, above all of a character that no font has.
    """
    use_style()
    figure.set_facecolor("white")
    label = figure.text(1.0, -0.01, mark, ha="right", va="top", fontsize=7, color="#767676")
    label.set_in_layout(True)
    buffer = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            figure.savefig(
                buffer,
                format="png",
                dpi=DPI,
                bbox_inches="tight",
                pad_inches=0.08,
                metadata={"Software": None},
            )
    except UserWarning as warning:
        raise ChapterError(f"figure {name!r}: {_explain(str(warning))}") from None
    finally:
        label.remove()
    return buffer.getvalue()


def _explain(warning: str) -> str:
    if warning.startswith("Glyph "):
        return f"a character is in none of its fonts ({warning.split(' missing')[0]}); write it otherwise"
    return f"matplotlib warns: {' '.join(warning.split())}"


def css_size(png: bytes) -> tuple[int, int]:
    """Width and height in CSS pixels of a PNG drawn at twice their density."""
    width, height = struct.unpack(">II", png[16:24])
    return round(width / 2), round(height / 2)


def close(figure: Figure) -> None:
    """Forget a figure made by pyplot, so that no front end shows it a second time; others need no closing."""
    import sys

    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)
    figure.clear()
