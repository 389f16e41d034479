"""Labels beside the points of a map, placed so that they hide each other as little as may be."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

_CHOICES = [(0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1), (0, 2.2), (0, -2.2), (1.4, 2), (-1.4, 2), (1.4, -2), (-1.4, -2)]  # fmt: skip


def _width(text: str, size: float) -> float:
    """About how wide a text is drawn, in points."""
    return size * sum(1.0 if ord(sign) > 0x2E80 else 0.6 for sign in text)


def place(points: np.ndarray, texts: Sequence[str], size: float, gap: float = 3.0) -> np.ndarray:
    """Where to centre each text, in points, so that the boxes overlap little: one after the other, the best of fourteen places.

    Args:
        points: of the map, in points (1/72 inch), ``[n, 2]``.
        texts: one a point.
        size: of the letters, in points.
        gap: between a point and its text.

    Returns:
        the texts' centres, ``[n, 2]``, in points.
    """
    boxes: list[tuple[float, float, float, float]] = [(x - 2, y - 2, x + 2, y + 2) for x, y in points]
    centres = np.empty((len(points), 2))
    for number, ((x, y), text) in enumerate(zip(points, texts, strict=True)):
        half_width, half_height = _width(text, size) / 2, 0.62 * size
        choices = []
        for rank, (right, up) in enumerate(_CHOICES):
            cx = (
                x
                + np.sign(right) * (half_width + gap) * min(1.0, abs(right))
                + (abs(right) > 1) * np.sign(right) * 6
            )
            cy = y + up * (half_height + gap * (right == 0))
            box = (cx - half_width, cy - half_height, cx + half_width, cy + half_height)
            cost = sum(_overlap(box, other) for other in boxes) + 0.5 * rank
            choices.append((cost, box, (cx, cy)))
        _, box, centres[number] = min(choices, key=lambda choice: choice[0])  # the first of equals
        boxes.append(box)
    return centres


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def label_points(
    ax: Axes,
    x: Sequence[float],
    y: Sequence[float],
    texts: Sequence[str],
    colors: Sequence[str],
    size: float = 7.5,
) -> None:
    """Write a text beside each point, in its colour; draw the points and set the limits first."""
    box = ax.get_position()
    inches = np.array([box.width, box.height]) * np.asarray(ax.get_figure(root=True).get_size_inches())  # type: ignore[union-attr]
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    scale = 72 * inches / np.array([right - left, high - low])  # points a unit
    origin = np.array([left, low])
    points = (np.column_stack([x, y]) - origin) * scale
    centres = place(points, texts, size) / scale + origin
    for text, color, (cx, cy) in zip(texts, colors, centres, strict=True):
        ax.text(cx, cy, text, color=color, fontsize=size, ha="center", va="center")
