# SPDX-License-Identifier: GPL-3.0-or-later
"""The relief of the paint."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from core.engine import relief

FLAT = torch.tensor([0.0, 0.0, 1.0]).view(1, 3, 1, 1)


def stripes(period: int, side: int = 64) -> Tensor:
    """Waves of gray across a square, (1, 3, H, W)."""
    wave = 0.5 + 0.2 * torch.sin(torch.arange(side) * 2 * torch.pi / period)
    return wave.expand(1, 3, side, side).contiguous()


def height(content: Tensor, painted: Tensor, brush: float = 1.0) -> Tensor:
    return relief.height(content, painted, brush, torch.ones_like(content[:, :1]) > 0)


def test_what_the_painter_added_stands_out_and_what_was_there_before_does_not():
    plain, waves = torch.full((1, 3, 64, 64), 0.5), stripes(8)
    high = height(plain, waves)
    light = waves[:, :1] > 0.6
    assert high[light].mean() > 0.3 > -0.3 > high[waves[:, :1] < 0.4].mean()
    assert height(waves, waves).abs().max() < 0.35 * high.abs().max()
    assert height(waves, waves.mT).mT[light].mean() > 0.3  # strokes across what was there


def test_wide_changes_of_brightness_make_no_relief_but_under_a_wide_brush():
    plain = torch.full((1, 3, 128, 128), 0.5)
    wide, fine = 0.2 * (stripes(64, 128) - 0.5), stripes(8, 128) - 0.5
    high = height(plain, plain + wide + fine)
    followed = [(high * part[:, :1]).mean() / part.std() for part in (wide, fine)]
    assert abs(followed[0]) < 0.3 * followed[1]
    broad = height(plain, plain + wide + fine, brush=4.0)
    assert (broad * wide[:, :1]).mean() / wide.std() > 2 * abs(followed[0])


def test_grain_is_smoothed_along_strokes_and_not_across():
    noise = torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(0)) - 0.5
    high = height(torch.full((1, 3, 64, 64), 0.5), stripes(10) + 0.15 * noise)
    along, across = (high[:, :, 1:] - high[:, :, :-1]).abs().mean(), (high[..., 1:] - high[..., :-1]).abs().mean()
    assert along < 0.4 * across


def test_a_picture_that_tiles_has_a_relief_that_tiles():
    rolled = torch.rand(1, 3, 40, 48, generator=torch.Generator().manual_seed(1))
    plain, where = torch.full_like(rolled, 0.5), torch.ones_like(rolled[:, :1]) > 0
    edges = ("circular", "circular")
    high = relief.height(plain, rolled, 1.0, where, edges=edges)
    other = relief.height(plain, rolled.roll((7, 9), (2, 3)), 1.0, where, edges=edges)
    assert torch.allclose(high.roll((7, 9), (2, 3)), other, atol=1e-4)


def test_normals_lean_away_from_what_stands_out_with_green_up():
    slope = torch.arange(16.0).expand(1, 1, 16, 16) / relief.HIGH_PX  # rises by one texel a texel to the right
    normal = relief.normals(slope)[0, :, 8, 8]
    assert torch.allclose(normal, torch.tensor([-(0.5**0.5), 0, 0.5**0.5]))
    up = relief.normals(slope.mT)[0, :, 8, 8]  # rises downwards in the picture, so leans up
    assert torch.allclose(up, torch.tensor([0, 0.5**0.5, 0.5**0.5]))


def test_a_flat_relief_changes_no_normal_map_and_a_flat_map_takes_the_reliefs_normals():
    base = F.normalize(torch.randn(1, 3, 8, 8) + 3 * FLAT, dim=1)
    detail = F.normalize(torch.randn(1, 3, 8, 8) + 3 * FLAT, dim=1)
    flat = FLAT.expand(1, 3, 8, 8)
    assert torch.allclose(relief.reorient(base, flat), base, atol=1e-6)
    assert torch.allclose(relief.reorient(flat, detail), detail, atol=1e-6)
    stored = base / 2 + 0.5
    assert torch.allclose(relief.normal_map(stored, torch.full((1, 1, 4, 4), 0.5)), stored, atol=1e-5)


def test_a_relief_is_turned_with_the_surface_on_which_it_lies():
    """A detail that leans by an angle, on a base that leans by an angle in the same direction, leans by both."""
    angles = torch.tensor([0.3, 0.4, 0.7])
    leaning = torch.stack([angles.sin(), torch.zeros(3), angles.cos()], 1)[:, :, None, None]
    assert torch.allclose(relief.reorient(leaning[:1], leaning[1:2]), leaning[2:], atol=1e-6)


@pytest.mark.parametrize("size", [(16, 16), (32, 24)])
def test_thick_paint_is_smooth_its_grooves_are_dull_and_other_maps_keep_their_size(size):
    high = torch.full((1, 1, 16, 12), 0.5)
    high[:, :, :, 6:] = 0.9
    high[:, :, :, 0] = 0.3
    change = relief.roughness_change(high, gloss=0.25)
    assert torch.allclose(change[0, 0, 0, [0, 3, 9]], torch.tensor([0.1, 0, -0.2]))
    rough = relief.rougher(torch.full((1, 3, *size), 0.1), change)
    assert rough.shape[2:] == size and rough[..., 0].min() > 0.15 and rough[..., -1].max() == 0
    assert relief.normal_map(torch.full((1, 3, *size), 0.5), high).shape[2:] == size
