# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of more than 8 bits a channel, through OpenImageIO."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import OpenImageIO

from ..errors import UserError
from . import depths, profiles
from .transfer import to_display, to_linear

LINEAR = ("half", "float")
"""Depths of scene-linear files."""
_STRAIGHT = "oiio:UnassociatedAlpha"


@dataclass(frozen=True)
class Source:
    """Where in a file the picture is: the combined pass of a render, else the first colors."""

    part: int
    width: int
    height: int
    depth: str
    color: tuple[int, int, int]
    """Channels of red, green and blue; three times the same one for grey."""
    alpha: int | None

    def read(self, path: Path) -> np.ndarray:
        """The pixels, as `pictures.Picture` holds them."""
        channels = [*self.color] + ([] if self.alpha is None else [self.alpha])
        span = min(channels), max(channels) + 1
        pixels = np.ones((self.height, self.width, 4), np.float32)
        with opened(path) as file:
            file.seek_subimage(self.part, 0)
            spec = file.spec()
            for rows in depths.bands(self.height, spec.tile_height or 1):
                band = pixels[rows]
                numbers = _read_rows(file, self.part, rows, span)
                band[..., : len(channels)] = numbers[..., [channel - span[0] for channel in channels]]
                if self.alpha is not None and not spec.get_int_attribute(_STRAIGHT):
                    make_straight(band)
                if self.depth in LINEAR:
                    band[..., :3] = to_display(band[..., :3])
        if self.depth not in LINEAR and len(set(self.color)) == 3:
            profiles.deep_to_srgb(pixels, _profile(spec))
        return _upright(pixels, spec.get_int_attribute("Orientation", 1))


def _read_rows(file: OpenImageIO.ImageInput, part: int, rows: slice, channels: tuple[int, int]) -> np.ndarray:
    spec = file.spec()
    top, bottom = spec.y + rows.start, spec.y + rows.stop
    if spec.tile_width:
        columns = spec.x, spec.x + spec.width
        numbers = file.read_tiles(part, 0, *columns, top, bottom, 0, 1, *channels, "float")
    else:
        numbers = file.read_scanlines(part, 0, top, bottom, 0, *channels, "float")
    if numbers is None:
        raise OSError(file.geterror())
    return numbers.reshape(rows.stop - rows.start, spec.width, -1)


def is_deep(path: Path) -> bool:
    """Whether a file has more than 8 bits a channel."""
    with opened(path) as file:
        return file.spec().format.basesize() > 1


def find(path: Path) -> Source:
    """Look for the picture in a file that may have many parts and layers.

    :raises UserError: it holds no colors.
    """
    found = []
    with opened(path) as file:
        part = 0
        while file.seek_subimage(part, 0):
            found += _sources(file.spec(), part)
            part += 1
    if not found:
        raise UserError(f"The picture '{path}' holds no colors, only other passes: choose the combined pass.")
    return min(found, key=lambda ranked: ranked[0])[1]


def _sources(spec: OpenImageIO.ImageSpec, part: int) -> Iterator[tuple[int, Source]]:
    """The pictures in one part of a file, each with a rank: 0 is best."""
    if spec.deep:
        return
    layers: dict[str, dict[str, int]] = {}
    for index, name in enumerate(spec.channelnames):
        layer, _, letter = name.rpartition(".")
        layers.setdefault(layer, {})[letter] = index
    for layer, channels in layers.items():
        if {"R", "G", "B"} <= channels.keys():
            color = channels["R"], channels["G"], channels["B"]
        elif "Y" in channels and "X" not in channels:
            color = (channels["Y"],) * 3
        else:
            continue
        rank = 0 if not layer else 1 if "Combined" in layer.split(".") else 2
        depth = _depth(str(spec.channelformat(color[0])))
        yield rank, Source(part, spec.width, spec.height, depth, color, channels.get("A"))


def _depth(stored: str) -> str:
    return {"half": "half", "float": "float", "double": "float", "uint8": "uint8"}.get(stored, "uint16")


@contextmanager
def opened(path: Path) -> Iterator[OpenImageIO.ImageInput]:
    as_stored = OpenImageIO.ImageSpec()
    as_stored.attribute(_STRAIGHT, 1)
    file = OpenImageIO.ImageInput.open(str(path), as_stored)
    if file is None:
        raise OSError(OpenImageIO.geterror())
    try:
        yield file
    finally:
        file.close()


def make_straight(pixels: np.ndarray) -> None:
    """Divide by alpha, in place; light where alpha is zero is left as it is, as in Blender."""
    alpha = pixels[..., 3:]
    with np.errstate(over="ignore", invalid="ignore"):
        np.divide(pixels[..., :3], alpha, out=pixels[..., :3], where=alpha > 0)


def _profile(spec: OpenImageIO.ImageSpec) -> bytes:
    stored = spec.getattribute("ICCProfile")
    return b"" if stored is None else np.asarray(stored, np.uint8).tobytes()


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turn pixels as an EXIF orientation (1 to 8) says."""
    if orientation > 4:
        pixels = pixels.swapaxes(0, 1)
    across = -1 if orientation in (2, 3, 6, 7) else 1
    down = -1 if orientation in (3, 4, 7, 8) else 1
    return np.ascontiguousarray(pixels[::down, ::across])


def write(path: Path, pixels: np.ndarray, depth: str) -> None:
    """Write pixels (H, W, 3 or 4), as `pictures.Picture` holds them, as 16-bit integers or scene-linear numbers.

    :raises OSError: the file cannot be written.
    """
    height, width, channels = pixels.shape
    spec = OpenImageIO.ImageSpec(width, height, channels, depth)
    spec.attribute("compression", "zip")
    if depth not in LINEAR:
        spec.attribute(_STRAIGHT, 1)
    file = OpenImageIO.ImageOutput.create(str(path))
    if file is None:
        raise OSError(OpenImageIO.geterror())
    done = file.open(str(path), spec)
    for rows in depths.bands(height):
        stored = _linear(pixels[rows]) if depth in LINEAR else depths.integers(pixels[rows], depth)
        done = done and file.write_scanlines(rows.start, rows.stop, 0, np.ascontiguousarray(stored))
    if not (done and file.close()):
        raise OSError(file.geterror())


def _linear(pixels: np.ndarray) -> np.ndarray:
    """Scene-linear numbers of associated alpha."""
    pixels = depths.numbers(pixels)
    light = to_linear(pixels)
    if pixels.shape[2] == 4:
        light[..., 3] = pixels[..., 3]
        light[..., :3] *= pixels[..., 3:].clip(0, 1)
    return light
