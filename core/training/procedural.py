# SPDX-License-Identifier: GPL-3.0-or-later
"""Write procedural training pictures: `python -m core.training.procedural FOLDER --count 40 --size 512`."""

import argparse
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from . import contents
from .manners import KINDS, paint

Task = tuple[Path, str | None, int, int]


def tasks(folder: Path, count: int, size: int, start: int = 0) -> Iterator[Task]:
    """Each picture to be made: its file, its manner (None = a content picture), its size and its seed.

    `count` of every manner go into `style`, as many contents as styles in all into `content`.
    """
    for seed in range(start, start + count):
        for kind in KINDS:
            yield folder / "style" / f"{kind.replace(' ', '_')}_{seed:05d}.jpg", kind, size, seed
        for index in range(seed * len(KINDS), (seed + 1) * len(KINDS)):
            yield folder / "content" / f"content_{index:06d}.jpg", None, size, index


def make(task: Task) -> Path:
    """Make one picture, unless it is there already; the file appears whole or not at all."""
    torch.set_num_threads(1)
    path, kind, size, seed = task
    if not path.exists():
        pixels: np.ndarray = paint(kind, size, seed) if kind else contents.picture(size, seed)
        unfinished = path.with_suffix(".tmp")
        Image.fromarray(pixels).save(unfinished, "JPEG", quality=92, subsampling=0)
        unfinished.replace(path)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=40, help="pictures of each manner")
    parser.add_argument("--size", type=int, default=512, help="pixels on a side")
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=1, help="pictures made at the same time")
    options = parser.parse_args()
    for name in ("style", "content"):
        (options.folder / name).mkdir(parents=True, exist_ok=True)
    todo = list(tasks(options.folder, options.count, options.size, options.start))
    with Pool(options.jobs) as pool:
        for done, path in enumerate(pool.imap_unordered(make, todo, chunksize=4), 1):
            if done % 50 == 0 or done == len(todo):
                print(f"{done} of {len(todo)}: {path.name}", flush=True)


if __name__ == "__main__":
    main()
