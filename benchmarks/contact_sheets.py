# SPDX-License-Identifier: GPL-3.0-or-later
"""The contact sheets of the documentation: 12 contents in 12 manners, all of them the project's own pictures.

BLENDER_PYTHON benchmarks/scenes.py --contents out/contents --count 7
python -m benchmarks.contact_sheets [fast] [fine] [optimized --rows 3]

Renders of scenes and pictures drawn by rule, from seeds that no training has seen; but training knows those scenes and
manners from others. Written to docs/images, the longest of all once only: an optimised picture is kept in out/sheets.
"""

import argparse
import io
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from core.engine import device, memory
from core.engine.models import WEIGHTS, Models
from core.errors import UserError
from core.settings import Machine, Optimize
from core.training import contents, manners

from . import report
from .judge import Picture, Task
from .optimized import Optimized
from .painted import Paint, Styles, painter
from .quality import UNSEEN, Shown

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
SIZE_PX = 256
STEPS = 40
LARGEST_BYTES = 1_200_000
RENDERS = 7
DRAWN = (8, 17, 19, 27)  # blossoms, solids, a portrait, letters
MANNERS = ("swirls", "impasto", "knife", "pointillism", "watercolor", "ink wash")
MANNERS += ("engraving", "woodcut", "comic", "mosaic", "stained glass", "batik")
WAYS = ("fast", "fine", "optimized")


def shown_contents(renders: Path) -> list[Picture]:
    """The valley of the documentation, renders, and pictures drawn by rule."""
    paths = [IMAGES / "valley.jpg", *(renders / f"scene_{seed:05d}.jpg" for seed in range(RENDERS))]
    missing = next((path for path in paths if not path.exists()), None)
    if missing:
        raise UserError(f"There is no '{missing}': render it with benchmarks/scenes.py.")
    drawn = [_picture(f"drawn {n}", Image.fromarray(contents.picture(SIZE_PX, UNSEEN + n))) for n in DRAWN]
    return [*(_picture(path.stem, Image.open(path)) for path in paths), *drawn]


def references() -> list[Picture]:
    """One picture of each manner."""
    return [_picture(kind, Image.fromarray(manners.paint(kind, SIZE_PX, UNSEEN))) for kind in MANNERS]


def _picture(name: str, image: Image.Image) -> Picture:
    """The middle of a picture, as a square of SIZE_PX."""
    side = min(image.size)
    left, top = ((extent - side) // 2 for extent in image.size)
    square = image.convert("RGBA").crop((left, top, left + side, top + side))
    return Picture(name, np.asarray(square.resize((SIZE_PX,) * 2, Image.Resampling.LANCZOS), np.float32) / 255)


def show(name: str, paint: Paint, rows: list[Picture], columns: list[Picture]) -> Shown:
    """Every content in every manner."""
    shown = Shown(name)
    for row in rows:
        for column in columns:
            shown.pictures[row.name, column.name] = paint(Task(row, column, 1.0))
        print(f"{name}: {row.name}", flush=True)
    return shown


def save(image: Image.Image, path: Path) -> None:
    """Write a JPEG, as good as fits into LARGEST_BYTES."""
    for quality in range(92, 20, -4):
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality, optimize=True)
        if file.tell() <= LARGEST_BYTES:
            break
    unfinished = path.with_suffix(".tmp")
    unfinished.write_bytes(file.getvalue())
    unfinished.replace(path)
    print(f"{path}: {file.tell() / 1e6:.1f} MB at quality {quality}")


@torch.inference_mode()
def run(options: argparse.Namespace) -> None:
    """Paint the sheets that are asked for and write them."""
    rows, columns = shown_contents(options.renders)[: options.rows], references()
    models = Models(device.choose(Machine(device="cpu")), options.weights)
    styles = Styles(models)
    optimized = Optimized(models, styles, options.kept, Optimize(steps=STEPS, start="content"))
    for name in options.ways or WAYS:
        paint = optimized if name == "optimized" else painter(models, styles, name)
        save(report.sheet(rows, columns, show(name, paint, rows, columns)), options.out / f"{name}.jpg")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ways", nargs="*", metavar="WAY", help=f"which sheets: {', '.join(WAYS)} (default: all)")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of the networks (default: the shipped)")
    parser.add_argument("--renders", type=Path, default=ROOT / "out" / "contents", help="folder of rendered scenes")
    parser.add_argument("--kept", type=Path, default=ROOT / "out" / "sheets", help="folder of optimised pictures")
    parser.add_argument("--rows", type=int, default=12, help="how many contents")
    parser.add_argument("--out", type=Path, default=IMAGES)
    options = parser.parse_args()
    if not set(options.ways) <= set(WAYS):
        parser.error(f"choose from {', '.join(WAYS)}")
    memory.keep()
    try:
        run(options)
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
