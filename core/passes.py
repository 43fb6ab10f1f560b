# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender calls the passes in its EXR files.

A channel is named LAYER.PASS.LETTER, whether all lie in one part, as Blender writes them to 4.5, or each pass in a part
of its own, as since 5.0. Files of a single layer have R, G, B, A and Z alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of pass: its names, the newest first, and the letters of its channels."""

    names: tuple[str, ...]
    letters: str


KINDS = {
    "color": Kind(("Combined",), "RGBA"),
    "vector": Kind(("Vector",), "XYZW"),
    "depth": Kind(("Depth", "Z"), "Z"),
    "object": Kind(("Object Index", "IndexOB"), "X"),
    "cryptomatte": Kind(("CryptoObject00", "CryptoMaterial00", "CryptoAsset00"), "r"),
    "position": Kind(("Position",), "XYZ"),
    "normal": Kind(("Normal",), "XYZ"),
}
MOTION_LAYER = "Maniera Motion"
"""The view layer that Set Up Passes makes for a scene with motion blur: it is there for its passes, not its colors."""
_COMPOSITE = "Composite"


def find(channels: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The channels of each known kind of pass in a file, by kind and in the order of the letters; alpha may lack.

    Of several view layers it is the one made for motion, else the first that has vectors, else the first. Its color
    gives way to the compositor's, and that of the layer made for motion to all others.
    """
    layers = _layers(channels)
    known = {name: found for name, layer in layers.items() if (found := _kinds(layer))}
    if not known:
        return {}
    views = [name for name in known if name != _COMPOSITE] or list(known)
    moving = sorted((name for name in views if "vector" in known[name]), key=lambda name: name != MOTION_LAYER)
    chosen = (moving or views)[0]
    seen = [name for name in (_COMPOSITE, chosen, *views) if name in known and name != MOTION_LAYER] or [chosen]
    pictures = [known[name]["color"] for name in seen if "color" in known[name]]
    return known[chosen] | ({"color": pictures[0]} if pictures else {})


def _layers(channels: Iterable[str]) -> dict[str, dict[str, dict[str, str]]]:
    """The names of the channels by view layer, pass and letter."""
    layers: dict[str, dict[str, dict[str, str]]] = {}
    for channel in channels:
        rest, _, letter = channel.rpartition(".")
        layer, _, name = rest.rpartition(".")
        if not rest:
            name = "Depth" if letter == "Z" else "Combined"
        layers.setdefault(layer, {}).setdefault(name, {})[letter] = channel
    return layers


def _kinds(layer: dict[str, dict[str, str]]) -> dict[str, tuple[str, ...]]:
    """The known passes of one view layer."""
    found = {}
    for kind, known in KINDS.items():
        for channels in (layer[name] for name in known.names if name in layer):
            letters = [letter for letter in known.letters if letter in channels]
            if "".join(letters) in (known.letters, known.letters.removesuffix("A")):
                found.setdefault(kind, tuple(channels[letter] for letter in letters))
    return found
