# SPDX-License-Identifier: GPL-3.0-or-later
"""Painting by tiles: pictures of any size within bounded memory, to the very bits that painting as a whole gives.

A painter's normalisation needs statistics of the whole picture at every point of its trunk. So all tiles go together
from point to point: a layer is computed for each of them from features of a quarter of the resolution, which are kept
in memory or in files, and from the few around the tile that this one layer looks at. Nothing but those is computed
twice, and the time grows as the picture does.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from math import ceil

import torch
from torch import Tensor

from ..progress import Report
from . import room
from .emphasis import Emphasis
from .layers import Conv, set_edges
from .noise import Noise
from .normalisation import BLOCK, Affine, Seen, applied, block_sums, normalisation, seen_in
from .painter import STRIDE, Painter, Point, Points, Statistics
from .planes import Box, Filed, Held, Plane
from .seamless import Canvas, Closed
from .tiling import Tiling

_HELD_BYTES = 1 << 30
"""Features of more than this go to files."""
_MAPS = 3
"""Features that are kept at a time: a layer's input and output, and what the output is added to."""


class Painting(Plane):
    """A picture on its way through a painter; when its steps are done, the plane of what was painted."""

    def __init__(
        self,
        painter: Painter,
        points: Points,
        canvas: Canvas,
        tiling: Tiling,
        emphasis: Emphasis | None = None,
    ) -> None:
        """:param points: on the device that is to compute."""
        super().__init__(canvas.size, canvas.wraps)
        self._emphasis = emphasis
        self._painter, self._points, self._canvas, self._tiling = painter, points, canvas, tiling
        self._device = points.half[0].device
        self._dtype = painter.stem[0].weight.dtype
        self._features: Plane | None = None

    @property
    def kept_bytes(self) -> int:
        """Memory for what is kept on the way."""
        numbers = _MAPS * self._painter.shape.width * self.size[0] * self.size[1] // STRIDE**2
        return numbers * self._dtype.itemsize

    @property
    def count(self) -> float:
        """How many features are measured, or how much they count together."""
        return self._emphasis.sum if self._emphasis else self.size[0] * self.size[1] // STRIDE**2

    def steps(self, place: torch.device | None, measured: bool) -> Generator[Tensor | None, Seen, None]:
        """Go from one normalisation point to the next.

        Yields at each of them what `block_sums` gives there (None unless `measured`), and is sent what the point saw.

        :param place: the device that holds the features; None puts them into files.
        """
        points = iter(self._points.trunk)
        x, inner, outer = (self._new(place) for _ in range(_MAPS))
        seen = yield self._enter(x, measured)
        self._begin(x, seen, next(points))
        for first, second in self._painter.blocks:
            seen = yield self._convolve(first, x, inner, measured)
            seen = yield self._convolve(second, inner, outer, measured, normalisation(seen, *next(points)))
            self._settle(outer, seen, next(points), onto=x)
            x, outer = outer, x
        self._features = x

    def _new(self, place: torch.device | None) -> Held | Filed:
        size, channels = (self.size[0] // STRIDE, self.size[1] // STRIDE), self._painter.shape.width
        if place is None:
            return Filed(size, channels, self._dtype, self.wraps)
        empty = torch.empty((1, channels, *size), dtype=self._dtype, device=place, memory_format=torch.channels_last)
        return Held(empty, self.wraps)

    def _enter(self, target: Held | Filed, measured: bool) -> Tensor | None:
        """The first features, of the picture itself."""

        def features(wide: Box) -> Tensor:
            return self._painter.enter(self._canvas.window(wide.times(STRIDE)).to(self._device))

        return self._fill(target, features, ceil(self._painter.reach.enter / STRIDE), measured)

    def _convolve(
        self, layer: Conv, source: Plane, target: Held | Filed, measured: bool, affine: Affine | None = None
    ) -> Tensor | None:
        """A layer's features, of a source that is normalised first and of which the positive part is taken."""

        def features(wide: Box) -> Tensor:
            return layer(source.window(wide).to(self._device), relu=affine is not None, affine=affine)

        return self._fill(target, features, layer.reach, measured)

    def _fill(
        self, target: Held | Filed, features: Callable[[Box], Tensor], reach: int, measured: bool
    ) -> Tensor | None:
        """Put the features of every tile into their place, computed from it and `reach` around it, and sum them up."""
        blocks = ceil(target.size[0] / BLOCK), ceil(target.size[1] / BLOCK)
        sums = Held(torch.empty((1, 2 * self._painter.shape.width, *blocks), device=self._device))

        self._set_edges()

        def work(box: Box) -> None:
            wide = target.around(box, reach)
            rows, columns = box.within(wide)
            part = features(wide)[:, :, rows, columns]
            target.put(box, part)
            if measured:
                shares = self._emphasis.window(box).to(self._device) if self._emphasis else None
                sums.put(Box(*(ceil(side / BLOCK) for side in box)), block_sums(part, shares))

        self._tiling.each(target.size, STRIDE, work)
        return sums.tensor if measured else None

    def _begin(self, features: Held | Filed, seen: Seen, point: Point) -> None:
        """Normalise the first features where they are, add noise, and take the positive part."""
        affine = normalisation(seen, *point)
        period = tuple(size / STRIDE for size in self._canvas.period)
        noise = Noise(features.size, features.wraps, self._device, period)

        def work(box: Box) -> None:
            x = applied(affine, features.window(box).to(self._device))
            features.put(box, x.add_(self._painter.grain(noise.window(box), self._points)).relu_())

        self._tiling.each(features.size, STRIDE, work)

    def _settle(self, features: Held | Filed, seen: Seen, point: Point, onto: Plane) -> None:
        """Normalise features where they are, and add others."""
        affine = normalisation(seen, *point)

        def work(box: Box) -> None:
            others = onto.window(box).to(self._device)
            features.put(box, applied(affine, features.window(box).to(self._device), others))

        self._tiling.each(features.size, STRIDE, work)

    def _inside(self, box: Box) -> Tensor:
        cells = Box(box.top // STRIDE, ceil(box.bottom / STRIDE), box.left // STRIDE, ceil(box.right / STRIDE))
        wide = self._features.around(cells, ceil(self._painter.reach.leave / STRIDE))
        self._set_edges()
        painted = self._painter.leave(self._features.window(wide).to(self._device), self._points)
        rows, columns = box.within(wide.times(STRIDE))
        return painted[:, :, rows, columns]

    def _set_edges(self) -> None:
        """As the painter may have painted another picture since."""
        set_edges(self._painter, tuple("circular" if wraps else "reflect" for wraps in self.wraps))


def paint(
    painter: Painter,
    pictures: Sequence[Plane],
    style: Tensor,
    tiling: Tiling,
    statistics: Statistics | None = None,
    *,
    emphasis: Sequence[Plane] | None = None,
) -> tuple[list[Plane], Statistics]:
    """Paint pictures by tiles, to the last layers; these are computed when windows of the result are asked for.

    :param pictures: colors (1, 3, H, W) in [0, 1], none of them empty.
    :param style: the style vector (1, P), on the device that is to compute.
    :param statistics: what the normalisation takes for what it sees; None lets it see all of the pictures together.
    :param emphasis: how much each pixel of each picture counts in what it sees, (1, 1, H, W) in [0, 1], not all 0.
    :returns: the painted pictures, and the statistics that they were painted with.
    """
    reach = sum(painter.reach)
    canvases = [Canvas(picture, STRIDE, reach) for picture in pictures]
    shares = [Emphasis(Canvas(part, STRIDE, reach)) for part in emphasis] if emphasis else [None] * len(canvases)
    points = painter.points(style)
    paintings = [Painting(painter, points, canvas, tiling, own) for canvas, own in zip(canvases, shares, strict=True)]
    place = _place(paintings, style.device)
    steps = [painting.steps(place, measured=statistics is None) for painting in paintings]
    sums = [next(step) for step in steps]
    taken: list[Seen] = []
    for point in range(1 + 2 * len(painter.blocks)):
        taken.append(statistics[point] if statistics else _together(sums, paintings))
        sums = [_send(step, taken[-1]) for step in steps]
    return [Closed(*pair) for pair in zip(paintings, canvases, strict=True)], tuple(taken)


def _send(step: Generator[Tensor | None, Seen, None], seen: Seen) -> Tensor | None:
    try:
        return step.send(seen)
    except StopIteration:  # that was the last point
        return None


def _together(sums: Sequence[Tensor], paintings: Sequence[Painting]) -> Seen:
    """What a point saw in all pictures together."""
    count = sum(painting.count for painting in paintings)
    return Seen(*(part[0] for part in seen_in(sums, count)))


def _place(paintings: Sequence[Painting], device: torch.device) -> torch.device | None:
    """Where features are kept: on the device, on the host, or (None) in files."""
    needed = sum(painting.kept_bytes for painting in paintings)
    if device.type != "cpu" and needed <= room.free(device) // 2:
        return device
    host = torch.device("cpu")
    return host if needed <= min(_HELD_BYTES, room.free(host) // 2) else None


@contextmanager
def watched(painter: Painter, report: Report, total: int) -> Iterator[None]:
    """Report before every layer of a painter, of which there will be `total`; there a job can be cancelled."""
    done = iter(range(total))

    def tell(*_: object) -> None:
        report(next(done, total - 1), total, "Painting")

    hooks = [layer.register_forward_pre_hook(tell) for layer in painter.modules() if isinstance(layer, Conv)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
    report(total, total, "Painting")
