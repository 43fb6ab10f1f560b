# SPDX-License-Identifier: GPL-3.0-or-later
"""Normalisation by style: what is measured of features, in tiles or as a whole, and what is made of it."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

BLOCK = 8
"""Side of the blocks over which statistics are summed up first."""
_EPSILON = 1e-5  # as in torch's instance_norm
_CACHED = 1 << 18
"""So many numbers stay in a processor's cache while they are worked on."""


class Seen(NamedTuple):
    """What a normalisation point saw of each channel: of every picture (N, C), or of all of them (C,); float32."""

    mean: Tensor
    variance: Tensor


def look(batch: Tensor) -> Seen:
    """Mean and variance (N, C) of the channels of each picture of (N, C, H, W)."""
    if not torch.is_grad_enabled():
        return seen_in([block_sums(batch)], batch.shape[2] * batch.shape[3])
    x = batch.permute(0, 2, 3, 1).float()  # (N, H, W, C), as it lies in memory: torch's reductions copy it otherwise
    mean = x.mean((1, 2))
    return Seen(mean, (x - mean[:, None, None]).square().mean((1, 2)))


def block_sums(batch: Tensor, weight: Tensor | None = None) -> Tensor:
    """Sums and sums of squares of (N, C, H, W) over blocks of BLOCK x BLOCK: (N, 2 * C, H / BLOCK, W / BLOCK) float32.

    A block is summed in the same order whatever it is a part of: tiles of whole blocks give the same bits.

    :param weight: how much each pixel counts, (N, 1, H, W).
    """
    parts = bands(batch, BLOCK)
    weights = [None] * len(parts) if weight is None else weight.split(parts[0].shape[2], 2)
    return torch.cat([_band_sums(part, own) for part, own in zip(parts, weights, strict=True)], 2)


def _band_sums(x: Tensor, weight: Tensor | None) -> Tensor:
    if x.dtype != torch.bfloat16:  # its squares are in range, and rounded as finely as it is itself
        x = x.float()
    parts = (x, x.square()) if weight is None else (x * weight, x.square() * weight)
    return torch.cat([F.avg_pool2d(part, BLOCK, ceil_mode=True, divisor_override=1) for part in parts], 1).float()


def bands(batch: Tensor, unit: int = 1) -> Sequence[Tensor]:
    """Rows of (N, C, H, W), multiples of `unit`, as many at a time as stay in a processor's cache."""
    rows = batch.shape[2]
    if batch.device.type == "cpu" and batch.numel():
        rows = unit * max(1, _CACHED // (unit * batch[:, :, 0].numel()))
    return batch.split(max(1, rows), 2)


def seen_in(sums: Sequence[Tensor], count: float) -> Seen:
    """Mean and variance (N, C) of what `block_sums` (N, 2 * C, ...) counted, over `count` pixels (or what they count).

    Added up in float64, so that it matters to no bit of single precision in which order.
    """
    device = sums[0].device
    total = sum(_total(part.cpu() if device.type == "mps" else part) for part in sums)  # mps has no float64
    mean, second = (total / count).chunk(2, 1)
    return Seen(mean.float().to(device), (second - mean.square()).clamp_min(0).float().to(device))


def _total(sums: Tensor) -> Tensor:
    return sums.contiguous().double().flatten(2).sum(2)


class Affine(NamedTuple):
    """A gain and a shift (N, C, 1, 1) for each channel, float32."""

    gain: Tensor
    shift: Tensor

    def of(self, batch: Tensor, out: Tensor | None = None) -> Tensor:
        """What it makes of (N, C, H, W), in the batch's number format."""
        if torch.is_grad_enabled():
            return torch.addcmul(self.shift, batch.float(), self.gain).to(batch.dtype)
        return torch.addcmul(self.shift.to(batch.dtype), batch, self.gain.to(batch.dtype), out=out)


def normalisation(seen: Seen, scale: Tensor, shift: Tensor) -> Affine:
    """Adaptive instance normalisation to a scale and a shift (N, C) for each channel.

    Huang & Belongie (2017), eq. 8, with predicted instead of measured statistics of the style (Ghiasi et al. 2017).
    The scale is given as its distance from one.
    """
    gain = (1 + scale) * torch.rsqrt(seen.variance.to(scale) + _EPSILON)
    return Affine(gain[:, :, None, None], (shift - seen.mean.to(scale) * gain)[:, :, None, None])


def applied(affine: Affine, batch: Tensor, onto: Tensor | None = None) -> Tensor:
    """An affine map of (N, C, H, W), added to others where there are any; without a gradient it is lost itself."""
    batch = affine.of(batch, out=None if torch.is_grad_enabled() else batch)
    return batch if onto is None else onto + batch
