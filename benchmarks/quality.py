# SPDX-License-Identifier: GPL-3.0-or-later
"""How well the painters paint: `python -m benchmarks.quality [--quick] [--data DIR] [--teacher DIR]`, on the processor.

Every content in the manner of several references, judged by measures most of which no painter learns from; some pairs
at lower strengths, so that painters can be compared where they keep equally much of the content; some pairs optimised,
as the mark of what can be had: that takes most of the time, but only once. Tables go to the terminal and to
out/quality/quality.md, all figures to quality.json, contact sheets and close-ups to report.html. Run again it gives the
same figures; only the seconds differ.

Left over is what remains of the photo's own manner: 1 = as far from the reference as the photo was, 0 = as near as
the reference's two halves are to each other. Closure: 0 = the photo, 1 = as near to the reference as the optimised
picture is, by the teacher's statistics. Content error: 1 = as far as one content is from another.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from core.engine import device, memory
from core.engine.models import WEIGHTS, Models
from core.errors import UserError
from core.settings import Machine, Optimize
from core.training import contents, data, manners

from . import report
from .judge import Figure, Judge, Picture, Task
from .optimized import Optimized, pairs
from .painted import Paint, Styles, painter, recolored

OUT = Path(__file__).parents[1] / "out" / "quality"
STRENGTHS = (1.0, 0.75, 0.5)
STEPS = 40  # come to within 2 % of the closure of 150
UNSEEN = 1_000_000  # a seed that no training picture has

Pair = tuple[Picture, Picture]


@dataclass
class Shown:
    """What one way of painting has shown the judge."""

    name: str
    figures: list[Figure] = field(default_factory=list)
    pictures: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    """At full strength, by the names of content and reference."""
    seconds: float = 0.0
    """In the median."""


def pictures(folder: Path | None, count: int, size: int) -> tuple[list[Picture], list[Picture]]:
    """Contents and references: the first `count` below `folder`/content and /style, else the project's own."""
    if folder is None:
        kinds = list(manners.KINDS)[:: len(manners.KINDS) // count][:count]
        shown = [Picture(f"content {i}", _fitted(contents.picture(size, UNSEEN + i), size)) for i in range(count)]
        return shown, [Picture(kind, _fitted(manners.paint(kind, size, UNSEEN), size)) for kind in kinds]
    found = [data.pictures(folder / kind)[:count] for kind in ("content", "style")]
    if not all(found):
        raise UserError(f"There are no pictures in '{folder}': name a folder that holds content and style.")
    shown, references = ([Picture(p.stem, _fitted(np.asarray(Image.open(p)), size)) for p in paths] for paths in found)
    return shown, references


def _fitted(pixels: np.ndarray, size: int) -> np.ndarray:
    image = Image.fromarray(pixels).convert("RGBA")
    image.thumbnail((size, size), Image.Resampling.LANCZOS)
    return np.asarray(image, np.float32) / 255


def show(name: str, paint: Paint, judge: Judge, chosen: Sequence[Pair], swept: Sequence[Pair]) -> Shown:
    """Paint the chosen pairs at full strength, those swept at lower ones too, and have them judged."""
    shown, seconds = Shown(name), []
    work = [Task(*pair, 1.0) for pair in chosen]
    work += [Task(*pair, strength) for pair in swept for strength in STRENGTHS[1:]]
    for done, task in enumerate(work, 1):
        start = time.perf_counter()
        pixels = paint(task)
        seconds.append(time.perf_counter() - start)
        shown.figures.append(judge.figure(name, task, pixels))
        if task.strength == 1:
            shown.pictures[task.content.name, task.reference.name] = pixels
        if sys.stderr.isatty():
            print(f"\r{name}: {done} of {len(work)}", end="\n" * (done == len(work)), file=sys.stderr, flush=True)
    shown.seconds = statistics.median(seconds)
    return shown


@torch.inference_mode()
def run(options: argparse.Namespace) -> None:
    """Judge every painter and write the report."""
    count, size = (4, 256) if options.quick else (12, 512)
    both = pictures(options.data, count, options.size or size)
    judge = Judge(*both, options.teacher)
    if not judge.teacher:
        print("No teacher's weights: its measure, closure and the content error are left out (name them: --teacher).")
    models = Models(device.choose(Machine(device="cpu")), options.weights)
    styles = Styles(models)
    every = pairs(*both, options.pairs or 4 * count)
    marks = every[: count if options.optimized is None else options.optimized]
    optimized = Optimized(models, styles, options.out / "optimized", Optimize(steps=options.steps, start="content"))
    swept = every[:count]
    shown = [show("colors only", recolored, judge, swept, ())]
    if marks:
        shown.append(show("optimized", optimized, judge, marks, swept[: len(marks)]))
    shown += [show(q, painter(models, styles, q), judge, every, swept) for q in options.painters]
    options.out.mkdir(parents=True, exist_ok=True)
    text = report.text(shown, STRENGTHS)
    print(text)
    (options.out / "quality.md").write_text(text + "\n", encoding="utf-8")
    record = {"figures": [asdict(figure) for one in shown for figure in one.figures]}
    (options.out / "quality.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    report.write(shown, both, text, options.out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with content and style pictures (default: procedural ones)")
    parser.add_argument("--teacher", type=Path, help="folder of the training teacher's weights, for two more measures")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of the networks (default: the shipped)")
    parser.add_argument("--painters", nargs="*", default=["fast", "fine"])
    parser.add_argument("--pairs", type=int, help="how many pairs are painted (default: each picture four times)")
    parser.add_argument("--optimized", type=int, help="how many pairs are optimised (default: each picture once)")
    parser.add_argument("--steps", type=int, default=STEPS, help="of the optimisation, at each of its sizes")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--size", type=int, help="longer side of the pictures")
    parser.add_argument("--quick", action="store_true", help="4 by 4 pictures of 256 pixels instead of 12 by 12 of 512")
    memory.keep()
    try:
        run(parser.parse_args())
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
