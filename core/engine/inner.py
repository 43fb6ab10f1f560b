# SPDX-License-Identifier: GPL-3.0-or-later
"""The inner step: how parameters follow the loss of a batch. Learning a manner runs it, meta-learning learns for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

Batch = TypeVar("Batch")
Parameters = dict[str, Tensor]
Loss = Callable[[Parameters, Batch], Tensor]
"""The loss of parameters on a batch, a scalar."""


@dataclass(frozen=True)
class Rule:
    """How a gradient becomes a step. The default is Adam's (Kingma & Ba 2015), with a shorter memory."""

    momentum: float = 0.9
    memory: float | None = 0.99
    """Of the mean square that gradients are divided by the root of; None: they are not (plain descent)."""
    patience: float = 8.0
    """After how many steps the step size begins to fall, as one over the root of their number (ibid., theorem 4.1)."""
    floor: float = 1e-8


ADAPTIVE = Rule()
"""What learns manners."""
PLAIN = Rule(momentum=0.0, memory=None, patience=float("inf"))
"""Gradient descent, of which closed forms are known."""


@dataclass(frozen=True)
class State:
    """Parameters by name, and what the steps so far have left: moving means of gradients and of their squares."""

    parameters: Parameters
    mean: Parameters
    square: Parameters
    count: int = 0

    @classmethod
    def of(cls, parameters: Parameters) -> "State":
        """Before the first step."""
        return cls(parameters, *({name: torch.zeros_like(p) for name, p in parameters.items()} for _ in range(2)))


def inner_step(
    loss: Loss[Batch],
    state: State,
    rates: Parameters,
    batch: Batch,
    *,
    rule: Rule = ADAPTIVE,
    differentiable: bool = False,
) -> tuple[State, Tensor]:
    """One step down the loss of `batch`; changes nothing, gives the new state and the loss before the step.

    :param rates: the step size of each parameter, of a shape that broadcasts to its own (Li et al. 2017, Meta-SGD, one
        for each layer instead of each number, and times Adam's direction instead of the gradient).
    :param differentiable: whether gradients pass through the step to the parameters before it, by way of the gradient
        too (second order). Those to the rates pass in any case.
    """
    with torch.enable_grad():
        inputs = state.parameters
        if not differentiable:
            inputs = {name: value.detach().requires_grad_() for name, value in inputs.items()}
        value = loss(inputs, batch)
        gradients = torch.autograd.grad(value, list(inputs.values()), create_graph=differentiable)
    count = state.count + 1
    fall = (1 + state.count / rule.patience) ** -0.5
    parameters, mean, square = {}, {}, {}
    for (name, old), gradient in zip(state.parameters.items(), gradients, strict=True):
        mean[name] = torch.lerp(gradient, state.mean[name], rule.momentum)
        direction = mean[name] / (1 - rule.momentum**count)
        square[name] = state.square[name]
        if rule.memory is not None:
            square[name] = torch.lerp(gradient.square(), state.square[name], rule.memory)
            direction = direction / (square[name] / (1 - rule.memory**count) + rule.floor**2).sqrt()
        parameters[name] = old - fall * rates[name] * direction
    return State(parameters, mean, square, count), value.detach()
