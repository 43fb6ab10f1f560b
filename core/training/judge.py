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
    ordered,
    resampled,
    sliced_distance,
    statistics_distance,
    structure_distance,
    total_variation,
)
from ..engine.moments import moments
from ..engine.patches import directions
from . import teacher
from .loop import Losses

CONTENT_LEVELS = ("relu3_1", "relu4_1")  # with relu4_1 alone the light and dark of the photo get lost
FIRST_LEVEL = 16  # channels of the distilled teacher's relu1_1
_MARK_PX = 5
_MARK_STRIDES = (3, 3, 1, 1)  # at each scale; odd, so that patches lie differently on the painter's grid of 4 pixels
_MARKS = 24  # directions in which small patches are looked at
_COLORS = 12  # directions in which colors are looked at


@dataclass(frozen=True)
class Weights:
    """How much each loss counts."""

    content: float = 0.25
    covariance: float = 0.5
    marks: float = 1.5
    structure: float = 0.5
    color: float = 1.0
    variation: float = 0.3


class Study(NamedTuple):
    """What there is to know of N reference pictures: what the output is compared with."""

    levels: list[Tensor]
    """Moments of the teacher's features."""
    marks: list[Tensor]
    """What small patches come to in some directions, in ascending order: for each scale (N, directions, places)."""
    palette: Tensor
    """What colors come to, likewise."""


class Judge(nn.Module):
    """The loss: distance from the reference's manner and from the content under the frozen teacher."""

    def __init__(self, network: teacher.Teacher, weights: Weights) -> None:
        super().__init__()
        self.network, self.weights = network, weights
        random = torch.Generator().manual_seed(7)
        # Colors, which would drown strokes, are looked at apart.
        self.register_buffer("marks", directions(_MARKS, _MARK_PX, random), persistent=False)
        colors = F.normalize(torch.randn(_COLORS, 3, generator=random), dim=1)
        self.register_buffer("colors", colors[:, :, None, None], persistent=False)

    def study(self, reference: Tensor) -> Study:
        """What there is to know of references (N, 3, H, W)."""
        with torch.no_grad():
            levels = [moments(_thinned(features)) for features in self.network(reference).values()]
            return Study(levels, self._marks(reference), self._palette(reference))

    def forward(self, output: Tensor, content: Tensor, wanted: Study) -> Losses:
        """The losses of pictures (N, 3, H, W) painted from `content` in the manner of `wanted`."""
        with torch.no_grad():
            shown = self.network(content)
        features = self.network(output)
        style = [self._distance(moments(_thinned(f)), t) for f, t in zip(features.values(), wanted.levels, strict=True)]
        scales = zip(self._marks(output), wanted.marks, strict=False)  # a small picture has fewer
        marks = [_apart(found, target) for found, target in scales]
        kept = sum(content_distance(features[level], shown[level]).mean() for level in CONTENT_LEVELS)
        return {
            "style": sum(style).mean(),
            "marks": self.weights.marks * sum(marks).mean() / len(marks),
            "content": self.weights.content * kept,
            "structure": self.weights.structure * _structure(output, content).mean(),
            "color": self.weights.color * _apart(self._palette(output), wanted.palette).mean(),
            "variation": self.weights.variation * total_variation(output).mean(),
        }

    def _distance(self, found: Tensor, wanted: Tensor) -> Tensor:
        return statistics_distance(found, wanted) + self.weights.covariance * covariance_distance(found, wanted)

    def _marks(self, batch: Tensor) -> list[Tensor]:
        """Patches of 5, 10, 20 and 40 pixels: what a manner leaves that no trained network filters."""
        found, batch = [], batch.float()
        for stride in _MARK_STRIDES:
            if min(batch.shape[2:]) < _MARK_PX:
                break
            found.append(ordered(F.conv2d(batch, self.marks, stride=stride)))
            batch = F.avg_pool2d(batch, 2)
        return found

    def _palette(self, batch: Tensor) -> Tensor:
        """Colors, strokes and grain averaged out over 4 x 4 pixels."""
        return ordered(F.conv2d(F.avg_pool2d(batch.float(), 4), self.colors))


def _structure(output: Tensor, content: Tensor) -> Tensor:
    """How much of what the content shows is lost, in detail and at a glance, where strokes average out: (N,).

    Without the second, noise would lead to clouds of light and dark on flat places, which give the palette's contrast.
    """
    glance = (F.avg_pool2d(batch.float(), 4) for batch in (output, content))
    return structure_distance(output, content) + structure_distance(*glance)


def _apart(found: Tensor, target: Tensor) -> Tensor:
    """How far ordered values are from those of references, of which there may be more: (N,)."""
    return sliced_distance(found, resampled(target, found.shape[2]))


def _thinned(features: Tensor) -> Tensor:
    """Every second pixel of the first level: its moments stay the same, and took most of the time."""
    return features[:, :, ::2, ::2] if features.shape[1] == FIRST_LEVEL else features
