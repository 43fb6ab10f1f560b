# SPDX-License-Identifier: GPL-3.0-or-later
"""How the small patches of a picture are distributed: what moments of features do not tell of strokes and flats.

As in Elnekave & Weiss (2022), GPDM, random projections of all patches over a pyramid. Departs from it in how two
distributions are compared: not by sorting, for which all of a picture must be there, but by their characteristic
functions, which are sums over pixels, so that tiles can be added up and several references mixed.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

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
    """The characteristic function of each channel of (N, C, h, w), real and imaginary by turns: (N, C, 2 * OCTAVES)."""
    return _Waves.apply(single(projected))


class _Waves(torch.autograd.Function):
    """Written out, because nothing but what is projected has to be remembered for the gradient."""

    @staticmethod
    def forward(context: Any, projected: Tensor) -> Tensor:
        context.save_for_backward(projected)
        return torch.stack([part.mean((2, 3)) for wave in _octaves(projected) for part in wave], 2)

    @staticmethod
    def backward(context: Any, slopes: Tensor) -> Tensor:
        (projected,) = context.saved_tensors
        gradient = torch.zeros_like(projected)
        slopes = slopes[..., None, None] * _LOWEST / projected[0, 0].numel()
        for octave, (cosine, sine) in enumerate(_octaves(projected)):
            real, imaginary = slopes[:, :, 2 * octave] * 2**octave, slopes[:, :, 2 * octave + 1] * 2**octave
            gradient.addcmul_(cosine, imaginary).addcmul_(sine, real, value=-1)
        return gradient


def _octaves(projected: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Cosine and sine at each frequency; from the second on by doubling the angle, which takes less than a sine."""
    angle = projected * _LOWEST
    cosine, sine = angle.cos(), angle.sin()
    for octave in range(OCTAVES):
        if octave:
            cosine, sine = torch.addcmul(cosine.new_ones(()), sine, sine, value=-2), (2 * sine).mul_(cosine)
        yield cosine, sine


def distribution(batch: Tensor) -> Tensor:
    """How the patches of pictures (N, 3, H, W) are distributed: (N, *SHAPE)."""
    return torch.stack([waves(projected) for projected in projections(batch)], 1)


def patch_distance(found: Tensor, target: Tensor) -> Tensor:
    """How far one distribution (N, *SHAPE) is from another, for each picture: (N,).

    The squared difference of the characteristic functions, summed over frequencies, averaged over directions.
    """
    return (found - target).square().sum(3).mean((1, 2))


@cache
@torch.inference_mode(False)  # whoever asks first: what was made in inference mode can never be differentiated through
def _kernels() -> Tensor:
    return directions(PROJECTIONS, PATCH_PX, torch.Generator().manual_seed(_SEED))


def directions(count: int, size: int, random: torch.Generator) -> Tensor:
    """Directions of patches of RGB pixels, (count, 3, size, size) of length 1, that answer to nothing flat."""
    kernels = torch.randn(count, 3, size, size, generator=random)
    kernels = kernels - kernels.mean((2, 3), keepdim=True)
    return kernels / kernels.flatten(1).norm(dim=1)[:, None, None, None]
