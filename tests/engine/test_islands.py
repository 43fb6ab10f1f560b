# SPDX-License-Identifier: GPL-3.0-or-later
"""What is around the islands of a UV map, and how the halves of a cut sheet join."""

import numpy as np
import pytest
import sheets
import torch
import torch.nn.functional as F

from core.engine.islands import Islands, sample, scatter
from core.engine.stylize import stylize
from core.engine.tensors import to_batch, to_pixels
from core.errors import UserError
from core.progress import Report
from core.settings import Stylize

CPU = torch.device("cpu")
GREEN = 0.9


def grain(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """A smooth drawing without direction, the same everywhere."""
    noise = torch.rand(1, 3, 24, 24, generator=torch.Generator().manual_seed(3)) / 2 + 0.25
    drawn = F.interpolate(noise, (96, 96), mode="bicubic", align_corners=False).clamp(0, 1)
    return sample(drawn, torch.from_numpy(np.stack([down + 9, across + 9], -1)).float())[0].T.numpy()


@pytest.fixture(scope="module")
def sheet() -> tuple[np.ndarray, Islands]:
    pixels, coverage, cuts = sheets.texture(grain, background=GREEN)
    return pixels, Islands.read(coverage, cuts, sheets.SIZE)


def extended(sheet: tuple[np.ndarray, Islands]) -> np.ndarray:
    pixels, islands = sheet
    return to_pixels(islands.extend(to_batch(pixels, CPU)), pixels[..., 3])


def test_what_is_read_back_is_what_was_given():
    places = torch.tensor([[0.25, 1.5], [2.0, 3.0]])
    texels, values = scatter(torch.tensor([[2.0, 5.0]]), places, (4, 5))
    picture = torch.zeros(20)
    picture[texels] = values[0]
    assert torch.allclose(sample(picture.view(1, 1, 4, 5), places), torch.tensor([2.0, 5.0]))
    assert texels.tolist() == [1, 2, 6, 7, 13]


def test_the_other_side_of_a_cut_is_found_beyond_the_border(sheet):
    pixels = extended(sheet)
    assert sheets.jump(pixels) < 0.1 * sheets.jump(sheet[0])
    across, elsewhere = sheets.steps(pixels)
    assert across < 1.3 * elsewhere < sheets.steps(sheet[0])[0]


def test_islands_themselves_are_left_as_they_are_and_nothing_of_the_background_is_left(sheet):
    pixels, inside = extended(sheet), sheet[1].inside[0, 0].numpy()
    assert pixels[inside].tobytes() == sheet[0][inside].tobytes()
    assert pixels[~inside, :3].max() <= sheet[0][inside, :3].max() < GREEN


def test_no_background_shows_in_the_first_three_mip_levels(sheet):
    """Seen where an island's own texels are part of what is averaged."""
    batch, inside = to_batch(extended(sheet), CPU), sheet[1].inside.float()
    for level in (2, 4, 8):
        mip, seen = F.avg_pool2d(batch, level), F.avg_pool2d(inside, level) > 0
        assert mip.amax(1, keepdim=True)[seen].max() <= sheet[0][inside[0, 0] > 0, :3].max()


def test_paint_joins_across_a_cut_that_turns_the_surface(sheet, models, vector):
    """The step of color across the cut is at most 1.3 times the step elsewhere, on the mean of three manners."""
    pixels, islands = sheet

    def painted(picture: np.ndarray, seed: int) -> np.ndarray:
        return stylize(models, picture, vector(seed=seed), Stylize(), Report()).pixels

    joined, apart = [], []
    for seed in range(3):
        batch = islands.join(to_batch(painted(extended(sheet), seed), CPU), feather=4)
        joined.append(np.divide(*sheets.steps(to_pixels(batch, pixels[..., 3]))))
        apart.append(np.divide(*sheets.steps(painted(pixels, seed))))
    assert np.mean(joined) < 1.3 < np.mean(apart)


def test_paint_is_mixed_by_halves_at_a_cut_and_not_at_all_beyond_the_feather(sheet):
    """One half of the sheet is painted black, the other white, and so is what each shows of the other."""
    columns = np.arange(sheets.SIZE[1]) < 50
    batch = torch.from_numpy(np.where(columns, 0.0, 1.0).astype(np.float32)).expand(1, 3, sheets.SIZE[0], -1)
    joined = sheet[1].join(batch, feather=4)[0, 0]
    black, white = joined[40, 6:38], joined[29:61, 90]
    assert 0.3 < black[-1] <= 0.5 <= white[-1] < 0.7
    assert (black.diff() >= 0).all() and (white.diff() <= 0).all()
    assert black[:-5].max() == 0 and white[:-5].min() == 1
    assert 0.4 < joined[40, 38] < 0.6  # the halo, which shows the other half
    apart = sheet[1].join(batch, feather=0)[0, 0]
    assert apart[40, 6:38].max() == 0 and apart[29:61, 90].min() == 1


@pytest.mark.parametrize("gap", [2, 4, 20])
def test_paint_meets_without_a_step_however_near_the_next_island_lies(gap):
    """Two islands side by side, cut apart where they face each other; one is painted black, the other white."""
    size, columns, halo = (24, 64), np.arange(64), min(gap // 2, 10)
    coverage = np.zeros(size, np.float32)
    first, second = slice(6, 20), slice(20 + gap, 34 + gap)
    coverage[4:20, first] = coverage[4:20, second] = 1
    beyond = [(20 + step, 20 + gap + step) for step in range(halo)]
    beyond += [(19 + gap - step, 19 - step) for step in range(halo)]
    cuts = [(row, column, row, source) for row in range(4, 20) for column, source in beyond]
    islands = Islands.read(coverage, np.array(cuts, np.float32), size)
    batch = torch.from_numpy((columns >= 20 + gap // 2).astype(np.float32)).expand(1, 3, *size)
    joined = islands.join(batch, feather=8)[0, 0, 12]
    on_surface = torch.cat([joined[first], joined[second]]).diff()
    assert (on_surface > -0.02).all() and on_surface.max() < 0.2 and joined[6] == 0 and joined[33 + gap] == 1
    assert on_surface[9:18].median() > 0.03  # over several texels


def test_an_island_thinner_than_a_texel_keeps_its_color():
    coverage = np.zeros((9, 9), np.float32)
    coverage[1:4, 1:4], coverage[4, 1:4], coverage[7] = 1, 0.3, 0.2
    inside = Islands.read(coverage, None, (9, 9)).inside[0, 0]
    assert inside[1:4, 1:4].all() and not inside[4].any() and inside[7].all()


@pytest.mark.parametrize(
    ("coverage", "cuts"),
    [
        (np.zeros((8, 9), np.float32), None),
        (np.ones((9, 8), np.float32), None),
        (np.full((8, 9), np.nan, np.float32), None),
        (np.ones((8, 9), np.float32), np.zeros((4, 3), np.float32)),
        (np.ones((8, 9), np.float32), np.array([[0, 0, 8, 3]], np.float32)),
        (np.ones((8, 9), np.float32), np.array([[0, 0, np.nan, 3]], np.float32)),
    ],
)
def test_maps_that_do_not_fit_are_refused(coverage, cuts):
    with pytest.raises(UserError):
        Islands.read(coverage, cuts, (8, 9))
