# SPDX-License-Identifier: GPL-3.0-or-later
"""The building blocks of every network: convolutions that pad by themselves.

Where no gradient is wanted they take the shortest way through memory, which on a processor is half of the time.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .normalisation import Affine, bands

Edges = tuple[str, str]
"""How a picture goes on beyond its borders along x and along y, each one of EDGES."""
EDGES = ("reflect", "circular")
MIRRORED: Edges = ("reflect", "reflect")
_SMALL = 20480


def pad(batch: Tensor, margin: int, edges: Edges = MIRRORED) -> Tensor:
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


class Frame:
    """Memory for a batch that is to be padded: what is written to `inside` needs not be copied once more."""

    def __init__(self, like: Tensor, size: tuple[int, ...], margin: int) -> None:
        """:param size: (N, C, H, W) of the batch itself."""
        count, channels, height, width = size
        self.margin = margin
        self.whole = torch.empty(
            (count, channels, height + 2 * margin, width + 2 * margin),
            dtype=like.dtype,
            device=like.device,
            memory_format=torch.channels_last,
        )
        self.inside = self.whole[:, :, margin : margin + height, margin : margin + width]

    def closed(self, edges: Edges) -> Tensor:
        """The whole, its margins filled from what is inside."""
        margin = self.margin
        for axis, size, mode in zip((3, 2), self.inside.shape[:1:-1], edges, strict=True):
            sources = _beyond(_mode(mode, size, margin), size, margin)
            for place, source in zip([*range(margin), *range(margin + size, size + 2 * margin)], sources, strict=True):
                self.whole.select(axis, place).copy_(self.whole.select(axis, margin + source))
        return self.whole


def _beyond(mode: str, size: int, margin: int) -> list[int]:
    """Which rows of `size` are found beyond the border: `margin` before the first, then as many after the last."""
    places = [*range(-margin, 0), *range(size, size + margin)]
    if mode == "circular":
        return [place % size for place in places]
    if mode == "reflect":
        return [abs(place) if place < size else 2 * (size - 1) - place for place in places]
    return [min(max(place, 0), size - 1) for place in places]


def padded(batch: Tensor, margin: int, edges: Edges, relu: bool = False, affine: Affine | None = None) -> Tensor:
    """`pad` of a batch, after an affine map and of its positive part where so wanted."""
    if torch.is_grad_enabled() or margin == 0:
        batch = batch if affine is None else affine.of(batch)
        return pad(F.relu(batch) if relu else batch, margin, edges)
    frame = Frame(batch, batch.shape, margin)
    for part, place in zip(bands(batch), bands(frame.inside), strict=True):
        part = affine.of(part, out=place) if affine else part
        torch.clamp_min(part, 0, out=place) if relu else place.copy_(part)
    return frame.closed(edges)


class Conv(nn.Conv2d):
    """A convolution over a batch padded by itself to keep its size (divided by the stride).

    `edges` is set for a whole network at once by `set_edges`: "reflect" for pictures, "circular" for textures.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride)
        self.edges = MIRRORED

    @property
    def reach(self) -> int:
        """How many pixels of its input it looks at beyond each side of a pixel."""
        return self.kernel_size[0] // 2

    def forward(self, batch: Tensor, relu: bool = False, affine: Affine | None = None) -> Tensor:
        """Convolve a batch, to which first the affine map and then ReLU is applied: here they cost little."""
        return self._convolve(padded(batch, self.reach, self.edges, relu, affine), self.weight, self.bias)

    def _convolve(self, batch: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Convolve a padded batch, each pixel to the same bits wherever it lies and how large the batch is.

        Torch hands small batches to another algorithm, which sums in another order: they are made larger.
        """
        missing = _SMALL + 1 - batch[0].numel()
        if missing <= 0 or not len(batch):
            return self._conv_forward(batch, weight, bias)
        rows = (batch.shape[2] - self.kernel_size[0]) // self.stride[0] + 1
        more = -(-missing // batch[0, :, 0].numel())
        return self._conv_forward(F.pad(batch, (0, 0, 0, more)), weight, bias)[:, :, :rows]


class Film(Conv):
    """A convolution and a FiLM layer (Perez et al. 2018), in one: a style says how much of each channel counts."""

    def forward(self, batch: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """A batch (N or 1, C, H, W) convolved, its channels scaled and shifted by (N, C) each.

        :param scale: its distance from one.
        """
        return self._modulated(padded(batch, self.reach, self.edges), (self.weight, self.bias), 1 + scale, shift)

    def _modulated(self, batch: Tensor, weights: tuple[Tensor, Tensor], gain: Tensor, shift: Tensor) -> Tensor:
        """A padded batch convolved, times a gain and with a shift (N, C): of one picture as part of the weights."""
        weight, bias = weights
        if len(batch) == len(gain) == 1:
            bias = (bias * gain[0] + shift[0]).to(weight)
            return self._convolve(batch, (weight * gain[0, :, None, None, None]).to(weight), bias)
        x = self._convolve(batch, weight, bias)
        gain, shift = (part.to(x.dtype)[:, :, None, None] for part in (gain, shift))
        return torch.addcmul(shift, x, gain)


class Enlarge(Film):
    """A convolution to twice the resolution (Shi et al. 2016) and a FiLM layer (Perez et al. 2018), in one.

    The pixel shuffle is followed by a binomial blur, which is zero at the frequency that a shuffle can add of itself:
    whatever was learnt, a flat picture stays flat. Departs from Aitken et al. (2017), who only start without one.
    As neither shuffle nor blur mix channels, the FiLM layer comes before them, where it can be part of the weights. It
    needs no statistics of the whole picture.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, 4 * outputs)
        line = torch.tensor([0.25, 0.5, 0.25])
        self.register_buffer("blur", (line[:, None] * line).expand(outputs, 1, 3, 3).contiguous(), persistent=False)

    def forward(self, batch: Tensor, scale: Tensor, shift: Tensor, relu: bool = False) -> Tensor:
        """Twice as large a batch, its channels scaled and shifted by (N, C) each.

        :param scale: its distance from one.
        :param relu: to be applied to the batch first.
        """
        weight, bias = (_by_phase(part) for part in (self.weight, self.bias))
        gain, shift = (part.repeat(1, 4) for part in (1 + scale, shift))
        x = self._modulated(padded(batch, self.reach, self.edges, relu), (weight, bias), gain, shift)
        return F.conv2d(self._shuffled(x), self.blur.to(x.dtype), groups=len(self.blur))

    def _shuffled(self, x: Tensor) -> Tensor:
        """Phases (N, 4 * C, H, W) side by side, padded for the blur: (N, C, 2 * H + 2, 2 * W + 2)."""
        count, channels, height, width = x.shape
        phases = x.view(count, 2, 2, channels // 4, height, width).permute(0, 3, 4, 1, 5, 2)
        size = (count, channels // 4, 2 * height, 2 * width)
        if torch.is_grad_enabled():
            return pad(phases.reshape(size), 1, self.edges)
        frame = Frame(x, size, 1)
        frame.inside.unflatten(2, (height, 2)).unflatten(4, (width, 2)).copy_(phases)
        return frame.closed(self.edges)


def _by_phase(weight: Tensor) -> Tensor:
    """Weights (C * 4, ...) of a pixel shuffle as (4 * C, ...): so the shuffle moves whole pixels and not numbers."""
    return weight.unflatten(0, (-1, 4)).transpose(0, 1).flatten(0, 1)


def set_edges(network: nn.Module, edges: Edges) -> None:
    """Choose for every layer of `network` how it continues the picture along x and along y."""
    for module in network.modules():
        if isinstance(module, Conv):
            module.edges = edges
