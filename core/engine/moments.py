# SPDX-License-Identifier: GPL-3.0-or-later
"""What a manner leaves behind when places are forgotten: first and second moments of features."""

import torch
import torch.nn.functional as F
from torch import Tensor

VARIANCE_FLOOR = 1e-4


def moments(features: Tensor) -> Tensor:
    """The Gram matrix of (N, C, H, W) features with a row of ones added, over pixels: (N, C + 1, C + 1).

    Holds mean and raw second moment in one matrix that is linear in pixels: the mean of several pictures' matrices,
    or of tiles' weighted by their size, is the matrix of all of them together.
    """
    x = single(features.permute(0, 2, 3, 1).flatten(1, 2))  # (N, H * W, C)
    mean = x.mean(1, keepdim=True)
    with torch.autocast(x.device.type, enabled=False):  # variances are differences of these: eight bits are too few
        second = x.mT @ x / x.shape[1]
    ones = torch.ones_like(mean[:, :, :1])
    return torch.cat([torch.cat([second, mean.mT], 2), torch.cat([mean, ones], 2)], 1)


def single(features: Tensor) -> Tensor:
    """Features in single precision at least: sums over a picture need it."""
    return features if features.dtype == torch.float64 else features.float()


def mean_of(gram: Tensor) -> Tensor:
    """Means (N, C) of the channels."""
    return gram[:, :-1, -1]


def covariance_of(gram: Tensor) -> Tensor:
    """Covariances (N, C, C) of the channels."""
    mean = mean_of(gram)
    return gram[:, :-1, :-1] - mean[:, :, None] * mean[:, None, :]


def deviation_of(gram: Tensor) -> Tensor:
    """Standard deviations (N, C) of the channels, at least the root of VARIANCE_FLOOR."""
    variance = gram.diagonal(dim1=1, dim2=2)[:, :-1] - mean_of(gram).square()
    return variance.clamp_min(VARIANCE_FLOOR).sqrt()


def color_moments(batch: Tensor) -> Tensor:
    """Moments (N, 4, 4) of the colors of (N, 3, H, W), strokes and grain averaged out over 4 x 4 pixels."""
    return moments(F.avg_pool2d(batch, 4, ceil_mode=True))


def blend(grams: list[Tensor], weights: Tensor | None = None) -> Tensor:
    """One matrix for several pictures, each (1, C + 1, C + 1): their mean, or their sum by `weights`."""
    stacked = torch.cat(grams)
    if weights is None:
        return stacked.mean(0, keepdim=True)
    return (stacked * weights[:, None, None]).sum(0, keepdim=True)
