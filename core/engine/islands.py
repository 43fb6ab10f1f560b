# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a texture that lie on a surface: what is around them, and how they join where the surface was cut."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import UserError
from .tensors import fill

_PASSES = 4
"""A place right at a cut lies between texels of which some are beyond it again: what is missing is halved each time."""


@dataclass(frozen=True)
class Cuts:
    """Texels beyond the islands' borders, and where on the other side of a cut each of them lies on the surface."""

    outside: Tensor
    """Rows and columns (K, 2) of the texels, whole numbers."""
    sources: Tensor
    """Rows and columns (K, 2) float32 in the same picture; whole numbers are centres of texels."""


@dataclass(frozen=True)
class Islands:
    """Which texels are trusted, and the cuts between them."""

    coverage: Tensor
    """(1, 1, H, W) in [0, 1]: how much of each texel lies on the surface."""
    cuts: Cuts

    @classmethod
    def read(cls, coverage: np.ndarray, cuts: np.ndarray | None, size: tuple[int, int]) -> "Islands":
        """Make them of the arrays of a request, for a picture of `size` (height, width).

        :raises UserError: an array has not the shape or the numbers that it must have.
        """
        if coverage.shape != size or not (np.isfinite(coverage).all() and coverage.any()):
            raise UserError(f"The UV mask must be white somewhere and of the texture's size, {size[1]} x {size[0]}.")
        rows = np.zeros((0, 4), np.float32) if cuts is None else cuts
        last = np.array([*size, *size]) - 1
        if rows.ndim != 2 or rows.shape[1] != 4 or not ((rows >= -0.5) & (rows <= last + 0.5)).all():
            raise UserError("The cuts of the UV map must be rows of four numbers within the texture: unwrap it anew.")
        places = torch.from_numpy(rows.clip(0, last).astype(np.float32))
        mask = torch.from_numpy(coverage.astype(np.float32)).clamp(0, 1)[None, None]
        return cls(mask, Cuts(places[:, :2].round().long(), places[:, 2:]))

    @property
    def inside(self) -> Tensor:
        """Whether each texel (1, 1, H, W) holds a color of the surface.

        Texels that are mostly outside may hold the background; they are trusted only where an island is so thin that
        nothing better is near.
        """
        sure = (self.coverage >= 0.5).float()
        thin = (self.coverage > 0) & (F.max_pool2d(sure, 3, 1, 1) == 0)
        return (sure > 0) | thin

    def extend(self, batch: Tensor) -> Tensor:
        """Continue a picture (1, C, H, W) beyond its islands: over cuts by the other side, elsewhere by push-pull.

        The "surface padding" of textures: whatever looks or averages across a border (a layer of a network, a filter,
        a mip level) finds there what lies there on the surface.
        """
        known = self.inside.float()
        batch = fill(batch, known)
        if not len(self.cuts.outside):
            return batch
        rows, columns = self.cuts.outside.T
        extended = batch.clone()
        for _ in range(_PASSES):
            extended[:, :, rows, columns] = sample(extended, self.cuts.sources)
        known[:, :, rows, columns] = 1
        return fill(extended, known)

    def join(self, batch: Tensor, feather: int) -> Tensor:
        """Mix what was painted on both sides of each cut, so that they meet in the same color, and extend the picture.

        First both are moved towards each other, which no detail gives away; what differs still is mixed.

        :param batch: painted (1, C, H, W) from an extended picture: beyond a border it shows the other side once more,
            as seen from this one.
        :param feather: how far from a cut the paint is mixed: there by halves, at this many texels no more; nor further
            than there is room for the other side between two islands.

        Where one island has more than twice the texels of its neighbour, not all of its texels find a partner.
        """
        rings = _rings(self.inside.float(), feather)
        ring, room = self._beyond(rings), self._beyond(F.max_pool2d(rings, 2 * feather + 1, 1, feather))
        near = ring > 0
        if feather and near.any():
            batch = self._met(batch, ring == 1, feather)
            rows, columns = self.cuts.outside[near].T
            strength = 1 - (ring[near] - 0.5) / room[near]
            seen = torch.cat([batch[0, :, rows, columns], strength[None]])  # (C + 1, K)
            places, values = scatter(seen, self.cuts.sources[near], batch.shape[2:])
            mixed = batch.clone().flatten(2)
            mixed[0, :, places] = torch.lerp(mixed[0, :, places], values[:-1], 0.5 * values[-1])
            batch = mixed.view_as(batch)
        return self.extend(batch)

    def _met(self, batch: Tensor, border: Tensor, feather: int) -> Tensor:
        """Move the colors around each cut by half of what its two sides differ, less the further away.

        As membranes close seams between pictures (Farbman et al. 2009), but spread texel by texel: what is further away
        than the next island has no say.

        :param border: which of the cuts' texels (K,) lie right at one.
        """
        rows, columns = self.cuts.outside[border].T
        known, difference = torch.zeros_like(self.coverage), torch.zeros_like(batch)
        known[:, :, rows, columns] = 1
        difference[:, :, rows, columns] = sample(batch, self.cuts.sources[border]) - batch[:, :, rows, columns]
        away = _rings(known, feather)
        share = 0.5 * (1 - (away - 0.5).clamp_min(0) / feather) * (away + known > 0)
        return torch.addcmul(batch, _spread(difference, known, feather), share).clamp_(0, 1)

    def _beyond(self, picture: Tensor) -> Tensor:
        """What (1, 1, H, W) holds at the cuts' texels: (K,)."""
        return picture[0, 0, self.cuts.outside[:, 0], self.cuts.outside[:, 1]]


