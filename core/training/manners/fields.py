# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields over a square picture that every manner is made of: noise, blur, smears along a flow, cells, relief.

A field is float32 (H, W) or (H, W, C); lengths are in pixels of the field.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

Random = np.random.Generator
Field = np.ndarray


def noise(size: int, cell: float, random: Random, octaves: int = 1) -> Field:
    """Smooth noise (size, size) of mean 0 and deviation 1 whose bumps are about `cell` pixels wide."""
    total = torch.zeros(1, 1, size, size)
    for octave in range(octaves):
        count = max(2, math.ceil(size * 2**octave / cell)) + 1
        if count >= size:
            break
        grid = torch.from_numpy(random.standard_normal((1, 1, count, count), dtype=np.float32))
        total += 0.5**octave * F.interpolate(grid, (size, size), mode="bicubic", align_corners=True)
    if octaves and not total.any():
        total = torch.from_numpy(random.standard_normal((1, 1, size, size), dtype=np.float32))
    field = total[0, 0].numpy()
    return (field - field.mean()) / (field.std() + 1e-6)


def coordinates(size: int) -> tuple[Field, Field]:
    """Across and down, in pixels."""
    down, across = np.mgrid[:size, :size].astype(np.float32)
    return across, down


def ramp(low: float, high: float, field: Field) -> Field:
    """0 below `low`, 1 above `high`, smooth between (`high` below `low` falls instead of rising)."""
    t = np.clip((field - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def mix(first: Field, second: Field, share: Field | float) -> Field:
    """From `first` (share 0) to `second` (share 1); a share (H, W) serves all channels."""
    if isinstance(share, np.ndarray) and share.ndim == 2:
        share = share[:, :, None]
    return first + (second - first) * share


def blur(field: Field, radius: float) -> Field:
    """Gaussian blur of that deviation; wide ones are computed at a lower resolution."""
    x = _to_tensor(field)
    shrink = max(1, int(radius / 4))
    small = F.avg_pool2d(x, shrink, ceil_mode=True) if shrink > 1 else x
    deviation = radius / shrink
    reach = min(math.ceil(3 * deviation), min(small.shape[2:]) - 1)
    taps = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / deviation) ** 2)
    taps = (taps / taps.sum()).expand(small.shape[1], 1, -1)
    padded = F.pad(small, (reach,) * 4, mode="reflect")
    across = F.conv2d(padded, taps[:, :, None, :], groups=len(taps))
    small = F.conv2d(across, taps[:, :, :, None], groups=len(taps))
    return _to_array(F.interpolate(small, x.shape[2:], mode="bilinear") if shrink > 1 else small, field)


def shift(field: Field, across: Field | float, down: Field | float) -> Field:
    """The field as seen from places moved by so many pixels; beyond the edge it is mirrored."""
    x = _to_tensor(field)
    places = [c + np.float32(d) for c, d in zip(coordinates(field.shape[0]), (across, down), strict=True)]
    return _to_array(_sample(x, *map(torch.from_numpy, places)), field)


def smear(field: Field, angle: Field, length: float) -> Field:
    """The mean along the flow that `angle` (radians) describes, over `length` pixels (line integral convolution)."""
    x = _to_tensor(field)
    direction = torch.from_numpy(np.stack([np.cos(angle), np.sin(angle)])[None])
    start = [torch.from_numpy(c) for c in coordinates(field.shape[0])]
    steps = max(1, min(9, round(length / 5)))
    total = x.clone()
    for step in (length / 2 / steps, -length / 2 / steps):
        across, down = start
        for _ in range(steps):
            here = _sample(direction, across, down)[0]
            across, down = across + step * here[0], down + step * here[1]
            total += _sample(x, across, down)
    return _to_array(total / (2 * steps + 1), field)


def slope(field: Field) -> tuple[Field, Field]:
    """Change per pixel across and down."""
    down, across = np.gradient(field)
    return across, down


def relief(height: Field, light: float, softness: float = 1.0) -> Field:
    """How much a surface of that height turns to light from the direction `light` (radians): about -1 to 1."""
    across, down = slope(blur(height, softness))
    lit = -(across * math.cos(light) + down * math.sin(light))
    return np.tanh(lit / (2 * lit.std() + 1e-6))


@dataclass(frozen=True)
class Cells:
    """The plane cut into cells around scattered seeds (Worley 1996): whose cell each pixel is in and how deep."""

    index: Field
    """Which seed is the nearest: int (H, W)."""
    seeds: Field
    """Places (N, 2), across and down; some lie outside the picture."""
    nearest: Field
    """Distance (H, W) to that seed."""
    border: Field
    """About twice the distance (H, W) to the cell's border."""


def cells(size: int, spacing: float, random: Random, jitter: float = 0.8, bend: Field | float = 0.0) -> Cells:
    """Cells of about `spacing` pixels; `bend` moves their borders, in pixels."""
    count = math.ceil(size / spacing) + 4
    offsets = 0.5 + jitter * (random.random((count, count, 2), dtype=np.float32) - 0.5)
    rows, columns = np.mgrid[:count, :count]
    seeds = (offsets + np.stack([columns, rows], 2) - 2).astype(np.float32)
    across, down = (c / spacing + np.float32(1) * bend / spacing for c in coordinates(size))
    column, row = (np.clip(np.floor(c).astype(np.int32) + 2, 1, count - 2) for c in (across, down))
    nearest, second = (np.full((size, size), np.inf, np.float32) for _ in range(2))
    index = np.zeros((size, size), np.int32)
    for step in ((i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)):
        at = (row + step[0]) * count + column + step[1]
        place = seeds.reshape(-1, 2)[at]
        distance = np.hypot(place[..., 0] - across, place[..., 1] - down)
        closer = distance < nearest
        second = np.where(closer, nearest, np.minimum(second, distance))
        index = np.where(closer, at, index)
        nearest = np.where(closer, distance, nearest)
    return Cells(index, seeds.reshape(-1, 2) * spacing, nearest * spacing, (second - nearest) * spacing)


def outlines(labels: Field) -> Field:
    """1 where neighbours belong to different regions of int (H, W), else 0."""
    edge = np.zeros(labels.shape, np.float32)
    edge[:-1] += labels[:-1] != labels[1:]
    edge[:, :-1] += labels[:, :-1] != labels[:, 1:]
    return np.minimum(edge, 1)


def _sample(x: torch.Tensor, across: torch.Tensor, down: torch.Tensor) -> torch.Tensor:
    height, width = x.shape[2:]
    grid = torch.stack([(2 * across + 1) / width - 1, (2 * down + 1) / height - 1], dim=-1)[None]
    return F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)


def _to_tensor(field: Field) -> torch.Tensor:
    x = torch.from_numpy(np.ascontiguousarray(field, dtype=np.float32))
    return (x[:, :, None] if x.ndim == 2 else x).permute(2, 0, 1)[None].contiguous()


def _to_array(x: torch.Tensor, like: Field) -> Field:
    array = x[0].permute(1, 2, 0).numpy()
    return array[:, :, 0] if like.ndim == 2 else np.ascontiguousarray(array)
