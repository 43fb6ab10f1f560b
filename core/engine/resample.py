# SPDX-License-Identifier: GPL-3.0-or-later
"""Planes at other sizes: every pixel is computed by itself, so that windows give what the whole gives, bit by bit."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from .planes import Box, Plane, Size

_SUPPORT = 2
"""How far the bicubic kernel reaches, in pixels of the coarser side."""
_SHARPNESS = -0.5  # of the cubic (Keys 1981), as in Pillow, and in torch where it is not to alias


class Taps(NamedTuple):
    """For each pixel of an axis the pixels of the old one that it is made of: `first` (n,) and those that follow."""

    first: Tensor
    weights: Tensor
    """(n, T), each row of sum 1."""


class Resized(Plane):
    """A plane of values in [0, 1] resampled without aliasing, as `tensors.resize` does."""

    def __init__(self, source: Plane, size: Size) -> None:
        super().__init__(size, source.wraps)
        self.source = source
        across, down = source.wraps
        self._down = _taps(source.size[0], size[0], down)
        self._across = _taps(source.size[1], size[1], across)

    def _inside(self, box: Box) -> Tensor:
        if self.size == self.source.size:
            return self.source.window(box)
        down, across = (Taps(*(part[a:b] for part in taps)) for taps, a, b in self._axes(box))
        spans = [_span(*axis) for axis in zip((down, across), self.source.size, reversed(self.wraps), strict=True)]
        x = self.source.window(Box(*spans[0], *spans[1])).float()
        steps = [(2, down, spans[0][0]), (3, across, spans[1][0])]
        shrinks = [old / new for old, new in zip(self.source.size, self.size, strict=True)]
        for axis, taps, start in steps if shrinks[0] > shrinks[1] else reversed(steps):
            x = _weighted(x, axis, Taps(taps.first - start, taps.weights))
        return x.clamp_(0, 1)

    def _axes(self, box: Box) -> tuple[tuple[Taps, int, int], tuple[Taps, int, int]]:
        return (self._down, box.top, box.bottom), (self._across, box.left, box.right)


def _span(taps: Taps, size: int, wraps: bool) -> tuple[int, int]:
    """Which part of the old axis some pixels of the new one are made of."""
    start, stop = int(taps.first.min()), int(taps.first.max()) + taps.weights.shape[1]
    return start, stop if wraps else min(stop, size)


def _weighted(x: Tensor, axis: int, taps: Taps) -> Tensor:
    """Resample one axis of (1, C, H, W)."""
    last, result = x.shape[axis] - 1, None
    shape = (-1, 1) if axis == 2 else (-1,)
    for number, weights in enumerate(taps.weights.to(x.device).T):
        part = x.index_select(axis, (taps.first + number).clamp_max(last).to(x.device))
        weights = weights.view(shape)
        result = part.mul_(weights) if result is None else result.addcmul_(part, weights)
    return result


def _taps(old: int, new: int, wraps: bool) -> Taps:
    """What each pixel of an axis of `new` pixels is made of, of one of `old`."""
    scale = old / new
    reach = _SUPPORT * max(scale, 1.0)
    centre = (torch.arange(new, dtype=torch.float64) + 0.5) * scale
    first, stop = ((centre + side + 0.5).floor().long() for side in (-reach, reach))
    if not wraps:
        first, stop = first.clamp_min(0), stop.clamp_max(old)
    places = first[:, None] + torch.arange(math.ceil(2 * reach) + 1)
    weights = _cubic((places + 0.5 - centre[:, None]) / max(scale, 1.0))
    weights[places >= stop[:, None]] = 0
    return Taps(first, (weights / weights.sum(1, keepdim=True)).float())


def _cubic(x: Tensor) -> Tensor:
    """The cubic convolution kernel of Keys (1981), eq. 8 and 12."""
    x, a = x.abs(), _SHARPNESS
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = a * (((x - 5) * x + 8) * x - 4)
    return torch.where(x < 1, near, torch.where(x < 2, far, 0.0))
