# SPDX-License-Identifier: GPL-3.0-or-later
"""How well the painters paint: `python -m benchmarks.quality [--quick] [--data DIR] [--teacher DIR]`, on the processor.

Every content in the manner of every reference, judged by measures most of which no painter learns from: a table on
the terminal and as out/quality/quality.md, all figures in quality.json, contact sheets beside them. The figures are
the same when it is run again; only the seconds differ.

Left over is what remains of the photo's own manner: 1 = as far from the reference as the photo was, 0 = as near as
the reference's two halves are to each other. Content error: 1 = as far as one content is from another.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw

from core.engine import device, style
from core.engine.models import WEIGHTS, Models
from core.engine.stylize import stylize
from core.errors import UserError
from core.progress import Report
from core.settings import Machine, Stylize
from core.styles import Card
from core.training import contents, data, manners

from .judge import Figure, Judge, Picture, Task

OUT = Path(__file__).parents[1] / "out" / "quality"
SWEPT = (0.75, 0.5)  # strengths below 1, tried on a quarter of the pairs
UNSEEN = 1_000_000  # a seed that no training picture has
THUMBNAIL_PX = 160

Paint = Callable[[Task], np.ndarray]


def painters(models: Models, names: Iterable[str]) -> dict[str, Paint]:
    """The project's painters, and as a mark to be beaten the photo with nothing but the reference's colors."""
    styles: dict[str, style.Style] = {}

    def paint(quality: str, task: Task) -> np.ndarray:
        name = task.reference.name
        if name not in styles:
            styles[name] = style.from_references(models, [task.reference.batch], Card(name))
        vector = style.mix([(styles[name], 1.0)], quality)
        settings = Stylize(quality=quality, strength=task.strength)
        return stylize(models, task.content.pixels, vector, settings, Report()).pixels

    return {"colors only": recolored} | {name: lambda task, name=name: paint(name, task) for name in names}


def recolored(task: Task) -> np.ndarray:
    """The content with the mean and covariance of the reference's colors (Gatys et al. 2017, by Cholesky factors)."""
    pixels = task.content.pixels
    mine, wanted = (p[..., :3].reshape(-1, 3).astype(np.float64) for p in (pixels, task.reference.pixels))
    root, goal = (np.linalg.cholesky(np.cov(x.T) + 1e-3 * np.eye(3)) for x in (mine, wanted))
    moved = (mine - mine.mean(0)) @ (goal @ np.linalg.inv(root)).T + wanted.mean(0)
    mixed = (mine + task.strength * (moved - mine)).clip(0, 1)
    return np.dstack([mixed.reshape(*pixels.shape[:2], 3), pixels[..., 3]]).astype(np.float32)


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


def tasks(shown: Sequence[Picture], references: Sequence[Picture]) -> Iterator[Task]:
    """Every pair at full strength, and a quarter of them at the strengths below."""
    for i, content in enumerate(shown):
        for j, reference in enumerate(references):
            for strength in (1.0, *(SWEPT if (i + j) % 4 == 0 else ())):
                yield Task(content, reference, strength)


@torch.inference_mode()
def judged(name: str, paint: Paint, judge: Judge, work: Sequence[Task]) -> Iterator[tuple[Figure, float, np.ndarray]]:
    """For each task the figure, the seconds it took and the picture."""
    for done, task in enumerate(work, 1):
        start = time.perf_counter()
        pixels = paint(task)
        seconds = time.perf_counter() - start
        yield judge.figure(name, task, pixels), seconds, pixels
        if sys.stderr.isatty():
            print(f"\r{name}: {done} of {len(work)}", end="\n" * (done == len(work)), file=sys.stderr, flush=True)


def table(figures: Sequence[Figure], seconds: dict[str, float]) -> str:
    """Markdown: a row for each painter and strength, medians with the worst tenth's bound in brackets."""
    kinds = list(figures[0].left_over)
    head = ["painter", "strength", "pairs", *(f"left over: {k}" for k in kinds), "SSIM", "content error", "seconds"]
    rows = [head, ["---"] * len(head)]
    for painter in seconds:
        for strength in (1.0, *SWEPT):
            group = [f for f in figures if (f.painter, f.strength) == (painter, strength)]
            cells = [_spread([f.left_over[kind] for f in group]) for kind in kinds]
            cells += [_spread([f.ssim for f in group], worst=0.1), _spread([f.content_error for f in group])]
            rows.append([painter, f"{strength:g}", str(len(group)), *cells, f"{seconds[painter]:.2f}"])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in rows)


