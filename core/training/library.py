# SPDX-License-Identifier: GPL-3.0-or-later
"""The styles that ship: made by the style encoders from public-domain pictures and the project's own manners."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from ..engine.models import Models
from ..engine.style import Style, from_references, mix, write
from ..engine.stylize import stylize
from ..engine.tensors import to_batch
from ..progress import Report
from ..settings import Stylize
from ..styles import SUFFIX, Card

PREVIEW_PX = 128


@dataclass(frozen=True)
class Recipe:
    """A style to be made: its name and the pictures that it is learnt from."""

    name: str
    pictures: tuple[Path, ...]
    author: str
    source: str
    """Where the pictures come from and under which licence."""


def make(models: Models, recipe: Recipe, scene: np.ndarray, folder: Path) -> Path:
    """Learn a style from its pictures and write it, its preview painted over `scene` (H, W, 4), below `folder`."""
    batches = [to_batch(_read(path), models.device.torch) for path in recipe.pictures]
    card = Card(
        name=recipe.name,
        author=recipe.author,
        licence="GPL-3.0-or-later",
        references=tuple(hashlib.sha256(path.read_bytes()).hexdigest() for path in recipe.pictures),
        network=models.network,
        made=f"By the style encoder from {recipe.source}",
    )
    style = from_references(models, batches, card)
    path = folder / (recipe.name.lower().replace(" ", "_") + SUFFIX)
    write(replace(style, card=replace(card, preview=preview(models, style, scene))), path)
    return path


def preview(models: Models, style: Style, scene: np.ndarray) -> bytes:
    """A PNG, PREVIEW_PX square, of the middle of `scene` painted in a style by the large painter."""
    settings = Stylize(quality="fine")
    painted = stylize(models, scene, mix([(style, 1.0)], settings.quality), settings, Report()).pixels
    height, width = painted.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = painted[top : top + side, left : left + side, :3]
    image = Image.fromarray((square * 255 + 0.5).astype(np.uint8))
    image = image.resize((PREVIEW_PX, PREVIEW_PX), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    # 128 colours keep a painted thumbnail's look at a third of the bytes: the file has to stay small.
    image.quantize(128, dither=Image.Dither.FLOYDSTEINBERG).save(file, "PNG", optimize=True)
    return file.getvalue()


def make_all(models: Models, recipes: Sequence[Recipe], scene: np.ndarray, folder: Path) -> list[Path]:
    """Make every style of `recipes`."""
    folder.mkdir(parents=True, exist_ok=True)
    return [make(models, recipe, scene, folder) for recipe in recipes]


def _read(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA"), np.float32) / 255
