# SPDX-License-Identifier: GPL-3.0-or-later
"""What a painter is told while it practises a manner: how far its pictures are from it, and from what they show."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .encoder import Encoder
from .losses import (
    content_distance,
    covariance_distance,
    ordered,
    resampled,
    sliced_distance,
    statistics_distance,
    structure_distance,
)
from .moments import color_moments, moments
from .patches import directions
from .style_encoder import reference_moments

PATCH_PX = 7
PROJECTIONS = 24
SCALES = 3  # of the pyramid: patches of 7, 14 and 28 pixels
SAMPLES = 8192  # of a reference's patches at each scale, about
_CONTENT_LEVELS = (2, 3)  # of the encoder: relu3_1 and relu4_1, as the painters learnt


Parts = dict[str, Tensor]
SHARES = {"style": 0.33, "color": 0.03, "patches": 0.20, "content": 0.34, "structure": 0.10}
"""How much each part counts when it is as large as at first sight."""
_LEAST = {"style": 0.05, "color": 0.002, "patches": 0.02, "content": 0.1, "structure": 0.05}
"""Below which no part counts as large at first sight: where nothing is amiss, nothing needs to be gained."""


@dataclass(frozen=True)
class Reference:
    """A picture of the manner, and how much it counts."""

    batch: Tensor
    """(1, 3, H, W) in [0, 1], at the size at which it is studied; (N, 3, H, W) for one to each painted picture."""
    weight: float = 1.0


class Critic:
    """The loss of painted pictures against one or several references, through the encoder that ships.

    Several references are one manner: the mean of their moments, and their patches together, by weight.
    """

    def __init__(self, encoder: Encoder, references: Sequence[Reference]) -> None:
        self.encoder = encoder
        self.units = dict.fromkeys(SHARES, 1.0)
        """How large each part is at first sight, once it has settled."""
        total = sum(reference.weight for reference in references)
        self._shares = [reference.weight / total for reference in references]
        with torch.no_grad():
            seen = [reference_moments(encoder, reference.batch) for reference in references]
        self.manner = [
            sum(share * gram for share, gram in zip(self._shares, level, strict=True))
            for level in zip(*seen, strict=True)
        ]
        """As the style encoder takes it."""
        self._pyramids = [_pyramid(reference.batch) for reference in references]

    def settle(self, painted: Tensor, content: Tensor, random: torch.Generator) -> None:
        """Take pictures (N, 3, H, W) as the painter paints at first sight for the measure of each part.

        So that a tenth more of the content weighs up a certain share of the manner, however far the painter is from
        either: painters differ in that, and manners do.
        """
        with torch.no_grad():
            parts = self.parts(painted, content, random)
        self.units = {name: max(part.mean().item(), _LEAST[name]) for name, part in parts.items()}

    def __call__(self, painted: Tensor, content: Tensor, random: torch.Generator) -> Tensor:
        """The loss of each picture of (N, 3, H, W), painted over `content` of the same shape: (N,), about 1 at first.

        :param random: which projections of patches are looked at this time.
        """
        parts = self.parts(painted, content, random)
        return sum(SHARES[name] / self.units[name] * part for name, part in parts.items())

    def parts(self, painted: Tensor, content: Tensor, random: torch.Generator) -> Parts:
        """How far each picture is from the manner and from what it shows, in several ways: (N,) each."""
        with torch.no_grad():
            wanted = self.encoder(content)
        features = self.encoder(painted)
        color, *levels = self.manner
        gathered = list(zip(map(moments, features), levels, strict=True))
        colors = color_moments(painted)
        return {
            "style": sum(statistics_distance(f, t) + 0.5 * covariance_distance(f, t) for f, t in gathered),
            "color": statistics_distance(colors, color) + 0.2 * covariance_distance(colors, color),
            "patches": self._patch_distance(painted, random),
            "content": sum(content_distance(features[level], wanted[level]) for level in _CONTENT_LEVELS),
            "structure": structure_distance(painted, content),
        }

    def _patch_distance(self, painted: Tensor, random: torch.Generator) -> Tensor:
        """Sliced Wasserstein distance between patches of each picture and of the references, over a pyramid: (N,).

        After Elnekave & Weiss (2022), GPDM. Departs from it in that projections ignore a patch's mean color, of which
        the moments of colors tell, and count relative to the references' deviation, so that faint marks count too.
        """
        distance = painted.new_zeros(len(painted))
        for scale, level in enumerate(_pyramid(painted)):
            kernels = directions(PROJECTIONS, PATCH_PX, random).to(painted)
            stride = 2 if scale == 0 else 1
            found = ordered(F.conv2d(level, kernels, stride=stride))  # (N, PROJECTIONS, places)
            wanted = self._quantiles(kernels, scale, found.shape[2])
            distance = distance + sliced_distance(found, wanted) / SCALES
        return distance

    @torch.no_grad()
    def _quantiles(self, kernels: Tensor, scale: int, count: int) -> Tensor:
        """What the references' patches give, in order, as `count` values a projection: (1 or N, PROJECTIONS, count)."""
        found = []
        for pyramid, share in zip(self._pyramids, self._shares, strict=True):
            level = pyramid[scale]
            stride = max(1, round((level.shape[2] * level.shape[3] / SAMPLES) ** 0.5))
            values = ordered(F.conv2d(level, kernels, stride=stride))
            found.append(resampled(values, max(2, round(share * count))))
        return found[0] if len(found) == 1 else resampled(torch.cat(found, 2).sort(2).values, count)


def _pyramid(batch: Tensor) -> list[Tensor]:
    """The pictures, their halves and their quarters; too small ones are shown larger, so that they hold a patch."""
    levels = []
    for _ in range(SCALES):
        height, width = (max(PATCH_PX + 1, side) for side in batch.shape[2:])
        if (height, width) != batch.shape[2:]:
            batch = F.interpolate(batch, (height, width), mode="bilinear", align_corners=False)
        levels.append(batch)
        batch = F.avg_pool2d(batch, 2)
    return levels
