# SPDX-License-Identifier: GPL-3.0-or-later
"""The building blocks of every network: a convolution that pads by itself, normalisation and modulation by style."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EDGES = ("reflect", "circular")
_EPSILON = 1e-5  # as in torch's instance_norm


def pad(batch: Tensor, margin: int, edges: tuple[str, str] = ("reflect", "reflect")) -> Tensor:
    """Grow a batch (N, C, H, W) by `margin` pixels on each side; `edges` names the mode along x and along y.

    An axis too short to be reflected repeats its last row instead, so that one-pixel pictures work.
    """
    if margin == 0:
        return batch
    across, down = (_mode(mode, size, margin) for mode, size in zip(edges, batch.shape[:1:-1], strict=True))
    if across == down:
        return F.pad(batch, (margin,) * 4, mode=across)
    return F.pad(F.pad(batch, (margin, margin, 0, 0), mode=across), (0, 0, margin, margin), mode=down)


def _mode(mode: str, size: int, margin: int) -> str:
    fits = size > margin if mode == "reflect" else size >= margin
    return mode if fits else "replicate"


class Conv(nn.Conv2d):
    """A convolution over a batch padded by itself to keep its size (divided by the stride).

    `edges` is set for a whole network at once by `set_edges`: "reflect" for pictures, "circular" for textures.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride)
        self.edges = ("reflect", "reflect")

    def forward(self, batch: Tensor) -> Tensor:
        return super().forward(pad(batch, self.kernel_size[0] // 2, self.edges))


class Enlarge(nn.Module):
    """Twice the resolution for a quarter of the channels (Shi et al. 2016), without a checkerboard.

    The pixel shuffle is followed by a binomial blur, which is zero at the frequency that a shuffle can add of itself:
    whatever was learnt, a flat picture stays flat. Departs from Aitken et al. (2017), who only start without one.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.edges = ("reflect", "reflect")
        line = torch.tensor([0.25, 0.5, 0.25])
        self.register_buffer("kernel", (line[:, None] * line).expand(channels, 1, 3, 3).contiguous(), persistent=False)

    def forward(self, batch: Tensor) -> Tensor:
        x = pad(F.pixel_shuffle(batch, 2), 1, self.edges)  # (N, C / 4, 2 * H + 2, 2 * W + 2)
        return F.conv2d(x, self.kernel.to(x.dtype), groups=len(self.kernel))


def set_edges(network: nn.Module, edges: tuple[str, str]) -> None:
    """Choose for every layer of `network` how it continues the picture along x and along y."""
    for module in network.modules():
        if isinstance(module, (Conv, Enlarge)):
            module.edges = edges


class Seen(NamedTuple):
    """What a normalisation point saw of each channel: of every picture (N, C), or of all of them (C,); float32."""

    mean: Tensor
    variance: Tensor


def look(batch: Tensor) -> Seen:
    """Mean and variance (N, C) of the channels of each picture of (N, C, H, W)."""
    x = batch.permute(0, 2, 3, 1).float()  # (N, H, W, C), as it lies in memory: torch's reductions copy it otherwise
    mean = x.mean((1, 2))
    return Seen(mean, (x - mean[:, None, None]).square().mean((1, 2)))


def normalise(batch: Tensor, seen: Seen, scale: Tensor, shift: Tensor) -> Tensor:
    """Adaptive instance normalisation of (N, C, H, W) to a scale and a shift (N, C) for each channel.

    Huang & Belongie (2017), eq. 8, with predicted instead of measured statistics of the style (Ghiasi et al. 2017).
    The scale is given as its distance from one.
    """
    gain = (1 + scale) * torch.rsqrt(seen.variance + _EPSILON)
    shift = shift - seen.mean * gain
    x = batch.permute(0, 2, 3, 1).float()
    return torch.addcmul(shift[:, None, None], x, gain[:, None, None]).to(batch.dtype).permute(0, 3, 1, 2)


def modulate(batch: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Scale and shift the channels of (N, C, H, W) by (N, C) each: a FiLM layer (Perez et al. 2018).

    It needs no statistics of the whole picture. The scale is given as its distance from one.
    """
    gain, shift = (part.to(batch.dtype)[:, :, None, None] for part in (1 + scale, shift))
    return torch.addcmul(shift, batch, gain)
