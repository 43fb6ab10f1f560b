# SPDX-License-Identifier: GPL-3.0-or-later
"""Which textures the artist wants to have repainted."""

from bpy.props import BoolProperty, CollectionProperty, EnumProperty, IntProperty, IntVectorProperty, StringProperty
from bpy.types import Context, Material, Object, PropertyGroup

from ..core.errors import UserError
from . import textures
from .textures import Texture


class MANIERA_PG_found_texture(PropertyGroup):
    """A texture that was found; `name` is the image's."""

    library: StringProperty(name="Library", description="The .blend file from which the image is linked")
    use: BoolProperty(name="Repaint", description="Repaint this texture", default=True)
    size: IntVectorProperty(name="Size", description="Width and height in pixels", size=2)
    materials: IntProperty(name="Materials", description="How many materials show the texture")
    refusal: StringProperty(name="Refusal", description="Why the texture cannot be repainted")


class MANIERA_PG_textures(PropertyGroup):
    """Which textures are repainted and how; kept with the scene."""

    scope: EnumProperty(
        name="Textures of",
        description="Whose textures are repainted",
        items=[
            ("ACTIVE", "Active Object", "The materials of the active object"),
            ("SELECTED", "Selected Objects", "The materials of all selected objects"),
            ("SCENE", "Whole Scene", "The materials of all objects of the scene"),
        ],
    )
    extras: BoolProperty(
        name="Other Colors",
        description="Repaint not only the textures of Base Color, but also those of emission, coat and sheen colors",
    )
    relief: BoolProperty(
        name="Relief", description="Let the strokes of the paint stand out: by a bump, and by a change of roughness"
    )
    bake_size: IntProperty(
        name="Bake Size",
        description="Width and height of the texture that Stylize Object makes of a material that has none",
        default=1024,
        min=64,
        max=8192,
        subtype="PIXEL",
    )
    found: CollectionProperty(type=MANIERA_PG_found_texture)
    shown: IntProperty(name="Texture", description="Texture that is shown in the list")


def objects(context: Context) -> list[Object]:
    """The objects whose textures are asked for."""
    scope = context.scene.maniera.textures.scope
    if scope == "ACTIVE":
        return [context.object] if context.object else []
    return list(context.selected_objects if scope == "SELECTED" else context.scene.objects)


def materials(context: Context) -> list[Material]:
    """The materials of these objects, each once."""
    slots = (slot.material for found in objects(context) for slot in found.material_slots)
    return list(dict.fromkeys(material for material in slots if material))


def refresh(context: Context) -> list[Texture]:
    """Find the textures anew; what was chosen of those known before stays."""
    chosen = context.scene.maniera.textures
    left_out = {(entry.name, entry.library) for entry in chosen.found if not entry.use}
    found = textures.find(materials(context), chosen.extras)
    chosen.found.clear()
    for texture in found:
        entry = chosen.found.add()
        entry.name, entry.library, entry.size = texture.name, texture.library, texture.size
        entry.use = (texture.name, texture.library) not in left_out
        entry.materials, entry.refusal = len(texture.uv_maps), texture.refusal or ""
    chosen.shown = min(chosen.shown, max(len(found) - 1, 0))
    return found


def to_repaint(context: Context) -> tuple[list[Texture], list[str]]:
    """The textures to repaint, and what the artist should know about others, in sentences.

    :raises UserError: there are none.
    """
    found = refresh(context)
    left_out = {(entry.name, entry.library) for entry in context.scene.maniera.textures.found if not entry.use}
    wanted = [texture for texture in found if (texture.name, texture.library) not in left_out]
    refused = [texture.refusal for texture in wanted if texture.refusal]
    if not found:
        raise UserError("No image texture feeds Base Color here: choose other objects, or use Stylize Object.")
    if len(refused) == len(wanted):
        raise UserError(refused[0] if refused else "All textures are left out: check one in the list of textures.")
    kept = [texture for texture in wanted if not texture.refusal]
    closed = sorted({name for texture in kept for name in texture.closed})
    return kept, refused + [f"'{name}' comes from another file and stays as it is: make it local." for name in closed]


CLASSES = (MANIERA_PG_found_texture, MANIERA_PG_textures)
