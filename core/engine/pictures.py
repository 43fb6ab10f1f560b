# SPDX-License-Identifier: GPL-3.0-or-later
"""Picture files: read as display-referred pixels, written again with their size, alpha and bit depth kept.

Files of integers hold display-referred colors and straight alpha. Files of floating-point numbers are scene-linear
with associated alpha, as Blender reads and writes them, and are shown through its Standard view.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import OpenImageIO
from PIL import Image, ImageOps

from ..errors import OutOfMemoryError, PassingError, UserError
from . import deep_pictures, depths, profiles
from .transfer import to_display, to_linear

Answer = TypeVar("Answer")

# Against decompression bombs the libraries refuse pictures that artists do render; `_check_size` guards instead.
Image.MAX_IMAGE_PIXELS = None
OpenImageIO.attribute("limits:imagesize_MB", 0)

SIDE_LIMIT = 16384
DEPTHS = ("uint8", "half", "uint16", "float")
"""By how finely they divide [0, 1]."""


@dataclass(frozen=True)
class Format:
    """What one kind of picture file can hold."""

    depths: tuple[str, ...]
    alpha: bool = True
    longest_px: int = 1 << 20
    options: dict[str, Any] = field(default_factory=dict)
    """How Pillow writes it."""

    def depth(self, wanted: str) -> str:
        """The coarsest depth that loses nothing of `wanted`, else the finest there is."""
        fine_enough = [depth for depth in self.depths if DEPTHS.index(depth) >= DEPTHS.index(wanted)]
        return fine_enough[0] if fine_enough else self.depths[-1]


_JPEG = Format(("uint8",), alpha=False, longest_px=65500, options={"quality": 95, "subsampling": 0})
_TIFF = Format(("uint8", "uint16", "float"), options={"compression": "tiff_adobe_deflate"})
FORMATS = {
    ".png": Format(("uint8", "uint16")),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".webp": Format(("uint8",), longest_px=16383, options={"lossless": True, "exact": True}),
    ".exr": Format(("half", "float")),
}
"""By suffix."""
_SHALLOW = (b"\xff\xd8\xff", b"RIFF")  # how JPEG and WebP begin
_PERHAPS_DEEP = (b"\x89PNG", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"\x76\x2f\x31\x01")  # PNG, TIFF, EXR


@dataclass(frozen=True)
class Picture:
    """Pixels and what else of their file is kept."""

    pixels: np.ndarray
    """(H, W, 4) float32, display-referred sRGB and straight alpha in [0, 1], top row first.

    Numbers that are not finite are as they were in the file. Where it was asked for, 8 bits are kept as uint8.
    """
    depth: str = "uint8"
    """One of DEPTHS."""
    has_alpha: bool = True

    def data(self) -> np.ndarray:
        """The pixels with numbers as the file holds them: of maps that are no colors."""
        return _recoded(self.pixels, to_linear) if self.depth in deep_pictures.LINEAR else self.pixels


def of_data(numbers: np.ndarray, path: Path, depth: str, has_alpha: bool) -> Picture:
    """A picture that puts numbers (H, W, 4) in [0, 1] as they are into the file `path`."""
    stored = FORMATS[path.suffix.lower()].depth(depth)
    return Picture(_recoded(numbers, to_display) if stored in deep_pictures.LINEAR else numbers, depth, has_alpha)


def _recoded(pixels: np.ndarray, curve: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    return np.concatenate([curve(pixels[..., :3]), pixels[..., 3:]], 2).astype(np.float32)


def read(path: Path, *, as_bytes: bool = False) -> Picture:
    """Read a PNG, JPEG, TIFF, WebP or EXR file: turned upright, its color profile converted to sRGB.

    :param as_bytes: keep pixels of 8 bits a channel as uint8, a quarter of the memory.
    :raises UserError: there is no such file, it is no such picture, it is broken or absurdly large.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise UserError(f"The picture '{path}' cannot be read ({error.strerror}): check its name and place.") from None
    if not start:
        raise UserError(f"The picture '{path}' is empty: render or export it again.")
    if not start.startswith(_SHALLOW + _PERHAPS_DEEP):
        raise UserError(f"'{path}' is no PNG, JPEG, TIFF, WebP or EXR picture: convert it to one of them.")
    if start.startswith(_PERHAPS_DEEP) and _decode(path, deep_pictures.is_deep):
        source = _decode(path, deep_pictures.find)
        _check_size(path, source.width, source.height)
        return Picture(_decode(path, source.read), source.depth, source.alpha is not None)
    picture = _decode(path, _read_bytes)
    return picture if as_bytes else replace(picture, pixels=depths.numbers(picture.pixels))


