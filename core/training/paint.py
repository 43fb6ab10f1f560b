# SPDX-License-Identifier: GPL-3.0-or-later
"""Train a painter and its style encoder: any content in the manner of any reference, in one forward pass."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ..engine import sight
from ..engine.encoder import Encoder
from ..engine.layers import EDGES, MIRRORED, set_edges
from ..engine.noise import noise
from ..engine.painter import STRIDE
from ..engine.style_encoder import reference_moments
from .data import Crops, grainy, held_out, pictures, read, recolor, tiers
from .judge import Judge, Study
from .loop import Losses, Plan, Run, ahead
from .pupil import Pupil
from .sheet import write_sheet
from .widen import begin

SHEET_EVERY = 500
TILING_SHARE = 0.1  # of lessons: so that textures that tile are nothing new later
MOVING_SHARE = 0.2  # of lessons: so that animations do not flicker
STUDIED = 3  # every so many lessons new references are looked at: with others' contents they teach almost as much
MOTION_PX = 8
MOTION = 8.0  # how much flicker counts
_FAR = 1 << 12  # features: longer than any picture that is trained on


Shown = tuple[Tensor, Tensor, Tensor]
"""Contents as the pupil sees them and as they are, and noise."""


@dataclass
class Lesson:
    """One batch, and how the picture goes on beyond its borders."""

    content: Tensor
    seen: Tensor
    """The contents as the pupil sees them, with grain."""
    reference: Tensor
    noise: Tensor
    """What strokes begin with, of another place in every picture; it moves with what moves."""
    edges: tuple[str, str] = ("reflect", "reflect")
    shift: tuple[int, int] | None = None
    """Pixels (down, right) by which the second half of the batch shows the first half's pictures moved on."""

    @property
    def shown(self) -> Shown:
        """What an attempt needs of it."""
        return self.seen, self.content, self.noise


