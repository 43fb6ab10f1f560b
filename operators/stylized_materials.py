# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of materials that show a baked and repainted texture, in place of the originals, which stay as they are."""

import bpy
from bpy.types import Material, Object

from .material_bake import UV_MAP

_ORIGINAL = "maniera_original"
"""Custom property of a copy: the material that it stands for; it keeps that in the file."""


def take_place(found: Object, slots: set[int]) -> set[Material]:
    """Give slots of an object copies of their materials, where these are not such copies already; returns them."""
    copies: dict[Material, Material] = {}
    for slot in (found.material_slots[number] for number in slots):
        if slot.material not in copies and _ORIGINAL not in slot.material:
            copy = slot.material.copy()
            copy.name = f"{slot.material.name} Stylized"
            copy[_ORIGINAL] = slot.material
            copies[slot.material] = copy
        slot.material = copies.get(slot.material, slot.material)
    return {found.material_slots[number].material for number in slots}


def put_back(found: Object) -> bool:
    """Give an object its original materials again, and take the UV map away that was made for the copies."""
    changed = False
    for slot in found.material_slots:
        copy = slot.material
        if copy and _ORIGINAL in copy:
            slot.material, changed = copy[_ORIGINAL], True
            if copy.users == 0:
                bpy.data.materials.remove(copy)
    if changed and UV_MAP in found.data.uv_layers:
        found.data.uv_layers.remove(found.data.uv_layers[UV_MAP])
    return changed
