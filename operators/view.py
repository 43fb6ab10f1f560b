# SPDX-License-Identifier: GPL-3.0-or-later
"""Saves images with and without the view through which the artist sees them; the scene's settings stay as they were.

Frames that the engine reads from files go through the view there: `describe` says which one it is.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
from bpy.types import Image, ImageFormatSettings, Scene, bpy_struct

from ..core.errors import UserError
from . import compositor
from .display_mix import PLAIN

_KNOWN = {"Standard", "Raw"}
"""The views that the engine can show without a configuration."""

_EXR = {"file_format": "OPEN_EXR", "color_mode": "RGBA", "color_depth": "32", "exr_codec": "NONE"}
_TIFF = {"file_format": "TIFF", "color_mode": "RGB", "color_depth": "16", "tiff_codec": "NONE"}
"""Five times as fast to write as a PNG."""


def describe(scene: Scene) -> dict[str, Any]:
    """The scene's view as `core.engine.sequence` reads it from a JSON file, with a configuration where it needs one."""
    shown = compositor.rendered_view(scene)
    described = {
        "display": scene.display_settings.display_device,
        "view": shown["view_transform"],
        **{name: shown[name] for name in ("look", "exposure", "gamma")},
    }
    known = described["display"] == "sRGB" and described["view"] in _KNOWN and described["look"] == "None"
    return described if known else {"config": str(config()), **described}


def config() -> Path:
    """The OpenColorIO configuration that Blender uses: its own, or the one that the studio names in $OCIO."""
    named = os.environ.get("OCIO")
    return Path(named or Path(bpy.utils.system_resource("DATAFILES")) / "colormanagement" / "config.ocio")


def unsaid(scene: Scene) -> list[str]:
    """What `describe` cannot say of the scene's view, in sentences."""
    shown, found = compositor.rendered_view(scene), []
    if shown["use_curve_mapping"] or shown["use_white_balance"]:
        found.append("Curves and white balance of the view are not applied to frames: set them in the compositor.")
    space = getattr(getattr(bpy.data, "colorspace", None), "working_space", "Linear Rec.709")
    if space != "Linear Rec.709":
        found.append(f"Frames are taken to be Linear Rec.709, but the working space is {space}: colors will be off.")
    return found


def save_linear(image: Image, path: Path, scene: Scene) -> None:
    """Save the scene-linear colors, multiplied by alpha, as EXR of 32 bits.

    :raises UserError: the image has no pixels.
    """
    with _settings_kept(scene) as file:
        _set(file, _EXR | {"color_management": "FOLLOW_SCENE"})
        _save(image, path, scene)


def save_shown(image: Image, path: Path, scene: Scene, as_render: bool) -> None:
    """Save the colors of an opaque image, encoded for the display, as TIFF of 16 bits.

    :param as_render: through the scene's view, else through the plain view in which the Image Editor shows images.
    :raises UserError: the image has no pixels, or there is no plain view.
    """
    with _settings_kept(scene) as file:
        _set(file, _TIFF | {"color_management": "FOLLOW_SCENE" if as_render else "OVERRIDE"})
        if not as_render:
            _show_plainly(file)
        _save(image, path, scene)


def save_passes(image: Image, path: Path, scene: Scene) -> None:
    """Save a render with all its passes as multilayer EXR of 32 bits.

    :raises UserError: there is no render.
    """
    with _settings_kept(scene) as file:
        if hasattr(file, "media_type"):
            file.media_type = "MULTI_LAYER_IMAGE"
        _set(file, _EXR | {"file_format": "OPEN_EXR_MULTILAYER"})
        _save(image, path, scene)


def _show_plainly(file: ImageFormatSettings) -> None:
    try:
        _set(file.display_settings, {"display_device": "sRGB"})
        _set(file.view_settings, PLAIN)
    except TypeError:
        raise UserError("The color management in use has no view 'Standard': use Blender's own.") from None


def _save(image: Image, path: Path, scene: Scene) -> None:
    try:
        image.save_render(str(path), scene=scene)
    except RuntimeError as error:
        reason = str(error).strip().removeprefix("Error: ")
        raise UserError(f"'{image.name}' cannot be read ({reason}): render or open it again.") from None


@contextmanager
def _settings_kept(scene: Scene) -> Iterator[ImageFormatSettings]:
    """Let the settings of saved pictures be changed, and put them back; dithering is off meanwhile."""
    file = scene.render.image_settings
    before = [(owner, _values(owner)) for owner in (file, file.display_settings, file.view_settings)]
    dither = scene.render.dither_intensity
    try:
        scene.render.dither_intensity = 0.0
        if "media_type" in before[0][1]:
            file.media_type = "IMAGE"
        yield file
    finally:
        scene.render.dither_intensity = dither
        for owner, values in before:
            _set(owner, values)


def _values(owner: bpy_struct) -> dict[str, Any]:
    """The properties that can be set, in Blender's order: what comes first decides what may follow."""
    names = [known.identifier for known in owner.bl_rna.properties if not known.is_readonly]
    return {name: getattr(owner, name) for name in names}


def _set(owner: bpy_struct, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if getattr(owner, name) != value:
            setattr(owner, name, value)
