# SPDX-License-Identifier: GPL-3.0-or-later
"""Train a painter and its style encoder: any content in the manner of any reference, in one forward pass."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ..engine.encoder import Encoder
from ..engine.layers import EDGES, set_edges
from ..engine.losses import content_distance, covariance_distance, statistics_distance, total_variation
from ..engine.models import read_weights
from ..engine.moments import color_moments, moments
from ..engine.style_encoder import reference_moments
from . import teacher
from .data import Crops, held_out, pictures, read, recolor, tiers
from .loop import Losses, Plan, Run, ahead
from .pupil import Pupil
from .sheet import write_sheet
from .widen import widen

SHEET_EVERY = 500
CONTENT_LEVELS = ("relu3_1", "relu4_1")  # with relu4_1 alone the light and dark of the photo get lost
FIRST_LEVEL = 16  # channels of the distilled teacher's relu1_1
TILING_SHARE = 0.15  # of lessons, along each axis: so that textures that tile are nothing new later


@dataclass(frozen=True)
class Weights:
    """How much each loss counts."""

    content: float = 0.5
    covariance: float = 0.5
    color: float = 4.0
    variation: float = 0.3


@dataclass
class Lesson:
    """One batch, and how the picture goes on beyond its borders."""

    content: Tensor
    reference: Tensor
    edges: tuple[str, str] = ("reflect", "reflect")


class Judge:
    """The loss: distance from the reference's manner and from the content under the frozen teacher."""

    def __init__(self, network: teacher.Teacher, weights: Weights) -> None:
        self.network, self.weights = network, weights

    def __call__(self, output: Tensor, lesson: Lesson) -> Losses:
        with torch.no_grad():
            wanted = self.network(lesson.content)
            manner = [moments(_thinned(features)) for features in self.network(lesson.reference).values()]
            palette = color_moments(lesson.reference)
        features = self.network(output)
        style = output.new_zeros(len(output))
        for level, target in zip(features.values(), manner, strict=True):
            gram = moments(_thinned(level))
            style = style + statistics_distance(gram, target)
            style = style + self.weights.covariance * covariance_distance(gram, target)
        colors = color_moments(output)
        color = statistics_distance(colors, palette) + 0.2 * covariance_distance(colors, palette)
        content = sum(content_distance(features[level], wanted[level]).mean() for level in CONTENT_LEVELS)
        return {
            "style": style.mean(),
            "content": self.weights.content * content,
            "color": self.weights.color * color.mean(),
            "variation": self.weights.variation * total_variation(output).mean(),
        }


def _thinned(features: Tensor) -> Tensor:
    """Every second pixel of the first level: its moments stay the same, and took most of the time."""
    return features[:, :, ::2, ::2] if features.shape[1] == FIRST_LEVEL else features


@dataclass
class School:
    """The pictures that lessons are drawn from, and the frozen encoder through which references are seen."""

    contents: Crops
    references: Crops
    encoder: Encoder
    size: int
    device: str

    def lesson(self, count: int, random: torch.Generator) -> Lesson:
        content = self.contents.draw(count, self.size, (0.35, 1.0), random)
        reference = self.references.draw(count, self.size * 5 // 4, (0.5, 1.1), random)
        tiling = (torch.rand(2, generator=random) < TILING_SHARE).int().tolist()
        return Lesson(self._ready(content), self._ready(recolor(reference, random)), tuple(EDGES[t] for t in tiling))

    def _ready(self, batch: Tensor) -> Tensor:
        return batch.to(self.device).contiguous(memory_format=torch.channels_last)

    def paint(self, pupil: Pupil, lesson: Lesson) -> Tensor:
        with torch.no_grad():
            grams = reference_moments(self.encoder, lesson.reference)
        return pupil(lesson.content, grams)


def schools(data: Path, extra: list[Path], encoder: Encoder, size: int, device: str) -> tuple[School, School]:
    """The school to learn in and the one to be examined in: pictures below `content` and `style` of each folder."""
    made = []
    for keep in (False, True):
        found = {}
        for kind in ("content", "style"):
            paths = [p for folder in (data, *extra) for p in pictures(folder / kind) if held_out(p) == keep]
            weights = tiers(data.parent, paths) if kind == "style" else None
            found[kind] = Crops([read(path) for path in paths], weights)
        made.append(School(found["content"], found["style"], encoder, size, device))
    return made[0], made[1]


def standardise(pupil: Pupil, school: School, random: torch.Generator) -> None:
    """Set the scale of the style encoder's inputs from references as they will be seen."""
    with torch.no_grad():
        seen = [
            pupil.style_encoder.describe(reference_moments(school.encoder, school.lesson(16, random).reference))
            for _ in range(24)
        ]
    described = torch.cat(seen)
    pupil.style_encoder.center.copy_(described.mean(0))
    pupil.style_encoder.spread.copy_(described.std(0) + 1e-3)


def train(
    quality: str, both: tuple[School, School], judge: Judge, folder: Path, plan: Plan, *, small: Path | None = None
) -> Run:
    """Train the painter called `quality` in `both` schools (to learn in, to be examined in), into `folder`.

    :param small: weights of the trained painter `fast`, from which the large one is to start.
    """
    school, exam_school = both
    torch.manual_seed(plan.seed)
    pupil = Pupil(quality).to(school.device, memory_format=torch.channels_last)
    if (folder / "checkpoint.pt").exists():
        pass  # the run goes on from it
    elif small:
        trained = Pupil("fast")
        trained.load_state_dict(read_weights(small))
        widen(trained.to(school.device), pupil)
    else:
        standardise(pupil, school, torch.Generator().manual_seed(plan.seed))
    run = Run(pupil, plan, folder)
    exam = exam_school.lesson(32, torch.Generator().manual_seed(1))

    lessons = ahead(lambda: school.lesson(plan.batch, run.random))

    def step() -> Losses:
        lesson = next(lessons)
        set_edges(pupil, lesson.edges)
        return _losses(pupil, school, judge, lesson)

    def examine() -> Losses:
        averaged = run.average.module
        set_edges(averaged, ("reflect", "reflect"))
        if run.step % SHEET_EVERY == 0 or run.progress >= 1:
            write_sheet(_painted(averaged, exam_school), exam_school, folder / f"sheet_{run.step:06d}.png")
        return _losses(averaged, exam_school, judge, exam)

    run.train(step, examine)
    return run


def _losses(pupil: Pupil, school: School, judge: Judge, lesson: Lesson) -> Losses:
    with torch.autocast(school.device.split(":")[0], torch.bfloat16):
        return judge(school.paint(pupil, lesson), lesson)


def _painted(pupil: Pupil, school: School) -> Callable[[Tensor, Tensor], Tensor]:
    def paint(content: Tensor, reference: Tensor) -> Tensor:
        with torch.autocast(school.device.split(":")[0], torch.bfloat16):
            return school.paint(pupil, Lesson(content.to(school.device), reference.to(school.device))).cpu()

    return paint
