# SPDX-License-Identifier: GPL-3.0-or-later
"""Masks that a renderer writes beside its picture: Cryptomatte, and passes of object or material numbers.

Cryptomatte (Friedman & Jones 2015, specification 1.2.0): each pixel lists, in ranks, which things cover it and how much
of it. A thing is known by a number, the hash of its name, stored as the bits of a 32-bit float.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np

from ..errors import UserError
from . import deep_pictures

THINGS = {"object": "cryptoobject", "material": "cryptomaterial", "asset": "cryptoasset"}
"""What Cryptomatte tells apart, and how the names of its layers end, without case and underscores."""
NUMBERED = {"object-index": ("Object Index.X", "IndexOB.X"), "material-index": ("Material Index.X", "IndexMA.X")}
"""What can be numbered by hand, and how the names of the passes end: of Blender since 5.0 and before."""
_NAMES_TOLD = 12


@dataclass(frozen=True)
class Passes:
    """What a file with many layers or parts holds."""

    path: Path
    channels: dict[str, tuple[int, int]]
    """Part of the file and place in it, by name."""
    notes: dict[str, str]
    """What is written about its Cryptomattes."""

    @classmethod
    def find(cls, path: Path) -> "Passes":
        """Look through a file.

        :raises UserError: there is no such file, or it is broken.
        """
        channels, notes, part = {}, {}, 0
        try:
            with deep_pictures.opened(path) as file:
                while file.seek_subimage(part, 0):
                    spec = file.spec()
                    for index, name in enumerate(spec.channelnames):
                        channels.setdefault(name, (part, index))
                    notes |= {a.name: str(a.value) for a in spec.extra_attribs if a.name.startswith("cryptomatte/")}
                    part += 1
        except OSError:
            raise UserError(f"The render '{path}' cannot be read: check its name and that it is an EXR file.") from None
        return cls(path, channels, notes)

    def read(self, names: Sequence[str]) -> Iterator[np.ndarray]:
        """The numbers (H, W) float32 of some channels, those of one part of the file together."""
        places = [self.channels[name] for name in names]
        with deep_pictures.opened(self.path) as file:
            for part, group in groupby(places, key=itemgetter(0)):
                indices = [index for _, index in group]
                first = min(indices)
                numbers = file.read_image(part, 0, first, max(indices) + 1, "float")
                if numbers is None:
                    raise UserError(f"The render '{self.path}' is broken or cut short: render it again.")
                yield from (numbers[..., index - first] for index in indices)

    def ranks(self, layer: str) -> list[str]:
        """The channels of a Cryptomatte in order: numbers of things and their shares by turns."""
        rank = re.compile(re.escape(layer) + r"\d\d\.[rgbaRGBA]")
        return sorted(
            filter(rank.fullmatch, self.channels), key=lambda name: (name[:-1], "rgba".find(name[-1].lower()))
        )

    def layers(self, ending: str) -> dict[str, dict[str, int]]:
        """The Cryptomattes whose names end so: their manifests, number by name, empty where there is none."""
        names = {note: name for note, name in self.notes.items() if note.endswith("/name") and self.ranks(name)}
        return {
            name: _manifest(self.notes.get(note.removesuffix("name") + "manifest", ""))
            for note, name in names.items()
            if name.lower().replace("_", "").endswith(ending)
        }


def matte(path: Path, thing: str, name: str) -> np.ndarray:
    """How much of each pixel a thing in a render covers, (H, W) float32 in [0, 1].

    :param thing: one of THINGS or NUMBERED.
    :param name: its name, a pattern with * and ? for several, or its number.
    :raises UserError: the file cannot be read, has no such pass, or knows no such thing.
    """
    passes = Passes.find(path)
    return _numbered(passes, thing, name) if thing in NUMBERED else _named(passes, thing, name)


def identifier(name: str) -> int:
    """The number of a name in Cryptomatte: MurmurHash3 (x86, 32 bits, seed 0; Appleby 2011) of its UTF-8 bytes.

    As the bits of a float it would be zero, infinite or no number with all bits of the exponent alike; there, the
    lowest bit of the exponent is turned over, as the specification says.
    """
    number = _murmur3(name.encode())
    return number ^ 1 << 23 if number >> 23 & 255 in (0, 255) else number


def _named(passes: Passes, thing: str, name: str) -> np.ndarray:
    layers = passes.layers(THINGS[thing])
    if not layers:
        raise UserError(
            f"'{passes.path}' has no Cryptomatte of {thing}s: turn it on in the passes of the view layer, render again "
            "and save as multilayer EXR."
        )
    for layer, manifest in layers.items():
        wanted = _wanted(manifest, name)
        if wanted:
            return _coverage(passes, layer, wanted)
    known = sorted({one for manifest in layers.values() for one in manifest})
    told = ", ".join(known[:_NAMES_TOLD]) + (" and others" if len(known) > _NAMES_TOLD else "")
    raise UserError(f"'{passes.path}' knows no {thing} '{name}': it has {told}.")


def _wanted(manifest: dict[str, int], name: str) -> list[int]:
    """The numbers of the things of that name, else of those that fit it as a pattern."""
    if name in manifest or not manifest:
        return [manifest.get(name, identifier(name))]
    return [number for known, number in manifest.items() if fnmatchcase(known, name)]


def _coverage(passes: Passes, layer: str, wanted: list[int]) -> np.ndarray:
    """What the pixels' lists say of some things."""
    channels = passes.read(passes.ranks(layer))
    covered = sum(
        np.isin(np.ascontiguousarray(i).view(np.uint32), wanted) * share
        for i, share in zip(channels, channels, strict=False)
    )
    return np.clip(covered, 0, 1).astype(np.float32)


def _numbered(passes: Passes, thing: str, name: str) -> np.ndarray:
    found = [channel for channel in passes.channels if channel.endswith(NUMBERED[thing])]
    if not found or not name.isdecimal():
        raise UserError(
            f"'{passes.path}' has no pass {NUMBERED[thing][0][:-2]}, or '{name}' is no number: choose the pass in the "
            "view layer, render again and save as multilayer EXR."
        )
    (numbers,) = passes.read(found[:1])
    return (numbers == int(name)).astype(np.float32)


def _manifest(text: str) -> dict[str, int]:
    """Number by name; empty where there is none that can be read, as names can be hashed without."""
    try:
        return {name: int(number, 16) for name, number in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _murmur3(key: bytes) -> int:
    mixed = 0
    for start in range(0, len(key), 4):
        block = int.from_bytes(key[start : start + 4], "little") * 0xCC9E2D51 & 0xFFFFFFFF
        mixed ^= _rotated(block, 15) * 0x1B873593 & 0xFFFFFFFF
        if start + 4 <= len(key):
            mixed = _rotated(mixed, 13) * 5 + 0xE6546B64 & 0xFFFFFFFF
    mixed ^= len(key)
    mixed = (mixed ^ mixed >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    mixed = (mixed ^ mixed >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return mixed ^ mixed >> 16


def _rotated(number: int, bits: int) -> int:
    return (number << bits | number >> 32 - bits) & 0xFFFFFFFF
