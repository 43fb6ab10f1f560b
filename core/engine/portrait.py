# SPDX-License-Identifier: GPL-3.0-or-later
"""What a manner looks like as one row of numbers that can be added and multiplied, and back again."""

from collections.abc import Sequence

import torch
from torch import Tensor

from .encoder import WIDTHS
from .moments import VARIANCE_FLOOR, covariance_of, deviation_of, mean_of

CHANNELS = (3, *WIDTHS)
"""Of what moments are taken: the colors, then the levels of the encoder."""
SIZES = tuple(2 * channels + channels * (channels - 1) // 2 for channels in CHANNELS)
NUMBERS = sum(SIZES)
_LEAST = 0.01
"""Added to means of features before their logarithm is taken: they are 0 where a channel is silent."""


def portraits(grams: Sequence[Tensor]) -> Tensor:
    """Moments as `reference_moments` gives them as rows (N, NUMBERS): means, deviations and correlations of each level.

    Deviations, and the means of features, are logarithms: so whatever is added to them, they stay what they can be.
    """
    return torch.cat([_portrait(gram, index > 0) for index, gram in enumerate(grams)], 1)


def moments_of(rows: Tensor) -> list[Tensor]:
    """The moments (N, C + 1, C + 1) that rows (N, NUMBERS) stand for; any finite numbers make possible ones.

    Correlations become the nearest that can be (negative eigenvalues are cut off, the diagonal is brought back to 1:
    Rebonato & Jackel 1999), means of colors stay in [0, 1].
    """
    parts = zip(rows.split(SIZES, 1), CHANNELS, strict=True)
    return [_gram(part, channels, index > 0) for index, (part, channels) in enumerate(parts)]


def _portrait(gram: Tensor, is_feature: bool) -> Tensor:
    mean, deviation = mean_of(gram), deviation_of(gram)
    correlation = covariance_of(gram) / (deviation[:, :, None] * deviation[:, None, :])
    rows, columns = _pairs(mean.shape[1])
    mean = (mean.clamp_min(0) + _LEAST).log() if is_feature else mean
    return torch.cat([mean, deviation.log(), correlation[:, rows, columns]], 1)


def _gram(part: Tensor, channels: int, is_feature: bool) -> Tensor:
    mean, deviation, pairs = part.split([channels, channels, part.shape[1] - 2 * channels], 1)
    mean = (mean.exp() - _LEAST).clamp_min(0) if is_feature else mean.clamp(0, 1)
    deviation = deviation.exp().clamp_min(VARIANCE_FLOOR**0.5)
    correlation = torch.eye(channels, dtype=part.dtype, device=part.device).repeat(len(part), 1, 1)
    rows, columns = _pairs(channels)
    correlation[:, rows, columns] = correlation[:, columns, rows] = pairs
    covariance = _possible(correlation) * deviation[:, :, None] * deviation[:, None, :]
    second = covariance + mean[:, :, None] * mean[:, None, :]
    edge = torch.cat([mean, torch.ones_like(mean[:, :1])], 1)
    return torch.cat([torch.cat([second, mean[:, None]], 1), edge[:, :, None]], 2)


def _possible(correlation: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(correlation.double())  # in single precision it may not converge
    factors = vectors * values.clamp_min(1e-6).sqrt()[:, None]
    factors = factors / factors.norm(dim=2, keepdim=True)
    return (factors @ factors.mT).to(correlation)


def _pairs(channels: int) -> tuple[Tensor, Tensor]:
    """Rows and columns above the diagonal of a square matrix."""
    rows, columns = torch.triu_indices(channels, channels, 1)
    return rows, columns
