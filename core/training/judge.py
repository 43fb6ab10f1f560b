# SPDX-License-Identifier: GPL-3.0-or-later
"""What painters learn from: how far their pictures are from a reference's manner and from their content."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..engine.losses import (
    content_distance,
    covariance_distance,
    statistics_distance,
    structure_distance,
    total_variation,
)
from ..engine.moments import color_moments, moments
from . import teacher
from .loop import Losses

CONTENT_LEVELS = ("relu3_1", "relu4_1")  # with relu4_1 alone the light and dark of the photo get lost
FIRST_LEVEL = 16  # channels of the distilled teacher's relu1_1
_MARKS = 24  # directions in which small patches are looked at


@dataclass(frozen=True)
class Weights:
    """How much each loss counts."""

    content: float = 0.6
    covariance: float = 0.5
    marks: float = 0.5
    structure: float = 0.3
    color: float = 4.0
    variation: float = 0.3


class Study(NamedTuple):
    """The moments of reference pictures: what the output's are compared with."""

    levels: list[Tensor]
    marks: list[Tensor]
    palette: Tensor


class Judge(nn.Module):
    """The loss: distance from the reference's manner and from the content under the frozen teacher."""

    def __init__(self, network: teacher.Teacher, weights: Weights) -> None:
        super().__init__()
        self.network, self.weights = network, weights
        kernels = torch.randn(_MARKS, 75, generator=torch.Generator().manual_seed(7))
        kernels = torch.linalg.qr(kernels.T)[0].T.reshape(_MARKS, 3, 5, 5)
        self.register_buffer("kernels", kernels, persistent=False)

    def study(self, reference: Tensor) -> Study:
        """What there is to know of references (N, 3, H, W)."""
        with torch.no_grad():
            levels = [moments(_thinned(features)) for features in self.network(reference).values()]
            return Study(levels, self._marks(reference), color_moments(reference))

    def forward(self, output: Tensor, content: Tensor, wanted: Study) -> Losses:
        """The losses of pictures (N, 3, H, W) painted from `content` in the manner of `wanted`."""
        with torch.no_grad():
            shown = self.network(content)
        features = self.network(output)
        style = [self._distance(moments(_thinned(f)), t) for f, t in zip(features.values(), wanted.levels, strict=True)]
        marks = [self._distance(m, t) for m, t in zip(self._marks(output), wanted.marks, strict=True)]
        color = color_moments(output)
        color = statistics_distance(color, wanted.palette) + 0.2 * covariance_distance(color, wanted.palette)
        kept = sum(content_distance(features[level], shown[level]).mean() for level in CONTENT_LEVELS)
        return {
            "style": sum(style).mean(),
            "marks": self.weights.marks * sum(marks).mean(),
            "content": self.weights.content * kept,
            "structure": self.weights.structure * structure_distance(output, content).mean(),
            "color": self.weights.color * color.mean(),
            "variation": self.weights.variation * total_variation(output).mean(),
        }

    def _distance(self, found: Tensor, wanted: Tensor) -> Tensor:
        return statistics_distance(found, wanted) + self.weights.covariance * covariance_distance(found, wanted)

    def _marks(self, batch: Tensor) -> list[Tensor]:
        """The moments of 5 x 5 patches at three scales: what a manner leaves that no trained network filters.

        The covariances of random directions of the patches, a Gaussian stand-in for the sliced Wasserstein distance of
        Elnekave & Weiss (2022), which sorts and took a third of the step.
        """
        found = []
        for _ in range(3):
            found.append(moments(4 * F.conv2d(batch, self.kernels, stride=2)))
            batch = F.avg_pool2d(batch, 2)
        return found


def _thinned(features: Tensor) -> Tensor:
    """Every second pixel of the first level: its moments stay the same, and took most of the time."""
    return features[:, :, ::2, ::2] if features.shape[1] == FIRST_LEVEL else features