def _rings(mask: Tensor, widest: int) -> Tensor:
    """How many texels (1, 1, H, W) each one lies from a mask, 1 for its neighbours; 0 inside and past `widest`."""
    rings = torch.zeros_like(mask)
    for distance in range(1, widest + 1):
        wider = F.max_pool2d(mask, 3, 1, 1)
        rings += distance * (wider - mask)
        mask = wider
    return rings


def _spread(batch: Tensor, mask: Tensor, widest: int) -> Tensor:
    """What (1, C, H, W) is within a mask, carried on by `widest` texels as means of the nearest; 0 beyond."""
    batch = batch * mask
    for _ in range(widest):
        near = F.avg_pool2d(mask, 3, 1, 1)
        wider = (near > 0).float()
        batch = batch + (wider - mask) * F.avg_pool2d(batch, 3, 1, 1) / near.clamp_min(1e-6)
        mask = wider
    return batch


def sample(batch: Tensor, places: Tensor) -> Tensor:
    """Colors (1, C, K) of a picture (1, C, H, W) at rows and columns (K, 2), bilinear; centres are whole numbers."""
    corners, shares = _corners(places, batch.shape[2:])
    return (batch.flatten(2)[:, :, corners] * shares).sum(2)


def scatter(values: Tensor, places: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """The reverse of `sample`: give values (C, K) at rows and columns (K, 2) to the four texels around each.

    :returns: the flat indices (M,) of the texels that got any, and the weighted means (C, M) of what they got.
    """
    corners, shares = _corners(places, size)
    kept = shares > 1e-6
    texels, which = corners[kept].unique(return_inverse=True)
    weighted = torch.cat([values, torch.ones_like(values[:1])])[:, None] * shares  # (C + 1, 4, K)
    sums = values.new_zeros(len(values) + 1, len(texels)).index_add_(1, which, weighted[:, kept])
    return texels, sums[:-1] / sums[-1]


def _corners(places: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Flat indices and shares, each (4, K), of the texels around places (K, 2)."""
    low = places.floor()
    low_share, high_share = 1 - (places - low), places - low
    last = torch.tensor(size) - 1
    first, second = low.long().clamp_max(last), (low.long() + 1).clamp_max(last)
    indices, shares = [], []
    for row, row_share in ((first[:, 0], low_share[:, 0]), (second[:, 0], high_share[:, 0])):
        for column, column_share in ((first[:, 1], low_share[:, 1]), (second[:, 1], high_share[:, 1])):
            indices.append(row * size[1] + column)
            shares.append(row_share * column_share)
    return torch.stack(indices), torch.stack(shares)
