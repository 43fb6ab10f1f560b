# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of a seamless texture lie side by side without an edge, whatever its size."""

import numpy as np
import pytest
import torch

from core.engine.painter import Painter
from core.engine.seamless import tileable
from core.engine.stylize import stylize
from core.progress import Report
from core.settings import Stylize

AXES = {"x": 1, "y": 0}


def texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Waves of whole periods along both axes, (H, W, 4): it tiles."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
    picture = np.ones((height, width, 4), np.float32)
    for channel in range(3):
        waves = 0.0
        for _ in range(12):
            down, across = random.integers(-6, 7, 2)
            waves += np.sin(2 * np.pi * (down * rows / height + across * columns / width + random.random()))
        picture[..., channel] = 0.5 + 0.12 * waves
    return picture.clip(0, 1)


def excess(picture: np.ndarray, axis: int) -> float:
    """The step across the border over that between other lines, of which a tenth is larger.

    The mean will not do: painters step further from one cell of their grid to the next than inside of it.
    """
    lines = np.abs(np.diff(picture[..., :3], axis=axis)).mean((1 - axis, 2))
    return np.abs(picture.take(0, axis) - picture.take(-1, axis))[..., :3].mean() / np.quantile(lines, 0.9)


@pytest.fixture
def repaint(models, vector):
    def paint(picture: np.ndarray, **settings: object) -> np.ndarray:
        return stylize(models, picture, vector(), Stylize(**settings), Report()).pixels

    return paint


@pytest.mark.parametrize("tile", [0, 32])
@pytest.mark.parametrize("brush", [1.0, 2.0])
def test_a_texture_that_is_rolled_is_painted_rolled_but_for_the_noise(repaint, brush, tile, monkeypatch):
    """By the painter's stride, and by as much more as the brush is coarser."""
    monkeypatch.setattr(Painter, "grain", lambda self, noise, points: torch.zeros(()))
    picture, step = texture(64, 96), int(4 * brush)
    settings = {"seamless": "xy", "brush": brush, "tile": tile}
    rolled = repaint(np.roll(picture, (step, 3 * step), (0, 1)), **settings)
    assert np.abs(rolled - np.roll(repaint(picture, **settings), (step, 3 * step), (0, 1))).max() < 1e-5


@pytest.mark.parametrize("size", [(96, 128), (75, 100), (94, 81)])
@pytest.mark.parametrize("brush", [1.0, 1.7])
def test_there_is_no_edge_between_copies_whatever_the_size(repaint, size, brush):
    painted, plain = (repaint(texture(*size), seamless=along, brush=brush) for along in ("xy", "none"))
    assert painted.shape == (*size, 4)
    assert max(excess(painted, axis) for axis in (0, 1)) < 1.25
    assert min(excess(plain, axis) for axis in (0, 1)) > 1.9


@pytest.mark.parametrize("along", ["x", "y"])
def test_edges_join_only_along_the_axis_that_is_asked_for(repaint, along):
    painted = repaint(texture(75, 64), seamless=along)
    assert excess(painted, AXES[along]) < 1.25
    assert excess(painted, AXES["xy".replace(along, "")]) > 1.9


def test_a_texture_smaller_than_what_the_painter_sees_still_tiles(repaint):
    painted = repaint(texture(10, 13), seamless="xy")
    assert painted.shape == (10, 13, 4)
    assert max(excess(painted, axis) for axis in (0, 1)) < 1.6


@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
def test_it_is_found_out_along_which_axes_a_picture_tiles(dtype):
    picture = texture(90, 120)
    top = 255 if dtype == np.uint8 else 1
    shapes = {"xy": picture, "y": picture[:, :100], "x": picture[:80], "none": picture[:80, :100]}
    assert {name: tileable((part * top).astype(dtype)) for name, part in shapes.items()} == {n: n for n in shapes}
    assert tileable(picture[:1, :1]) == "none"


def test_automatic_is_what_the_picture_is(repaint):
    picture = texture(48, 64)[:, :50]
    assert np.array_equal(repaint(picture, seamless="auto"), repaint(picture, seamless="y"))
    assert not np.array_equal(repaint(picture, seamless="auto"), repaint(picture))
