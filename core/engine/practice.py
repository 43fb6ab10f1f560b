# SPDX-License-Identifier: GPL-3.0-or-later
"""A painter that practises a manner: how it paints with other parameters, and how these follow the critic."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from . import changes, exercises
from .changes import Changes
from .critic import Critic
from .inner import Parameters, State, inner_step
from .layers import Conv, set_edges
from .local_color import Localised, colors
from .painter import Painter
from .planes import Held
from .rates import VECTOR
from .tensors import to_pixels

BATCH = 2
CROP_PX = 192
SETTLING = 4  # pictures
PREVIEW_EVERY = 8
EARLY = (1, 2, 4)
"""Steps after which there is a preview, too: there it changes most."""


@dataclass(frozen=True)
class Course:
    """What is practised, and how."""

    pictures: Sequence[Tensor]
    """(1, 3, H, W) each, of which parts are painted."""
    shown: Tensor
    """(1, 3, H, W): the picture that is painted for previews, and by which the best is chosen."""
    sight: Tensor
    """The style vector (P,) at first sight: how that paints is the critic's measure."""
    rates: Parameters
    """The step size of each parameter."""
    steps: int
    seed: int = 0


@dataclass(frozen=True)
class Seen:
    """What a preview showed after some steps."""

    step: int
    parameters: Parameters
    loss: float
    pixels: np.ndarray
    """(H, W, 4): the picture as it was painted."""


class Practice:
    """One painter that practises: a copy in single precision, which itself never changes."""

    def __init__(self, painter: Painter, critic: Critic, start: Changes | None = None) -> None:
        """:param start: changes of the painter that stay as they are; others are learnt on top of them."""
        self.critic = critic
        self.painter = changes.changed(painter, [(start or {}, 1.0)]).float()
        set_edges(self.painter, ("reflect", "reflect"))

    def paint(self, parameters: Parameters, batch: Tensor) -> Tensor:
        """Repaint (N, 3, H, W); gradients pass to the parameters: a style vector and changes."""
        own = {name: value for name, value in parameters.items() if name != VECTOR}
        weights = changes.applied(self.painter, own)
        return functional_call(self.painter, weights, (batch, parameters[VECTOR].expand(len(batch), -1)))

    def loss(self, parameters: Parameters, batch: Tensor, random: torch.Generator) -> Tensor:
        """What the steps bring down, a scalar."""
        return self.critic(self.paint(parameters, batch), batch, random).mean()

    @torch.no_grad()
    def settle(self, sight: Tensor, batch: Tensor, random: torch.Generator) -> None:
        """Let the critic take what style vectors (P,) or (N, P) make of (N, 3, H, W) for the measure of all else."""
        self.critic.settle(self.paint({VECTOR: sight}, batch), batch, random)

    @torch.no_grad()
    def look(self, step: int, parameters: Parameters, picture: Tensor) -> Seen:
        """Paint one picture, judged by the same projections each time and shown with its local colors."""
        painted = self.paint(parameters, picture)
        loss = self.critic(painted, picture, torch.Generator().manual_seed(0)).item()
        content = Held(picture)
        shown = Localised(content, Held(painted), colors([content]), self.critic.manner[0]).whole().clamp(0, 1)
        return Seen(step, parameters, loss, to_pixels(shown, np.ones(picture.shape[2:], np.float32)))

    def run(self, start: Parameters, course: Course) -> Iterator[Seen | None]:
        """Take the steps of a course; gives before each, and after the last, what a preview shows where one is due."""
        random = torch.Generator().manual_seed(course.seed)
        self.settle(course.sight, exercises.crops(course.pictures, SETTLING, CROP_PX, random), random)
        state = State.of(start)
        for step in range(course.steps + 1):
            due = step in EARLY or step % PREVIEW_EVERY == 0 or step == course.steps
            yield self.look(step, state.parameters, course.shown) if due else None
            if step < course.steps:
                batch = exercises.crops(course.pictures, BATCH, CROP_PX, random)
                state, _ = inner_step(lambda p, b: self.loss(p, b, random), state, course.rates, batch)


@contextmanager
def interruptible(networks: Sequence[nn.Module], check: Callable[[], None]) -> Iterator[None]:
    """Call `check` after every convolution of some networks, on the way forward and on the way back."""

    def hook(module: nn.Module, inputs: tuple, output: Tensor) -> None:
        check()
        if output.requires_grad:
            output.register_hook(lambda gradient: check())

    layers = [module for network in networks for module in network.modules() if isinstance(module, Conv)]
    hooks = [layer.register_forward_hook(hook) for layer in layers]
    try:
        yield
    finally:
        for one in hooks:
            one.remove()
