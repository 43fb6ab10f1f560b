# SPDX-License-Identifier: GPL-3.0-or-later
"""What a manner looks like at several sizes: the moments that pixels are optimised to, and how style files keep them.

Brush marks and large forms are different features of the same network: a reference seen at a quarter of its size shows
at relu4_1 what is too large for it at full size (as in Gatys et al. 2017, Controlling Perceptual Factors, section 6).
"""

from collections.abc import Mapping, Sequence
from math import prod
from typing import NamedTuple

import torch
from torch import Tensor

from .encoder import WIDTHS
from .moments import blend, covariance_of, deviation_of, mean_of
from .patches import SHAPE


class Look(NamedTuple):
    """What pictures look like to the encoder and patch by patch."""

    moments: list[Tensor]
    """As `reference_moments` gives them: of the colors, then of each level, (1, C + 1, C + 1) each."""
    patches: Tensor
    """As `patches.distribution` gives them: (1, *patches.SHAPE)."""

    def to(self, device: torch.device) -> "Look":
        """The same on another device."""
        return Look([gram.to(device) for gram in self.moments], self.patches.to(device))


Manner = dict[float, Look]
"""What references look like at several scales, ascending to 1."""

SCALES = (0.25, 0.5, 1.0)
RANK = 16
"""Of the correlations that a file keeps: leaves about a hundredth of the squared covariances out."""
_CHANNELS = (3, *WIDTHS)
_SHAPES = {"mean": sum(_CHANNELS), "deviation": sum(_CHANNELS), "factors": sum(c * min(c, RANK) for c in _CHANNELS)}
_SHAPES["patches"] = prod(SHAPE)
_TURNS = 20


def mix(chosen: Sequence[tuple[Manner, float]]) -> Manner:
    """Several manners by weights that sum to 1: the weighted mean of their sums; nothing where one is not known."""
    if not all(manner for manner, _ in chosen):
        return {}
    return {scale: _mean([(manner[scale], weight) for manner, weight in chosen]) for scale in chosen[0][0]}


def _mean(chosen: Sequence[tuple[Look, float]]) -> Look:
    levels = zip(*(look.moments for look, _ in chosen), strict=True)
    weights = torch.tensor([weight for _, weight in chosen])
    patches = sum(look.patches * weight for look, weight in chosen)
    return Look([blend(list(grams), weights.to(grams[0])) for grams in levels], patches)


def pack(manner: Manner) -> dict[str, Tensor]:
    """A manner in 17 KB: means and deviations in half precision, correlations as factors of eight bits."""
    if not manner:
        return {}
    rows = [[_factored(gram) for gram in manner[scale].moments] for scale in SCALES]
    parts = zip(*([torch.cat(part) for part in zip(*row, strict=True)] for row in rows), strict=True)
    patches = torch.stack([manner[scale].patches.flatten().half() for scale in SCALES])
    return dict(zip(_SHAPES, [*map(torch.stack, parts), patches], strict=True))


def unpack(tensors: Mapping[str, Tensor]) -> Manner:
    """The manner in what `pack` has made, in single precision.

    :raises ValueError: it has not the right shapes or numbers.
    """
    if not tensors:
        return {}
    if {name: tuple(t.shape) for name, t in tensors.items()} != {n: (len(SCALES), c) for n, c in _SHAPES.items()}:
        raise ValueError
    if not all(tensor.isfinite().all() for tensor in tensors.values()):
        raise ValueError
    return {scale: _restored(*(tensors[n][i].float() for n in _SHAPES)) for i, scale in enumerate(SCALES)}


def kept(grams: Sequence[Tensor]) -> list[Tensor]:
    """Moments as a file keeps them, on the CPU."""
    return [_gram(*(part.float() for part in _factored(gram.cpu()))) for gram in grams]


def _factored(gram: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Means, deviations, and the factors F whose F F' is nearest to the correlations off their diagonal.

    The principal factor method: the diagonal is what the factors themselves explain, found by turns.
    """
    deviation = deviation_of(gram)[0]
    correlation = (covariance_of(gram)[0] / (deviation[:, None] * deviation)).double()  # eigh may fail in single
    rank = min(len(deviation), RANK)
    for _ in range(_TURNS):
        values, vectors = torch.linalg.eigh(correlation)
        factors = vectors[:, -rank:] * values[-rank:].clamp_min(0).sqrt()
        correlation.diagonal().copy_(factors.square().sum(1).clamp_max(1))
    return mean_of(gram)[0].half(), deviation.half(), (factors * 127).round().clamp(-127, 127).to(torch.int8).flatten()


def _restored(means: Tensor, deviations: Tensor, factors: Tensor, patches: Tensor) -> Look:
    parts = (part.split(list(_CHANNELS)) for part in (means, deviations))
    sizes = [channels * min(channels, RANK) for channels in _CHANNELS]
    grams = [_gram(*level) for level in zip(*parts, factors.split(sizes), strict=True)]
    return Look(grams, patches.view(1, *SHAPE))


def _gram(mean: Tensor, deviation: Tensor, factors: Tensor) -> Tensor:
    factors = factors.view(len(mean), -1) / 127
    correlation = factors @ factors.mT
    correlation.diagonal().fill_(1)
    second = correlation * deviation[:, None] * deviation + mean[:, None] * mean
    ones = torch.ones_like(mean[:1])
    return torch.cat([torch.cat([second, mean[:, None]], 1), torch.cat([mean, ones])[None]])[None]
