# SPDX-License-Identifier: GPL-3.0-or-later
"""How well textures go on tiling: `python -m benchmarks.seamless [--sizes 512x512,1000x750] [FILE ...]`.

Textures that tile, the given ones and one made by rule, are repainted in manners of the library with edges that join.
The step of color across the edge is told in steps inside, as a mean over both axes and over places where the texture
is cut open. (That a texture which is rolled together with the noise comes out rolled is a test of the painter.)
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from core import styles
from core.engine import device, pictures, style
from core.engine.models import Models
from core.engine.style import Mixture
from core.engine.stylize import stylize
from core.engine.tensors import resize, to_batch, to_pixels
from core.progress import Report
from core.settings import Machine, Optimize, Stylize

HEADER = """| texture | size | its own | painted | at most | painted without |
|---|---|---|---|---|---|"""


def ratio(pixels: np.ndarray) -> float:
    """The mean step of color across the edges of (H, W, 4) over the mean step inside."""
    ratios = []
    for axis in (0, 1):
        inside = np.abs(np.diff(pixels[..., :3], axis=axis)).mean()
        ratios.append(np.abs(pixels.take(0, axis) - pixels.take(-1, axis))[..., :3].mean() / inside)
    return float(np.mean(ratios))


def ruled(height: int, width: int) -> np.ndarray:
    """Waves of whole periods and grain of every size, (H, W, 4)."""
    random = np.random.default_rng(0)
    across, down = (np.fft.fftfreq(size) * size for size in (width, height))
    pitch = np.maximum(1, np.hypot(across[None], down[:, None]))
    picture = np.ones((height, width, 4), np.float32)
    for channel in range(3):
        noise = np.fft.ifft2(np.fft.fft2(random.standard_normal((height, width))) / pitch).real
        picture[..., channel] = 0.5 + 0.18 * noise / noise.std()
    return picture.clip(0, 1)


def textures(files: list[Path], size: tuple[int, int]) -> Iterator[tuple[str, np.ndarray]]:
    """Every texture at a size (height, width), by name."""
    yield "by rule", ruled(*size)
    for file in files:
        batch = resize(to_batch(pictures.read(file).pixels, torch.device("cpu")), size, (True, True))
        yield file.stem, to_pixels(batch, np.ones(size, np.float32))


def measured(paint: "Painting", texture: np.ndarray, places: int) -> tuple[float, float, float]:
    """Ratios of a texture, of it painted, and of it painted without edges that join."""
    own, joined = [], []
    for place in range(places):  # cut open elsewhere, and at another place of the painter's grid
        shift = tuple(place * size // places + place for size in texture.shape[:2])
        opened = np.roll(texture, shift, (0, 1))
        own.append(ratio(opened))
        joined.append(ratio(paint(opened, "xy")))
    return float(np.mean(own)), float(np.mean(joined)), ratio(paint(opened, "none"))


class Painting:
    """One manner, as a function of textures."""

    def __init__(self, models: Models, path: Path, chosen: argparse.Namespace) -> None:
        read = style.read(path, models.network)
        self._models, self._chosen = models, chosen
        self._optimize = Optimize(steps=chosen.steps) if chosen.quality == "best" else None
        self._mixture: Mixture = style.mix([(read, 1.0)], "fast" if chosen.quality == "fast" else "fine")

    def __call__(self, texture: np.ndarray, seamless: str) -> np.ndarray:
        settings = Stylize(quality=self._chosen.quality, seamless=seamless, tile=self._chosen.tile)
        return stylize(self._models, texture, self._mixture, settings, Report(), optimize=self._optimize).pixels


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="textures that tile")
    parser.add_argument("--sizes", default="512x512,1000x750", help="width x height (default: %(default)s)")
    parser.add_argument("--quality", default="fast", choices=("fast", "fine", "best"))
    parser.add_argument("--tile", type=int, default=0)
    parser.add_argument("--steps", type=int, default=10, help="of optimising (default: %(default)s)")
    parser.add_argument("--every", type=int, default=4, help="one of so many styles (default: %(default)s)")
    parser.add_argument("--places", type=int, default=4, help="where each is cut open (default: %(default)s)")
    chosen = parser.parse_args()
    models = Models(device.choose(Machine(device="cpu")))
    paths = sorted(styles.SHIPPED.glob("*.safetensors"))[:: chosen.every]
    print(HEADER, flush=True)
    for size in chosen.sizes.split(","):
        width, height = map(int, size.split("x"))
        for name, texture in textures(chosen.files, (height, width)):
            rows = [measured(Painting(models, path, chosen), texture, chosen.places) for path in paths]
            own, joined, plain = map(np.array, zip(*rows, strict=True))
            figures = f"{own.mean():.2f} | {joined.mean():.2f} | {joined.max():.2f} | {plain.mean():.1f}"
            print(f"| {name} | {size} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
