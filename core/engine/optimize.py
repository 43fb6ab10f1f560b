# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels optimised into a manner: the reference quality, far slower than any painter and better than all of them."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import Cancelled, OutOfMemoryError
from ..progress import Report
from . import memory
from .encoder import Encoder
from .failures import understood
from .layers import pad
from .manner import Manner
from .objective import STRIDE, Objective, Plan
from .planes import Wraps
from .tensors import resize

RATE = 0.01
LEVELS = 5
"""Resolutions at which gradients are followed, each half of the one before."""
_DECAYS = 0.9, 0.99  # of the means of the gradient and of its square
_AVERAGE_DECAY = 0.99
_STEADY = 1e-8
SMALLEST_PX = 64
"""Of tiles, where memory is short."""
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

    After Crowson (2021, style-transfer-pytorch): Adam on pixels that are clamped at each step, and a moving average of
    the iterates. Departs from it in the losses, in gradients that are exact by tiles, in steps taken at several
    resolutions at once, and in scales that halve.

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
    content = resize(work.content, size, work.plan.wraps)
    slope = Slope(lambda plan: Objective(encoder, content, work.manner[scale], plan), work.plan)
    for _ in range(work.steps):
        canvas.step(slope.gradient(canvas.picture, check))
        yield


def _scaled(size: torch.Size, scale: float, wraps: Wraps) -> tuple[int, int]:
    """A size at a scale; along an axis that wraps every level of a pyramid over it has to, and every feature."""
    units = [2 ** (LEVELS - 1) if wrap else 1 for wrap in reversed(wraps)]
    height, width = (unit * max(1, round(side * scale / unit)) for side, unit in zip(size, units, strict=True))
    return height, width


class Slope:
    """An objective whose tiles are halved until they fit into memory: that changes no bit that could be seen."""

    def __init__(self, make: Callable[[Plan], Objective], plan: Plan) -> None:
        self._make, self._plan = make, plan
        self._objective: Objective | None = None

    def gradient(self, picture: Tensor, check: Callable[[], None]) -> Tensor:
        """The gradient of the loss at a picture."""
        while True:
            try:
                self._objective = self._objective or self._make(self._plan)
                return self._objective.gradient(picture, check)[1]
            except (MemoryError, RuntimeError) as error:
                if self._plan.tile_px <= SMALLEST_PX or not isinstance(understood(error), OutOfMemoryError):
                    raise
            self._objective = None
            memory.give_back()
            if torch.cuda.is_initialized():
                torch.cuda.empty_cache()
            self._plan = replace(self._plan, tile_px=max(SMALLEST_PX, self._plan.tile_px // 2 // STRIDE * STRIDE))


class Canvas:
    """A picture on its way, with what is remembered of its gradients at each of LEVELS resolutions.

    The memory begins anew at every size: resized to the next one, as in Crowson's program, it misled the first steps
    there and left the loss 2 to 4 % higher.
    """

    def __init__(self, picture: Tensor, wraps: Wraps) -> None:
        self.picture, self._wraps = picture, wraps
        self._memories: list[Memory] = []
        self._sum, self._weight = picture, 1.0

    @property
    def average(self) -> Tensor:
        """The mean of the iterates at this size, late ones weighing more: without the noise of each."""
        return self._sum / self._weight if self._weight else self.picture

    def begin(self, size: tuple[int, int]) -> None:
        """Go on at another size from the average."""
        self.picture = resize(self.average, size, self._wraps).clone()
        self._sum, self._weight = torch.zeros_like(self.picture), 0.0
        self._memories = [Memory(level) for level in self._levels(self.picture)]

    def step(self, gradient: Tensor) -> None:
        """Go one step down the gradient, at all resolutions at once.

        A step of each pixel by itself is mostly noise; what many pixels agree on must not wait for it. So the gradient
        is taken, and Adam's rule followed, at every level of a pyramid (Kolkin et al. 2022 optimise a Laplacian one).
        """
        height, width = gradient.shape[2:]
        levels = self._levels(gradient * (height * width))  # of a sum over pixels: the same at every size
        move = torch.zeros_like(levels[-1])
        for remembered, level in zip(reversed(self._memories), reversed(levels), strict=True):
            move = self._enlarged(move, tuple(level.shape[2:])) + remembered.direction(level)
        self.picture.sub_(move, alpha=RATE).clamp_(0, 1)
        self._sum.lerp_(self.picture, 1 - _AVERAGE_DECAY)
        self._weight = 1 - (1 - self._weight) * _AVERAGE_DECAY

    def _levels(self, batch: Tensor) -> list[Tensor]:
        levels = [batch]
        while len(levels) < LEVELS:
            levels.append(F.avg_pool2d(levels[-1], 2, ceil_mode=True))
        return levels

    def _enlarged(self, batch: Tensor, size: tuple[int, int]) -> Tensor:
        if batch.shape[2:] == size:
            return batch
        grown = pad(batch, 1, tuple("circular" if wrap else "reflect" for wrap in self._wraps))
        return F.interpolate(grown, scale_factor=2, mode="bilinear")[:, :, 2 : 2 + size[0], 2 : 2 + size[1]]


class Memory:
    """What Adam (Kingma & Ba 2015) remembers of the gradients of one level."""

    def __init__(self, like: Tensor) -> None:
        self._mean, self._square, self._steps = torch.zeros_like(like), torch.zeros_like(like), 0

    def direction(self, gradient: Tensor) -> Tensor:
        """Remember a gradient; the direction to go against, of about length 1 in every number."""
        self._steps += 1
        first, second = _DECAYS
        self._mean.lerp_(gradient, 1 - first)
        self._square.lerp_(gradient.square(), 1 - second)
        spread = (self._square / (1 - second**self._steps)).sqrt_().add_(_STEADY)
        return self._mean / spread / (1 - first**self._steps)
