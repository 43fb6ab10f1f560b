# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture cut into tiles, each seen with a margin of its surroundings: sums over tiles are those of the whole."""

from dataclasses import dataclass
from itertools import product
from math import ceil

import torch
from torch import Tensor


@dataclass(frozen=True)
class Span:
    """A tile along one axis: the places from `start` to `stop` that are its own, and margins before and after."""

    start: int
    stop: int
    before: int
    after: int
    size: int
    """Of the whole axis, beyond which it begins anew."""

    def places(self, device: torch.device) -> Tensor:
        """Where in the whole each row (or column) of the tile lies, margins included."""
        return torch.arange(self.start - self.before, self.stop + self.after, device=device) % self.size

    def own(self, stride: int, more: int = 0) -> slice:
        """Of what was computed from the tile at 1 / `stride`: what belongs to it, and `more` beyond."""
        begin = self.before // stride
        return slice(begin, begin + ceil((self.stop - self.start) / stride) + more)


@dataclass(frozen=True)
class Tile:
    """A rectangle of a picture."""

    rows: Span
    columns: Span

    def cut(self, picture: Tensor) -> Tensor:
        """The tile with its margins, of (N, C, H, W)."""
        rows, columns = (span.places(picture.device) for span in (self.rows, self.columns))
        return picture[:, :, rows[:, None], columns]

    def add(self, part: Tensor, whole: Tensor) -> None:
        """Add (N, C, h, w), margins included, to its places in (N, C, H, W)."""
        rows, columns = (span.places(whole.device) for span in (self.rows, self.columns))
        for target, source in zip(whole.flatten(0, 1), part.flatten(0, 1), strict=True):
            target.index_put_((rows[:, None], columns), source, accumulate=True)  # a small picture may lie there twice

    def own(self, features: Tensor, stride: int) -> Tensor:
        """What of features (N, C, h / stride, w / stride) of the tile with its margins is the tile's alone."""
        return features[:, :, self.rows.own(stride), self.columns.own(stride)]

    def share(self, stride: int) -> float:
        """How much of all features at 1 / `stride` of the picture are the tile's."""
        spans = (self.rows, self.columns)
        parts = (ceil((span.stop - span.start) / stride) / ceil(span.size / stride) for span in spans)
        return next(parts) * next(parts)


def grid(size: tuple[int, int], side: int, margin: int, wraps: tuple[bool, bool]) -> list[Tile]:
    """Cut a picture of `size` (height, width) into tiles of `side` or less.

    :param margin: seen around each tile; beyond the picture's border only where that axis wraps.
    :param wraps: whether the picture begins anew beyond its border, along x and along y.
    """
    return [Tile(*spans) for spans in product(*map(_spans, size, (side, side), (margin, margin), reversed(wraps)))]


def _spans(size: int, side: int, margin: int, wrap: bool) -> list[Span]:
    spans = []
    for start in range(0, size, side):
        stop = min(start + side, size)
        before, after = (margin if wrap else min(margin, room) for room in (start, size - stop))
        spans.append(Span(start, stop, before, after, size))
    return spans
