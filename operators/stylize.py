# SPDX-License-Identifier: GPL-3.0-or-later
"""What Stylize Image and Stylize Render have in common: all but the picture."""

from collections.abc import Generator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from bpy.types import Context, Scene

from ..core import settings
from ..core.errors import UserError
from ..core.progress import Progress
from . import appearance, checks, images, learnt_preview, mixture, parts, preferences, properties, results
from .images import Original
from .jobs import JobOperator, Request, Steps


@dataclass(frozen=True)
class Manner:
    """In whose manner is painted: its name, and the styles with their weights as a request names them."""

    name: str
    styles: list[dict[str, Any]]
    references: tuple[np.ndarray, ...] = ()


class StylizeOperator(JobOperator):
    """Mix-in: repaints the picture that a subclass names, as the scene's settings say, and keeps the result."""

    _original: Original
    _manner: Manner
    _folder: Path | None

    @classmethod
    def poll(cls, context: Context) -> bool:
        return checks.is_idle(cls) and checks.has_engine(cls, context) and checks.has_manner(cls, context)

    def original(self, context: Context) -> Original:
        """What to remember of the picture."""
        raise NotImplementedError

    def read(self, context: Context) -> appearance.Steps:
        """The picture's pixels."""
        raise NotImplementedError

    def passes(self, context: Context) -> Path | None:
        """A file that tells the things in the picture apart, if there are such and they matter."""
        return None

    def request(self, context: Context) -> Generator[None, None, Request]:
        chosen = context.scene.maniera
        self._original, self._folder = self.original(context), results.folder(context.scene)
        optimize = properties.read(chosen.optimize, settings.Optimize)
        fields = {
            "settings": asdict(properties.read(chosen.stylize, settings.Stylize)),
            "optimize": asdict(replace(optimize, size=0, keep=True)),
            "machine": asdict(preferences.machine(context)),
            "keep": chosen.stylize.quality == "best",
        }
        self._manner = yield from chosen_manner(context.scene)
        pixels = yield from self.read(context)
        fields["styles"] = self._manner.styles
        arrays = [pixels, *self._manner.references]
        regions = yield from parts.read(context.scene, len(arrays) - 1, self.passes(context))
        return Request("stylize", fields | regions.fields, arrays + regions.masks)

    def steps(self, context: Context) -> Steps:
        try:
            yield from super().steps(context)
        finally:
            learnt_preview.clear(learnt_preview.OPTIMIZED)

    def hear(self, told: Progress) -> None:
        if told.preview is not None:
            learnt_preview.show(told.preview, learnt_preview.OPTIMIZED)
        super().hear(told)

    def finish(self, context: Context, pixels: np.ndarray) -> Generator[None, None, None]:
        images.find(self._original)
        name = yield from results.keep(pixels, self._original, self._manner.name, self._folder)
        results.show(context, bpy.data.images[name], self._original)
        self.report({"INFO"}, f"'{name}' is done")


def chosen_manner(scene: Scene) -> Generator[None, None, Manner]:
    """What the artist has chosen to paint after.

    :raises UserError: nothing, or what is not there any more.
    """
    chosen = scene.maniera
    if chosen.source == "LIBRARY":
        mixed = mixture.read(chosen)
        return Manner(mixture.name(mixed), mixture.request(mixed))
    if chosen.reference is None:
        raise UserError("No reference picture is chosen: choose one, or a style of the library.")
    name = Path(images.describe(chosen.reference).name).stem
    pixels = yield from appearance.read(chosen.reference, scene)
    return Manner(name, [{"reference": 0, "weight": 1.0}], (pixels,))