def averages(figures: Sequence[Figure], painters: Iterable[str]) -> str:
    """A sentence for each painter: the mean share of the photo's distance from the reference, at full strength."""
    lines = []
    for painter in painters:
        group = [f for f in figures if (f.painter, f.strength) == (painter, 1.0)]
        shares = (f"{kind} {statistics.mean(f.distance[kind] for f in group):.2f}" for kind in group[0].distance)
        ssim = statistics.mean(f.ssim for f in group)
        lines.append(f"Left of the photo's distance, {painter}, on average: {', '.join(shares)}; SSIM {ssim:.2f}.")
    return "\n".join(lines)


def _spread(values: Iterable[float | None], worst: float = 0.9) -> str:
    known = [v for v in values if v is not None]
    return f"{statistics.median(known):.2f} ({np.quantile(known, worst):.2f})" if known else "-"


def sheet(shown: Sequence[Picture], references: Sequence[Picture], painted: dict, title: str) -> Image.Image:
    """Contents down, references across and on top, between them `painted` by (content, reference)."""
    side = THUMBNAIL_PX
    image = Image.new("RGB", (side * (len(references) + 1), side * (len(shown) + 1)), "white")
    ImageDraw.Draw(image).text((8, side // 2), title, fill="black", font_size=20)
    for column, reference in enumerate(references, 1):
        image.paste(_square(reference.pixels), (column * side, 0))
        for row, content in enumerate(shown, 1):
            image.paste(_square(content.pixels), (0, row * side))
            image.paste(_square(painted[content.name, reference.name]), (column * side, row * side))
    return image


def _square(pixels: np.ndarray) -> Image.Image:
    image = Image.fromarray((pixels[..., :3] * 255 + 0.5).astype(np.uint8))
    side = min(image.size)
    left, top = ((extent - side) // 2 for extent in image.size)
    square = image.crop((left, top, left + side, top + side))
    return square.resize((THUMBNAIL_PX - 2,) * 2, Image.Resampling.LANCZOS)


def report(chosen: dict[str, Paint], judge: Judge, both: tuple[list[Picture], list[Picture]], out: Path) -> None:
    """Judge every painter on `both` lists (contents, references): the table, the figures and a sheet for each."""
    out.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    seconds: dict[str, float] = {}
    work = list(tasks(*both))
    for name, paint in chosen.items():
        found = list(judged(name, paint, judge, work))
        figures += [figure for figure, _, _ in found]
        seconds[name] = statistics.median(took for _, took, _ in found)
        painted = {(f.content, f.reference): pixels for f, _, pixels in found if f.strength == 1}
        sheet(*both, painted, name).save(out / f"sheet_{name.replace(' ', '_')}.png")
    text = f"{table(figures, seconds)}\n\n{averages(figures, seconds)}"
    print(text)
    (out / "quality.md").write_text(text + "\n", encoding="utf-8")
    record = {"figures": [asdict(figure) for figure in figures], "seconds": seconds}
    (out / "quality.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with content and style pictures (default: procedural ones)")
    parser.add_argument("--teacher", type=Path, help="folder of the training teacher's weights, for two more measures")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of the networks (default: the shipped)")
    parser.add_argument("--painters", nargs="*", default=["fast", "fine"])
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--quick", action="store_true", help="4 by 4 pictures of 256 pixels instead of 12 by 12 of 384")
    options = parser.parse_args()
    count, size = (4, 256) if options.quick else (12, 384)
    try:
        both = pictures(options.data, count, size)
        judge = Judge(*both, options.teacher)
        if not judge.teacher:
            print(
                "No teacher's weights: its measure and the content error are left out (name their folder: --teacher)."
            )
        models = Models(device.choose(Machine(device="cpu")), options.weights)
        report(painters(models, options.painters), judge, both, options.out)
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
