# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel of the 3D view that lists textures and repaints them on their objects."""

import bpy
from bpy.types import Context, Panel, PropertyGroup, UILayout, UIList

from ..core import settings
from ..operators.progress import TAB

_OF_RELIEF = {"impasto", "gloss"}
"""The settings that mean nothing without a relief."""


class MANIERA_UL_textures(UIList):
    """A texture a line: whether it is repainted, its name and its size."""

    def draw_item(
        self,
        context: Context,
        layout: UILayout,
        data: PropertyGroup,
        item: PropertyGroup,
        icon: int,
        active_data: PropertyGroup,
        active_property: str,
    ) -> None:  # Blender counts the arguments
        row = layout.row()
        row.active = not item.refusal
        if item.refusal:
            row.label(text="", icon="ERROR")
        else:
            row.prop(item, "use", text="")
        row.label(text=item.name)
        size = row.row()
        size.alignment = "RIGHT"
        size.label(text=f"{item.size[0]} x {item.size[1]}")


class MANIERA_PT_textures(Panel):
    bl_label = "Textures"
    bl_space_type, bl_region_type, bl_category = "VIEW_3D", "UI", TAB
    bl_parent_id = "MANIERA_PT_view"
    bl_order = 1

    def draw(self, context: Context) -> None:
        chosen = context.scene.maniera.textures
        row = self.layout.row(align=True)
        row.prop(chosen, "scope", text="")
        row.operator("maniera.find_textures", text="", icon="FILE_REFRESH")
        self.layout.template_list("MANIERA_UL_textures", "", chosen, "found", chosen, "shown", rows=4)
        _draw_refusal(self.layout, chosen)
        _draw_settings(self.layout, context)
        column = self.layout.column(align=True)
        column.scale_y = 1.4
        column.operator("maniera.stylize_textures", icon="TEXTURE")
        column.operator("maniera.stylize_object", icon="OBJECT_DATA")
        column = self.layout.column(align=True)
        row = column.row(align=True)
        row.operator("maniera.use_original_textures")
        row.operator("maniera.use_stylized_textures")
        column.operator("maniera.remove_stylized_textures")


def _draw_refusal(layout: UILayout, chosen: PropertyGroup) -> None:
    """Why the texture that is shown in the list cannot be repainted."""
    if not 0 <= chosen.shown < len(chosen.found) or not chosen.found[chosen.shown].refusal:
        return
    column = layout.column(align=True)
    column.scale_y = 0.8
    for part in chosen.found[chosen.shown].refusal.split(": "):
        column.label(text=part)


def _draw_settings(layout: UILayout, context: Context) -> None:
    chosen = context.scene.maniera
    column = layout.column()
    column.use_property_split, column.use_property_decorate = True, False
    for name in ("bake_size", "extras", "relief"):
        column.prop(chosen.textures, name)
    for name in settings.options(settings.Texture):
        row = column.row()
        row.active = chosen.textures.relief or name not in _OF_RELIEF
        row.prop(chosen.texture, name)


register, unregister = bpy.utils.register_classes_factory((MANIERA_UL_textures, MANIERA_PT_textures))
