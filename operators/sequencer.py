# SPDX-License-Identifier: GPL-3.0-or-later
"""Repainted frames in Blender's video sequencer, in a scene of their own that shows them as they are."""

from pathlib import Path

import bpy
from bpy.types import Scene, Strip

from ..core.errors import UserError
from . import display_mix
from .shot import Shot


def new_scene(name: str, like: Scene, shot: Shot) -> Scene:
    """A scene with the frames of a shot in its sequencer: of their size, at the speed of `like`, in the plain view.

    Among the 3D scene's own strips they would take the place of its renders, and pass its view a second time.

    :raises UserError: there are no frames.
    """
    files = _held(shot)
    made = bpy.data.scenes.new(name)
    made.render.resolution_x, made.render.resolution_y = _size(next(filter(None, files)))
    made.render.fps, made.render.fps_base = like.render.fps, like.render.fps_base
    made.render.dither_intensity = 0.0
    made.frame_start, made.frame_end = shot.first, shot.last
    display_mix.write_view(made, display_mix.PLAIN)
    return made


def add(scene: Scene, shot: Shot, name: str) -> Strip:
    """Add the frames of a shot as one strip, each at its own number; where one lacks, the one before it stays.

    :raises UserError: there are no frames.
    """
    files = _held(shot)
    editor = scene.sequence_editor or scene.sequence_editor_create()
    shown = list(filter(None, files))
    channel = max((strip.channel for strip in editor.strips), default=0) + 1
    strip = editor.strips.new_image(name, str(shown[0]), channel, shot.first + len(files) - len(shown))
    for file in shown[1:]:
        strip.elements.append(file.name)
    if shown[0].suffix == ".png":
        strip.colorspace_settings.name = "sRGB"
    return strip


def _held(shot: Shot) -> list[Path | None]:
    """The file to show at each frame of the shot; None before the first that there is."""
    files: list[Path | None] = []
    for number in range(shot.first, shot.last + 1):
        file = shot.file(number)
        files.append(file if file.is_file() else files[-1] if files else None)
    if not any(files):
        raise UserError(f"There are no repainted frames in '{shot.folder}': press Stylize Animation first.")
    return files


def _size(file: Path) -> tuple[int, int]:
    image = bpy.data.images.load(str(file))
    try:
        return tuple(image.size)
    finally:
        bpy.data.images.remove(image)
