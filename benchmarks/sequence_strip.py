# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of animations in the manual: `python -m benchmarks.sequence_strip`, on what `animated.py` has rendered.

Rows: the render, repainted frame by frame, repainted as a sequence. Columns: a frame; a part of it, enlarged, in five
frames, following what moves there; what has changed from one frame to the next, seen from what moves, times four.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from core import styles
from core.engine import motion
from core.engine.motion import look, places
from core.engine.tensors import to_batch

from . import sequence
from .sequence import CPU, Scene

SHOWN = 5
ZOOM = 3
GAP = 4
GAIN = 4
TARGET = Path(__file__).parents[1] / "docs" / "images" / "sequence.jpg"


def change(scene: Scene, frames: Sequence[np.ndarray], number: int) -> np.ndarray:
    """How much a frame differs from the one before, where that showed the same: (H, W, 3)."""
    moved = motion.from_passes(scene.guides[number], scene.guides[number - 1], 1)
    here, before = (to_batch(frames[at], CPU) for at in (number, number - 1))
    seen = look(before, places(here) + moved.shift)
    difference = (here - seen).abs().mean(1, keepdim=True) * (moved.trust > 0.99)
    return (difference * GAIN).clamp(0, 1)[0].permute(1, 2, 0).expand(-1, -1, 3).numpy()


def followed(scene: Scene, number: int, x: float, y: float) -> list[tuple[int, int]]:
    """Where a thing is that is at a place in a frame, in that frame and those after it."""
    found = []
    for at in range(number, number + SHOWN):
        column, row = round(x), round(y)
        found.append((column, row))
        step = scene.guides[at].ahead[0, :, row, column]
        x, y = x + step[0].item(), y + step[1].item()
    return found


def row(scene: Scene, frames: Sequence[np.ndarray], places_: Sequence[tuple[int, int]], first: int) -> np.ndarray:
    """One way of showing the frames."""
    height, width = frames[0].shape[:2]
    side = (height - (height % (2 * ZOOM))) // ZOOM // 2 * 2
    pieces = [frames[first + SHOWN - 1][..., :3]]
    for number, (x, y) in enumerate(places_, first):
        left, top = (int(np.clip(at - side // 2, 0, most - side)) for at, most in ((x, width), (y, height)))
        part = frames[number][top : top + side, left : left + side, :3]
        large = part.repeat(ZOOM, 0).repeat(ZOOM, 1)
        pieces.append(np.pad(large, ((0, height - large.shape[0]), (0, 0), (0, 0)), constant_values=1))
    pieces.append(change(scene, frames, first + SHOWN - 1))
    line = np.ones((height, GAP, 3), np.float32)
    return np.concatenate([part for piece in pieces for part in (piece, line)][:-1], axis=1)


def strip(scene: Scene, ways: Sequence[Sequence[np.ndarray]], first: int, at: tuple[float, float]) -> Image.Image:
    """The rows, for as many ways of showing the scene, from the frame of index `first` on."""
    found = followed(scene, first, *at)
    rows = [row(scene, frames, found, first) for frames in ways]
    line = np.ones((GAP, rows[0].shape[1], 3), np.float32)
    picture = np.concatenate([part for one in rows for part in (one, line)][:-1], axis=0)
    return Image.fromarray((picture.clip(0, 1) * 255 + 0.5).astype(np.uint8))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scene", default="things")
    parser.add_argument("--style", default="Pointillist Harbor", help="of the library (default: %(default)s)")
    parser.add_argument("--first", type=int, default=12, help="index of the first frame shown (default: %(default)s)")
    parser.add_argument("--at", default="0.55,0.75", help="what is enlarged: x,y in [0, 1] (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=TARGET)
    given = parser.parse_args()
    scene = Scene.read(given.scene).until(given.first + SHOWN)
    style = styles.find(given.style).path
    height, width = scene.pixels[0].shape[:2]
    x, y = (float(part) * (size - 1) for part, size in zip(given.at.split(","), (width, height), strict=True))
    with torch.inference_mode():
        ways = [scene.pixels, sequence.alone(scene, style), sequence.as_sequence(scene, style)]
        strip(scene, ways, given.first, (x, y)).save(given.output, quality=88)


if __name__ == "__main__":
    main()
