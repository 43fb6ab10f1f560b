# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture cut into tiles, each seen with a margin of its surroundings: sums over tiles are those of the whole."""

from math import ceil
from typing import NamedTuple

import torch
from torch import Tensor

from .planes import Box, Held, Size, Wraps, boxes


class Tile(NamedTuple):
    """A rectangle of a picture, and the larger one that is seen with it."""

    box: Box
    seen: Box
    size: Size
    """Of the whole."""

    def cut(self, picture: Tensor, wraps: Wraps) -> Tensor:
        """What is seen of (1, C, H, W)."""
        return Held(picture, wraps).window(self.seen)

    def add(self, part: Tensor, whole: Tensor) -> None:
        """Add what was found for all that is seen (1, C, h, w) to its places in (1, C, H, W)."""
        top, bottom, left, right = self.seen
        rows = torch.arange(top, bottom, device=whole.device) % self.size[0]
        columns = torch.arange(left, right, device=whole.device) % self.size[1]
        for target, source in zip(whole[0], part[0], strict=True):
            target.index_put_((rows[:, None], columns), source, accumulate=True)  # a small picture may lie there twice

    def own(self, features: Tensor, stride: int) -> Tensor:
        """What of features (1, C, h / stride, w / stride) of all that is seen is the tile's alone."""
        rows, columns = (slice(span.start // stride, ceil(span.stop / stride)) for span in self.box.within(self.seen))
        return features[:, :, rows, columns]

    def share(self, stride: int) -> float:
        """How much of all features at 1 / `stride` of the picture are the tile's."""
        height, width = (
            ceil(side / stride) / ceil(whole / stride) for side, whole in zip(self.box.size, self.size, strict=True)
        )
        return height * width


def grid(size: Size, side: int, margin: int, wraps: Wraps) -> list[Tile]:
    """Cut a picture into tiles of `side` or less, with a margin as far as the picture goes.

    :param side: and `margin`: multiples of every stride at which features are looked at.
    """
    whole = Held(torch.empty(1, 0, *size), wraps)
    return [Tile(box, whole.around(box, margin, closed=False), size) for box in boxes(size, side)]
