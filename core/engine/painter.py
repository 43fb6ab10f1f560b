# SPDX-License-Identifier: GPL-3.0-or-later
"""The painters: feed-forward networks that repaint a picture in the manner that a vector of style parameters names."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .layers import Conv, Enlarge, Seen, look, modulate, normalise

STRIDE = 4
"""The painters work at a quarter of the resolution; sizes are padded to a multiple of it."""


@dataclass(frozen=True)
class Shape:
    """The sizes that make one painter: channels at quarter, half and full resolution, and residual blocks."""

    width: int
    blocks: int
    half: int
    full: int

    @property
    def points(self) -> list[int]:
        """Channels at each point that the style modulates, in the order of the style vector."""
        return [self.width] * (1 + 2 * self.blocks) + [self.half, self.full]

    @property
    def parameters(self) -> int:
        """Length of the style vector: a scale and a shift for every channel of every point."""
        return 2 * sum(self.points)


SHAPES = {"fast": Shape(width=64, blocks=5, half=24, full=12), "fine": Shape(width=96, blocks=8, half=48, full=16)}


Statistics = tuple[Seen, ...]
"""What each normalisation point of a painter saw, in order: mean and variance (C,) of its channels, float32."""


class Painter(nn.Module):
    """A residual trunk at quarter resolution between a space-to-depth stem and a depth-to-space end.

    After Johnson et al. (2016) and Ghiasi et al. (2017), with these departures: no 9 x 9 layers at full resolution
    (they took most of the time on a CPU); no instance normalisation above quarter resolution, where tiles would have to
    keep whole pictures of features: the last layers are modulated without statistics (FiLM).
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.stem = nn.ModuleList([Conv(12, width // 2, stride=2), Conv(width // 2, width)])
        self.blocks = nn.ModuleList(
            nn.ModuleList([Conv(width, width), Conv(width, width)]) for _ in range(shape.blocks)
        )
        self.to_half = Conv(width, 4 * shape.half)
        self.to_full = Conv(shape.half, 4 * shape.full)
        self.to_color = Conv(shape.full, 3)
        self.enlarge = nn.ModuleList([Enlarge(shape.half), Enlarge(shape.full)])

    def forward(self, batch: Tensor, style: Tensor, statistics: Statistics | None = None) -> Tensor:
        """Repaint.

        :param batch: display-referred RGB (N, 3, H, W) in [0, 1], any size.
        :param style: style vectors (N, P), P = `shape.parameters`.
        :param statistics: what the normalisation is to take for what it sees, for all pictures alike; None lets it see
            each picture by itself.
        :returns: display-referred RGB (N, 3, H, W) in [0, 1], float32.
        """
        height, width = batch.shape[2:]
        points = iter(self._points(style))
        given = iter(statistics) if statistics else None
        x = F.pad(batch, (0, -width % STRIDE, 0, -height % STRIDE), mode="replicate")
        x = F.pixel_unshuffle(x * 2 - 1, 2).to(self.stem[0].weight.dtype)  # (N, 12, H/2, W/2)
        x = self.stem[1](F.relu(self.stem[0](x)))  # (N, width, H/4, W/4)
        x = F.relu(_normalised(x, next(points), given))
        for first, second in self.blocks:
            y = F.relu(_normalised(first(x), next(points), given))
            x = x + _normalised(second(y), next(points), given)
        x = self.enlarge[0](self.to_half(x))  # (N, half, H/2, W/2)
        x = F.relu(modulate(x, *next(points)))
        x = self.enlarge[1](self.to_full(x))  # (N, full, H, W)
        x = F.relu(modulate(x, *next(points)))
        with torch.autocast(x.device.type, enabled=False):  # eight bits of mantissa would band the sky
            x = torch.sigmoid(self.to_color(x.to(self.to_color.weight.dtype)))
        return x[:, :, :height, :width]

    def _points(self, style: Tensor) -> list[tuple[Tensor, Tensor]]:
        bounds = [0]
        for channels in self.shape.points:
            bounds += [bounds[-1] + channels, bounds[-1] + 2 * channels]
        parts = [style[:, a:b] for a, b in pairwise(bounds)]
        return list(zip(parts[::2], parts[1::2], strict=True))


def _normalised(x: Tensor, point: tuple[Tensor, Tensor], given: Iterator[Seen] | None) -> Tensor:
    return normalise(x, next(given) if given else look(x), *point)
