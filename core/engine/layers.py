# SPDX-License-Identifier: GPL-3.0-or-later
"""The building blocks of every network: a convolution that pads by itself, and style modulation."""

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


def modulate(batch: Tensor, scale: Tensor, shift: Tensor, *, normalise: bool) -> Tensor:
    """Scale and shift the channels of (N, C, H, W) by (N, C) each; with `normalise` after instance normalisation.

    Adaptive instance normalisation (Huang & Belongie 2017, eq. 8) with predicted instead of measured statistics
    (Ghiasi et al. 2017). Without `normalise` it is a FiLM layer (Perez et al. 2018), which needs no statistics of the
    whole picture and so costs tiles nothing. The scale is given as its distance from one.
    """
    scale = 1 + scale
    if not normalise:
        scale, shift = (part.to(batch.dtype)[:, :, None, None] for part in (scale, shift))
        return torch.addcmul(shift, batch, scale)
    # Written out because torch's instance_norm copies features that lie channels last, which took 0.3 s a megapixel.
    x = batch.permute(0, 2, 3, 1).float()  # (N, H, W, C)
    x = x - x.mean((1, 2), keepdim=True)
    scale = scale[:, None, None] * torch.rsqrt(x.square().mean((1, 2), keepdim=True) + _EPSILON)
    return torch.addcmul(shift[:, None, None], x, scale).to(batch.dtype).permute(0, 3, 1, 2)
