# SPDX-License-Identifier: GPL-3.0-or-later
"""Colors of pictures with an embedded ICC profile, converted to sRGB."""

import io
import struct
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, ImageCms

from .depths import bands
from .transfer import to_display

Curve = Callable[[np.ndarray], np.ndarray]

_SRGB_TO_XYZ = np.array(
    [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
)
"""Adapted to D50, as profiles are."""
_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_STEP = 1 / 255


def to_srgb(image: Image.Image, colors: np.ndarray) -> None:
    """Write a picture of 8 bits in any mode as sRGB into (H, W, 3) bytes; a profile that cannot be used is passed over.

    Where no color moves by more than one step the profile is sRGB by another name, and the colors stay as they are.
    """
    try:
        convert = _conversion(image)
        moves = any(_moved(band, convert) for _, band in _bands(image))
    except (KeyError, OSError, ValueError, ImageCms.PyCMSError):
        moves = False
    for rows, band in _bands(image):
        colors[rows] = convert(band) if moves else band.convert("RGB")


def _bands(image: Image.Image) -> Iterator[tuple[slice, Image.Image]]:
    return ((rows, image.crop((0, rows.start, image.width, rows.stop))) for rows in bands(image.height))


def _conversion(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """How parts of a picture become sRGB by its profile."""
    profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    mode = _MODES[profile.profile.xcolor_space]
    transform = ImageCms.buildTransform(
        profile,
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    return lambda part: ImageCms.applyTransform(part.convert(mode), transform)


def _moved(part: Image.Image, convert: Callable[[Image.Image], Image.Image]) -> bool:
    plain, converted = (np.asarray(side, np.int16) for side in (part.convert("RGB"), convert(part)))
    return bool(np.abs(converted - plain).max() > 1)


def deep_to_srgb(pixels: np.ndarray, icc: bytes) -> None:
    """Bring colors of more than 8 bits (H, W, 4) in [0, 1] to sRGB, in place.

    Done where the profile is curves and a matrix, as most are, and where it makes a difference.
    """
    try:
        tags = _tags(icc)
        curves = [_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC")]
        to_xyz = np.array([_fixed(tags[name], 8, 3) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]).T
    except (KeyError, IndexError, ValueError, struct.error):
        return
    matrix = (np.linalg.inv(_SRGB_TO_XYZ) @ to_xyz).T

    def converted(colors: np.ndarray) -> np.ndarray:
        light = np.stack([curve(colors[..., i]) for i, curve in enumerate(curves)], axis=-1)
        return to_display(light @ matrix).astype(np.float32)

    parts = [pixels[rows, :, :3] for rows in bands(len(pixels))]
    if any(np.abs(converted(part) - part).max() > _STEP for part in parts):
        for part in parts:
            part[...] = converted(part)


def _tags(icc: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", icc, 128)
    entries = (struct.unpack_from(">4sII", icc, 132 + 12 * i) for i in range(min(count, 100)))
    return {name: icc[start : start + size] for name, start, size in entries}


def _fixed(tag: bytes, start: int, count: int) -> list[float]:
    return [number / 65536 for number in struct.unpack_from(f">{count}i", tag, start)]


def _curve(tag: bytes) -> Curve:
    """The tone curve in a tag: from stored number to light, both in [0, 1] (ICC.1:2010, 10.5 and 10.15)."""
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        entries = np.array(struct.unpack_from(f">{count}H", tag, 12))
        if count > 1:
            return lambda x: np.interp(x, np.linspace(0, 1, count), entries / 65535)
        gamma = entries[0] / 256 if count else 1.0
        return lambda x: x**gamma
    if tag[:4] != b"para":
        raise ValueError
    (kind,) = struct.unpack_from(">H", tag, 8)
    g, a, b, c, d, e, f = {
        0: lambda g: (g, 1, 0, 0, 0, 0, 0),
        1: lambda g, a, b: (g, a, b, 0, -b / a, 0, 0),
        2: lambda g, a, b, c: (g, a, b, 0, -b / a, c, c),
        3: lambda g, a, b, c, d: (g, a, b, c, d, 0, 0),
        4: lambda *all_seven: all_seven,
    }[kind](*_fixed(tag, 12, (1, 3, 4, 5, 7)[kind]))
    return lambda x: np.where(x >= d, (a * x + b).clip(0) ** g + e, c * x + f)
