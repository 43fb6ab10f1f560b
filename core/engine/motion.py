# SPDX-License-Identifier: GPL-3.0-or-later
"""Where in a neighbouring frame lies what a frame shows, and how far that can be trusted.

Places and shifts are (N, 2, H, W) in pixels, x to the right and y down, the middle of the first pixel at 0, 0.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .renders import Render

WANTED = ("vector", "depth", "object", "cryptomatte")
_DEPTH_STEP = 1.05
_ID_BITS = 0xFFFFFF  # what a float32 counts exactly


@dataclass(frozen=True)
class Motion:
    """From a frame to the one that was painted before it."""

    shift: Tensor
    """(1, 2, H, W): what is seen at a place is seen at the place plus this in the other frame."""
    trust: Tensor
    """(1, 1, H, W) in [0, 1]: whether the other frame shows it at all."""


@dataclass(frozen=True)
class Guides:
    """What the passes of one frame say of each pixel."""

    back: Tensor
    """(1, 2, H, W) shifts to the frame before."""
    ahead: Tensor
    """(1, 2, H, W) shifts to the frame after."""
    identity: Tensor
    """(1, 1, H, W): a number for each thing; all zero where it is not known."""
    depth: Tensor
    """(1, 1, H, W) from the camera; all zero where it is not known."""

    @property
    def tell_apart(self) -> bool:
        """Whether they tell things in the same place apart."""
        return bool(self.identity.any() or self.depth.any())

    @classmethod
    def of(cls, render: Render, device: torch.device) -> "Guides":
        """Read what a render has; Blender's vectors are (previous - here, here - next), with y up.

        So in Cycles and EEVEE alike, whatever the manual says: pinned by tests that render.
        """
        vector = _tensor(render.passes["vector"], device)
        back = vector[:, 0:2] * vector.new_tensor((1, -1)).view(1, 2, 1, 1)
        ahead = vector[:, 2:4] * vector.new_tensor((-1, 1)).view(1, 2, 1, 1)
        unknown = torch.zeros_like(vector[:, :1])
        depth = _tensor(render.passes["depth"], device) if "depth" in render.passes else unknown
        return cls(back, ahead, _identity(render, unknown), depth)


def from_passes(here: Guides, there: Guides, step: int) -> Motion:
    """The motion from a frame to another.

    :param step: how many frames later the one here is; below zero where it is earlier. Where it is not 1 or -1 things
        are taken to move on as they do, and checked against what the other frame says.
    """
    shift, answer = (here.back, there.ahead) if step > 0 else (here.ahead, there.back)
    shift, answer = shift * abs(step), answer * abs(step)
    at = places(shift) + shift
    # Neighbours count, because these passes hold one sample of a pixel where the picture holds the mean of many.
    most = largest(torch.cat([there.identity, -there.identity, there.depth, -there.depth], 1))
    seen = look(torch.cat([there.identity, most], 1), at, "nearest")
    same = (seen[:, :3] == here.identity * seen.new_tensor((1, 1, -1)).view(1, 3, 1, 1)).any(1, keepdim=True)
    near = (here.depth <= seen[:, 3:4] * _DEPTH_STEP) & (here.depth * _DEPTH_STEP >= -seen[:, 4:])
    return Motion(shift, soften(inside(at) & agree(shift, look(answer, at)) & same & near))


def agree(shift: Tensor, answer: Tensor) -> Tensor:
    """Whether a shift and the way back from where it leads cancel out (Sundaram et al. 2010, eq. 5): (N, 1, H, W)."""
    error, lengths = (shift + answer).square().sum(1, keepdim=True), (shift.square() + answer.square()).sum(1, True)
    return error <= 0.01 * lengths + 0.5


def soften(valid: Tensor) -> Tensor:
    """Trust from what is valid (N, 1, H, W): a pixel less at the borders, where passes mix, and a soft edge."""
    eroded = -largest(-valid.float())
    return eroded * F.avg_pool2d(eroded, 3, 1, 1, count_include_pad=False)


def largest(batch: Tensor) -> Tensor:
    """The largest of each number of (N, C, H, W) and its eight neighbours; five times as fast as torch's pooling."""
    for axis in (axis for axis in (2, 3) if batch.shape[axis] > 1):
        inner = batch.narrow(axis, 0, batch.shape[axis] - 1).maximum(batch.narrow(axis, 1, batch.shape[axis] - 1))
        first, last = inner.narrow(axis, 0, 1), inner.narrow(axis, -1, 1)
        between = inner.narrow(axis, 0, inner.shape[axis] - 1).maximum(inner.narrow(axis, 1, inner.shape[axis] - 1))
        batch = torch.cat([first, between, last], axis)
    return batch


def places(batch: Tensor) -> Tensor:
    """The place of each pixel of a batch (N, C, H, W): (1, 2, H, W)."""
    height, width = batch.shape[2:]
    rows, columns = torch.arange(height), torch.arange(width)
    grid = torch.stack(torch.meshgrid(columns, rows, indexing="xy")).float()
    return grid[None].to(batch.device)


def inside(at: Tensor) -> Tensor:
    """Which places (N, 2, H, W) lie in the picture: (N, 1, H, W)."""
    height, width = at.shape[2:]
    x, y = at[:, :1], at[:, 1:]
    return (x >= -0.5) & (y >= -0.5) & (x <= width - 0.5) & (y <= height - 0.5)


def look(batch: Tensor, at: Tensor, mode: str = "bilinear") -> Tensor:
    """What a batch (N, C, H, W) shows at the places; those outside see its border."""
    height, width = batch.shape[2:]
    scale = at.new_tensor((2 / max(1, width - 1), 2 / max(1, height - 1)))
    grid = at.permute(0, 2, 3, 1) * scale - 1
    return F.grid_sample(batch, grid, mode, padding_mode="border", align_corners=True)


def _identity(render: Render, unknown: Tensor) -> Tensor:
    for kind in ("cryptomatte", "object"):
        if kind in render.passes:
            bits = np.ascontiguousarray(render.passes[kind]).view(np.int32)
            # Cryptomatte's numbers are the bits of floats, some of which compare as no numbers do.
            known = bits if kind == "cryptomatte" else render.passes[kind].astype(np.int32)
            return _tensor((known & _ID_BITS).astype(np.float32), unknown.device)
    return unknown


def _tensor(numbers: np.ndarray, device: torch.device) -> Tensor:
    """(H, W, C) as (1, C, H, W)."""
    return torch.from_numpy(np.ascontiguousarray(numbers.transpose(2, 0, 1)))[None].to(device)
