# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a picture is from a manner and from its content."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .moments import covariance_of, deviation_of, mean_of, single

_FLAT = 0.02  # deviation below which values count as all alike
_CALM = 0.06  # deviation of luma up to which a place has little structure
_LUMA = (0.2126, 0.7152, 0.0722)  # Rec. 709


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


def wasserstein_distance(gram: Tensor, target: Tensor) -> Tensor:
    """Wasserstein-2 distance between Gaussians of these moments over the target's scale, for each picture: (N,).

    |m - n|^2 + tr(C + S - 2 (S^1/2 C S^1/2)^1/2) (Dowson & Landau 1982, eq. 16), over the target's mean square. The
    root's trace is taken from eigenvalues, whose gradient is stable, and not by Newton's method.
    """
    mean, covariance = mean_of(target), covariance_of(target)
    values, vectors = torch.linalg.eigh(covariance)
    root = vectors * values.clamp_min(0).sqrt()[:, None] @ vectors.mT
    between = root @ covariance_of(gram) @ root
    scale = _trace(covariance) + mean.square().sum(1) + 1e-6
    # A root is infinitely steep at zero: what is below a millionth of the scale does not count.
    spread = torch.linalg.eigvalsh((between + between.mT) / 2).clamp_min(1e-12 * scale[:, None].square())
    error = _trace(covariance_of(gram)) + _trace(covariance) - 2 * spread.sqrt().sum(1)
    return ((mean_of(gram) - mean).square().sum(1) + error) / scale


def _trace(matrix: Tensor) -> Tensor:
    return matrix.diagonal(dim1=1, dim2=2).sum(1)


def content_distance(features: Tensor, target: Tensor) -> Tensor:
    """Squared error between instance-normalised features (N, C, H, W), for each picture: (N,).

    Normalised (unlike Gatys et al. 2016, eq. 1), so that a change of contrast or color is no loss of content.
    """
    error = F.instance_norm(single(features)) - F.instance_norm(single(target))
    return error.square().mean((1, 2, 3))


def structure_distance(output: Tensor, content: Tensor, window: int = 7) -> Tensor:
    """One minus the structural similarity of luma without its brightness term (Wang et al. 2004, eq. 13): (N,).

    Departs from it in its window, a box at every second pixel, and in a larger constant: strokes on flat places, which
    have no structure that could be lost, cost little.
    """
    x, y = (_luma(batch.float()) for batch in (output, content))

    def local(z: Tensor) -> Tensor:
        return F.avg_pool2d(z, window, 2)

    mean_x, mean_y = local(x), local(y)
    variance = local(x * x) - mean_x.square() + local(y * y) - mean_y.square()
    covariance = local(x * y) - mean_x * mean_y
    return 1 - ((2 * covariance + _CALM**2) / (variance + _CALM**2)).mean((1, 2, 3))


def _luma(batch: Tensor) -> Tensor:
    return (batch * batch.new_tensor(_LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)


def ordered(values: Tensor) -> Tensor:
    """Values (N, C, H, W) of each channel in ascending order: (N, C, H * W)."""
    return values.flatten(2).sort(2).values


def resampled(values: Tensor, count: int) -> Tensor:
    """Ascending values (N, C, places) as `count` of them, evenly spaced from the least to the greatest."""
    return F.interpolate(values, count, mode="linear", align_corners=True)


def sliced_distance(found: Tensor, target: Tensor) -> Tensor:
    """Sliced Wasserstein-1 distance of ascending values (N, C, places) over the target's deviations: (N,).

    After Elnekave & Weiss (2022), eq. 3. Unlike a distance of covariances it tells a few crisp strokes from as much
    soft noise. Departs from it in dividing by the deviation, so that faint marks count as well.
    """
    return ((found - target).abs().mean(2) / (target.std(2) + _FLAT)).mean(1)


def total_variation(batch: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels of (N, 3, H, W): (N,)."""
    down = (batch[:, :, 1:] - batch[:, :, :-1]).square().mean((1, 2, 3))
    across = (batch[:, :, :, 1:] - batch[:, :, :, :-1]).square().mean((1, 2, 3))
    return down + across
