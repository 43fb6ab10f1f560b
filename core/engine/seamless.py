# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures that tile: where they do, and how they stay so in networks that work at a fraction of the resolution."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .depths import numbers
from .planes import Box, Plane

FADE_PX = 16
"""Over so many pixels two ways of painting the same place pass into each other."""
_EXCESS = 1.15
"""How much larger the step across the border may be than large steps inside."""
_LINES = 256
"""Along so many lines the steps are looked at."""
WRAPS = {"none": (False, False), "x": (True, False), "y": (False, True), "xy": (True, True)}
"""Whether a picture begins anew along x and along y, by the name of the setting."""


def tileable(pixels: np.ndarray) -> str:
    """Along which axes pixels (H, W, 4) of any depth tile: "none", "x", "y" or "xy".

    They do where the step from the last row to the first is no larger than many between neighbouring rows.
    """
    return "".join(name for name, axis in (("x", 1), ("y", 0)) if _closes(pixels, axis)) or "none"


def _closes(pixels: np.ndarray, axis: int) -> bool:
    lines = pixels.swapaxes(0, 1) if axis == 0 else pixels
    lines = numbers(lines[:: -(-len(lines) // _LINES)])  # (n, size, 4)
    colors = lines[..., :3] * (lines[..., 3:] > 0)
    steps = np.abs(np.diff(colors, axis=1)).mean(axis=(0, 2))
    return len(steps) > 1 and np.abs(colors[:, 0] - colors[:, -1]).mean() <= _EXCESS * np.quantile(steps, 0.9)


class Canvas(Plane):
    """A picture as a network sees it: of a size that its stride divides.

    Along an axis that wraps, a size which the stride does not divide would shift the network's grid at the border.
    There the picture goes on beyond both borders for as far as the network looks, and `Closed` cuts it to size.
    """

    def __init__(self, picture: Plane, stride: int, reach: int) -> None:
        across, down = picture.wraps
        spans = [_span(*axis, stride, reach) for axis in zip(picture.size, (down, across), strict=True)]
        (self.top, height, wraps_down), (self.left, width, wraps_across) = spans
        super().__init__((height, width), (wraps_across, wraps_down))
        self.picture = picture

    @property
    def period(self) -> tuple[int, int]:
        """After how many pixels, down and across, it shows the same again; its own size where it does not."""
        across, down = self.picture.wraps
        (height, width), own = self.picture.size, self.size
        return height if down else own[0], width if across else own[1]

    def _inside(self, box: Box) -> Tensor:
        box = box.moved(-self.top, -self.left)
        across, down = self.picture.wraps
        bottom = box.bottom if down else min(box.bottom, self.picture.size[0])
        right = box.right if across else min(box.right, self.picture.size[1])
        seen = self.picture.window(Box(box.top, bottom, box.left, right))
        missing = (0, box.right - right, 0, box.bottom - bottom)
        return F.pad(seen, missing, mode="replicate") if any(missing) else seen


def _span(size: int, wraps: bool, stride: int, reach: int) -> tuple[int, int, bool]:
    """Of one axis: where the picture begins on the canvas, how long the canvas is, and whether it wraps."""
    if not wraps or size % stride == 0:
        return 0, size + -size % stride, wraps
    before = reach + -reach % stride
    after = reach + FADE_PX
    return before, before + size + after + -(size + after) % stride, False


class Closed(Plane):
    """What was painted on a canvas, cut to the size of the picture.

    Where the canvas goes on beyond a border that wraps, the last row is followed by the first one painted once more,
    on another phase of the network's grid. Over FADE_PX the one passes into the other.
    """

    def __init__(self, painted: Plane, canvas: Canvas) -> None:
        super().__init__(canvas.picture.size, canvas.picture.wraps)
        self._painted, self._canvas = painted, canvas
        self._fades = [wraps and not closed for wraps, closed in zip(self.wraps, canvas.wraps, strict=True)]

    def _inside(self, box: Box) -> Tensor:
        own = self._line(box)
        count = min(FADE_PX, box.bottom, self.size[0]) - box.top
        if not self._fades[1] or count <= 0:
            return own
        other = self._line(box._replace(bottom=box.top + count).moved(self.size[0], 0))
        ramp = _ramp(box.top, count, own).view(-1, 1)
        return torch.cat([torch.lerp(other, own[:, :, :count], ramp), own[:, :, count:]], 2)

    def _line(self, box: Box) -> Tensor:
        """The same, as yet open along y."""
        box = box.moved(self._canvas.top, self._canvas.left)
        own = self._painted.window(box)
        start = box.left - self._canvas.left
        count = min(FADE_PX, start + box.size[1], self.size[1]) - start
        if not self._fades[0] or count <= 0:
            return own
        other = self._painted.window(box._replace(right=box.left + count).moved(0, self.size[1]))
        return torch.cat([torch.lerp(other, own[..., :count], _ramp(start, count, own)), own[..., count:]], 3)


def _ramp(start: int, count: int, like: Tensor) -> Tensor:
    """How much (count,) the first rows have of themselves, from 0 at the border to 1."""
    return (torch.arange(start, start + count, device=like.device, dtype=like.dtype) + 0.5) / FADE_PX
