# SPDX-License-Identifier: GPL-3.0-or-later
"""What a style changes in a painter's own weights, beside the vector that modulates it."""

import copy
from collections.abc import Iterable
from functools import cache

import torch
from torch import Tensor

from .painter import Painter, Shape

RANK = 4
RANK_LIMIT = 64
UP, DOWN = ".up", ".down"

Changes = dict[str, Tensor]
"""By the name of a weight what is added to it: either all of it, or the factors NAME.up (outputs, rank) and NAME.down
(rank, inputs * height * width) of a matrix of low rank (Hu et al. 2022, LoRA, on convolutions seen as matrices)."""


def start(shape: Shape, scope: str, random: torch.Generator) -> Changes:
    """Changes of a scope of `settings.Adapt` that change nothing yet: one factor is zero, the other by chance."""
    if scope == "all":
        return {name: torch.zeros(wanted) for name, wanted in _shapes(shape).items()}
    begun = {}
    for name, wanted in _shapes(shape).items() if scope == "lowrank" else ():
        if len(wanted) == 4:
            inputs = wanted[1:].numel()
            begun[name + UP] = torch.zeros(wanted[0], RANK)
            begun[name + DOWN] = torch.randn(RANK, inputs, generator=random) / inputs**0.5
    return begun


def dense(changes: Changes, shape: Shape) -> dict[str, Tensor]:
    """What is added to each weight, in its own shape; gradients pass."""
    added = {}
    for name, change in changes.items():
        if name.endswith(UP):
            weight = name.removesuffix(UP)
            added[weight] = (change @ changes[weight + DOWN]).view(_shapes(shape)[weight])
        elif not name.endswith(DOWN):
            added[name] = change
    return added


def applied(painter: Painter, changes: Changes) -> dict[str, Tensor]:
    """The weights of `painter` that differ under `changes`, as `functional_call` takes them; gradients pass."""
    weights = dict(painter.named_parameters())
    return {name: weights[name] + change for name, change in dense(changes, painter.shape).items()}


@torch.inference_mode(False)
def changed(painter: Painter, chosen: Iterable[tuple[Changes, float]]) -> Painter:
    """A copy of `painter`, on its device and in its number format, with several styles' changes by their share."""
    other = copy.deepcopy(painter)
    weights = dict(other.named_parameters())
    for changes, share in chosen:
        for name, change in dense(changes, painter.shape).items():
            weights[name].data.add_(change.to(weights[name]), alpha=share)
    return other


def together(first: Changes, second: Changes, shape: Shape) -> Changes:
    """Changes that add what `first` and `second` add: as factors where both are and their ranks stay in bounds."""
    if not first or not second:
        return first or second
    if first.keys() == second.keys() and all(name.endswith((UP, DOWN)) for name in first):
        joined = {name: torch.cat([first[name], second[name]], int(name.endswith(UP))) for name in first}
        if fit(joined, shape):
            return joined
    one, other = dense(first, shape), dense(second, shape)
    return {name: one.get(name, 0) + other.get(name, 0) for name in one | other}


def fit(changes: Changes, shape: Shape) -> bool:
    """Whether changes could be ones of a painter of this shape: names, shapes, finite numbers."""
    return all(_fits(name, changes, shape) and change.isfinite().all() for name, change in changes.items())


def _fits(name: str, changes: Changes, shape: Shape) -> bool:
    weight = name.removesuffix(UP).removesuffix(DOWN)
    wanted = _shapes(shape).get(weight)
    if wanted is None:
        return False
    if name == weight:
        return changes[name].shape == wanted and weight + UP not in changes
    up, down = changes.get(weight + UP), changes.get(weight + DOWN)
    if up is None or down is None or up.dim() != 2 or not 0 < up.shape[1] <= RANK_LIMIT:
        return False
    return len(wanted) == 4 and len(up) == wanted[0] and down.shape == (up.shape[1], wanted[1:].numel())


@cache
def _shapes(shape: Shape) -> dict[str, torch.Size]:
    with torch.device("meta"):
        return {name: weight.shape for name, weight in Painter(shape).named_parameters()}
