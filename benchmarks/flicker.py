# SPDX-License-Identifier: GPL-3.0-or-later
"""How steady the frames of an animation are, seen from the things that move in it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from core.engine import motion
from core.engine.motion import Guides, look, places

CERTAIN = 0.99


@dataclass(frozen=True)
class Path:
    """Where in an earlier frame lies what a frame shows."""

    at: Tensor
    """(1, 2, H, W), places in pixels."""
    seen: Tensor
    """(1, 1, H, W): whether it is certain that it was seen in both frames and in all between them."""


def paths(guides: Sequence[Guides], steps: int) -> list[Path]:
    """From each frame to the one so many frames before it, by the vectors that were rendered."""
    found = []
    for last in range(steps, len(guides)):
        at = places(guides[last].back)
        seen = torch.ones_like(at[:, :1], dtype=torch.bool)
        for frame in range(last, last - steps, -1):
            step = motion.from_passes(guides[frame], guides[frame - 1], 1)
            seen &= look((step.trust > CERTAIN).float(), at) > CERTAIN
            at = at + look(step.shift, at)
        found.append(Path(at, seen))
    return found


def warping_error(frames: Sequence[Tensor], back: Sequence[Path]) -> float:
    """Mean squared difference of frames (1, 3, H, W) in [0, 1] from those that `paths` lead to, where they are certain.

    Lai et al. (2018), eq. 10, with rendered instead of estimated motion and occlusion.
    """
    errors = []
    for path, here, there in zip(back, frames[len(frames) - len(back) :], frames, strict=False):
        error = (here - look(there, path.at)).square().mean(1, keepdim=True)
        errors.append((error * path.seen).sum() / path.seen.sum())
    return torch.stack(errors).mean().item()


def sharpness(frames: Sequence[Tensor]) -> float:
    """Mean energy of what a Gaussian blur of one pixel takes away."""
    line = torch.exp(-(torch.arange(-3.0, 4.0) ** 2) / 2)
    line = (line / line.sum()).view(1, 1, 1, 7).expand(3, 1, 1, 7)
    energies = []
    for frame in frames:
        blurred = F.conv2d(F.pad(frame, (3, 3, 0, 0), mode="replicate"), line, groups=3)
        blurred = F.conv2d(F.pad(blurred, (0, 0, 3, 3), mode="replicate"), line.mT, groups=3)
        energies.append((frame - blurred).square().mean())
    return torch.stack(energies).mean().item()
