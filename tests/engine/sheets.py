# SPDX-License-Identifier: GPL-3.0-or-later
"""A sheet cut in two, one half turned by a quarter in the UV map: what a mesh with a cut is to a texture."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from core.engine.islands import sample

SIZE = 88, 132
SIDE = 64
CUT = 32
"""Where along its first axis the sheet is cut, in texels."""
HALO_PX = 24

Surface = Callable[[np.ndarray, np.ndarray], np.ndarray]


def places(across: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where in the texture points of the sheet lie: rows and columns in either half, continued beyond the cut."""
    left = np.stack([10 + down, 6 + across], -1)
    right = np.stack([60.5 - (across - CUT), 60.25 + down], -1)
    return left, right


def points() -> tuple[np.ndarray, np.ndarray]:
    """The points of the sheet (across, down) that each texel shows, (H, W, 2), as seen from either half."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]].astype(float)
    return np.stack([columns - 6, rows - 10], -1), np.stack([CUT + 60.5 - rows, columns - 60.25], -1)


def _on(point: np.ndarray, first: float, last: float) -> np.ndarray:
    across, down = point[..., 0], point[..., 1]
    return (across >= first) & (across < last) & (down >= 0) & (down < SIDE)


def texture(surface: Surface, background: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The picture (H, W, 4) of what is drawn on the sheet, its coverage, and its cuts."""
    left, right = points()
    pixels = np.full((*SIZE, 4), background, np.float32)
    pixels[..., 3] = 1
    coverage = np.zeros(SIZE, np.float32)
    for point, first, last in ((left, 0, CUT), (right, CUT, SIDE)):
        inside = _on(point, first, last)
        coverage[inside] = 1
        pixels[inside, :3] = surface(point[inside][:, 0], point[inside][:, 1])
    cuts = []
    for point, first, last, half in ((left, CUT, CUT + HALO_PX, 1), (right, CUT - HALO_PX, CUT, 0)):
        outside = _on(point, first, last) & (coverage == 0)
        source = places(point[outside][:, 0], point[outside][:, 1])[half]
        cuts.append(np.concatenate([np.argwhere(outside), source], 1))
    return pixels, coverage, np.concatenate(cuts).astype(np.float32)


def steps(pixels: np.ndarray) -> tuple[float, float]:
    """Mean change of color over one texel of the sheet: across the cut, and elsewhere along the same axis."""
    batch = torch.from_numpy(pixels[..., :3].copy()).permute(2, 0, 1)[None]
    down = np.arange(8, SIDE - 8, 0.5)

    def look(across: float) -> Tensor:
        place = places(np.full_like(down, across), down)[int(across >= CUT)]
        return sample(batch, torch.from_numpy(place.astype(np.float32)))

    starts = np.arange(8, SIDE - 8, 0.2)  # seen at many places between the centres of texels
    found = np.array([(look(start) - look(start + 1)).abs().mean().item() for start in starts])
    at_cut = (starts < CUT) & (starts + 1 >= CUT)
    away = np.abs(starts + 0.5 - CUT) > 4
    return found[at_cut].mean(), found[away].mean()


def jump(pixels: np.ndarray) -> float:
    """Mean difference of color between the two sides of the cut, right at it."""
    batch = torch.from_numpy(pixels[..., :3].copy()).permute(2, 0, 1)[None]
    down = np.arange(8, SIDE - 8, 0.5)
    sides = [
        sample(batch, torch.from_numpy(place.astype(np.float32))) for place in places(np.full_like(down, CUT), down)
    ]
    return (sides[0] - sides[1]).abs().mean().item()
