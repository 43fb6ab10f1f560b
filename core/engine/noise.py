# SPDX-License-Identifier: GPL-3.0-or-later
"""What strokes begin with where a picture shows nothing: noise that belongs to places.

A painter that sees a flat sky has nothing by which to tell one place from another, and can only repeat one grain. This
noise tells them apart (as in Ulyanov et al. 2016). It is a function of the place alone, so that tiles, and the frames
of a shot, get the same; and it begins anew where the picture does.
"""

import torch
from torch import Tensor

from .planes import Box, Plane, Size, Wraps

CELLS = (1, 2, 4, 8)
"""Sizes of what the noise is made of, in features."""
Period = tuple[float, float]
"""After how many rows and columns of features the noise begins anew."""
_EACH = 2
CHANNELS = _EACH * len(CELLS)
_MASK = 0xFFFFFFFF


class Noise(Plane):
    """The noise (1, CHANNELS, H, W) float32 of a plane of features, uniform in [-1, 1] at its lattices' points."""

    def __init__(
        self,
        size: Size,
        wraps: Wraps = (False, False),
        device: torch.device | None = None,
        period: Period | None = None,
    ) -> None:
        """:param period: where it begins anew; None: where the plane does."""
        super().__init__(size, wraps)
        self._device, self._period = device, period or size

    def _inside(self, box: Box) -> Tensor:
        rows, columns = (torch.arange(*span, dtype=torch.float64) for span in (box[:2], box[2:]))
        return noise(rows, columns, self._period, self._device)


def noise(rows: Tensor, columns: Tensor, period: Period, device: torch.device | None = None) -> Tensor:
    """The noise (1, CHANNELS, rows, columns) float32 at places (rows,) and (columns,).

    Value noise (after Perlin 1985): random at the points of lattices of several sizes, smooth between them.

    :param rows: float64 on the CPU, in features, as are columns; fractions are places between.
    """
    octaves = []
    for octave, cell in enumerate(CELLS):
        rows_between, columns_between = (
            _Between(places, extent, cell, device) for places, extent in zip((rows, columns), period, strict=True)
        )
        for channel in range(octave * _EACH, (octave + 1) * _EACH):
            lattice = _hash(rows_between.points, columns_between.points, channel)
            octaves.append(columns_between.blend(rows_between.blend(lattice, 0), 1))
    return torch.stack(octaves)[None]


class _Between:
    """The points of a lattice along one axis, and where between them places lie."""

    def __init__(self, places: Tensor, size: float, cell: int, device: torch.device | None) -> None:
        count = max(1, round(size / cell))
        at = places * (count / size)
        before = at.floor()
        first, last = (int(end) for end in before.aminmax())
        self.points = torch.arange(first, last + 2, device=device) % count
        self._before = (before - first).long().to(device)
        way = at - before
        self._share = (way * way * (3 - 2 * way)).float().to(device) if way.any() else None

    def blend(self, lattice: Tensor, axis: int) -> Tensor:
        """Values at the places, rounded in each step alike wherever they are computed, as with `lerp` they are not."""
        values = lattice.index_select(axis, self._before)
        if self._share is None:
            return values
        share = self._share if axis else self._share[:, None]
        return values + (lattice.index_select(axis, self._before + 1) - values) * share


def _hash(rows: Tensor, columns: Tensor, channel: int) -> Tensor:
    """Numbers (rows, columns) in [-1, 1], as if by chance: the bits of a place, mixed (Wellons 2018, lowbias32)."""
    x = (rows[:, None] * 0x9E3779B1 + columns * 0x85EBCA77 + (channel + 1) * 0xC2B2AE3D).bitwise_and_(_MASK)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x.bitwise_xor_(x >> shift).mul_(factor).bitwise_and_(_MASK)
    return x.bitwise_xor_(x >> 16).float().mul_(2 / _MASK).sub_(1)