def _read_bytes(path: Path) -> Picture:
    """A picture of 8 bits a channel."""
    with Image.open(path, formats=("PNG", "JPEG", "TIFF", "WEBP")) as image:
        _check_size(path, *image.size)
        ImageOps.exif_transpose(image, in_place=True)
        pixels = np.full((image.height, image.width, 4), 255, np.uint8)
        has_alpha = image.has_transparency_data
        if has_alpha:
            opaque = image if "A" in image.getbands() else image.convert("RGBA")
            pixels[..., 3] = opaque.getchannel("A")
        profiles.to_srgb(image, pixels[..., :3])
    return Picture(pixels, "uint8", has_alpha)


def _decode(path: Path, decoder: Callable[[Path], Answer]) -> Answer:
    try:
        return decoder(path)
    except UserError:
        raise
    except MemoryError:
        raise OutOfMemoryError(f"The picture '{path}' does not fit into memory: scale it down.") from None
    except Exception as error:  # a broken file makes the decoders raise nearly anything
        raise UserError(f"The picture '{path}' is broken or cut short: export it again.") from error


def _check_size(path: Path, width: int, height: int) -> None:
    if width * height > SIDE_LIMIT**2:
        raise UserError(
            f"The picture '{path}' has {width} x {height} pixels, more than {SIDE_LIMIT} x {SIDE_LIMIT}: scale it down."
        )


def write(path: Path, picture: Picture) -> None:
    """Write a picture, whole or not at all, in the format that the suffix names and as nearly as it can hold.

    Colors hidden where alpha is zero do not survive in files of associated alpha.

    :raises UserError: as `check` does.
    :raises PassingError: the disk is full or fails.
    """
    check(path, picture)
    form = FORMATS[path.suffix.lower()]
    depth = form.depth(picture.depth)
    pixels = picture.pixels if form.alpha and picture.has_alpha else picture.pixels[..., :3]
    try:
        with whole(path) as unfinished:
            if depth == "uint8":
                _image(pixels).save(unfinished, **form.options)
            else:
                deep_pictures.write(unfinished, pixels, depth)
    except OSError as error:
        reason = error.strerror or error
        raise PassingError(
            f"'{path}' could not be written ({reason}): make room on the disk, then try again."
        ) from error


def _image(pixels: np.ndarray) -> Image.Image:
    """Pixels (H, W, 3 or 4) as what Pillow writes."""
    height, width, channels = pixels.shape
    image = Image.new("RGBA" if channels == 4 else "RGB", (width, height))
    for rows in depths.bands(height):
        image.paste(Image.fromarray(depths.integers(pixels[rows], "uint8")), (0, rows.start))
    return image


def check(path: Path, picture: Picture | None = None) -> None:
    """Find out before any work whether a file (and what `picture` holds) could be written there.

    :raises UserError: the suffix is unknown, the folder cannot be written to, or the format cannot hold the picture.
    """
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise UserError(f"'{path}' names no format to write: let the name end in {', '.join(FORMATS)}.")
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
        raise UserError(f"'{path}' cannot be written: choose a name in a folder that exists and that you may write to.")
    if picture is None:
        return
    height, width = picture.pixels.shape[:2]
    if max(height, width) > form.longest_px:
        raise UserError(
            f"'{path}' cannot hold {width} x {height} pixels, at most {form.longest_px} a side: write a PNG instead."
        )
    if not form.alpha and picture.has_alpha and depths.integers(picture.pixels[..., 3], "uint8").min() < 255:
        raise UserError(f"'{path}' cannot hold the picture's transparency, as JPEG has none: write a PNG instead.")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` to write to; it takes the place of `path` at the end, or vanishes on failure."""
    unfinished = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
