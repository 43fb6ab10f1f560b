# SPDX-License-Identifier: GPL-3.0-or-later
"""What pictures of every size cost: `python -m benchmarks.sizes [--sizes 1,4,16,64,96] [ARGUMENTS OF stylize ...]`.

With `--command optimize --sizes 0.07,0.26,1,4 --steps 1`, what memory optimising takes.

Each picture, made by rule and kept as a JPEG, is repainted by the command line in a process of its own. Time is the
whole process's, start-up included; memory is the most that the system counted as its own (the peak of its resident
set). On a machine with other work the column of processor seconds is the one to compare. Linux and macOS.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[1]
PROPORTION = 1.5
"""Width over height; 96 megapixels are 12000 x 8000."""
_KIB = 1 if sys.platform == "darwin" else 1024  # what wait4 counts in


@dataclass(frozen=True)
class Cost:
    """Of one repainted picture."""

    width: int
    height: int
    seconds: float
    processor_seconds: float
    peak_bytes: int

    def row(self) -> str:
        """A line of a Markdown table."""
        area = self.width * self.height / 1e6
        size = f"| {area:.3g} | {self.width} x {self.height} | {self.seconds:.1f} | {self.processor_seconds:.1f} "
        return f"{size}| {self.processor_seconds / area:.2f} | {self.peak_bytes / 1e9:.2f} |"


HEADER = """| megapixels | size | seconds | processor seconds | of them a megapixel | peak memory, GB |
|---|---|---|---|---|---|"""


def picture(width: int, height: int) -> Image.Image:
    """Bands of light, waves and noise: something of every scale, made row by row."""
    random = np.random.default_rng(0)
    grain = random.integers(-12, 13, (256, width, 3), np.int16)
    across = np.arange(width, dtype=np.float32)
    pixels = np.empty((height, width, 3), np.uint8)
    for row in range(height):
        light = 127 + 60 * np.sin(across / 90 + row / 400) + 50 * np.sin(across * row / 2e5 + row / 70)
        line = light[:, None] * (1.0, 0.8 + 0.2 * row / height, 0.6) + grain[row % 256]
        pixels[row] = line.clip(0, 255)
    return Image.fromarray(pixels)


def cost(megapixels: float, order: list[str], folder: Path) -> Cost:
    """Repaint a picture of so many megapixels by a command and its arguments."""
    height = round((megapixels * 1e6 / PROPORTION) ** 0.5)
    width = round(height * PROPORTION)
    source = folder / "in.jpg"
    picture(width, height).save(source, quality=90)
    command = [sys.executable, "-m", "core", *order, str(source), "-o", str(folder / "out.jpg")]
    start = time.monotonic()
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    told = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - start
    if child.returncode:
        sys.exit(told.decode())
    return Cost(width, height, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * _KIB)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="1,4,16,64,96", help="in megapixels (default: %(default)s)")
    parser.add_argument("--command", default="stylize", choices=("stylize", "optimize"))
    parser.add_argument("--style", default="Water Lilies", help="as for stylize (default: %(default)s)")
    chosen, further = parser.parse_known_args()
    print(HEADER, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for size in map(float, chosen.sizes.split(",")):
            print(cost(size, [chosen.command, "--style", chosen.style, *further], Path(folder)).row(), flush=True)


if __name__ == "__main__":
    main()
