# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether one frame shows what the frame before it shows, or a cut lies between them."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from .motion import Motion, inside, look, places

TRUSTED = 0.2, 0.7
"""Share of a frame whose motion is trusted: below the first there is a cut, above the second there is none."""
UNLIKE = 0.2
"""Between the two: how unlike the frames are from which on there is a cut. Within the shots of `benchmarks/animated.py`
in 6 frames in place of 24 it is 0.07 at most; between cameras that show the same things, two thirds of a frame trusted
at most, it is 0.28 at least. (A plane that crosses a tiny picture with motion blur: 0.25, four fifths trusted.)"""
_PX = 8
"""Squares over which frames are compared: neither grain nor edges that are not quite in place are to count."""
_CONTRAST = 5e-4
"""Variance of frames in [0, 1] so flat that it is grain which differs."""


def is_cut(here: Tensor, there: Tensor, motion: Motion, *, known: bool) -> bool:
    """Whether there is a cut between two frames (1, 3, H, W).

    Blender's vectors know nothing of it: they lead to where the present camera would have seen things a frame before.
    A new camera may see much in the same place, as sky and ground; then the frames themselves tell.

    :param known: whether the motion was checked against what things are and how far away. If it was, and leads to the
        same things nearly everywhere, only the light has changed.
    """
    trusted = motion.trust.mean().item()
    if trusted < TRUSTED[0] or (known and trusted > TRUSTED[1]):
        return trusted < TRUSTED[0]
    return unlike(here, there, motion) > UNLIKE


def unlike(here: Tensor, there: Tensor, motion: Motion) -> float:
    """How unlike a frame is to the one before, moved: 0 = the same but for lighter or darker, 1 = nothing in common."""
    at = places(here) + motion.shift
    before = look(there.mean(1, keepdim=True), at)
    seen = inside(at).to(here)
    one, other, share = (
        F.avg_pool2d(part, _PX, ceil_mode=True).flatten()
        for part in (here.mean(1, keepdim=True) * seen, before * seen, seen)
    )
    means = torch.stack([one, other])[:, share > 0] / share[share > 0]
    if means.shape[1] < 2:
        return 0.0
    (one, both), (_, other) = means.cov().tolist()
    return 1 - (both + _CONTRAST) / (math.sqrt(one * other) + _CONTRAST)
