# SPDX-License-Identifier: GPL-3.0-or-later
"""Noise is the same wherever and however often it is asked for, has no seams and does not repeat."""

import pytest
import torch

from core.engine.noise import CELLS, CHANNELS, Noise, noise
from core.engine.planes import Box, Held, boxes


@pytest.mark.parametrize("size", [(40, 33), (1, 7), (3, 1), (64, 64)])
def test_windows_show_the_whole_bit_by_bit(size):
    plane, parts = Noise(size), Held(torch.full((1, CHANNELS, *size), torch.nan))
    for box in boxes(size, 9):
        parts.put(box, plane.window(box))
    assert torch.equal(parts.tensor, plane.whole())


def test_every_machine_gets_the_same_numbers():
    """Frames of one shot are painted on many: a few numbers, written down."""
    seen = Noise((100, 100)).window(Box(50, 52, 20, 22))[0, [0, 7]]
    expected = torch.tensor(
        [[[-0.825861, 0.271971], [-0.150896, -0.537153]], [[-0.326191, -0.394123], [-0.343574, -0.409171]]]
    )
    assert torch.allclose(seen, expected, atol=1e-6)


@pytest.mark.parametrize("size", [(64, 64), (50, 37)])
def test_where_a_picture_begins_anew_noise_has_no_seam(size):
    whole = Noise(size, (True, True)).window(Box(0, size[0] + 1, 0, size[1] + 1))
    assert torch.equal(whole[:, :, -1], whole[:, :, 0]) and torch.equal(whole[..., -1], whole[..., 0])
    for axis in (2, 3):
        steps = whole.diff(dim=axis).abs().amax((0, 2, 3) if axis == 1 else (0, 5 - axis))  # (CHANNELS, places)
        assert (steps[:, -1] <= steps[:, :-1].amax(1) + 1e-6)[2:].all()


def test_it_neither_repeats_nor_leans_to_a_side():
    whole = Noise((256, 256)).whole()[0]
    assert whole.abs().max() <= 1 and whole.mean((1, 2)).abs().max() < 0.05
    assert (whole.var((1, 2)) > 0.1).all()
    flat = whole.flatten(1)
    assert (torch.corrcoef(flat) - torch.eye(CHANNELS)).abs().max() < 0.1  # channels differ
    for shift in (17, 32, 64, 128):
        moved = torch.corrcoef(torch.cat([flat, whole.roll((shift, shift), (1, 2)).flatten(1)]))[:CHANNELS, CHANNELS:]
        assert moved.abs().max() < 0.15, shift


def test_it_is_smooth_between_its_points_and_moves_with_what_moves():
    places, far = torch.arange(40, dtype=torch.float64), (4096, 4096)
    at, between, after = (noise(places + by, places, far) for by in (0.0, 0.25, 1.0))
    assert torch.equal(after[:, :, :-1], at[:, :, 1:])
    rough = [(after - at)[0, 2 * octave : 2 * octave + 2].abs().mean() for octave in range(len(CELLS))]
    assert rough == sorted(rough, reverse=True)
    assert ((between - at).abs() <= (after - at).abs() + 1e-6)[:, :2].all()
