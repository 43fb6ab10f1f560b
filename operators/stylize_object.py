# SPDX-License-Identifier: GPL-3.0-or-later
"""Stylize Object."""

import bpy
import numpy as np
from bpy.types import Context, Material, Object, Operator

from ..core.errors import UserError
from . import material_bake, material_textures, texture_results, textures
from .images import Original
from .jobs import Steps
from .material_bake import Bake
from .texture_job import TextureOperator
from .texture_pictures import Picture
from .textures import Texture
from .uv_islands import Canvas


class MANIERA_OT_stylize_object(TextureOperator, Operator):
    bl_idname = "maniera.stylize_object"
    bl_label = "Stylize Object"
    bl_description = (
        "Repaint all textures of the active object; the colors of a material that has none are baked into one first"
    )
    bl_options = {"UNDO"}

    def steps(self, context: Context) -> Steps:
        name = _checked(context).name
        order = yield from self.order(context)
        found = bpy.data.objects[name]
        listed, bare = _textures(found), _bare(found)
        made = material_bake.bake(context, found, bare, context.scene.maniera.textures.bake_size) if bare else None
        count = len(listed) + bool(made)
        painted = []
        for number, texture in enumerate(listed):
            self.stage = number, count, texture.name
            painted.append((yield from self.texture(context, order, texture)))
        if made:
            self.stage = count - 1, count, name
            baked = yield from self.repaint(order, _picture(name, made), made.pixels, made.laid)
            if name not in bpy.data.objects:
                raise UserError(f"'{name}' was removed while it was repainted: nothing is kept.")
            texture_results.dress(bpy.data.objects[name], bare, made, baked, order)
        for texture, result in zip(listed, painted, strict=True):
            for warning in texture_results.show(texture, result, order):
                self.report({"WARNING"}, warning)
        self.report({"INFO"}, f"'{name}' is repainted")


def _checked(context: Context) -> Object:
    """The active object.

    :raises UserError: it cannot be repainted.
    """
    found = context.object
    if found is None or found.type != "MESH":
        raise UserError("The active object has no mesh: make a mesh object active.")
    if context.mode != "OBJECT":
        raise UserError("Objects are baked in Object Mode only: leave the present mode.")
    if any(not part.is_editable or part.override_library for part in (found, found.data)):
        raise UserError(f"'{found.name}' comes from another file: make it and its mesh local to change them.")
    if not _textures(found) and not _bare(found):
        raise UserError(f"'{found.name}' has no material with a shader of its own: give it one with a Base Color.")
    return found


def _textures(found: Object) -> list[Texture]:
    listed = textures.find({slot.material for slot in found.material_slots if slot.material}, extras=False)
    return [texture for texture in listed if not texture.refusal]


def _bare(found: Object) -> set[int]:
    """The slots of an object whose materials have base colors, but no texture of them that can be repainted."""
    shown = {use for texture in _textures(found) for use in texture.uv_maps}
    slots = enumerate(slot.material for slot in found.material_slots)
    return {number for number, material in slots if material and _is_bare(material, shown)}


def _is_bare(material: Material, textured: set[int]) -> bool:
    return material.session_uid not in textured and bool(material_textures.base_colors(material))


def _picture(name: str, made: Bake) -> Picture:
    """What the repainted bake is to be kept as."""
    height, width, _ = made.pixels.shape
    return Picture(Original(f"{name} Base Color", 0, np.uint8, "STRAIGHT"), Canvas(height, width))


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_stylize_object,))
