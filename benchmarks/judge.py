# SPDX-License-Identifier: GPL-3.0-or-later
"""The judge of painted pictures: every measure, set up once for the contents and references it will see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.engine.tensors import to_batch
from core.training import measures


@dataclass(frozen=True)
class Picture:
    """A content or a reference: pixels (H, W, 4) in [0, 1]."""

    name: str
    pixels: np.ndarray

    @cached_property
    def batch(self) -> Tensor:
        return to_batch(self.pixels, torch.device("cpu"))


class Task(NamedTuple):
    """What a painter is asked for."""

    content: Picture
    reference: Picture
    strength: float


@dataclass(frozen=True)
class Figure:
    """What the judge says of one painted picture; None = nothing can be said."""

    painter: str
    strength: float
    content: str
    reference: str
    left_over: dict[str, float | None]
    distance: dict[str, float]
    """To the reference, as a share of the photo's own: what `left_over` says without its floor."""
    ssim: float
    content_error: float | None


class Judge:
    """The measures, with what they say of every content and reference by itself."""

    def __init__(self, contents: Sequence[Picture], references: Sequence[Picture], teacher: Path | None) -> None:
        """:param teacher: the folder of its weights; without them its measure and the content error are left out."""
        self.teacher = measures.teacher_statistics(teacher) if teacher else None
        self.measures: list[measures.StyleMeasure] = [
            measures.ColorWasserstein(),
            measures.PatchWasserstein(),
            measures.PatchWasserstein(colored=True),
            measures.RandomNetwork(),
        ]
        self.measures += [self.teacher] if self.teacher else []
        self.photos = {p.name: [m.describe(p.batch) for m in self.measures] for p in contents}
        self.yardsticks = {p.name: [measures.Yardstick.of(m, p.batch) for m in self.measures] for p in references}
        self.features = {p.name: self.teacher.content(p.batch) for p in contents} if self.teacher else {}
        self.unrelated = measures.unrelated(list(self.features.values())) if len(self.features) > 1 else 1.0

    def figure(self, painter: str, task: Task, pixels: np.ndarray) -> Figure:
        """What is to be said of `pixels` (H, W, 4), painted as `task` asks."""
        output = to_batch(pixels, torch.device("cpu"))
        described = [measure.describe(output) for measure in self.measures]
        return Figure(
            painter,
            task.strength,
            task.content.name,
            task.reference.name,
            self._left_over(described, task),
            self._distance(described, task),
            round(measures.ssim(output, task.content.batch), 4),
            self._content_error(output, task.content),
        )

    def _left_over(self, described: list[measures.Description], task: Task) -> dict[str, float | None]:
        found = {}
        for yardstick, output, photo in self._known(described, task):
            left = yardstick.left_over(output, photo)
            found[yardstick.measure.name] = None if left is None else round(left, 4)
        return found

    def _distance(self, described: list[measures.Description], task: Task) -> dict[str, float]:
        found = {}
        for yardstick, output, photo in self._known(described, task):
            far = yardstick.measure.distance(photo, yardstick.target)
            found[yardstick.measure.name] = round(yardstick.measure.distance(output, yardstick.target) / far, 4)
        return found

    def _known(self, described: list[measures.Description], task: Task) -> Iterator[tuple]:
        """By measure: the reference, the output and the photo."""
        return zip(self.yardsticks[task.reference.name], described, self.photos[task.content.name], strict=True)

    def _content_error(self, output: Tensor, content: Picture) -> float | None:
        """At relu4_1, as a share of that between unrelated contents."""
        if not self.teacher:
            return None
        error = measures.content_error(self.teacher.content(output), self.features[content.name])
        return round(error / self.unrelated, 4)
