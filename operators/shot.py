# SPDX-License-Identifier: GPL-3.0-or-later
"""The frames of a scene's animation: where they are rendered to, and where they are repainted to."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import bpy
from bpy.types import Scene

from ..core.errors import UserError
from ..core.frames import Pattern

FOLDER = "stylized"
"""Beside the rendered frames, where no other folder is chosen."""

SUFFIXES = {"PNG": ".png", "OPEN_EXR": ".exr"}

_LONG = 222_222_222, 333_333_333
"""Two frame numbers of nine digits that differ in all of them."""


@dataclass(frozen=True)
class Shot:
    """File names with a run of # for the frame's number, and which frames they are."""

    rendered: str
    painted: str
    vectors: str
    first: int
    last: int
    step: int
    key: int | None = None
    """The frame that the paint is carried from; None is the first."""

    @property
    def frames(self) -> str:
        """As the command line has them: "1-24" or "1-24x2"."""
        return f"{self.first}-{self.last}" + (f"x{self.step}" if self.step > 1 else "")

    @property
    def numbers(self) -> range:
        return range(self.first, self.last + 1, self.step)

    @property
    def folder(self) -> Path:
        """Where repainted frames go."""
        return Path(self.painted).parent

    def file(self, number: int) -> Path:
        """The repainted frame of this number."""
        return Pattern(Path(self.painted)).file(number)


def read(scene: Scene, *, as_rendered: bool = False) -> Shot:
    """The frames that the scene names.

    :param as_rendered: those that the scene renders, from the first on, whatever the artist has named.
    :raises UserError: it names none, or they would be written over.
    """
    chosen = scene.maniera.shot
    rendered = _pattern(chosen.rendered) if chosen.rendered and not as_rendered else render_pattern(scene)
    folder = absolute(chosen.folder) if chosen.folder else Path(rendered).parent / FOLDER
    painted = str(folder / Path(rendered).with_suffix(SUFFIXES[chosen.file_format]).name)
    if painted == rendered:
        raise UserError(f"The rendered frames in '{folder}' are not overwritten: choose another folder.")
    span = (chosen.first, chosen.last, 1) if chosen.use_range else _scene_range(scene)
    if span[0] > span[1]:
        raise UserError(f"There are no frames from {span[0]} to {span[1]}: choose a last frame behind the first.")
    key = chosen.key if chosen.use_key and not as_rendered else None
    return Shot(rendered, painted, _pattern(chosen.vectors) if chosen.vectors else "", *span, key)


def render_pattern(scene: Scene) -> str:
    """The names of the files that the scene's animation is rendered to.

    Blender alone knows how it makes them, so it is asked for two numbers that differ wherever a digit is.

    :raises UserError: it is rendered to a movie, or beside a file that has no place yet.
    """
    if scene.render.is_movie_format:
        raise UserError("The scene renders a movie: choose a picture format in the output properties.")
    absolute(scene.render.filepath)
    one, other = (scene.render.frame_path(frame=number) for number in _LONG)
    start = next(place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
    behind = len(one) - start - len(str(_LONG[0]))
    digits = len(scene.render.frame_path(frame=0)) - start - behind
    return os.path.abspath(one[:start] + "#" * digits + one[len(one) - behind :])


def absolute(path: str) -> Path:
    """A path that an artist has written.

    :raises UserError: it begins beside a file that was not saved yet.
    """
    if path.startswith("//") and not bpy.data.filepath:
        raise UserError(f"'{path}' lies beside the .blend file: save that first, or choose another place.")
    return Path(os.path.abspath(bpy.path.abspath(path)))


def _pattern(path: str) -> str:
    """The names of all frames, of which the artist has named one."""
    file = absolute(path)
    if "#" in file.name:
        return str(file)
    name, count = re.subn(r"\d+(?=\D*$)", lambda digits: "#" * len(digits[0]), file.name)
    if not count:
        raise UserError(f"'{file}' has no frame number in its name: choose one frame of a sequence.")
    return str(file.with_name(name))


def _scene_range(scene: Scene) -> tuple[int, int, int]:
    return scene.frame_start, scene.frame_end, scene.frame_step
