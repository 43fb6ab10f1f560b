# SPDX-License-Identifier: GPL-3.0-or-later
"""Repaint one picture: the whole way from pixels to pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..progress import Report
from ..settings import Optimize, Stylize
from . import local_color, tiles
from .best import Finish
from .brush import Restored, scaled
from .content import Content, Visible, luma, store
from .emphasis import as_plane
from .models import Models
from .painter import Painter, Statistics
from .planes import Box, Held, Part, Plane, Wraps, held, room_for
from .seamless import WRAPS, tileable
from .style import Mixture
from .tiling import Tiling

SAMPLE_PX = 384
"""Side of the parts that are measured where that is enough."""
_SPREAD = ((0, 1), (1, 3), (2, 0), (3, 2))
"""Where they lie, in thirds of the room there is: no two in one row or column."""


@dataclass(frozen=True)
class Result:
    """A repainted picture."""

    pixels: np.ndarray
    cleaned: int
    """How many pixels of the input held NaN or infinity."""
    cancelled: bool = False
    """Whether it was cancelled, and what had come of it was kept."""


class Measured(NamedTuple):
    """What is measured of pictures before they are painted."""

    statistics: Statistics
    """What the painter's normalisation takes for what it sees."""
    colors: Tensor
    """Moments (1, 4, 4) of their colors."""


@torch.inference_mode()
def stylize(
    models: Models,
    pixels: np.ndarray,
    style: Mixture | Tensor,
    settings: Stylize,
    report: Report,
    *,
    measured: Measured | None = None,
    emphasis: np.ndarray | None = None,
    optimize: Optimize | None = None,
    in_place: bool = False,
) -> Result:
    """Repaint pixels (H, W, 4), display-referred, straight alpha, in [0, 1]; values outside are clipped.

    Any depth of `pictures.DEPTHS` will do. The size of the tiles makes no difference to the result.

    :param style: for the painter `settings.painter`; of a style that changes none of its weights, the vector (P,).
    :param measured: what is taken for what the picture shows, as `measure` gives it.
    :param emphasis: how much each pixel counts in what it sees else, (H, W) float32 in [0, 1], not all 0.
    :param optimize: how the best quality is reached; None leaves it at the painter's picture.
    :param in_place: the result takes the place of `pixels`.
    :returns: pixels of the same size and depth; alpha is the input's, bit by bit, wherever that is in [0, 1].
    :raises Cancelled: as `report` decides, between any two layers.
    :raises UserError: at the best quality, of a style that knows only what painters need.
    """
    source = Content(pixels, wraps(pixels, settings))
    if in_place and source.transparent:  # what is next to a tile colors its transparent parts
        source = Content(pixels.copy(), source.wraps)
    result = pixels if in_place else np.empty_like(pixels)
    if settings.strength == 0 or not pixels.size:
        source.copy(result)
        return Result(result, source.broken)
    content = Visible(source, models.device.torch)
    small = scaled(content, settings.brush)
    if in_place and settings.brush > 1:  # its detail is looked at while the result is written
        small = held(small, SAMPLE_PX)
    shares = None if emphasis is None else [scaled(as_plane(emphasis, content.wraps), settings.brush)]
    job = Job.of(models, style, settings)
    finish = None
    if optimize and settings.quality == "best":
        finish = Finish(models, job.mixture, optimize, report, content.wraps)
    with tiles.watched(job.painter, report, job.layers([small], small if finish or job.localises else content)):
        painted = job.paint(small, shares, measured)
        if finish is None:
            job.lay(source, content, small, painted, result)
            return Result(result, source.broken)
        small, painted = (Held(plane.whole(), plane.wraps) for plane in (small, painted))
    painted = Held(finish(small.tensor, painted.tensor.clamp(0, 1)), small.wraps)
    job.lay(source, content, small, painted, result)
    return Result(result, source.broken, finish.cancelled)


