# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a picture is from a manner and from its content."""

import torch.nn.functional as F
from torch import Tensor

from .moments import covariance_of, deviation_of, mean_of


def statistics_distance(gram: Tensor, target: Tensor) -> Tensor:
    """Squared error of means and deviations over the target's scale, for each picture: (N,).

    Huang & Belongie (2017), eq. 13, squared and divided by the target's mean square, so that levels count alike.
    """
    mean, deviation = mean_of(target), deviation_of(target)
    scale = (mean.square() + deviation.square()).mean(1) + 1e-6
    error = (mean_of(gram) - mean).square() + (deviation_of(gram) - deviation).square()
    return error.mean(1) / scale


def covariance_distance(gram: Tensor, target: Tensor) -> Tensor:
    """Squared error of covariances over the target's square, for each picture: (N,).

    Gatys et al. (2016), eq. 4, on centred features and relative to the target instead of to layer sizes.
    """
    wanted = covariance_of(target)
    error = (covariance_of(gram) - wanted).square().sum((1, 2))
    return error / (wanted.square().sum((1, 2)) + 1e-6)


def content_distance(features: Tensor, target: Tensor) -> Tensor:
    """Squared error between instance-normalised features (N, C, H, W), for each picture: (N,).

    Normalised (unlike Gatys et al. 2016, eq. 1), so that a change of contrast or color is no loss of content.
    """
    error = F.instance_norm(features.float()) - F.instance_norm(target.float())
    return error.square().mean((1, 2, 3))


def total_variation(batch: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels of (N, 3, H, W): (N,)."""
    down = (batch[:, :, 1:] - batch[:, :, :-1]).square().mean((1, 2, 3))
    across = (batch[:, :, :, 1:] - batch[:, :, :, :-1]).square().mean((1, 2, 3))
    return down + across
