# SPDX-License-Identifier: GPL-3.0-or-later
"""Render pictures to train on from scenes made by code: half of them valleys, half of them things on a table.

python benchmarks/scenes.py --contents out/contents --count 200 --size 384 [--models FOLDER]
"""

import argparse
import os
import time
from pathlib import Path

import landscape
import still_life
from stage import render


def contents(folder: Path, seeds: range, size: int, models: Path | None) -> None:
    """Render one square JPEG a seed; pictures that are there already are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    gltf = sorted(models.rglob("*.gl[tb]*")) if models else []
    panoramas = sorted(models.rglob("*.hdr")) if models else []
    for seed in seeds:
        target = folder / f"scene_{seed:05d}.jpg"
        if target.exists():
            continue
        start = time.perf_counter()
        scene = still_life.build(seed, gltf, panoramas) if seed % 2 else landscape.anywhere(seed)
        unfinished = target.with_suffix(".part.jpg")
        render(scene, unfinished, (size, size), samples=16)
        os.replace(unfinished, target)
        print(f"{target} {time.perf_counter() - start:.1f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contents", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="number of the first picture, to share the work")
    parser.add_argument("--size", type=int, default=384, help="width and height in pixels")
    parser.add_argument("--models", type=Path, help="folder with glTF models and HDR panoramas")
    given = parser.parse_args()
    contents(given.contents, range(given.first, given.first + given.count), given.size, given.models)


if __name__ == "__main__":
    main()
