# SPDX-License-Identifier: GPL-3.0-or-later
"""Manners as tasks for meta-learning, and what is learnt from them: step sizes for `core.engine.rates`."""

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from ..engine.critic import Critic, Parts, Reference
from ..engine.inner import Parameters
from ..engine.models import Models
from ..engine.painter import SHAPES
from ..engine.practice import Practice
from ..engine.rates import VECTOR, VECTOR_RATE, spread
from ..engine.sight import first_sight
from .data import recolor
from .meta import Algorithm, Learner, Meta, Task
from .paint import School

MANNERS = 4  # in one task, side by side
PACES = 2e-3, 0.1
"""How fast the offset of all style vectors and the logarithms of the step sizes are learnt."""
OFFSET, _POINTS = "offset", "points"


def untrained(quality: str, device: torch.device | None = None) -> Meta:
    """What there is without meta-learning: the style encoder's own vectors, and one step size."""
    shape = SHAPES[quality]
    sizes = torch.full((2 * len(shape.points),), math.log(VECTOR_RATE), device=device)
    return Meta({OFFSET: torch.zeros(shape.parameters, device=device)}, {_POINTS: sizes})


class Manners:
    """Draws tasks: the manners of a school's references, practised on its contents.

    What a task begins with is the style encoder's vector and an offset that all have in common: the last bias of the
    style encoder, which is the one part of the networks that meta-learning changes here.
    """

    def __init__(self, models: Models, quality: str, school: School) -> None:
        self.models, self.quality, self.school = models, quality, school
        self.device = models.device.torch

    def draw(self, steps: int, random: torch.Generator) -> Task:
        """A task of MANNERS manners in colors of their own, with contents for `steps` steps."""
        size = self.school.size * 5 // 4
        references = self.school.references.draw(MANNERS, size, (0.5, 1.0), random)
        return self.task(recolor(references, random), steps, random)

    def task(self, references: Tensor, steps: int, random: torch.Generator) -> Task:
        """The task of learning the manners of (N, 3, H, W), each for itself, with contents for `steps` steps."""
        practice = self.practice(references)
        with torch.no_grad():
            vectors = first_sight(self.models, self.quality, practice.critic.manner)
        practice.settle(vectors, self.contents(len(references), random), random)
        contents = [self.contents(len(references), random) for _ in range(steps + 1)]
        return Task(
            loss=lambda parameters, batch: practice.loss(parameters, batch, random),
            support=contents[:steps],
            query=contents[steps],
            begin=lambda start: {VECTOR: vectors + start[OFFSET]},
            rates=lambda rates: {VECTOR: spread(rates[_POINTS], self.quality)},
        )

    def practice(self, references: Tensor) -> Practice:
        """A painter that practises the manners of (N, 3, H, W) on N pictures at a time."""
        critic = Critic(self.models.encoder, [Reference(references.to(self.device))])
        return Practice(self.models.painter(self.quality), critic)

    def contents(self, count: int, random: torch.Generator) -> Tensor:
        """Pictures (count, 3, H, W) to practise on."""
        return self.school.contents.draw(count, self.school.size, (0.35, 1.0), random).to(self.device)


def train(manners: Manners, algorithm: Algorithm, budget: float, seed: int = 0) -> Meta:
    """Learn from tasks until their cost has reached `budget` (see `Algorithm.cost`)."""
    random = torch.Generator().manual_seed(seed)
    learner = Learner(algorithm, untrained(manners.quality, manners.device), PACES)
    for _ in range(round(budget / algorithm.cost)):
        learner.learn([manners.draw(algorithm.steps, random)])
    return learner.meta


def losses(practice: Practice, parameters: Parameters, contents: Sequence[Tensor]) -> Parts:
    """The parts of the critic's loss for each manner (N,), on average over batches of contents."""
    found = []
    with torch.no_grad():
        for batch in contents:
            painted = practice.paint(parameters, batch)
            found.append(practice.critic.parts(painted, batch, torch.Generator().manual_seed(0)))
    return {name: torch.stack([parts[name] for parts in found]).mean(0) for name in found[0]}


def write(meta: Meta, quality: str, path: Path) -> None:
    """Write a painter's step sizes into a file of them, whole or not at all; the other painter's stay."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known[quality] = [float(f"{size:.3g}") for size in meta.rates[_POINTS].exp().tolist()]
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    unfinished.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(path)
