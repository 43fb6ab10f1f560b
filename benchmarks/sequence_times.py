# SPDX-License-Identifier: GPL-3.0-or-later
"""What a frame of an animation costs beside a still picture: `python -m benchmarks.sequence_times [--device cuda]`.

Frames made by rule, with all passes, are read, repainted and written, one after the other as still pictures and as a
sequence. Measuring the shot comes once and is told apart. On a machine with other work the columns of processor
seconds are the ones to compare.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import OpenImageIO

from core import styles
from core.engine import finished, pictures
from core.engine.requests import REQUESTS
from core.progress import Report

SIZES = "480x270,960x540,1920x1080"
STEP_PX = 3
"""What everything moves to the right from frame to frame."""
HEADER = """| size | still picture, s | frame, s | ratio | processor: still | frame | ratio | measuring the shot, s |
|---|---|---|---|---|---|---|---|"""


class Cost(NamedTuple):
    """In seconds."""

    wall: float
    processor: float


def write(path: Path, width: int, height: int, number: int) -> None:
    """A frame as Blender would write it: noise of several scales that slides to the right."""
    random = np.random.default_rng(0)
    color = np.zeros((height, width, 3), np.float32)
    for scale in (1, 4, 16, 64):
        noise = random.random((height // scale + 1, width // scale + 1, 3), np.float32)
        color += noise.repeat(scale, 0).repeat(scale, 1)[:height, :width] / 8
    layers = {
        "Combined.RGB": np.roll(color, STEP_PX * number, axis=1),
        "Depth.Z": np.full((height, width, 1), 10.0),
        "Object Index.X": np.ones((height, width, 1)),
        "Vector.XYZW": np.broadcast_to(np.float32([-STEP_PX, 0, -STEP_PX, 0]), (height, width, 4)),
    }
    pixels = np.dstack(list(layers.values())).astype(np.float32)
    spec = OpenImageIO.ImageSpec(width, height, pixels.shape[2], "float")
    spec.channelnames = [f"ViewLayer.{name[: name.index('.')]}.{x}" for name in layers for x in name.split(".")[1]]
    spec.attribute("compression", "zip")
    file = OpenImageIO.ImageOutput.create(str(path))
    assert file.open(str(path), spec) and file.write_image(pixels) and file.close()


def timed(work: Callable[[], object], times: int = 1) -> Cost:
    """What a piece of work costs that holds so many frames."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Cost((time.perf_counter() - wall) / times, (time.process_time() - processor) / times)


def row(size: str, count: int, order: dict, folder: Path) -> str:
    """A line of the table: so many frames of one size, in both ways."""
    width, height = map(int, size.split("x"))
    for number in range(1, count + 1):
        write(folder / f"{number:04}.exr", width, height, number)
    shot = {"input": str(folder / "####.exr"), "output": str(folder / "out" / "####.png"), "shot": f"1-{count}"}

    def alone(first: int, last: int) -> None:
        for number in range(first, last + 1):
            pixels = pictures.read(folder / f"{number:04}.exr").pixels
            _, (painted,) = REQUESTS["stylize"](order, [pixels], Report())
            finished.write(folder / f"{number:04}.png", painted, "8", "")

    def sequence(first: int, last: int) -> None:
        REQUESTS["sequence"](order | shot | {"frames": f"{first}-{last}"}, [], Report())

    alone(1, 1)  # reads the networks
    still = timed(lambda: alone(2, count), count - 1)
    measuring = timed(lambda: sequence(1, 1))
    moving = timed(lambda: sequence(2, count), count - 1)
    cells = [size, still.wall, moving.wall, moving.wall / still.wall]
    cells += [still.processor, moving.processor, moving.processor / still.processor, measuring.wall - moving.wall]
    return "| " + " | ".join(one if isinstance(one, str) else f"{one:.2f}" for one in cells) + " |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default=SIZES, help="(default: %(default)s)")
    parser.add_argument("--frames", type=int, default=9)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--quality", default="fast")
    given = parser.parse_args()
    style = {"path": str(styles.find("Water Lilies").path), "weight": 1.0}
    order = {"styles": [style], "settings": {"quality": given.quality}, "machine": {"device": given.device}}
    print(HEADER, flush=True)
    for size in given.sizes.split(","):
        with tempfile.TemporaryDirectory() as folder:
            print(row(size, given.frames, order, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
