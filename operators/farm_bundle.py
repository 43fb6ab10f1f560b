# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder that a render farm gets: all that repaints a scene's frames, but the frames and the engine themselves."""

import json
import shutil
import tomllib
from collections.abc import Generator
from pathlib import Path
from typing import Any

import bpy
from bpy.types import Scene

from ..core import manifest, styles
from ..core.errors import UserError
from . import places, results, view
from .shot import Shot
from .shot_order import PICTURE, style_files
from .stylize import chosen_manner

VIEW = "view.json"
STYLE = Path(PICTURE).with_suffix(styles.SUFFIX).name
"""Flamenco's job type finds either by what they are called."""

_OPENJD = places.ROOT / "farm" / "openjd"


def write(scene: Scene, shot: Shot, folder: Path) -> Generator[None, None, None]:
    """Write everything, the job template last: a folder that has it is whole.

    :raises UserError: there is nothing to paint after, or a mixture of styles, or the folder cannot be written to.
    """
    flags, fps = scene.maniera.flags, scene.render.fps / scene.render.fps_base
    results.make_folder(folder)
    _write_view(scene, folder)
    style = yield from _write_style(scene, folder)
    _write_json(folder / "manifest.json", _manifest(style))
    values = _parameters(shot, style, flags, fps)
    listed = [{"name": name, "value": value} for name, value in values.items()]
    _write_json(folder / "parameters.json", values)  # as openjd's own command takes them
    _write_json(folder / "parameter_values.json", {"parameterValues": listed})  # as AWS Deadline Cloud takes them
    for file in sorted(_OPENJD.iterdir()):
        results.write(folder / file.name, file.read_bytes())


def _write_view(scene: Scene, folder: Path) -> None:
    """The scene's view, with Blender's own configuration beside it: a farm's machine may have none."""
    described = view.describe(scene)
    own = Path(bpy.utils.system_resource("DATAFILES")) / "colormanagement"
    config = Path(described.get("config", ""))
    if config.parent == own:
        described["config"] = f"{own.name}/{config.name}"
        shutil.copytree(own, folder / own.name, dirs_exist_ok=True)
    _write_json(folder / VIEW, described)


def _write_style(scene: Scene, folder: Path) -> Generator[None, None, Path]:
    """A copy of the style, or the reference picture."""
    manner = yield from chosen_manner(scene)
    if len(manner.styles) > 1:
        raise UserError("A farm paints in one style: remove the others from the mixture.")
    for old in (folder / STYLE, folder / PICTURE):
        old.unlink(missing_ok=True)
    (source,) = yield from style_files(manner, folder)
    path = Path(source["path"])
    if path.parent != folder:
        results.write(folder / STYLE, path.read_bytes())
        path = folder / STYLE
    return path


def _manifest(style: Path) -> dict[str, Any]:
    """What the farm has to have, as `core.manifest` verifies it, and what this was made with."""
    about = tomllib.loads((places.ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    return {
        "maniera": about["version"],
        "blender": bpy.app.version_string,
        "style": {style.name: manifest.sha256(style)},
        "weights": manifest.hashes(),
    }


def _parameters(shot: Shot, style: Path, flags: str, fps: float) -> dict[str, Any]:
    """The values of the template's parameters by name."""
    return {
        "Input": shot.rendered,
        "Output": shot.painted,
        "Frames": shot.frames.replace("x", ":"),  # as Open Job Description writes steps
        "Vectors": shot.vectors,
        "Style": str(style),
        "View": str(style.with_name(VIEW)),
        "Flags": flags,
        "FramesPerSecond": fps,
    }


def _write_json(path: Path, content: dict[str, Any]) -> None:
    results.write(path, json.dumps(content, indent=2).encode())
