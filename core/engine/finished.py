# SPDX-License-Identifier: GPL-3.0-or-later
"""Repainted frames as files: whole or not at all, and marked with how they were painted, to be known again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import OpenImageIO

from .. import png
from ..errors import PassingError
from . import deep_pictures, pictures
from .view import View

_MARK = "maniera"
_STORAGE = (
    "oiio:",
    "openexr:",
    "cryptomatte/",
    "cycles.",
    "BlenderMultiChannel",
    "name",
    "type",
    "view",
    "compression",
)
"""How attributes begin that tell of a file's other parts, or how it was stored."""
_DEPTHS = {"8": np.uint8, "16": np.uint16}


def mark(digest: str, *sources: Path | None) -> str:
    """What a frame is marked with: how it was asked for, and the state of the files that it was painted from."""
    states = [path.stat() for path in sources if path is not None]
    return "-".join([digest, *(f"{state.st_size:x}.{int(state.st_mtime):x}" for state in states)])


def is_finished(path: Path, wanted: str) -> bool:
    """Whether a frame is there and whole, and carries this mark."""
    try:
        return _read_mark(path) == wanted
    except (OSError, ValueError):
        return False


def write(path: Path, pixels: np.ndarray, depth: str, wanted: str) -> None:
    """Write pixels (H, W, 4), display-referred with straight alpha, as PNG of "8" or "16" bits a channel.

    :raises PassingError: the disk is full or fails; so for `write_linear`.
    """
    with _careful(path) as unfinished:
        unfinished.write_bytes(b"".join(png.encode(pixels, _DEPTHS[depth], {_MARK: wanted})))


def write_linear(path: Path, pixels: np.ndarray, view: View, source: Path, wanted: str) -> None:
    """Write pixels as scene-linear EXR with associated alpha, with number format and metadata of the frame `source`."""
    spec = OpenImageIO.ImageSpec(pixels.shape[1], pixels.shape[0], 4, "half")
    if source.suffix.lower() == ".exr":
        with deep_pictures.opened(source) as file:
            _keep(file.spec(), spec)
    # OpenImageIO would write the present time, and the same frame would never be the same file.
    spec.attribute("DateTime", time.strftime("%Y:%m:%d %H:%M:%S", time.gmtime(source.stat().st_mtime)))
    spec.attribute("compression", "zip")
    spec.attribute(_MARK, wanted)
    alpha = pixels[..., 3:]
    stored = np.concatenate([view.light(pixels[..., :3]) * alpha, alpha], axis=-1).astype(np.float32)
    with _careful(path) as unfinished:
        file = OpenImageIO.ImageOutput.create(str(unfinished))
        if not (file.open(str(unfinished), spec) and file.write_image(stored) and file.close()):
            raise OSError(file.geterror())


def _keep(source: OpenImageIO.ImageSpec, spec: OpenImageIO.ImageSpec) -> None:
    if str(source.channelformat(0)) == "float":
        spec.set_format("float")
    for attribute in source.extra_attribs:
        if not attribute.name.startswith(_STORAGE):
            spec.attribute(attribute.name, attribute.type, attribute.value)


@contextmanager
def _careful(path: Path) -> Iterator[Path]:
    try:
        with pictures.whole(path) as unfinished:
            yield unfinished
    except OSError as error:
        reason = error.strerror or error
        raise PassingError(
            f"'{path}' could not be written ({reason}): make room on the disk, then try again."
        ) from error


def _read_mark(path: Path) -> str | None:
    if path.suffix.lower() == ".png":
        return png.read_notes(path.read_bytes()).get(_MARK)
    with deep_pictures.opened(path) as file:
        return file.spec().getattribute(_MARK) if file.read_image("half") is not None else None
