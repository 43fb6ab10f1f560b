# SPDX-License-Identifier: GPL-3.0-or-later
"""Colors of pictures with an embedded ICC profile, converted to sRGB."""

import io
import struct
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageCms

from .transfer import to_display

Curve = Callable[[np.ndarray], np.ndarray]

_SRGB_TO_XYZ = np.array(
    [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
)
"""Adapted to D50, as profiles are."""
_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_STEP = 1 / 255


def to_srgb(image: Image.Image) -> Image.Image:
    """A picture of 8 bits a channel in any mode as sRGB in mode RGB; a profile that cannot be used is passed over.

    Where no color moves by more than one step the profile is sRGB by another name, and the colors stay as they are.
    """
    plain = image.convert("RGB")
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        own = image.convert(_MODES[profile.profile.xcolor_space])
        converted = ImageCms.profileToProfile(
            own,
            profile,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (KeyError, OSError, ValueError, ImageCms.PyCMSError):
        return plain
    moved = np.abs(np.asarray(converted, np.int16) - np.asarray(plain, np.int16)).max()
    return converted if moved > 1 else plain


def deep_to_srgb(colors: np.ndarray, icc: bytes) -> np.ndarray:
    """Colors (H, W, 3) in [0, 1] of more than 8 bits as sRGB, where the profile is curves and a matrix (most are)."""
    try:
        tags = _tags(icc)
        curves = [_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC")]
        to_xyz = np.array([_fixed(tags[name], 8, 3) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]).T
    except (KeyError, IndexError, ValueError, struct.error):
        return colors
    light = np.stack([curve(colors[..., i]) for i, curve in enumerate(curves)], axis=-1)
    converted = to_display(light @ (np.linalg.inv(_SRGB_TO_XYZ) @ to_xyz).T).astype(np.float32)
    return converted if np.abs(converted - colors).max() > _STEP else colors


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
