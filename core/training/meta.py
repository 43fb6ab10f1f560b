# SPDX-License-Identifier: GPL-3.0-or-later
"""Meta-learning: where learning a manner starts and how long its steps are, learnt through the very steps it takes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic

import torch
from torch import Tensor

from ..engine.inner import ADAPTIVE, Batch, Loss, Parameters, Rule, State, inner_step

FIRST_ORDER, SECOND_ORDER = 2.0, 5.0
"""What an inner step costs, in passes forward: one back is about as much again, and one through that twice as much."""


@dataclass(frozen=True)
class Algorithm:
    """How what practice ends with tells where and how it should have begun."""

    steps: int = 4
    """Inner steps; 0 is joint training, which knows of none."""
    second_order: bool = False
    """Whether the gradients of the steps are differentiated, too."""
    learns_start: bool = True
    learns_rates: bool = False
    toward: bool = False
    """Whether the start is drawn to where practice ended, and no further pictures are looked at (Reptile)."""

    @property
    def cost(self) -> float:
        """Of one gradient, in passes forward."""
        query = 0 if self.toward else FIRST_ORDER
        return self.steps * (SECOND_ORDER if self.second_order else FIRST_ORDER) + query


ALGORITHMS = {
    "joint": Algorithm(steps=0),
    "reptile": Algorithm(toward=True),
    "fomaml": Algorithm(),
    "maml": Algorithm(second_order=True),
    "meta-sgd": Algorithm(second_order=True, learns_rates=True),
    "step sizes": Algorithm(second_order=True, learns_start=False, learns_rates=True),
}
"""Finn et al. (2017) for MAML and its first order; Nichol et al. (2018), algorithm 1, for Reptile; Li et al. (2017)
for Meta-SGD, of which "step sizes" is the half that outlives a change of the networks. Joint training, the loss at the
start itself, is the baseline."""


@dataclass(frozen=True)
class Meta:
    """What is learnt: where every task starts, and the logarithms of the step sizes, so that these stay above 0."""

    start: Parameters
    rates: Parameters


@dataclass(frozen=True)
class Task(Generic[Batch]):
    """One manner, or several side by side: what practice there brings down, on what, and by what it is judged."""

    loss: Loss
    support: Sequence[Batch]
    """A batch for each inner step."""
    query: Batch
    begin: Callable[[Parameters], Parameters] = dict
    """The parameters that the task begins with, made of those that all have in common; gradients pass."""
    rates: Callable[[Parameters], Parameters] = dict
    """The step sizes of the task's parameters, made of those that are learnt; gradients pass."""


def outer_gradient(algorithm: Algorithm, meta: Meta, task: Task, rule: Rule = ADAPTIVE) -> tuple[Meta, Tensor]:
    """The gradient on one task of what the algorithm learns, and the loss after practice.

    Reptile has no loss of its own: its gradient is the start less where practice ended, so that descent goes there
    (theta + rate * mean(theta_i - theta); with the other sign it flees the solutions).
    """
    start = {name: value.detach().requires_grad_() for name, value in meta.start.items()}
    rates = {name: value.detach().requires_grad_() for name, value in meta.rates.items()}
    with torch.enable_grad():
        begun, sizes = task.begin(start), _sizes(task, rates)
        state = State.of(begun)
        for batch in task.support[: algorithm.steps]:
            state, loss = inner_step(task.loss, state, sizes, batch, rule=rule, differentiable=algorithm.second_order)
        if algorithm.toward:
            aim = sum((begun[name] * (begun[name] - end).detach()).sum() for name, end in state.parameters.items())
        else:
            aim = loss = task.loss(state.parameters, task.query)
    wanted = {"start": start if algorithm.learns_start else {}, "rates": rates if algorithm.learns_rates else {}}
    flat = [value for part in wanted.values() for value in part.values()]
    found = iter(torch.autograd.grad(aim, flat, materialize_grads=True))
    return Meta(**{part: {name: next(found) for name in values} for part, values in wanted.items()}), loss.detach()


def _sizes(task: Task, logarithms: Parameters) -> Parameters:
    return task.rates({name: value.exp() for name, value in logarithms.items()})


class Learner:
    """Learns from some tasks after the other, by Adam."""

    def __init__(self, algorithm: Algorithm, meta: Meta, paces: tuple[float, float], rule: Rule = ADAPTIVE) -> None:
        """:param paces: how fast the start and the logarithms of the rates are learnt."""
        self.algorithm, self.rule = algorithm, rule
        self.meta = Meta(*({n: v.detach().clone() for n, v in part.items()} for part in (meta.start, meta.rates)))
        parts = zip((self.meta.start, self.meta.rates), paces, strict=True)
        self._optimizer = torch.optim.Adam({"params": list(part.values()), "lr": pace} for part, pace in parts)

    def learn(self, tasks: Sequence[Task]) -> float:
        """One outer step along the mean gradient of some tasks; gives their mean loss after practice."""
        found = [outer_gradient(self.algorithm, self.meta, task, self.rule) for task in tasks]
        gradients = [gradient for gradient, _ in found]
        for part in ("start", "rates"):
            for name in getattr(gradients[0], part):
                stacked = torch.stack([getattr(gradient, part)[name] for gradient in gradients])
                getattr(self.meta, part)[name].grad = stacked.mean(0)
        self._optimizer.step()
        return sum(loss.item() for _, loss in found) / len(found)


def curve(meta: Meta, task: Task, at: Sequence[int], rule: Rule = ADAPTIVE) -> Iterator[Parameters]:
    """A task's parameters after each number of steps in `at`, in ascending order."""
    with torch.no_grad():
        state, sizes = State.of(task.begin(meta.start)), _sizes(task, meta.rates)
    for count in range(at[-1] + 1):
        if count in at:
            yield state.parameters
        if count < at[-1]:
            state, _ = inner_step(task.loss, state, sizes, task.support[count], rule=rule)
