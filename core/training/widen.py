# SPDX-License-Identifier: GPL-3.0-or-later
"""Start from trained weights: a large painter from a small one paints the same picture (Net2Net, Chen et al. 2016)."""

from pathlib import Path

import torch
from torch import Tensor

from ..engine.layers import Conv
from ..engine.models import read_weights
from ..engine.noise import CHANNELS
from ..engine.painter import Painter
from .pupil import Pupil

NOISE = 0.02
"""Relative change of the repeated channels' kernels, without which they would learn the same for ever."""


def begin(pupil: Pupil, start: Path) -> None:
    """Give a pupil trained weights: its own, or those of the small painter, which is widened."""
    trained = read_weights(start)
    own = pupil.state_dict()
    if all(own[name].shape == value.shape for name, value in trained.items() if name in own):
        silent = {name: value for name, value in own.items() if ".feedback." in name}
        pupil.load_state_dict(silent | trained)  # what was trained before there was feedback begins without any
        return
    small = Pupil("fast")
    small.load_state_dict(trained)
    widen(small.to(pupil.style_encoder.center.device), pupil)


def widen(small: Pupil, large: Pupil) -> None:
    """Give `large` the weights of `small`, its further channels repeated and its further blocks silent."""
    with torch.no_grad():
        _widen_painter(small.painter, large.painter)
        _widen_style_encoder(small, large)


def _widen_painter(small: Painter, large: Painter) -> None:
    stem, trunk = (_places(small.shape.width // k, large.shape.width // k) for k in (2, 1))
    half, full = (_places(getattr(small.shape, k), getattr(large.shape, k)) for k in ("half", "full"))
    _copy(small.stem[0], large.stem[0], torch.arange(12), stem)
    _copy(small.stem[1], large.stem[1], stem, trunk)
    _copy(small.noise, large.noise, torch.arange(CHANNELS), trunk)
    for old, new in zip(small.blocks, large.blocks, strict=False):
        for layer in range(2):
            _copy(old[layer], new[layer], trunk, trunk)
    _copy(small.to_half, large.to_half, trunk, _shuffled(half))
    _copy(small.to_full, large.to_full, half, _shuffled(full))
    _copy(small.to_color, large.to_color, full, torch.arange(3))


def _widen_style_encoder(small: Pupil, large: Pupil) -> None:
    old, new = small.style_encoder, large.style_encoder
    own = new.state_dict()
    new.load_state_dict(own | {name: v for name, v in old.state_dict().items() if v.shape == own[name].shape})
    rows, silent = _rows(small.painter, large.painter)
    for before, last in ((old.layers[-1], new.layers[-1]), (old.feedback.last, new.feedback.last)):
        last.weight.copy_(before.weight[rows])
        last.bias.copy_(before.bias[rows])
        last.weight[silent != 0] = 0
        last.bias[silent != 0] = 0
    new.layers[-1].bias[silent == 1] = -1.0  # scales are given as their distance from one: this layer passes nothing on


def _rows(small: Painter, large: Painter) -> tuple[Tensor, Tensor]:
    """Which row of the small style vector each number of the large one repeats, and which belong to new blocks.

    :returns: rows (P,), and (P,) with 1 for scales that close a new block, 2 for its other numbers, 0 elsewhere.
    """
    inner, extra = 1 + 2 * small.shape.blocks, 2 * (large.shape.blocks - small.shape.blocks)
    order = [*range(inner), *[None] * extra, *range(inner, len(small.shape.points))]
    starts = [2 * sum(small.shape.points[:i]) for i in range(len(small.shape.points))]
    rows, silent = [], []
    for place, (source, channels) in enumerate(zip(order, large.shape.points, strict=True)):
        if source is None:
            closes = (place - inner) % 2 == 1
            rows += [torch.zeros(2 * channels, dtype=torch.long)]
            silent += [torch.full((channels,), 1 if closes else 2), torch.full((channels,), 2)]
            continue
        places = _places(small.shape.points[source], channels) + starts[source]
        rows += [places, places + small.shape.points[source]]
        silent += [torch.zeros(2 * channels, dtype=torch.long)]
    return torch.cat(rows), torch.cat(silent)


def _places(few: int, many: int) -> Tensor:
    """For each of `many` channels the one of `few` that it repeats."""
    return torch.arange(many) % few


def _shuffled(places: Tensor) -> Tensor:
    """The same before a pixel shuffle by 2, where each channel has four."""
    return (places[:, None] * 4 + torch.arange(4)).flatten()


def _copy(old: Conv, new: Conv, inputs: Tensor, outputs: Tensor) -> None:
    repeats = torch.bincount(inputs)[inputs]
    weight = old.weight[outputs][:, inputs] / repeats[None, :, None, None]
    new.weight.copy_(weight * (1 + NOISE * torch.randn_like(weight)))
    new.bias.copy_(old.bias[outputs])
