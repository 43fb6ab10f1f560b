# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of a picture that count in what a painter measures, and parts that do not."""

import numpy as np
import pytest
import torch

from core.engine.normalisation import block_sums, look, seen_in
from core.engine.stylize import stylize
from core.progress import Report
from core.settings import Stylize


@pytest.fixture
def painted(models, vector):
    """Repaints pixels, of which those count that a mask names."""

    def paint(picture: np.ndarray, emphasis: np.ndarray | None = None, **settings: object) -> np.ndarray:
        chosen = Stylize(**settings)
        return stylize(models, picture, vector(), chosen, Report(), emphasis=emphasis).pixels

    return paint


def left(height: int, width: int, share: float = 0.5) -> np.ndarray:
    mask = np.zeros((height, width), np.float32)
    mask[:, : int(share * width)] = 1
    return mask


def test_what_counts_nothing_is_as_if_it_were_not_there():
    batch = torch.rand(2, 3, 20, 24)
    weight = torch.zeros(2, 1, 20, 24)
    weight[..., :9] = 0.25
    with torch.no_grad():
        seen, alone = seen_in([block_sums(batch, weight)], 20 * 9 * 0.25), look(batch[..., :9])
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(seen, alone, strict=True))


def test_a_picture_of_which_all_counts_alike_is_painted_as_ever(painted, pixels):
    picture = pixels(37, 50)
    half = np.full((37, 50), 0.5, np.float32)
    assert np.allclose(painted(picture, half), painted(picture), atol=1e-5)


def test_what_does_not_count_changes_nothing_that_is_out_of_its_reach(painted, pixels):
    picture, mask = pixels(32, 320), left(32, 320, 0.25)
    other = picture.copy()
    other[:, 240:, :3] = pixels(32, 80, seed=1)[..., :3] ** 4
    assert np.allclose(painted(other, mask)[:, :80], painted(picture, mask)[:, :80], atol=1e-6)
    assert np.abs(painted(other)[:, :80] - painted(picture)[:, :80]).max() > 1e-3


@pytest.mark.parametrize("settings", [{}, {"seamless": "xy"}, {"brush": 0.7}])
def test_tiles_change_no_bit(painted, pixels, settings):
    picture, mask = pixels(42, 70), left(42, 70)
    whole = painted(picture, mask, tile=4096, **settings)
    assert painted(picture, mask, tile=32, **settings).tobytes() == whole.tobytes()
