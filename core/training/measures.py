# SPDX-License-Identifier: GPL-3.0-or-later
"""How well a repainted picture has taken on a manner and kept its content: several measures that share no network.

Pictures are batches of one, (1, 3, H, W) display-referred RGB in [0, 1]. The painters learn from the teacher's
statistics; the other measures know nothing of it, and a gain is one only if at least two show it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from ..engine.losses import covariance_distance, statistics_distance
from ..engine.moments import moments
from . import teacher

Description = list[Tensor]
QUANTILES = 128
PROJECTIONS = 48
POSITIONS = 96  # along each axis, at most, at which patches and features are read
SMALLEST_PX = 32  # below which no coarser level of a picture is looked at


class StyleMeasure(Protocol):
    """What a manner leaves in a picture, and how far one such description is from another."""

    name: str

    def describe(self, picture: Tensor) -> Description: ...

    def distance(self, description: Description, target: Description) -> float:
        """0 for the same description; relative to the target's own scale."""


class TeacherStatistics:
    """Means, deviations and covariances of the teacher's features.

    relu1_1 to relu3_1 of the original network, relu4_1 of the distilled one, which alone the painters learn from.
    """

    name = "teacher"

    def __init__(self, low: teacher.Teacher, high: teacher.Teacher) -> None:
        self.low, self.high = low, high

    @torch.inference_mode()
    def describe(self, picture: Tensor) -> Description:
        return [*map(moments, self.low(picture, "relu3_1").values()), moments(self.content(picture))]

    @torch.inference_mode()
    def content(self, picture: Tensor) -> Tensor:
        """relu4_1 (1, 512, H/8, W/8), which tells what is shown."""
        return self.high(picture, mapped=True)["relu4_1"]

    def distance(self, description: Description, target: Description) -> float:
        pairs = list(zip(description, target, strict=True))
        return sum((statistics_distance(a, b) + covariance_distance(a, b)).item() for a, b in pairs) / len(pairs)


def teacher_statistics(folder: Path) -> TeacherStatistics | None:
    """The teacher's measure where its weights lie in `folder`, else None."""
    try:
        return TeacherStatistics(teacher.original(folder), teacher.distilled(folder))
    except FileNotFoundError:
        return None


class PatchWasserstein:
    """Sliced Wasserstein distance between all 7 x 7 patches of two pictures, over a pyramid.

    After Elnekave & Weiss (2022), GPDM, with two departures: projections ignore a patch's mean color, which otherwise
    drowns the marks (a photo with nothing but the reference's colors came out at a fifth of its distance), and each
    counts relative to the target's deviation.
    """

    def __init__(self, seed: int = 0, *, colored: bool = False) -> None:
        """:param colored: with the patches' mean colors, as in the paper."""
        self.name = "colored patches" if colored else "patches"
        random = torch.Generator().manual_seed(seed)
        kernels = torch.randn(PROJECTIONS, 3, 7, 7, generator=random)
        kernels = kernels if colored else _without_mean(kernels)
        self.kernels = kernels / kernels.flatten(1).norm(dim=1)[:, None, None, None]

    @torch.inference_mode()
    def describe(self, picture: Tensor) -> Description:
        described = []
        for level in _pyramid(picture, 4):
            stride = math.ceil(min(level.shape[2:]) / POSITIONS)
            described.append(_quantiles(F.conv2d(level, self.kernels, stride=stride)))
        return described

    def distance(self, description: Description, target: Description) -> float:
        return _wasserstein(description, target, floor=0.02)


class RandomNetwork:
    """Sliced Wasserstein distance between the features of a shallow network with random weights, at three scales.

    After Ustyuzhaninov et al. (2017), whose random filters sufficed for texture synthesis: no training, no bias of it.
    The first filters ignore the mean color, for the same reason as above.
    """

    name = "random"

    def __init__(self, seed: int = 1) -> None:
        random = torch.Generator().manual_seed(seed)
        self.layers = [_random_kernels(shape, random) for shape in ((48, 3, 5, 5), (64, 48, 3, 3), (96, 64, 3, 3))]
        self.layers[0] = _without_mean(self.layers[0])
        directions = [torch.randn(PROJECTIONS, len(k), generator=random) for k in self.layers]
        self.directions = [d / d.norm(dim=1, keepdim=True) for d in directions]

    @torch.inference_mode()
    def describe(self, picture: Tensor) -> Description:
        described = []
        for level in _pyramid(picture, 3):
            x = 4 * (level - 0.5)
            for kernels, directions in zip(self.layers, self.directions, strict=True):
                x = F.relu(F.conv2d(x, kernels, stride=2 if min(x.shape[2:]) > POSITIONS else 1))
                described.append(_quantiles(F.conv2d(x, directions[:, :, None, None])))
        return described

    def distance(self, description: Description, target: Description) -> float:
        return _wasserstein(description, target, floor=0.01)


class ColorWasserstein:
    """Sliced Wasserstein distance between the colors of two pictures, marks averaged out over 4 x 4 pixels."""

    name = "colors"

    def __init__(self, seed: int = 2) -> None:
        kernels = torch.randn(PROJECTIONS, 3, 1, 1, generator=torch.Generator().manual_seed(seed))
        self.kernels = kernels / kernels.norm(dim=1, keepdim=True)

    @torch.inference_mode()
    def describe(self, picture: Tensor) -> Description:
        return [_quantiles(F.conv2d(F.avg_pool2d(picture, 4), self.kernels))]

    def distance(self, description: Description, target: Description) -> float:
        return _wasserstein(description, target, floor=0.02)


