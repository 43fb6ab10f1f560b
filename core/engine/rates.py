# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the steps are with which a manner is learnt: for each layer as meta-learning found them, or one for all."""

import json
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

from .changes import DOWN, UP
from .inner import Parameters
from .models import WEIGHTS
from .painter import SHAPES

FILE = WEIGHTS / "adapt.json"
"""For each painter the step size of the scales and of the shifts of each point in turn, as `core.training.meta` has
learnt them. None ship (docs/adaptation.md): without, or for a painter of another shape, one size serves for all."""

VECTOR = "style"
"""The name of the style vector among the parameters that learn; the others are `changes.Changes`."""
VECTOR_RATE = 0.04
FACTOR_RATE = 0.02
WEIGHT_RATE = 1e-3


def rates(quality: str, parameters: Parameters, init: str) -> Parameters:
    """The step size of each parameter; `init` is that of `settings.Adapt`."""
    sizes = {name: torch.tensor(FACTOR_RATE if name.endswith((UP, DOWN)) else WEIGHT_RATE) for name in parameters}
    learnt = learned(FILE).get(quality) if init == "meta" else None
    sizes[VECTOR] = torch.tensor(VECTOR_RATE) if learnt is None else spread(torch.tensor(learnt), quality)
    return {name: size.to(parameters[name].device) for name, size in sizes.items()}


def spread(sizes: Tensor, quality: str) -> Tensor:
    """Step sizes of scale and shift at each point (2 * points,) for each number of a style vector (P,)."""
    channels = [count for count in SHAPES[quality].points for _ in range(2)]
    return sizes.repeat_interleave(torch.tensor(channels, device=sizes.device))


@cache
def learned(path: Path) -> dict[str, list[float]]:
    """The learnt step sizes of each painter that has any of its present shape."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    wanted = {name: 2 * len(shape.points) for name, shape in SHAPES.items()}
    return {name: sizes for name, sizes in found.items() if len(sizes) == wanted.get(name)}
