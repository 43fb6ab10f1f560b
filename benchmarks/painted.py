# SPDX-License-Identifier: GPL-3.0-or-later
"""What the judge is shown: a picture for every task, by each way of painting."""

from collections.abc import Callable

import numpy as np

from core.engine import style
from core.engine.models import Models
from core.engine.stylize import stylize
from core.progress import Report
from core.settings import Stylize
from core.styles import Card

from .judge import Picture, Task

Paint = Callable[[Task], np.ndarray]


class Styles:
    """The references as styles, each studied once."""

    def __init__(self, models: Models) -> None:
        self.models = models
        self._known: dict[str, style.Style] = {}

    def mixture(self, reference: Picture, quality: str) -> style.Mixture:
        """A reference as a painter is handed it."""
        if reference.name not in self._known:
            self._known[reference.name] = style.from_references(self.models, [reference.batch], Card(reference.name))
        return style.mix([(self._known[reference.name], 1.0)], quality)


def painter(models: Models, styles: Styles, quality: str) -> Paint:
    """One of the project's painters."""

    def paint(task: Task) -> np.ndarray:
        settings = Stylize(quality=quality, strength=task.strength)
        mixture = styles.mixture(task.reference, quality)
        return stylize(models, task.content.pixels, mixture, settings, Report()).pixels

    return paint


def recolored(task: Task) -> np.ndarray:
    """The content with the mean and covariance of the reference's colors (Gatys et al. 2017, by Cholesky factors)."""
    pixels = task.content.pixels
    mine, wanted = (p[..., :3].reshape(-1, 3).astype(np.float64) for p in (pixels, task.reference.pixels))
    root, goal = (np.linalg.cholesky(np.cov(x.T) + 1e-3 * np.eye(3)) for x in (mine, wanted))
    moved = (mine - mine.mean(0)) @ (goal @ np.linalg.inv(root)).T + wanted.mean(0)
    mixed = (mine + task.strength * (moved - mine)).clip(0, 1)
    return np.dstack([mixed.reshape(*pixels.shape[:2], 3), pixels[..., 3]]).astype(np.float32)
