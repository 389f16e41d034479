"""Labels on a map."""

import numpy as np

from aimass.study import figures
from aimass.study.labels import _overlap, _width, label_points, place


def boxes(centres, texts, size):
    halves = [(_width(text, size) / 2, 0.62 * size) for text in texts]
    return [(x - w, y - h, x + w, y + h) for (x, y), (w, h) in zip(centres, halves, strict=True)]


def test_labels_of_near_points_do_not_overlap():
    points = np.array([[100.0, 100.0], [104.0, 101.0], [99.0, 97.0], [300.0, 50.0]])
    texts = ["monday", "tuesday", "周三", "far"]
    found = boxes(place(points, texts, 8), texts, 8)
    assert all(_overlap(a, b) == 0 for i, a in enumerate(found) for b in found[:i])


def test_labels_are_drawn_beside_their_points():
    fig, ax = figures.new(height=3)
    ax.set(xlim=(0, 10), ylim=(0, 10))
    label_points(ax, [2, 8], [5, 5], ["a", "b"], ["#000000", "#111111"])
    assert [text.get_text() for text in ax.texts] == ["a", "b"]
    assert all(abs(text.get_position()[0] - x) < 1 for text, x in zip(ax.texts, (2, 8), strict=True))
    figures.close(fig)
