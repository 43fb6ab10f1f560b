# SPDX-License-Identifier: GPL-3.0-or-later
"""Optimised pictures: the upper mark of the judge. Each takes half a minute, so they are kept from run to run."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import Image

from core.engine.models import Models
from core.engine.stylize import stylize
from core.progress import Report
from core.settings import Optimize, Stylize

from .judge import Picture, Task
from .painted import Styles


class Optimized:
    """Paints by optimising, and keeps what it has painted in a folder.

    The same content, reference, encoder and settings are painted once only. Started from the content, what comes of it
    depends on no painter: the mark by which painters are compared must not move with them.
    """

    def __init__(self, models: Models, styles: Styles, folder: Path, settings: Optimize) -> None:
        self.models, self.styles, self.folder, self.settings = models, styles, folder, settings
        self._encoder = (models.folder / "encoder.safetensors").read_bytes()

    def __call__(self, task: Task) -> np.ndarray:
        path = self.folder / f"{self._name(task)}.png"
        if not path.exists():
            self._write(self._paint(task), path)
        pixels = np.asarray(Image.open(path), np.float32) / 255  # as it was kept, the first time too
        content = task.content.pixels
        return np.dstack([content[..., :3] + task.strength * (pixels - content[..., :3]), content[..., 3]])

    def _paint(self, task: Task) -> np.ndarray:
        mixture = self.styles.mixture(task.reference, "fine")
        settings = Stylize(quality="best")
        pixels = task.content.pixels
        return stylize(self.models, pixels, mixture, settings, Report(), optimize=self.settings).pixels

    def _name(self, task: Task) -> str:
        digest = hashlib.sha256(self._encoder)
        digest.update(repr(sorted(asdict(self.settings).items())).encode())
        for picture in (task.content, task.reference):
            digest.update(picture.pixels.tobytes())
        return digest.hexdigest()[:16]

    @staticmethod
    def _write(pixels: np.ndarray, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".tmp")
        Image.fromarray((pixels[..., :3] * 255 + 0.5).astype(np.uint8)).save(unfinished, "PNG")
        unfinished.replace(path)


def pairs(contents: Sequence[Picture], references: Sequence[Picture], count: int) -> list[tuple[Picture, Picture]]:
    """`count` pairs, chosen so that every content and every reference comes up before any does a second time."""
    rows, columns = len(contents), len(references)
    order = ((i, (i + turn) % columns) for turn in range(columns) for i in range(rows))
    return [(contents[i], references[j]) for i, j in order][:count]
