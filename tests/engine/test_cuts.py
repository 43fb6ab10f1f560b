# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts are told from what moves fast and from light that changes."""

import torch

from core.engine import motion
from core.engine.cuts import is_cut
from core.engine.motion import Motion
from tests.engine.test_temporal import HEIGHT, WIDTH, moved, slide, texture


def still(trusted: float) -> Motion:
    """Nothing has moved; so much of it is believed."""
    return Motion(torch.zeros(1, 2, HEIGHT, WIDTH), torch.full((1, 1, HEIGHT, WIDTH), float(trusted)))


def test_another_picture_is_a_cut_where_the_motion_is_half_believed():
    assert is_cut(texture(1), texture(0), still(0.6), known=True)
    assert not is_cut(texture(0), texture(0), still(0.6), known=True)


def test_a_camera_that_turns_fast_is_no_cut():
    turned = slide(30, 0)
    assert turned.trust.mean() < 0.6
    assert not is_cut(moved(texture(0), 30, 0), texture(0), turned, known=True)


def test_nothing_in_its_place_is_a_cut_even_if_it_looks_alike():
    assert is_cut(texture(0), texture(0), still(0.1), known=True)


def test_other_light_on_the_same_things_is_no_cut():
    shadowed = texture(0) * texture(1).square()
    assert is_cut(shadowed, texture(0), still(0.6), known=True)
    assert not is_cut(shadowed, texture(0), still(1), known=True)
    assert not is_cut(texture(0) / 2, texture(0), still(0.6), known=True)


def test_what_nothing_tells_apart_is_judged_by_the_picture_alone():
    assert is_cut(texture(1), texture(0), still(1), known=False)
    assert not is_cut(texture(0), texture(0), still(1), known=False)


def test_grain_in_the_dark_is_no_cut():
    one, other = (0.02 * texture(seed) for seed in (0, 1))
    assert not is_cut(one, other, still(0.6), known=False)


def test_small_and_narrow_frames_are_compared_as_well():
    for size in ((1, 1), (3, 40), (9, 9)):
        frame, nowhere = torch.rand(1, 3, *size), torch.full((1, 2, *size), 1e4)
        assert not is_cut(frame, frame, Motion(nowhere * 0, torch.ones(1, 1, *size)), known=False)
        assert is_cut(frame, frame, Motion(nowhere, motion.inside(nowhere).float()), known=False)
