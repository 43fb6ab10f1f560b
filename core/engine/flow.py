# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion that is estimated from the frames themselves, for footage and renders without vectors."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from .content import luma
from .motion import Motion, agree, inside, look, places, soften
from .tensors import resize

Estimator = Callable[[Tensor, Tensor], Tensor]
"""From two frames (1, 3, H, W), here and there, to the shifts (1, 2, H, W) from here to there."""

LONGEST_PX = 512
"""Of the frames between which motion is estimated; its shifts are enlarged."""
_SMALLEST_PX = 24
_WINDOW = 9
_RAFT = "raft_small_C_T_V2-01064c6d.pth"
"""What torchvision calls the weights of its small network."""
_ROUNDS = 4


def from_flow(estimate: Estimator, here: Tensor, there: Tensor) -> Motion:
    """The motion from a frame (1, 3, H, W) to one beside it, trusted where the way back agrees."""
    scale = min(1.0, LONGEST_PX / max(here.shape[2:]))
    size = tuple(max(1, round(side * scale)) for side in here.shape[2:])
    small = [resize(frame, size) for frame in (here, there)]
    shift, answer = (_enlarge(estimate(*pair), here.shape[2:]) for pair in (small, small[::-1]))
    at = places(shift) + shift
    return Motion(shift, soften(inside(at) & agree(shift, look(answer, at))))


def estimator(device: torch.device) -> tuple[Estimator, str]:
    """What estimates motion here, and its name: RAFT where torchvision has fetched its weights before."""
    return (_raft(device), "RAFT") if _raft_weights().is_file() else (lucas_kanade, "Lucas-Kanade")


def _raft_weights() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints" / _RAFT


@cache
def _raft(device: torch.device) -> Estimator:
    """The small network of Teed & Deng (2020) with torchvision's weights; sizes are padded to what it needs."""
    from torchvision.models.optical_flow import raft_small  # twice as slow to import as torch

    network = raft_small(weights=None)
    network.load_state_dict(torch.load(_raft_weights(), map_location="cpu", weights_only=True))
    network.eval().to(device)

    def estimate(here: Tensor, there: Tensor) -> Tensor:
        height, width = here.shape[2:]
        margins = (0, max(128 - width, -width % 8), 0, max(128 - height, -height % 8))
        padded = [F.pad(frame * 2 - 1, margins, mode="replicate") for frame in (here, there)]
        return network(*padded)[-1][:, :, :height, :width]

    return estimate


def lucas_kanade(here: Tensor, there: Tensor) -> Tensor:
    """Dense motion, coarse to fine: the least squares of Lucas & Kanade (1981) in a window about every pixel.

    In a pyramid (Bouguet 2001), medians after each round (Sun et al. 2010). Departs from both in looking at luma
    without its local mean, so that a change of light is no motion.
    """
    levels = [(luma(here), luma(there))]
    while min(levels[-1][0].shape[2:]) >= 2 * _SMALLEST_PX:
        levels.append(tuple(F.avg_pool2d(frame, 2) for frame in levels[-1]))
    shift = here.new_zeros(1, 2, *levels[-1][0].shape[2:])
    for one, other in (map(_detail, level) for level in reversed(levels)):
        shift = _enlarge(shift, one.shape[2:])
        across, down = _slopes(one)
        for _ in range(_ROUNDS):
            shift = _median(shift + _step(one - look(other, places(one) + shift), across, down))
    return shift


def _detail(frame: Tensor) -> Tensor:
    return frame - _local(frame, 2 * _WINDOW + 1)


def _local(batch: Tensor, window: int = _WINDOW) -> Tensor:
    return F.avg_pool2d(batch, window, 1, window // 2, count_include_pad=False)


def _slopes(frame: Tensor) -> tuple[Tensor, Tensor]:
    padded = F.pad(frame, (1, 1, 1, 1), mode="replicate")
    across = (padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]) / 2
    return across, (padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]) / 2


def _step(error: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """The shift (1, 2, H, W), of a pixel at most, that best explains `error` in the window about each pixel."""
    products = torch.cat([across * across, across * down, down * down, across * error, down * error], 1)
    xx, xy, yy, xe, ye = _local(products).split(1, 1)
    xx, yy = xx + 1e-5, yy + 1e-5  # where nothing is to be seen nothing moves
    determinant = xx * yy - xy * xy
    return torch.cat([yy * xe - xy * ye, xx * ye - xy * xe], 1).div(determinant).clamp(-1, 1)


def _median(shift: Tensor) -> Tensor:
    around = F.unfold(F.pad(shift, (1, 1, 1, 1), mode="replicate").transpose(0, 1), 3)  # (2, 9, H * W)
    return around.median(dim=1).values.view_as(shift)


def _enlarge(shift: Tensor, size: tuple[int, int]) -> Tensor:
    scale = shift.new_tensor((size[1] / shift.shape[3], size[0] / shift.shape[2])).view(1, 2, 1, 1)
    return F.interpolate(shift, size, mode="bilinear", align_corners=False) * scale
