# SPDX-License-Identifier: GPL-3.0-or-later
"""Is optimisation through the encoder as good as through its teacher? `python -m benchmarks.encoder --teacher DIR`.

Some pictures are optimised through each, from the same start, by the same steps. The teacher's statistics tell how far
from the reference they are then, in shares of the photo's distance; the pictures lie beside each other in out/encoder.
Closure is how much of the way the encoder leads, where the teacher, with sixteen times the work, leads all of it; the
aim is at least 0.9.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from core.engine import device, manner
from core.engine.manner import Look, Manner
from core.engine.models import WEIGHTS, Models
from core.engine.optimize import Work, optimize
from core.engine.patches import distribution
from core.engine.style import studied
from core.engine.style_encoder import reference_moments
from core.engine.tensors import resize, to_pixels
from core.errors import UserError
from core.progress import Report
from core.settings import Machine
from core.training import measures
from core.training.distil import Target

from .judge import Picture, Task
from .optimized import pairs
from .painted import Styles, painter
from .quality import pictures
from .report import close

OUT = Path(__file__).parents[1] / "out" / "encoder"


def seen_through(network: nn.Module, reference: Tensor) -> Manner:
    """What a reference looks like at every scale to a network in the encoder's place."""
    reference = studied(reference)
    sizes = {scale: tuple(max(1, round(side * scale)) for side in reference.shape[2:]) for scale in manner.SCALES}
    with torch.no_grad():
        seen = {scale: resize(reference, size) for scale, size in sizes.items()}
        return {scale: Look(reference_moments(network, batch), distribution(batch)) for scale, batch in seen.items()}


def compare(options: argparse.Namespace) -> None:
    """Optimise every pair through both networks; print the table and save the pictures."""
    judge = measures.teacher_statistics(options.teacher)
    if judge is None:
        raise UserError(f"There are no teacher's weights in '{options.teacher}': name their folder by --teacher.")
    models = Models(device.choose(Machine(device="cpu")), options.weights)
    networks = {"encoder": models.encoder, "teacher": Target(options.teacher).requires_grad_(False)}
    paint = painter(models, Styles(models), "fine")
    options.out.mkdir(parents=True, exist_ok=True)
    print("| content | reference | painter | encoder | teacher | closure | SSIM | s a step |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    closures = []
    for number, pair in enumerate(pairs(*pictures(options.data, options.pairs, options.size), options.pairs), 1):
        start = Picture("start", paint(Task(*pair, 1.0))).batch
        found, seconds = {"painter": start}, {}
        for name, network in networks.items():
            began = time.perf_counter()
            work = Work(pair[0].batch, start, seen_through(network, pair[1].batch), options.steps)
            found[name] = optimize(network, work, Report()).picture
            seconds[name] = (time.perf_counter() - began) / (options.steps * sum(s**2 for s in manner.SCALES))
        left = {name: share(judge, picture, *pair) for name, picture in found.items()}
        closures.append((1 - left["encoder"]) / (1 - left["teacher"]))
        kept = " / ".join(f"{measures.ssim(found[name], pair[0].batch):.2f}" for name in found)
        took = " / ".join(f"{seconds[name]:.2f}" for name in networks)
        cells = [picture.name for picture in pair] + [f"{part:.3f}" for part in (*left.values(), closures[-1])]
        print("| " + " | ".join([*cells, kept, took]) + " |", flush=True)
        shown = [to_pixels(picture, np.ones(picture.shape[2:], np.float32)) for picture in found.values()]
        close([*(picture.pixels for picture in pair), *shown]).save(options.out / f"pair_{number:02d}.png")
    print(f"\nClosure on average: {statistics.mean(closures):.2f}")


def share(judge: measures.TeacherStatistics, picture: Tensor, content: Picture, reference: Picture) -> float:
    """How far a picture is from the reference, in shares of the content's distance."""
    target = judge.describe(reference.batch)
    far = judge.distance(judge.describe(content.batch), target)
    return judge.distance(judge.describe(picture), target) / far


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--teacher", type=Path, required=True, help="folder of the training teacher's weights")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of the networks (default: the shipped)")
    parser.add_argument("--data", type=Path, help="folder with content and style pictures (default: procedural ones)")
    parser.add_argument("--pairs", type=int, default=4)
    parser.add_argument("--size", type=int, default=256, help="longer side of the pictures")
    parser.add_argument("--steps", type=int, default=100, help="at each of three sizes")
    parser.add_argument("--out", type=Path, default=OUT)
    try:
        compare(parser.parse_args())
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
