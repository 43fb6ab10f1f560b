# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of a picture that are painted in styles of their own: objects, materials, and what masks show."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from bpy.props import CollectionProperty, EnumProperty, PointerProperty, StringProperty
from bpy.types import Collection, Image, Material, Object, PropertyGroup, Scene

from ..core import styles
from ..core.errors import UserError
from . import appearance, gallery, images

_RENDERED = {"MESH", "CURVE", "SURFACE", "META", "FONT", "CURVES", "POINTCLOUD", "VOLUME", "GREASEPENCIL"}
_PASSES = {"object": "use_pass_cryptomatte_object", "material": "use_pass_cryptomatte_material"}
"""The switch in a view layer that makes a render tell such things apart."""

Where = list[dict[str, Any]]
"""Masks as `core.engine.mattes` reads them."""


def _is_readable(group: PropertyGroup, image: Image) -> bool:
    return images.refusal(image) is None


class MANIERA_PG_part(PropertyGroup):
    """A part of the picture, and the style in which it is painted."""

    kind: EnumProperty(
        name="Part",
        description="What the part is made of",
        items=[
            ("OBJECT", "Object", "An object of the render", "OBJECT_DATA", 0),
            ("COLLECTION", "Collection", "All objects of a collection", "OUTLINER_COLLECTION", 1),
            ("MATERIAL", "Material", "All that a material covers in the render", "MATERIAL", 2),
            ("MASK", "Mask", "What is white in an image", "IMAGE_ALPHA", 3),
        ],
    )
    object: PointerProperty(type=Object, name="Object", description="Object that is painted in this style")
    collection: PointerProperty(
        type=Collection, name="Collection", description="Collection whose objects are painted in this style"
    )
    material: PointerProperty(type=Material, name="Material", description="Material that is painted in this style")
    mask: PointerProperty(
        type=Image, name="Mask", description="Image that is white where this style is painted", poll=_is_readable
    )
    style_name: StringProperty(name="Style Name", description="Name of the style in the library")
    style: EnumProperty(
        name="Style",
        description="Style of the library in which the part is painted",
        items=gallery.items,
        get=gallery.number_of_style,
        set=gallery.set_style,
    )


class MANIERA_PG_parts(PropertyGroup):
    """Where is painted; kept with the scene."""

    within: EnumProperty(
        name="Paint",
        description="What of the picture is repainted",
        items=[
            ("ALL", "Everything", "The whole picture"),
            ("ALPHA", "What Is Opaque", "What is transparent stays as it is"),
            ("MASK", "Inside a Mask", "Only what is white in an image"),
        ],
    )
    mask: PointerProperty(
        type=Image, name="Mask", description="Image that is white where the picture is repainted", poll=_is_readable
    )
    parts: CollectionProperty(type=MANIERA_PG_part)


@dataclass(frozen=True)
class Regions:
    """Where each style is painted, as a request names it."""

    fields: dict[str, Any]
    masks: list[np.ndarray]
    """(H, W) float32 each."""


def needs_passes(scene: Scene) -> bool:
    """Whether parts of a render are told apart by what it knows of its things."""
    return any(part.kind != "MASK" for part in scene.maniera.parts.parts)


def read(scene: Scene, first: int, render: Path | None) -> Generator[None, None, Regions]:
    """Where the scene's styles are painted.

    :param first: the place that the first mask gets among the arrays of the request.
    :param render: the multilayer file of the render; None where the picture is none: then things are left out.
    :raises UserError: a part is not chosen, or the render cannot tell it.
    """
    chosen, fields, masks = scene.maniera.parts, {}, []
    if chosen.within == "ALPHA":
        fields["where"] = [{"of": "alpha"}]
    elif chosen.within == "MASK":
        fields["where"] = [{"array": first}]
        masks.append(images.describe(_checked(chosen.mask, "mask")))
    regions = []
    for part in chosen.parts:
        if part.kind == "MASK":
            where = [{"array": first + len(masks)}]
            masks.append(images.describe(_checked(part.mask, "mask")))
        elif render is None:
            continue
        else:
            where = _things(part, scene, render)
        card = styles.find(gallery.chosen_style(part), gallery.library_folders())
        regions.append({"styles": [{"path": str(card.path), "weight": 1.0}], "where": where})
    fields |= {"masks": regions} if regions else {}
    arrays = []
    for mask in masks:
        pixels = yield from appearance.read(images.find(mask), scene)
        arrays.append(pixels[..., :3].mean(2) * pixels[..., 3])
    return Regions(fields, arrays)


def _things(part: MANIERA_PG_part, scene: Scene, render: Path) -> Where:
    kind = "material" if part.kind == "MATERIAL" else "object"
    if not any(getattr(layer, _PASSES[kind]) for layer in scene.view_layers):
        raise UserError(
            f"The render does not tell {kind}s apart: turn on Cryptomatte {kind.title()} in View Layer > Passes and "
            "render again."
        )
    found = _checked(getattr(part, part.kind.lower()), part.kind.lower())
    names = [found.name] if part.kind != "COLLECTION" else [one.name for one in found.all_objects if _is_seen(one)]
    if not names:
        raise UserError(f"The collection '{found.name}' has nothing that is rendered: remove its part.")
    return [{"of": kind, "name": name, "file": str(render)} for name in names]


def _is_seen(found: Object) -> bool:
    return found.type in _RENDERED and not found.hide_render


def _checked(found: bpy.types.ID | None, kind: str) -> bpy.types.ID:
    if found is None:
        raise UserError(f"A part of the picture has no {kind}: choose one, or remove the part.")
    return found


CLASSES = (MANIERA_PG_part, MANIERA_PG_parts)
