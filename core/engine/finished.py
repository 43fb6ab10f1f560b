# SPDX-License-Identifier: GPL-3.0-or-later
"""Repainted frames as files: whole or not at all, and marked with how they were painted, to be known again."""

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import OpenImageIO

from .. import png
from ..errors import PassingError
from . import deep_pictures, pictures
from .shot import Shot
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


def mark_of(shot: Shot, number: int) -> str:
    """What a frame is marked with: how it was asked for, and the state of the files that it is painted from."""
    return "-".join([shot.digest, *(state(pattern.file(number)) for pattern in (shot.input, shot.vectors) if pattern)])


def state(path: Path) -> str:
    """What tells a file from the one that it takes the place of; nothing where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_size:x}.{int(found.st_mtime):x}"


def is_finished(shot: Shot, number: int) -> bool:
    """Whether a frame was painted as the shot asks for, from what is there, and its file is whole."""
    return _is_marked(shot.output.file(number), mark_of(shot, number))


def tidy(shot: Shot, numbers: Collection[int]) -> None:
    """Remove what processes that were killed have half written of frames that are finished.

    One that is writing such a frame at this moment finds it finished.
    """
    target = shot.output.path
    stems = {shot.output.file(number).stem for number in numbers}
    for unfinished in target.parent.glob(f".*{target.suffix}"):
        stem, _, process = unfinished.stem[1:].rpartition(".")
        if stem in stems and process.isdigit():
            with suppress(OSError):
                unfinished.unlink()


def write(path: Path, pixels: np.ndarray, depth: str, mark: str) -> None:
    """Write pixels (H, W, 4), display-referred with straight alpha, as PNG of "8" or "16" bits a channel.

    :raises PassingError: the disk is full or fails; so for `write_linear`.
    """
    with _careful(path, mark) as unfinished:
        unfinished.write_bytes(b"".join(png.encode(pixels, _DEPTHS[depth], {_MARK: mark})))


def write_linear(path: Path, pixels: np.ndarray, view: View, source: Path, mark: str) -> None:
    """Write pixels as scene-linear EXR with associated alpha, with number format and metadata of the frame `source`."""
    spec = OpenImageIO.ImageSpec(pixels.shape[1], pixels.shape[0], 4, "half")
    alpha = pixels[..., 3:]
    stored = np.concatenate([view.light(pixels[..., :3]) * alpha, alpha], axis=-1).astype(np.float32)
    with _careful(path, mark) as unfinished:
        if source.suffix.lower() == ".exr":
            with deep_pictures.opened(source) as file:
                _keep(file.spec(), spec)
        # OpenImageIO would write the present time, and the same frame would never be the same file.
        spec.attribute("DateTime", time.strftime("%Y:%m:%d %H:%M:%S", time.gmtime(source.stat().st_mtime)))
        spec.attribute("compression", "zip")
        spec.attribute(_MARK, mark)
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
def _careful(path: Path, mark: str) -> Iterator[Path]:
    """A temporary name to write a frame to; one that vanishes while another process finishes the frame is no loss."""
    try:
        with pictures.whole(path) as unfinished:
            yield unfinished
    except OSError as error:
        if not (isinstance(error, FileNotFoundError) and _is_marked(path, mark)):
            reason = error.strerror or error
            raise PassingError(
                f"'{path}' could not be written ({reason}): make room on the disk, then try again."
            ) from error


def _is_marked(path: Path, mark: str) -> bool:
    """Whether a frame is there, whole and with this mark."""
    try:
        return _read_mark(path) == mark
    except (OSError, ValueError):
        return False


def _read_mark(path: Path) -> str | None:
    if path.suffix.lower() == ".png":
        return png.read_notes(path.read_bytes()).get(_MARK)
    with deep_pictures.opened(path) as file:
        return file.spec().getattribute(_MARK) if file.read_image("half") is not None else None