def _without_mean(kernels: Tensor) -> Tensor:
    """Kernels (N, C, h, w) that answer to nothing flat."""
    return kernels - kernels.mean((2, 3), keepdim=True)


def _random_kernels(shape: tuple[int, ...], random: torch.Generator) -> Tensor:
    """Kernels that keep the scale of their input through a ReLU (He et al. 2015)."""
    kernels = torch.randn(shape, generator=random)
    return kernels * (2 / kernels[0].numel()) ** 0.5


def _pyramid(picture: Tensor, levels: int) -> list[Tensor]:
    """The picture and its halves, as many as are large enough; one at least."""
    found = [picture]
    while len(found) < levels and min(found[-1].shape[2:]) >= 2 * SMALLEST_PX:
        found.append(F.avg_pool2d(found[-1], 2))
    return found


def _quantiles(features: Tensor) -> Tensor:
    """The distribution of each channel of (1, C, H, W) as QUANTILES evenly spaced order statistics: (C, QUANTILES)."""
    ordered = features[0].flatten(1).sort(dim=1).values
    at = (torch.arange(QUANTILES) + 0.5) / QUANTILES * (ordered.shape[1] - 1)
    return ordered[:, at.round().long()]


def _wasserstein(description: Description, target: Description, floor: float) -> float:
    """Mean distance of the distributions over the target's deviation, over the levels that both pictures have."""
    pairs = list(zip(description, target, strict=False))
    return sum(((a - b).abs().mean(1) / (b.std(1) + floor)).mean().item() for a, b in pairs) / len(pairs)


@dataclass(frozen=True)
class Yardstick:
    """A reference seen through one measure: what counts as nothing left over, and as everything."""

    measure: StyleMeasure
    target: Description
    floor: float
    """How far the reference's two halves are from each other, cut like the colors of a chessboard."""

    @classmethod
    def of(cls, measure: StyleMeasure, reference: Tensor) -> "Yardstick":
        one, other = map(measure.describe, _chessboard(reference))
        floor = (measure.distance(one, other) + measure.distance(other, one)) / 2
        return cls(measure, measure.describe(reference), floor)

    def left_over(self, output: Description, photo: Description) -> float | None:
        """How much of the photo's own manner is left in the output.

        :returns: 1 = as far from the reference as the photo is, 0 = as near as the reference's halves are to each
            other (below: nearer still), None where the photo itself is hardly farther than that: nothing can be said.
        """
        far = self.measure.distance(photo, self.target) - self.floor
        if far <= 0.5 * self.floor:
            return None
        return (self.measure.distance(output, self.target) - self.floor) / far


def _chessboard(picture: Tensor, tiles: int = 4) -> tuple[Tensor, Tensor]:
    """The white and the black squares of a picture, each put together to one (1, 3, H, W / 2).

    Left and right, or top and bottom, would differ by what they show: sky and meadow, not two meadows.
    """
    rows = [row.chunk(tiles, 3) for row in picture[..., : picture.shape[3] // tiles * tiles].chunk(tiles, 2)]
    white, black = ([torch.cat(row[(i + s) % 2 :: 2], 3) for i, row in enumerate(rows)] for s in (0, 1))
    return torch.cat(white, 2), torch.cat(black, 2)


def ssim(output: Tensor, photo: Tensor) -> float:
    """Structural similarity of luma (Wang et al. 2004): 11 x 11 Gaussian of deviation 1.5, K1 = 0.01, K2 = 0.03."""
    taps = torch.exp(-0.5 * ((torch.arange(11) - 5) / 1.5) ** 2)
    window = (taps / taps.sum()).double()[None, None, None]
    weights = torch.tensor((0.299, 0.587, 0.114), dtype=torch.double).view(1, 3, 1, 1)
    x, y = ((batch * weights).sum(1, keepdim=True) for batch in (output, photo))

    def local(z: Tensor) -> Tensor:
        return F.conv2d(F.conv2d(z, window), window.mT)

    mean_x, mean_y = local(x), local(y)
    variance_x, variance_y = local(x * x) - mean_x**2, local(y * y) - mean_y**2
    covariance = local(x * y) - mean_x * mean_y
    brightness = (2 * mean_x * mean_y + 0.01**2) / (mean_x**2 + mean_y**2 + 0.01**2)
    structure = (2 * covariance + 0.03**2) / (variance_x + variance_y + 0.03**2)
    return (brightness * structure).mean().item()


def content_error(output: Tensor, photo: Tensor) -> float:
    """Mean squared distance of features (1, C, H, W), each place's features brought to length 1: 0 to 2.

    As Zhang et al. (2018), LPIPS, on one layer and without their learned weights.
    """
    a, b = (F.normalize(features, dim=1) for features in (output, photo))
    return (a - b).square().sum(1).mean().item()


def unrelated(features: Sequence[Tensor]) -> float:
    """The mean content error between different pictures (N of (1, C, H, W)), cut to a common size: the unit."""
    height, width = (min(f.shape[axis] for f in features) for axis in (2, 3))
    cut = [f[:, :, :height, :width] for f in features]
    errors = [content_error(a, b) for i, a in enumerate(cut) for b in cut[i + 1 :]]
    return sum(errors) / len(errors)
