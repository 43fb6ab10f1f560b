# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps repainted pictures: packed into the .blend file or as picture files."""

import itertools
import os
import re
import tempfile
from collections.abc import Generator
from pathlib import Path

import bpy
import numpy as np
from bpy.types import Context, Image, Scene

from ..core import png
from ..core.errors import UserError
from . import images
from .images import Original
from .show_in_compositor import RESULT

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
"""What some system does not allow in the name of a file."""


def folder(scene: Scene) -> Path | None:
    """The folder in which the scene's results are saved; None where they are packed.

    :raises UserError: there is no such folder and it cannot be made.
    """
    chosen = scene.maniera
    if chosen.output == "PACKED":
        return None
    if chosen.folder.startswith("//") and not bpy.data.filepath:
        raise UserError("The result's folder lies beside the .blend file: save that first, or choose another folder.")
    path = Path(bpy.path.abspath(chosen.folder))
    make_folder(path)
    return path


def make_folder(path: Path) -> None:
    """Make a folder where there is none.

    :raises UserError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"Nothing can be saved in '{path}' ({error.strerror}): choose another folder.") from None


def keep(pixels: np.ndarray, original: Original, manner: str, folder: Path | None) -> Generator[None, None, str]:
    """Keep pixels as a new image that looks like them, with no less depth than the original; returns its name.

    The picture file is made here, in small steps, because Blender takes up to 0.5 s to pack or save a PNG.
    """
    file = yield from encode(pixels, original)
    image = place(file, original, manner, folder)
    image[RESULT] = manner
    return image.name


def encode(pixels: np.ndarray, original: Original) -> Generator[None, None, bytes]:
    """Make a picture file of pixels, with no less depth than the original."""
    yield
    file = yield from (_exr if original.depth is np.float32 else _png)(pixels, original)
    yield
    return file


def place(file: bytes, original: Original, manner: str, folder: Path | None) -> Image:
    """A new image of a picture file, which is packed where there is no folder for it."""
    name = file_name(original, manner)
    return images.load(_save(file, folder / name), original) if folder else images.pack(name, file, original)


def file_name(original: Original, manner: str) -> str:
    """How the file of a repainted picture is called."""
    suffix = ".exr" if original.depth is np.float32 else ".png"
    return _FORBIDDEN.sub("_", f"{Path(original.name).stem} - {manner}") + suffix


def show(context: Context, image: Image, original: Original) -> None:
    """Show an image in the Image Editor that shows the original, else in any that is open."""
    editors = [
        area.spaces.active
        for window in context.window_manager.windows
        for area in window.screen.areas
        if area.type == "IMAGE_EDITOR"
    ]
    editors.sort(key=lambda editor: not (editor.image and editor.image.session_uid == original.session_uid))
    for editor in editors[:1]:
        editor.image = image


def _png(pixels: np.ndarray, original: Original) -> Generator[None, None, bytes]:
    parts = []
    for part in png.encode(pixels, original.depth):
        parts.append(part)
        yield
    return b"".join(parts)


def _exr(pixels: np.ndarray, original: Original) -> Generator[None, None, bytes]:
    """With numbers that are encoded for the display: in the color space sRGB Blender shows exactly those."""
    if original.alpha_mode == "PREMUL" and not original.data_space:
        pixels = np.concatenate([pixels[..., :3] * pixels[..., 3:], pixels[..., 3:]], axis=2)
        yield
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.exr"
        with images.temporary(pixels, "Non-Color", is_float=True) as image:
            image.file_format = "OPEN_EXR"
            image.save(filepath=str(path), save_copy=True)
        yield
        return path.read_bytes()


def _save(file: bytes, wanted: Path) -> Path:
    """Save a file whole or not at all, under a name that is free."""
    numbered = (wanted.with_stem(f"{wanted.stem} {number}") for number in itertools.count(2))
    path = next(path for path in itertools.chain([wanted], numbered) if not path.exists())
    write(path, file)
    return path


def write(path: Path, file: bytes) -> None:
    """Write a file whole or not at all.

    :raises UserError: it cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        unfinished.write_bytes(file)
        unfinished.replace(path)
    except OSError as error:
        raise UserError(f"'{path}' cannot be saved ({error.strerror}): choose another folder.") from None
    finally:
        unfinished.unlink(missing_ok=True)
