# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels optimised into a manner: the reference quality, far slower than any painter and better than all of them."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..errors import Cancelled
from ..progress import Report
from .encoder import Encoder
from .manner import Manner
from .objective import STRIDE, Objective, Plan
from .tensors import resize

RATE = 0.02
_DECAYS = 0.9, 0.99  # of the means of the gradient and of its square
_AVERAGE_DECAY = 0.99
_STEADY = 1e-8
PREVIEW_S = 2.0
"""How often what has come of the picture is shown."""


@dataclass(frozen=True)
class Work:
    """What is to be optimised."""

    content: Tensor
    """(1, 3, H, W) display-referred RGB in [0, 1]."""
    start: Tensor
    """Of the same size: where the optimisation starts, a painter's picture or the content."""
    manner: Manner
    steps: int
    """At each scale of the manner."""
    plan: Plan = Plan()


@dataclass(frozen=True)
class Done:
    """What came of it."""

    picture: Tensor
    """(1, 3, H, W) of the content's size, in [0, 1]."""
    whole: bool
    """False where the work was cancelled, and what had come of it is kept."""


def optimize(
    encoder: Encoder,
    work: Work,
    report: Report,
    *,
    preview: Callable[[Tensor], np.ndarray] | None = None,
    keep: bool = False,
) -> Done:
    """Lead a picture to a manner, from coarse to fine.

    After Crowson (2021, style-transfer-pytorch): Adam on pixels that are clamped at each step, a moving average of the
    iterates, Adam's means resized from scale to scale. Departs from it in the losses, in gradients that are exact by
    tiles, and in scales that halve.

    :param preview: makes of the picture as it is now (1, 3, H, W) what `report` shows now and then.
    :param keep: a cancel ends the work with what has come of it.
    :raises Cancelled: between any two tiles, unless `keep`.
    """
    canvas = Canvas(work.start, work.plan.wraps)
    shown_at = time.monotonic()
    done, total, whole = 0.0, sum(work.steps * scale**2 for scale in work.manner), True

    def tell(picture: np.ndarray | None = None) -> None:
        report(done, total, "Optimizing", picture)

    try:
        for scale in work.manner:
            for _ in _steps(encoder, work, canvas, scale, tell):
                done += scale**2
                due = preview is not None and time.monotonic() - shown_at > PREVIEW_S
                tell(preview(canvas.average) if due else None)
                shown_at = time.monotonic() if due else shown_at
    except Cancelled:
        if not keep:
            raise
        whole = False
    return Done(resize(canvas.average, tuple(work.content.shape[2:]), work.plan.wraps), whole)


def _steps(encoder: Encoder, work: Work, canvas: "Canvas", scale: float, check: Callable[[], None]) -> Iterator[None]:
    """Optimise the canvas at one scale of the content, a step at a time."""
    size = _scaled(work.content.shape[2:], scale, work.plan.wraps)
    canvas.begin(size)
    objective = Objective(encoder, resize(work.content, size, work.plan.wraps), work.manner[scale], work.plan)
    for _ in range(work.steps):
        _, gradient = objective.gradient(canvas.picture, check)
        canvas.step(gradient)
        yield


def _scaled(size: torch.Size, scale: float, wraps: tuple[bool, bool]) -> tuple[int, int]:
    """A size at a scale; along an axis that wraps a multiple of what one feature covers."""
    units = [STRIDE if wrap else 1 for wrap in reversed(wraps)]
    height, width = (unit * max(1, round(side * scale / unit)) for side, unit in zip(size, units, strict=True))
    return height, width


class Canvas:
    """A picture on its way, with what Adam (Kingma & Ba 2015) remembers of its gradients."""

    def __init__(self, picture: Tensor, wraps: tuple[bool, bool]) -> None:
        self.picture, self._wraps = picture, wraps
        self._mean = self._square = torch.zeros_like(picture)
        self._steps = 0
        self._sum, self._weight = picture, 1.0

    @property
    def average(self) -> Tensor:
        """The mean of the iterates at this size, late ones weighing more: without the noise of each."""
        return self._sum / self._weight if self._weight else self.picture

    def begin(self, size: tuple[int, int]) -> None:
        """Go on at another size from the average."""
        self.picture = resize(self.average, size, self._wraps).clone()
        self._mean = resize(self._mean, size, self._wraps).clone()
        self._square = resize(self._square, size, self._wraps).clone()
        self._sum, self._weight = torch.zeros_like(self.picture), 0.0

    def step(self, gradient: Tensor) -> None:
        """Go one step down the gradient."""
        self._steps += 1
        first, second = _DECAYS
        self._mean.lerp_(gradient, 1 - first)
        self._square.lerp_(gradient.square(), 1 - second)
        spread = (self._square / (1 - second**self._steps)).sqrt_().add_(_STEADY)
        self.picture.addcdiv_(self._mean, spread, value=-RATE / (1 - first**self._steps)).clamp_(0, 1)
        self._sum.lerp_(self.picture, 1 - _AVERAGE_DECAY)
        self._weight = 1 - (1 - self._weight) * _AVERAGE_DECAY