@torch.inference_mode()
def measure(
    models: Models,
    pictures: Sequence[np.ndarray],
    style: Mixture | Tensor,
    settings: Stylize,
    report: Report,
    *,
    sampled: bool = False,
) -> Measured:
    """What a painter's normalisation sees in several pictures (H, W, 4) together, such as the frames of a shot.

    :param sampled: a few parts of each picture will do, for previews: quicker, and not quite the same.
    :raises Cancelled: as `report` decides, between any two layers.
    """
    job = Job.of(models, style, settings)
    device = models.device.torch
    planes = [Visible(Content(pixels, wraps(pixels, settings)), device) for pixels in pictures]
    planes = [scaled(plane, settings.brush) for plane in planes]
    if sampled:
        planes = [part for plane in planes for part in _samples(plane)]
    with tiles.watched(job.painter, report, job.layers(planes)):
        statistics = tiles.paint(job.painter, planes, job.vector, job.tiling)[1]
    return Measured(statistics, local_color.colors(planes))


@dataclass(frozen=True)
class Job:
    """What one order is painted with."""

    settings: Stylize
    mixture: Mixture
    painter: Painter
    vector: Tensor
    tiling: Tiling

    @classmethod
    def of(cls, models: Models, style: Mixture | Tensor, settings: Stylize) -> "Job":
        mixture, device = Mixture(style) if isinstance(style, Tensor) else style, models.device.torch
        painter = mixture.painter(models, settings.painter)
        tiling = Tiling.choose(painter, device, settings.tile)
        return cls(settings, mixture, painter, mixture.vector.to(device)[None], tiling)

    @property
    def localises(self) -> bool:
        """Whether hues are to lie where the picture has them; for that the manner's palette must be known."""
        return bool(self.settings.local_color and self.mixture.manner and not self.settings.keep_color)

    def paint(self, content: Plane, shares: Sequence[Plane] | None, measured: Measured | None) -> Plane:
        """What is painted of a content, at its size; the arguments are those of `stylize`."""
        statistics = measured.statistics if measured else None
        ((painted,), _) = tiles.paint(self.painter, [content], self.vector, self.tiling, statistics, emphasis=shares)
        if not self.localises:
            return painted
        found = measured.colors if measured else local_color.colors([content], shares)
        kept = room_for(painted, self.vector.device)
        self.tiling.each(painted.size, 1, lambda box: kept.put(box, painted.window(box)))
        palette = self.mixture.manner[1.0].moments[0]
        return local_color.Localised(content, kept, found, palette, self.settings.local_color)

    def layers(self, planes: Sequence[Plane], result: Plane | None = None) -> int:
        """How many layers will be computed, those of all tiles counted by themselves, for a `result` in windows."""
        trunk = 3 + 2 * len(self.painter.blocks)  # of which the stem has two, and the noise one
        return trunk * sum(map(self.tiling.count, planes)) + 3 * (self.tiling.count(result) if result else 0)

    def lay(self, source: Content, content: Plane, small: Plane, painted: Plane, result: np.ndarray) -> None:
        """Write pixels: of what was painted of the scaled content as much as the settings ask for."""
        restored = Restored(content, small, painted, self.settings.brush > 1)

        def work(box: Box) -> None:
            light, painted = content.window(box), restored.window(box)
            if self.settings.keep_color:
                painted = light + luma(painted) - luma(light)
            painted = torch.lerp(light, painted, self.settings.strength).clamp_(0, 1)
            store(result, box, painted, source.cleaned(box)[..., 3])

        self.tiling.each(content.size, 1, work)


def wraps(pixels: np.ndarray, settings: Stylize) -> Wraps:
    """Along which axes pixels (H, W, 4) are to tile, x and y."""
    return WRAPS[tileable(pixels) if settings.seamless == "auto" else settings.seamless]


def _samples(plane: Plane) -> list[Part]:
    """Parts of a picture, evenly spread; a small picture as a whole."""
    sides = [min(SAMPLE_PX, size) for size in plane.size]
    rooms = [size - side for size, side in zip(plane.size, sides, strict=True)]
    if not any(rooms):
        return [Part(plane, plane.all)]
    corners = [(room_y * i // 3, room_x * j // 3) for room_y, room_x in [rooms] for i, j in _SPREAD]
    return [Part(plane, Box(top, top + sides[0], left, left + sides[1])) for top, left in corners]
