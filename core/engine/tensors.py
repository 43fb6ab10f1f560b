# SPDX-License-Identifier: GPL-3.0-or-later
"""Between pixels (H, W, 4) as numpy arrays and batches (1, 3, H, W) as tensors; resampling and filling of batches."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .depths import numbers


def clean(pixels: np.ndarray) -> tuple[np.ndarray, int]:
    """Bring (H, W, 4) float32 into [0, 1]; NaN becomes 0 (opaque where it is alpha), infinity the nearest bound.

    :returns: the pixels (the same array where nothing had to be done) and how many held NaN or infinity.
    """
    if not pixels.size or (pixels.min() >= 0 and pixels.max() <= 1):  # one NaN makes both of them NaN
        return pixels, 0
    broken = int((~np.isfinite(pixels)).any(axis=2).sum())
    cleaned = np.nan_to_num(pixels, nan=0.0, posinf=1.0, neginf=0.0)
    cleaned[..., 3][np.isnan(pixels[..., 3])] = 1.0
    return np.clip(cleaned, 0.0, 1.0, out=cleaned), broken


def to_batch(pixels: np.ndarray, device: torch.device) -> Tensor:
    """The colors of (H, W, 4) pixels as a batch (1, 3, H, W), transparent places filled from around them."""
    batch = torch.from_numpy(np.ascontiguousarray(pixels[..., :3])).permute(2, 0, 1)[None].to(device)
    alpha = pixels[..., 3]
    if alpha.size and alpha.min() > 0:
        return batch
    return fill(batch, torch.from_numpy(np.ascontiguousarray(alpha))[None, None].to(device))


def to_pixels(batch: Tensor, alpha: np.ndarray) -> np.ndarray:
    """A batch (1, 3, H, W) and alpha (H, W) as (H, W, 4) float32 pixels."""
    pixels = np.empty((*alpha.shape, 4), np.float32)
    pixels[..., :3] = batch[0].permute(1, 2, 0).float().cpu().numpy()
    pixels[..., 3] = alpha
    return pixels


def sized(pixels: np.ndarray, longest: int) -> np.ndarray:
    """Pixels (H, W, 4), float32 or uint8, with their longer side of that length; 0 leaves them as they are."""
    scale = longest / max(1, *pixels.shape[:2]) if longest else 1.0
    if scale == 1 or not pixels.size:
        return pixels
    if pixels.dtype == np.uint8:
        return (sized(pixels / np.float32(255), longest) * 255 + 0.5).astype(np.uint8)
    size = tuple(max(1, round(side * scale)) for side in pixels.shape[:2])
    batch = torch.from_numpy(np.ascontiguousarray(clean(numbers(pixels))[0])).permute(2, 0, 1)[None]
    return resize(batch, size)[0].permute(1, 2, 0).contiguous().numpy()


def fill(batch: Tensor, weight: Tensor) -> Tensor:
    """Give colors (N, 3, H, W) without weight (N, 1, H, W) the colors around them (push-pull, Gortler et al. 1996).

    So that what hides under full transparency does not bleed into the strokes at the edge.
    """
    if weight.min() > 0 or max(batch.shape[2:]) == 1:
        return batch
    coarse_weight = F.avg_pool2d(weight, 2, ceil_mode=True)
    coarse = F.avg_pool2d(batch * weight, 2, ceil_mode=True) / coarse_weight.clamp_min(1e-20)
    coarse = fill(coarse, (4 * coarse_weight).clamp_max(1))  # summed and not averaged: a lone pixel must not fade
    around = F.interpolate(coarse, batch.shape[2:], mode="bilinear", align_corners=False)
    return torch.where(weight > 0, batch, around)


def within(batch: Tensor, longest: int) -> Tensor:
    """A batch (N, C, H, W), made smaller where its longer side is longer than that."""
    scale = min(1.0, longest / max(batch.shape[2:]))
    return resize(batch, tuple(max(1, round(side * scale)) for side in batch.shape[2:]))


def resize(batch: Tensor, size: tuple[int, int], wraps: tuple[bool, bool] = (False, False)) -> Tensor:
    """Resample a batch (N, C, H, W) to `size` (height, width), without aliasing, within the values it had.

    :param wraps: whether the picture begins anew beyond its borders, along x and along y, and is to do so after.
    """
    if batch.shape[2:] == size:
        return batch
    margins = [_margin(a, b) if wrap else 0 for a, b, wrap in zip(batch.shape[2:], size, reversed(wraps), strict=True)]
    if any(margins):
        grown = tuple(b + 2 * margin * b // a for a, b, margin in zip(batch.shape[2:], size, margins, strict=True))
        rows, columns = (torch.arange(-m, a + m) % a for a, m in zip(batch.shape[2:], margins, strict=True))
        top, left = ((b - a) // 2 for a, b in zip(size, grown, strict=True))
        return resize(batch[:, :, rows[:, None], columns], grown)[:, :, top : top + size[0], left : left + size[1]]
    resized = F.interpolate(batch.float(), size, mode="bicubic", antialias=True, align_corners=False)
    return resized.clamp(batch.amin(), batch.amax())


def _margin(old: int, new: int) -> int:
    """How many pixels beyond a border are to be resampled with it: enough, and a whole number before and after."""
    unit = old // math.gcd(old, new)
    enough = 8 * math.ceil(old / new)
    return unit * math.ceil(enough / unit)
