# SPDX-License-Identifier: GPL-3.0-or-later
"""How the small patches of a picture are distributed: what moments of features do not tell of strokes and flats.

As in Elnekave & Weiss (2022), GPDM, random projections of all patches over a pyramid. Departs from it in how two
distributions are compared: not by sorting, for which all of a picture must be there, but by their characteristic
functions, which are sums over pixels, so that tiles can be added up and several references mixed.
"""

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from .layers import pad
from .moments import single

PATCH_PX = 7
PROJECTIONS = 16
STRIDES = (2, 2, 4)
"""Pixels of the picture from one patch to the next, at each level of a pyramid that halves."""
OCTAVES = 5
"""Frequencies at which the characteristic function is taken, each twice the one before."""
_LOWEST = 2.0  # radians over the range of a pixel
SHAPE = (len(STRIDES), PROJECTIONS, 2 * OCTAVES)
_SEED = 3


def projections(batch: Tensor) -> list[Tensor]:
    """What every patch of (N, 3, H, W) comes to in each direction: by level (N, PROJECTIONS, H / stride, W / stride).

    The directions are the same for all pictures, and know nothing of a patch's mean color.
    """
    kernels, found = _kernels().to(batch), []
    for level, stride in enumerate(STRIDES):
        found.append(F.conv2d(pad(batch, PATCH_PX // 2), kernels, stride=stride >> level))
        batch = F.avg_pool2d(batch, 2, ceil_mode=True)
    return found


def waves(projected: Tensor) -> Tensor:
    """The characteristic function of each channel of (N, C, h, w), real and imaginary by turns: (N, C, 2 * OCTAVES).

    Higher octaves follow from the lowest by doubling the angle, a tenth of the work of as many sines.
    """
    angle = single(projected) * _LOWEST
    cosine, sine = angle.cos(), angle.sin()
    found = []
    for _ in range(OCTAVES):
        found += [cosine.mean((2, 3)), sine.mean((2, 3))]
        cosine, sine = 1 - 2 * sine.square(), 2 * sine * cosine
    return torch.stack(found, 2)


def distribution(batch: Tensor) -> Tensor:
    """How the patches of pictures (N, 3, H, W) are distributed: (N, *SHAPE)."""
    return torch.stack([waves(projected) for projected in projections(batch)], 1)


def patch_distance(found: Tensor, target: Tensor) -> Tensor:
    """How far one distribution (N, *SHAPE) is from another, for each picture: (N,).

    The squared difference of the characteristic functions, summed over frequencies, averaged over directions.
    """
    return (found - target).square().sum(3).mean((1, 2))


@cache
def _kernels() -> Tensor:
    random = torch.Generator().manual_seed(_SEED)
    kernels = torch.randn(PROJECTIONS, 3, PATCH_PX, PATCH_PX, generator=random)
    kernels = kernels - kernels.mean((2, 3), keepdim=True)
    return kernels / kernels.flatten(1).norm(dim=1)[:, None, None, None]
