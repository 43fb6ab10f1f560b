# SPDX-License-Identifier: GPL-3.0-or-later
"""The styles that ship: learnt from public-domain pictures and the project's own manners, as artists learn theirs."""

import hashlib
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..engine import exercises, pictures
from ..engine.adapt import Task, adapt
from ..engine.critic import Reference
from ..engine.device import choose
from ..engine.models import Models
from ..engine.style import Style, from_references, mix, write
from ..engine.stylize import stylize
from ..engine.tensors import to_batch
from ..engine.thumbnail import thumbnail
from ..progress import Report
from ..settings import Adapt, Machine, Stylize
from ..styles import SUFFIX, Card
from . import manners

RECIPES = Path(__file__).with_name("recipes.toml")
MANNER_PX = 512
PRACTICE = Adapt()
"""What an artist's press of Learn Style does."""


@dataclass(frozen=True)
class Recipe:
    """A style to be made: its name and the pictures (H, W, 4) that it is learnt from."""

    name: str
    pictures: tuple[np.ndarray, ...]
    references: tuple[str, ...]
    """SHA-256 of each picture."""
    source: str
    """What the pictures are."""


def recipes(data: Path) -> Iterator[Recipe]:
    """The recipes of the shipped styles, their paintings taken from `data`/style.

    :raises UserError: a painting is missing or broken.
    """
    for entry in tomllib.loads(RECIPES.read_text(encoding="utf-8"))["style"]:
        if "manner" in entry:
            pixels = manners.paint(entry["manner"], MANNER_PX, entry["seed"])
            digest = hashlib.sha256(pixels.tobytes()).hexdigest()
            source = f"a picture painted by Maniera's own code, the manner '{entry['manner']}'"
            yield Recipe(entry["name"], (_opaque(pixels),), (digest,), source)
            continue
        paths = [data / "style" / name for name in entry["pictures"]]
        paintings = tuple(pictures.read(path).pixels for path in paths)
        digests = tuple(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)
        yield Recipe(entry["name"], paintings, digests, entry["source"])


def make(models: Models, recipe: Recipe, scene: np.ndarray, folder: Path) -> Path:
    """Learn a style from its pictures and write it, below `folder`.

    Practised on are `scene` (H, W, 4), over which the preview is painted, too, and the pictures that Maniera draws.
    """
    card = Card(
        name=recipe.name,
        author="Maniera",
        licence="GPL-3.0-or-later",
        references=recipe.references,
        network=models.network,
    )
    shown, *references = (to_batch(picture, models.device.torch) for picture in (scene, *recipe.pictures))
    task = Task(
        [Reference(batch) for batch in references],
        [shown, *exercises.drawn(PRACTICE.seed)],
        from_references(models, references, card),
    )
    learnt = adapt(models, task, PRACTICE, Report())
    made = f"Learnt in {learnt.best.step} steps from {recipe.source}"
    card = replace(card, made=made, steps=learnt.best.step, preview=preview(models, learnt.style, scene))
    path = folder / (_plain(recipe.name) + SUFFIX)
    write(replace(learnt.style, card=card), path)
    return path


def make_all(data: Path, scene: Path, folder: Path) -> list[Path]:
    """Make every style that ships anew from the shipped networks; styles that no recipe names are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    models = Models(choose(Machine(device="cpu")))
    shown = pictures.read(scene).pixels
    made = [make(models, recipe, shown, folder) for recipe in recipes(data)]
    for path in set(folder.glob(f"*{SUFFIX}")) - set(made):
        path.unlink()
    return made


def preview(models: Models, style: Style, scene: np.ndarray) -> bytes:
    """A thumbnail of `scene` painted in a style by the large painter."""
    settings = Stylize(quality="fine")
    painted = stylize(models, scene, mix([(style, 1.0)], settings.quality), settings, Report()).pixels
    return thumbnail(painted)


def _opaque(colors: np.ndarray) -> np.ndarray:
    """Colors (H, W, 3) uint8 as pixels (H, W, 4) float32."""
    return np.dstack([colors, np.full_like(colors[..., 0], 255)]).astype(np.float32) / 255


def _plain(name: str) -> str:
    """A name as a file name that every system takes."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return letters.lower().replace(" ", "_")
