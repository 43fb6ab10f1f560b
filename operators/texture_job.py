# SPDX-License-Identifier: GPL-3.0-or-later
"""What Stylize Textures and Stylize Object have in common: a texture is repainted as what it is on its surfaces."""

from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from bpy.types import Context

from ..core import settings
from ..core.errors import UserError
from ..core.progress import Progress
from . import checks, preferences, properties, results, texture_layout, texture_pictures, textures
from .jobs import JobOperator, Request, in_background
from .mesh_uvs import Laid
from .stylize import Manner, chosen_manner
from .texture_layout import Layout
from .texture_pictures import Files, Picture
from .textures import Texture


@dataclass(frozen=True)
class Order:
    """What holds for all textures of a job."""

    python: Path
    fields: dict[str, Any]
    manner: Manner
    folder: Path | None
    """Where files are saved; None where they are packed."""


@dataclass(frozen=True)
class Painted:
    """A repainted texture."""

    color: Files
    relief: Files | None
    height: float
    """How high the relief is, in Blender's units."""


class TextureOperator(JobOperator):
    """Mix-in: asks the engine for one texture after the other, and changes nothing in the file meanwhile."""

    stage = (0, 1, "")
    """The number of the texture at work, of how many, and its name."""

    @classmethod
    def poll(cls, context: Context) -> bool:
        return checks.is_idle(cls) and checks.has_engine(cls, context) and checks.has_manner(cls, context)

    def hear(self, told: Progress) -> None:
        number, count, name = self.stage
        what = f"{name}: {told.what}" if count == 1 else f"{name} ({number + 1} of {count}): {told.what}"
        left = told.seconds_left if count == 1 else None
        super().hear(Progress(number + told.factor, count, what, left, told.preview))

    def order(self, context: Context) -> Generator[None, None, Order]:
        """What is asked for all textures alike."""
        chosen = context.scene.maniera
        python, folder = preferences.engine_python(context), results.folder(context.scene)
        fields = {
            "settings": asdict(properties.read(chosen.stylize, settings.Stylize)),
            "texture": asdict(properties.read(chosen.texture, settings.Texture)),
            "machine": asdict(preferences.machine(context)),
            "relief": chosen.textures.relief,
        }
        manner = yield from chosen_manner(context.scene)
        return Order(python, fields | {"styles": manner.styles}, manner, folder)

    def texture(self, context: Context, order: Order, texture: Texture) -> Generator[Any, None, Painted]:
        """Repaint a texture of the file."""
        if texture.image is None:
            raise UserError(f"'{texture.name}' was removed while textures were repainted: nothing is kept.")
        picture, laid = texture_pictures.describe(texture.image), textures.laid(texture)
        pixels = yield from texture_pictures.read(picture, context.scene)
        return (yield from self.repaint(order, picture, pixels, laid))

    def repaint(self, order: Order, picture: Picture, pixels: np.ndarray, laid: Laid) -> Generator[Any, None, Painted]:
        """Let the engine repaint the pixels of a texture."""
        chosen = order.fields["settings"]["seamless"]
        shape = yield from in_background(
            lambda told: texture_layout.layout(picture.canvas, laid.surfaces, chosen, told)
        )
        answer = yield from self.ask(order.python, _request(order, pixels, shape))
        maps = dict(zip(answer.fields["maps"], answer.arrays, strict=True))
        color = yield from texture_pictures.encode(texture_layout.cropped(maps["color"], shape), picture)
        if not order.fields["relief"]:
            return Painted(color, None, 0.0)
        numbers = texture_layout.cropped(_relief(maps["height"], maps["roughness_change"]), shape)
        relief = yield from texture_pictures.encode(numbers, texture_pictures.data(picture, "Relief"))
        return Painted(color, relief, answer.fields["high_px"] * laid.texel)


def _request(order: Order, pixels: np.ndarray, shape: Layout) -> Request:
    fields, arrays = dict(order.fields), [*order.manner.references]
    fields["settings"] = fields["settings"] | {"seamless": shape.seamless}
    if shape.coverage is not None:
        down, across = shape.rim()
        cuts = shape.cuts + np.array([down, across, down, across], np.float32)
        for name, array in (("coverage", texture_layout.padded(shape.coverage, shape, "constant")), ("cuts", cuts)):
            fields[name] = len(arrays)
            arrays.append(array)
    return Request("texture", fields, [texture_layout.padded(pixels, shape), *arrays])


def _relief(height: np.ndarray, roughness_change: np.ndarray) -> np.ndarray:
    """Height and change of roughness as one picture (H, W, 4): see `texture_nodes.Relief`."""
    none = np.zeros_like(height)
    return np.stack([height, roughness_change / 2 + 0.5, none, none + 1], 2)
