# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine is asked for the frames of a scene's animation."""

import json
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from bpy.types import Context, Scene

from ..core import png, settings
from . import preferences, properties, results, view
from .shot import Shot
from .stylize import Manner, chosen_manner

PICTURE = "style.png"
"""What a picture is called that is painted after: it is written beside the repainted frames."""


@dataclass(frozen=True)
class Order:
    """What the engine is asked for a shot."""

    shot: Shot
    manner: str
    fields: dict[str, Any]
    """Of the request "sequence", for all frames."""

    def frame(self, number: int) -> dict[str, Any]:
        """The fields for one frame that was just rendered."""
        anew = self.fields["sequence"] | {"skip_existing": False}
        return self.fields | {"frames": str(number), "sequence": anew}


def order(context: Context, scene: Scene, shot: Shot) -> Generator[None, None, Order]:
    """All that is chosen for a shot; the files that it names are written beside the repainted frames.

    :raises UserError: there is nothing to paint after, or the folder cannot be written to.
    """
    fields = {"input": shot.rendered, "output": shot.painted, "frames": shot.frames, "shot": shot.frames}
    if shot.vectors:
        fields["vectors"] = shot.vectors
    if shot.key is not None:
        fields["key"] = shot.key
    fields |= {
        "view": str(shot.folder / "view.json"),
        "settings": asdict(properties.read(scene.maniera.stylize, settings.Stylize)),
        "sequence": asdict(properties.read(scene.maniera.sequence, settings.Sequence)),
        "machine": asdict(preferences.machine(context)),
    }
    results.make_folder(shot.folder)
    results.write(Path(fields["view"]), json.dumps(view.describe(scene), indent=2).encode())
    manner = yield from chosen_manner(scene)
    styles = yield from style_files(manner, shot.folder)
    return Order(shot, manner.name, fields | {"styles": styles})


def style_files(manner: Manner, folder: Path) -> Generator[None, None, list[dict[str, Any]]]:
    """The files to paint after, with their weights: the styles' own, or the reference picture written into `folder`."""
    if not manner.references:
        return manner.styles
    parts = []
    for part in png.encode(manner.references[0], np.uint16):
        parts.append(part)
        yield
    path = folder / PICTURE
    results.write(path, b"".join(parts))
    return [{"path": str(path), "weight": 1.0}]
