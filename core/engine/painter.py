# SPDX-License-Identifier: GPL-3.0-or-later
"""The painters: feed-forward networks that repaint a picture in the manner that a vector of style parameters names."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .layers import Conv, Enlarge, Film
from .noise import CHANNELS, Noise
from .normalisation import Affine, Seen, applied, look, normalisation

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
        """Channels at each point that the style modulates, in the order of the style vector; the noise's comes last."""
        return [self.width] * (1 + 2 * self.blocks) + [self.half, self.full, self.width]

    @property
    def parameters(self) -> int:
        """Length of the style vector: a scale and a shift for every channel of every point."""
        return 2 * sum(self.points)

    @property
    def bytes_per_pixel(self) -> int:
        """Memory that painting takes at its widest place, where four batches of full resolution meet: about so much."""
        return 4 * 4 * self.full + 64


SHAPES = {"fast": Shape(width=64, blocks=5, half=24, full=12), "fine": Shape(width=96, blocks=8, half=48, full=16)}


Point = tuple[Tensor, Tensor]
"""Scale (as its distance from one) and shift (N, C) of a point that the style modulates."""
Statistics = tuple[Seen, ...]
"""What each normalisation point of a painter saw, in order: mean and variance (C,) of its channels, float32."""


class Points(NamedTuple):
    """All points of a style."""

    trunk: list[Point]
    half: Point
    full: Point
    noise: Point


class Reach(NamedTuple):
    """How far the parts of a painter look beyond each side of a pixel, in pixels of the picture."""

    enter: int
    trunk: int
    leave: int


class Painter(nn.Module):
    """A residual trunk at quarter resolution between a space-to-depth stem and a depth-to-space end.

    After Johnson et al. (2016) and Ghiasi et al. (2017), with these departures: no 9 x 9 layers at full resolution
    (they took most of the time on a CPU); no instance normalisation above quarter resolution, where tiles would have to
    keep whole pictures of features: the last layers are modulated without statistics (FiLM). The trunk begins with the
    picture and with noise, of which the style says how much: strokes on flat places begin with that.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.stem = nn.ModuleList([Conv(12, width // 2, stride=2), Conv(width // 2, width)])
        self.noise = Film(CHANNELS, width, kernel=1)
        self.blocks = nn.ModuleList(
            nn.ModuleList([Conv(width, width), Conv(width, width)]) for _ in range(shape.blocks)
        )
        self.to_half = Enlarge(width, shape.half)
        self.to_full = Enlarge(shape.half, shape.full)
        self.to_color = Conv(shape.full, 3)

    def forward(
        self, batch: Tensor, style: Tensor, statistics: Statistics | None = None, noise: Tensor | None = None
    ) -> Tensor:
        """Repaint.

        :param batch: display-referred RGB (N, 3, H, W) in [0, 1], any size.
        :param style: style vectors (N, P), P = `shape.parameters`.
        :param statistics: what the normalisation is to take for what it sees, for all pictures alike; None lets it see
            each picture by itself.
        :param noise: of another place, (N or 1, CHANNELS, H/4, W/4), rounded up; None: of a picture that begins there.
        :returns: display-referred RGB (N, 3, H, W) in [0, 1], float32.
        """
        height, width = batch.shape[2:]
        points = self.points(style)
        given = iter(statistics) if statistics else None
        if height % STRIDE or width % STRIDE:
            batch = F.pad(batch, (0, -width % STRIDE, 0, -height % STRIDE), mode="replicate")
        x = self.enter(batch)
        if noise is None:
            noise = Noise(tuple(x.shape[2:]), device=x.device).whole()
        x = applied(_normalisation(x, points.trunk[0], given), x).add_(self.grain(noise, points)).relu_()
        for (first, second), inner, outer in zip(self.blocks, points.trunk[1::2], points.trunk[2::2], strict=True):
            y = first(x)
            y = second(y, relu=True, affine=_normalisation(y, inner, given))
            x = applied(_normalisation(y, outer, given), y, x)
        return self.leave(x, points)[:, :, :height, :width]

    def enter(self, batch: Tensor) -> Tensor:
        """From a picture (N, 3, H, W), H and W divisible by STRIDE, to features (N, width, H/4, W/4)."""
        x = F.pixel_unshuffle((batch * 2 - 1).to(self.stem[0].weight.dtype), 2)  # (N, 12, H/2, W/2)
        return self.stem[1](self.stem[0](x), relu=True)

    def grain(self, noise: Tensor, points: Points) -> Tensor:
        """What noise (N, CHANNELS, H/4, W/4) adds to the first features (N, width, H/4, W/4)."""
        return self.noise(noise.to(self.noise.weight.dtype), *points.noise)

    def leave(self, x: Tensor, points: Points) -> Tensor:
        """From features (N, width, H/4, W/4) to the painted picture (N, 3, H, W) in [0, 1], float32."""
        x = self.to_half(x, *points.half)  # (N, half, H/2, W/2)
        x = self.to_full(x, *points.full, relu=True)  # (N, full, H, W)
        with torch.autocast(x.device.type, enabled=False):  # eight bits of mantissa would band the sky
            x = self.to_color(x.to(self.to_color.weight.dtype), relu=True)
        return (
            torch.tanh(x.div_(2)).div(2).add_(0.5)
        )  # a sigmoid that, unlike torch's, does not depend on where a pixel lies

    @property
    def reach(self) -> Reach:
        """What tiles must know of their surroundings."""
        enter = 2 * self.stem[0].reach + STRIDE * self.stem[1].reach
        trunk = STRIDE * sum(layer.reach for block in self.blocks for layer in block)
        leave = STRIDE * self.to_half.reach + 2 * (1 + self.to_full.reach) + 1 + self.to_color.reach  # 1 for each blur
        return Reach(enter, trunk, leave)

    def points(self, style: Tensor) -> Points:
        """The points of style vectors (N, P)."""
        parts = style.split([channels for channels in self.shape.points for _ in range(2)], 1)
        *trunk, half, full, noise = zip(parts[::2], parts[1::2], strict=True)
        return Points(trunk, half, full, noise)


def _normalisation(x: Tensor, point: Point, given: Iterator[Seen] | None) -> Affine:
    return normalisation(next(given) if given else look(x), *point)
