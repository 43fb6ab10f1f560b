# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a painter's loss could still fall: `python -m benchmarks.headroom --data DIR --teacher DIR --quality fast`.

The losses that painters learn from, on references and contents that are held out of training: at first sight without
looking again, at first sight as it is, then with more and more made free to follow the loss, on contents of their own:
the style vector, every weight of the painter as well, and at last the very pixels of the pictures. What a row gains
over the one before is what a better style encoder, a painter of its own for each style, or no painter at all could
gain at most. Minutes for each reference.
"""

import argparse
import copy
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor

from core.engine import device, sight
from core.engine.models import WEIGHTS, Models, read_weights
from core.engine.painter import SHAPES, Painter
from core.settings import Machine
from core.training import paint, teacher
from core.training.judge import Judge, Study, Weights
from core.training.loop import Losses
from core.training.pupil import Pupil

_VECTOR, _WEIGHTS, _PIXELS = 0.02, 3e-4, 0.05
"""Steps of Adam, at first; they fall to a twentieth."""
_PRACTISED, _JUDGED = 6, 8
"""Contents in a batch."""


class Trial:
    """One reference, and what paints it."""

    def __init__(self, pupil: Pupil, school: paint.School, judge: Judge, seed: int) -> None:
        self.pupil, self.school, self.judge = pupil, school, judge
        self._random = torch.Generator().manual_seed(seed)
        reference = self._lesson(1).reference
        with school.fast():
            self._wanted = judge.study(reference)
        self._judged = self._lesson(_JUDGED)
        self._grams = school.look(reference)

    def _lesson(self, count: int) -> paint.Lesson:
        return self.school.lesson(count, self._random, varied=False)

    def _losses(self, painted: Tensor, content: Tensor) -> Losses:
        wanted = (part.expand(len(content), *part.shape[1:]) for part in (*self._wanted.levels, self._wanted.palette))
        *levels, palette = wanted
        marks = [scale.expand(len(content), -1, -1) for scale in self._wanted.marks]
        with self.school.fast():
            return self.judge(painted, content, Study(levels, marks, palette))

    def _painted(self, painter: Painter, vector: Tensor, lesson: paint.Lesson) -> Tensor:
        with self.school.fast():
            return painter(lesson.content, vector.expand(len(lesson.content), -1), noise=lesson.noise)

    def rows(self, steps: int) -> Iterator[tuple[str, Losses]]:
        """What is free, and the losses on contents that were not practised on."""
        encode, painter = self.pupil.style_encoder, copy.deepcopy(self.pupil.painter)
        with torch.no_grad(), self.school.fast():
            errors = sight.errors(painter, encode, self.school.encoder, self._grams)
        with torch.no_grad():
            yield "nothing, without looking again", self._judge(painter, encode(self._grams))
            vector = encode(self._grams, errors)
            yield "nothing", self._judge(painter, vector)

        def practice() -> Tensor:
            lesson = self._lesson(_PRACTISED)
            return sum(self._losses(self._painted(painter, vector, lesson), lesson.content).values())

        _descend(practice, [([vector.requires_grad_()], _VECTOR)], steps)
        yield "vector", self._judge(painter, vector)
        _descend(practice, [([vector], _VECTOR / 2), ([*painter.requires_grad_().parameters()], _WEIGHTS)], steps)
        yield "vector, weights", self._judge(painter, vector)
        content = self._judged.content
        pixels = torch.logit(self._painted(painter, vector, self._judged).detach(), 0.01).requires_grad_()
        _descend(lambda: _JUDGED * sum(self._losses(pixels.sigmoid(), content).values()), [([pixels], _PIXELS)], steps)
        yield "pixels", self._losses(pixels.detach().sigmoid(), content)

    @torch.no_grad()
    def _judge(self, painter: Painter, vector: Tensor) -> Losses:
        return self._losses(self._painted(painter, vector, self._judged), self._judged.content)


def _descend(loss: Callable[[], Tensor], free: Sequence[tuple[list[Tensor], float]], steps: int) -> None:
    """Let parameters follow a loss, each group at its own rate."""
    optimizer = torch.optim.Adam([{"params": parameters, "lr": rate} for parameters, rate in free])
    falling = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, steps)
    for _ in range(steps):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        falling.step()


def main() -> None:
    parser = argparse.ArgumentParser(prog="headroom", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with content and style pictures in it")
    parser.add_argument("--extra", type=Path, nargs="*", default=[], help="further folders like --data")
    parser.add_argument("--teacher", type=Path, required=True, help="folder of the teacher's weights")
    parser.add_argument("--quality", choices=SHAPES, default="fast")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--references", type=int, default=3)
    parser.add_argument("--steps", type=int, default=100, help="of each kind (default: 100)")
    parser.add_argument("--size", type=int, default=160, help="pixels on a side (default: 160)")
    options = parser.parse_args()
    models = Models(device.choose(Machine(device="cpu")), options.weights)
    _, school = paint.schools(options.data, options.extra, models.encoder, options.size, "cpu")
    judge = Judge(teacher.distilled(options.teacher), Weights())
    pupil = Pupil(options.quality).requires_grad_(False).to(memory_format=torch.channels_last)
    pupil.load_state_dict(read_weights(options.weights / f"{options.quality}.safetensors"))
    found: dict[str, list[Losses]] = {}
    for seed in range(options.references):
        for free, losses in Trial(pupil, school, judge, seed).rows(options.steps):
            found.setdefault(free, []).append(losses)
    terms = list(found["nothing"][0])
    print(f"| {options.quality}: free | " + " | ".join([*terms, "all"]) + " |")
    print("| --- " * (len(terms) + 2) + "|")
    for free, several in found.items():
        means = [sum(losses[term].item() for losses in several) / len(several) for term in terms]
        print(f"| {free} | " + " | ".join(f"{mean:.3f}" for mean in [*means, sum(means)]) + " |")


if __name__ == "__main__":
    main()
