"""Figures: the same bytes every time, marked, with Chinese, and never with a box for a character."""

import warnings

import matplotlib
import numpy as np
import pytest
from PIL import Image

from aimass.errors import ChapterError
from aimass.study import figures


@pytest.fixture(autouse=True)
def _own_settings():
    with matplotlib.rc_context():
        yield


def drawn(title: str = "a 训练"):
    figure, ax = figures.new(height=2)
    (line,) = ax.plot([1, 2, 3], [0.1, 0.4, 0.3])
    figures.error_band(ax, [1, 2, 3], [0.0, 0.3, 0.2], [0.2, 0.5, 0.4])
    figures.label_line(ax, line, "ours")
    ax.set_title(title)
    return figure


def test_the_same_bytes_and_no_traces_of_time_or_software(tmp_path):
    first, second = (
        figures.render(drawn(), "f", "small profile"),
        figures.render(drawn(), "f", "small profile"),
    )
    assert first == second
    path = tmp_path / "f.png"
    path.write_bytes(first)
    with Image.open(path) as picture:
        assert set(picture.info) <= {"dpi"}
        assert figures.css_size(first) == (round(picture.width / 2), round(picture.height / 2))
        assert 680 <= figures.css_size(first)[0] <= 780


def test_rendering_leaves_no_mark_behind():
    figure = drawn()
    figures.render(figure, "f", "small profile")
    assert figure.texts == []


def test_the_profile_is_in_the_picture_s_lower_right(tmp_path):
    def ink(mark: str) -> np.ndarray:
        path = tmp_path / f"{len(mark)}.png"
        path.write_bytes(figures.render(drawn(), "f", mark))
        with Image.open(path) as picture:
            grey = np.asarray(picture.convert("L"))
        return grey[-60:, -grey.shape[1] // 4 :] < 200

    assert ink("small profile").sum() > ink("x").sum() + 100


def test_the_ground_is_white_in_the_corners(tmp_path):
    path = tmp_path / "f.png"
    path.write_bytes(figures.render(drawn(), "f", "small profile"))
    with Image.open(path) as picture:
        rgb = picture.convert("RGB")
        assert {rgb.getpixel(at) for at in ((0, 0), (rgb.width - 1, 0), (0, rgb.height - 1))} == {
            (255, 255, 255)
        }


def test_chinese_is_drawn_and_a_character_without_glyph_is_an_error():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures.render(drawn("神经网络与注意力机制：真"), "f", "small profile")
        with pytest.raises(ChapterError, match="figure 'f': a character is in none of its fonts") as caught:
            figures.render(drawn("\N{EGYPTIAN HIEROGLYPH A001}"), "f", "small profile")
    assert "\n" not in str(caught.value)


def test_colours_are_told_apart_and_lines_follow_the_cycle():
    assert len(set(figures.CYCLE)) == len(figures.CYCLE)
    assert figures.COLORS["ours"] == figures.CYCLE[0]
    figure, ax = figures.new()
    assert ax.plot([1, 2])[0].get_color() == figures.CYCLE[0]
    assert figure.get_size_inches()[0] == figures.WIDTH


def test_a_grid_of_axes():
    _, axes = figures.new(1, 2, sharey=True)
    assert axes.shape == (2,)


def test_a_band_takes_the_last_line_s_colour():
    _, ax = figures.new()
    ax.plot([0, 1], [0, 1], color="#123456")
    band = figures.error_band(ax, [0, 1], [0, 0], [1, 1])
    assert matplotlib.colors.to_hex(band.get_facecolor()[0]) == "#123456"


def test_closing_forgets_a_pyplot_figure():
    import matplotlib.pyplot as plt

    figure = plt.figure()
    figures.close(figure)
    assert not plt.fignum_exists(figure.number)