@dataclass
class School:
    """The pictures that lessons are drawn from, and the frozen encoder through which references are seen."""

    contents: Crops
    references: Crops
    encoder: Encoder
    size: int
    device: str

    def lesson(self, count: int, random: torch.Generator, *, varied: bool = True) -> Lesson:
        """The next `count` contents and references; if `varied` now and then as textures that tile, or in motion."""
        chance = torch.rand((), generator=random).item() if varied else 0.5
        tiling, moving = chance < TILING_SHARE, chance > 1 - MOVING_SHARE
        content, shift = self._moving(count, random) if moving else (self._still(count, self.size, random), None)
        reference = recolor(self.references.draw(count, self.size * 5 // 4, (0.5, 1.1), random), random)
        seen = grainy(content, random) if varied else content
        batches = content, seen, reference, self._noise(count, shift, tiling, random)
        return Lesson(*map(self._ready, batches), (EDGES[tiling],) * 2, shift)

    def _noise(self, count: int, shift: tuple[int, int] | None, tiling: bool, random: torch.Generator) -> Tensor:
        """Noise (count, CHANNELS, size / 4, size / 4) of places somewhere in a large picture, or of one that tiles."""
        features = -(-self.size // STRIDE)
        period = features if tiling else _FAR
        places = torch.arange(features, dtype=torch.float64)
        corners = torch.randint(0, _FAR, (count, 2), generator=random).double()
        if shift:
            corners = corners[: count // 2]
            corners = torch.cat([corners, corners + torch.tensor(shift) / STRIDE])
        return torch.cat([noise(places + top, places + left, (period, period)) for top, left in corners])

    def _still(self, count: int, size: int, random: torch.Generator) -> Tensor:
        return self.contents.draw(count, size, (0.35, 1.0), random)

    def _moving(self, count: int, random: torch.Generator) -> tuple[Tensor, tuple[int, int]]:
        """Contents, and the same moved on by a few pixels in other light; grain comes later (Wang et al. 2020)."""
        large = self._still(count // 2, self.size + MOTION_PX, random)
        down, right = torch.randint(0, MOTION_PX + 1, (2,), generator=random).tolist()
        light = 1 + 0.04 * torch.randn(count // 2, 1, 1, 1, generator=random)
        moved = large[:, :, down : down + self.size, right : right + self.size] * light
        return torch.cat([large[:, :, : self.size, : self.size], moved.clamp(0, 1)]), (down, right)

    def _ready(self, batch: Tensor) -> Tensor:
        return batch.to(self.device).contiguous(memory_format=torch.channels_last)

    def look(self, reference: Tensor) -> list[Tensor]:
        """The moments of references (N, 3, H, W) through the frozen encoder."""
        with torch.no_grad(), self.fast():
            return reference_moments(self.encoder, reference)

    def fast(self) -> torch.autocast:
        """Half precision where it is safe."""
        return torch.autocast(self.device.split(":")[0], torch.bfloat16)


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
    quality: str,
    both: tuple[School, School],
    judge: Judge,
    folder: Path,
    plan: Plan,
    *,
    start: Path | None = None,
    compiled: bool = False,
) -> Run:
    """Train the painter called `quality` in `both` schools (to learn in, to be examined in), into `folder`.

    :param start: weights to begin with: of this painter, or of the small one, which is widened.
    :param compiled: let torch.compile fuse the steps: a third less time, once a C++ compiler has worked for minutes.
    """
    school, exam_school = both
    torch.manual_seed(plan.seed)
    pupil = Pupil(quality).to(school.device, memory_format=torch.channels_last)
    if not (folder / "checkpoint.pt").exists():  # else the run goes on from that
        if start:
            begin(pupil, start)
        else:
            standardise(pupil, school, torch.Generator().manual_seed(plan.seed))
    run = Run(pupil, plan, folder)
    lessons = ahead(lambda: school.lesson(plan.batch, run.random))
    attempt = torch.compile(_attempt) if compiled else _attempt
    known = None

    def step() -> Losses:
        nonlocal known
        lesson = next(lessons)
        if known is None or run.step % STUDIED == 0:
            known = _study(pupil, school, judge, lesson.reference)
        set_edges(pupil, lesson.edges)
        known = _other_pairs(known, paired=lesson.shift is not None)
        losses, output = attempt(pupil, school, judge, lesson.shown, known)
        if lesson.shift:
            losses["motion"] = MOTION * _flicker(output, lesson.shift)
        return losses

    run.train(step, _examination(run, exam_school, judge))
    return run


def _examination(run: Run, school: School, judge: Judge) -> Callable[[], Losses]:
    """What measures the averaged weights on pictures that nobody learns from, and now and then writes a sheet."""
    exam = school.lesson(32, torch.Generator().manual_seed(1), varied=False)

    def examine() -> Losses:
        averaged = run.average.module
        set_edges(averaged, MIRRORED)
        if run.step % SHEET_EVERY == 0 or run.progress >= 1:
            write_sheet(_painted(averaged, school), school, run.folder / f"sheet_{run.step:06d}.png")
        known = _study(averaged, school, judge, exam.reference)
        return _attempt(averaged, school, judge, exam.shown, known)[0]

    return examine


Known = tuple[list[Tensor], list[Tensor], Study]


def _study(pupil: Pupil, school: School, judge: Judge, reference: Tensor) -> Known:
    """What the pupil sees of references (N, 3, H, W) and of what it paints by that, and what the judge sees."""
    grams = school.look(reference)
    with school.fast():
        return grams, _errors(pupil, school, grams), judge.study(reference)


def _errors(pupil: Pupil, school: School, grams: list[Tensor]) -> list[Tensor]:
    """What the pupil's paintings lack of manners with these moments."""
    return sight.errors(pupil.painter, pupil.style_encoder, school.encoder, grams)


def _other_pairs(known: Known, *, paired: bool) -> Known:
    """The same references in another order, so that they meet other contents; `paired`: the first half, twice."""
    grams, errors, (levels, marks, palette) = known
    count = len(palette)
    order = torch.arange(1, count + 1, device=palette.device) % (count // 2 if paired else count)
    grams, errors, levels, marks = ([part[order] for part in parts] for parts in (grams, errors, levels, marks))
    return grams, errors, Study(levels, marks, palette[order])


def _attempt(pupil: Pupil, school: School, judge: Judge, shown: Shown, known: Known) -> tuple[Losses, Tensor]:
    (seen, content, noise), (grams, errors, wanted) = shown, known
    with school.fast():
        output = pupil(seen, grams, errors, noise)
        return judge(output, content, wanted), output


def _flicker(output: Tensor, shift: tuple[int, int]) -> Tensor:
    """Mean squared difference between paintings of pictures and of the same moved on, where both show the same."""
    down, right = shift
    still, moved = output.chunk(2)
    height, width = moved.shape[2] - down, moved.shape[3] - right
    return (still[:, :, down:, right:] - moved[:, :, :height, :width]).square().mean()


def _painted(pupil: Pupil, school: School) -> Callable[[Tensor, Tensor], Tensor]:
    def paint(content: Tensor, reference: Tensor) -> Tensor:
        grams = school.look(reference.to(school.device))
        with school.fast():
            return pupil(content.to(school.device), grams, _errors(pupil, school, grams)).cpu()

    return paint
