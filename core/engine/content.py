# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels as planes that networks look at: made whole and finite, and continued where they are transparent."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .depths import TOPS, bands, numbers
from .planes import Box, Held, Plane, Wraps, held
from .resample import Resized
from .tensors import clean, fill

_ROWS = 256
_TOP_PX = 1024
"""Longest side at which a picture's transparent parts are filled as a whole."""
_REDUCED_PX = 64
"""So large parts of a picture are reduced at a time."""
_LUMA = (0.2126, 0.7152, 0.0722)  # Rec. 709


def luma(batch: Tensor) -> Tensor:
    """Luma (N, 1, H, W) of display-referred RGB (N, 3, H, W)."""
    red, green, blue = (batch[:, i : i + 1] * weight for i, weight in enumerate(_LUMA))
    return red + green + blue


class Content(Plane):
    """The colors of pixels (H, W, 4), straight alpha, of any of the depths of `pictures.DEPTHS`."""

    def __init__(self, pixels: np.ndarray, wraps: Wraps = (False, False)) -> None:
        super().__init__(pixels.shape[:2], wraps)
        self._pixels = pixels
        self.broken = 0
        """How many pixels hold NaN or infinity."""
        self.transparent = False
        """Whether somewhere alpha is zero."""
        for rows in bands(len(pixels)):
            band, broken = clean(pixels[rows]) if pixels.dtype.kind == "f" else (pixels[rows], 0)
            self.broken += broken
            self.transparent = self.transparent or bool(band.size and band[..., 3].min() <= 0)

    def cleaned(self, box: Box) -> np.ndarray:
        """Pixels (h, w, 4) float32 in [0, 1]."""
        return clean(numbers(self._pixels[box.top : box.bottom, box.left : box.right]))[0]

    def copy(self, target: np.ndarray) -> None:
        """Write the cleaned pixels to a picture of the same size and depth."""
        for rows in bands(len(target)):
            band = self._pixels[rows]
            target[rows] = clean(band)[0] if band.dtype.kind == "f" else band

    def _inside(self, box: Box) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(self.cleaned(box)[..., :3])).permute(2, 0, 1)[None]

    def weighted(self, box: Box) -> tuple[Tensor, Tensor]:
        """Colors (1, 3, h, w) and alpha (1, 1, h, w); beyond the borders there is no alpha."""
        inner = Box(*(min(max(0, side), self.size[i // 2]) for i, side in enumerate(box)))
        pixels = torch.from_numpy(self.cleaned(inner)).permute(2, 0, 1)[None]
        beyond = (inner.left - box.left, box.right - inner.right, inner.top - box.top, box.bottom - inner.bottom)
        pixels = F.pad(pixels, beyond) if any(beyond) else pixels
        return pixels[:, :3], pixels[:, 3:]


def store(pixels: np.ndarray, box: Box, batch: Tensor, alpha: np.ndarray) -> None:
    """Write colors (1, 3, h, w) and alpha (h, w), in [0, 1], into pixels (H, W, 4) of any of the depths."""
    target = pixels[box.top : box.bottom, box.left : box.right]
    top = TOPS.get(pixels.dtype.name)
    for place, part in ((target[..., :3], batch[0].permute(1, 2, 0).float().cpu().numpy()), (target[..., 3], alpha)):
        place[...] = part if top is None else np.rint(part * top)


class Visible(Plane):
    """A content whose transparent places have the colors around them (push-pull, as `tensors.fill`).

    Only the coarse levels of the pyramid are kept. The others are made anew for every window, which is why they are
    halves of halves of the picture's own grid, with no alpha beyond its borders.
    """

    def __init__(self, content: Content, device: torch.device) -> None:
        super().__init__(content.size, content.wraps)
        self._content, self._device = content, device
        self._levels = 0
        while max(content.size) > _TOP_PX << self._levels:
            self._levels += 1
        self._coarse = Held(self._filled()) if content.transparent else None

    def _inside(self, box: Box) -> Tensor:
        return (self._content.window(box) if self._coarse is None else self._continued(box)).to(self._device)

    def _continued(self, box: Box) -> Tensor:
        unit = 1 << self._levels
        cells = Box(box.top // unit - 1, -(-box.bottom // unit) + 1, box.left // unit - 1, -(-box.right // unit) + 1)
        wide = cells.times(unit)
        levels = [self._content.weighted(wide)]
        for _ in range(self._levels - 1):
            levels.append(_halved(*levels[-1]))
        x = _clamped(self._coarse, cells)
        for color, weight in reversed(levels[: self._levels]):
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = torch.where(weight > 0, color, x)
        rows, columns = box.within(wide)
        return x[:, :, rows, columns]

    def _filled(self) -> Tensor:
        """The coarsest level, filled."""
        unit = 1 << self._levels
        size = tuple(-(-side // unit) for side in self.size)
        rows = max(1, _ROWS // unit)
        bands = [self._reduced(Box(top, min(top + rows, size[0]), 0, size[1])) for top in range(0, size[0], rows)]
        color, weight = (torch.cat(parts, 2) for parts in zip(*bands, strict=True))
        return fill(color, weight)

    def _reduced(self, cells: Box) -> tuple[Tensor, Tensor]:
        level = self._content.weighted(cells.times(1 << self._levels))
        for _ in range(self._levels):
            level = _halved(*level)
        return level


def _halved(color: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """The next level of the pyramid; weights are summed and not averaged: a lone pixel must not fade."""
    mean = F.avg_pool2d(weight, 2)
    return F.avg_pool2d(color * weight, 2) / mean.clamp_min(1e-20), (4 * mean).clamp_max(1)


def _clamped(plane: Held, box: Box) -> Tensor:
    """A window that repeats the last pixels beyond the borders."""
    rows, columns = (
        torch.arange(start, stop).clamp(0, size - 1)
        for start, stop, size in zip(box[::2], box[1::2], plane.size, strict=True)
    )
    return plane.tensor[:, :, rows[:, None], columns]


def reduced(pixels: np.ndarray, longest: int, device: torch.device) -> Tensor:
    """The colors (1, 3, h, w) of pixels (H, W, 4) of any depth, with a longer side of `longest` at most."""
    plane = Visible(Content(pixels), device)
    scale = min(1.0, longest / max(1, *plane.size))
    return held(Resized(plane, tuple(max(1, round(side * scale)) for side in plane.size)), _REDUCED_PX).tensor
