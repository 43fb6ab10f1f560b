# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels in which new styles are made: learnt from a few pictures, or of nothing."""

import bpy
from bpy.types import Context, Panel, PropertyGroup, UILayout, UIList

from ..core import settings
from ..operators import checks, learnt_preview
from ..operators.progress import TAB


class MANIERA_UL_examples(UIList):
    """A picture of the manner a line."""

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
        layout.prop(item, "image", text="")


class Learning:
    """From pictures to a style in the library."""

    bl_label = "Learn Style"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 0

    def draw(self, context: Context) -> None:
        chosen = context.scene.maniera.learning
        _draw_examples(self.layout, chosen)
        column = self.layout.column()
        column.use_property_split, column.use_property_decorate = True, False
        column.prop(chosen, "style_name")
        column.prop(chosen, "practice")
        for name in settings.options(settings.Adapt):
            column.prop(context.scene.maniera.adapt, name)
        if icon := learnt_preview.icon():
            self.layout.template_icon(icon, scale=9)
        if context.window_manager.maniera.running:
            return
        column = self.layout.column(align=True)
        column.scale_y = 1.4
        column.operator("maniera.learn_style", icon="BRUSH_DATA")
        column.operator("maniera.refine_style", icon="MODIFIER")


def _draw_examples(layout: UILayout, chosen: PropertyGroup) -> None:
    row = layout.row()
    row.template_list("MANIERA_UL_examples", "", chosen, "examples", chosen, "shown", rows=3)
    column = row.column(align=True)
    column.operator("maniera.add_examples", text="", icon="FILE_FOLDER")
    column.operator("maniera.add_example", text="", icon="ADD")
    column.operator("maniera.remove_example", text="", icon="REMOVE")


class Surprise:
    """A manner that no picture shows, by chance or from the map."""

    bl_label = "New Manners"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 0

    def draw(self, context: Context) -> None:
        chosen = context.scene.maniera.new_manner
        row = self.layout.row()
        row.scale_y = 1.4
        row.operator("maniera.surprise_me", icon="LIGHT")
        column = self.layout.column(align=True)
        column.enabled = not checks.engine_trouble(context)
        column.prop(chosen, "x", slider=True)
        column.prop(chosen, "y", slider=True)
        column.operator("maniera.go_to_style", icon="VIEWZOOM")
        if icon := learnt_preview.icon(learnt_preview.NEW):
            self.layout.template_icon(icon, scale=7)
            self.layout.label(text=f"Like {chosen.nearest}")
        self.layout.prop(chosen, "style_name")
        self.layout.operator("maniera.save_as_style", icon="ADD")


class MANIERA_PT_image_learning(Learning, Panel):
    bl_space_type, bl_region_type, bl_category = "IMAGE_EDITOR", "UI", TAB
    bl_parent_id = "MANIERA_PT_image"


class MANIERA_PT_view_learning(Learning, Panel):
    bl_space_type, bl_region_type, bl_category = "VIEW_3D", "UI", TAB
    bl_parent_id = "MANIERA_PT_view"


class MANIERA_PT_image_surprise(Surprise, Panel):
    bl_space_type, bl_region_type, bl_category = "IMAGE_EDITOR", "UI", TAB
    bl_parent_id = "MANIERA_PT_image"


class MANIERA_PT_view_surprise(Surprise, Panel):
    bl_space_type, bl_region_type, bl_category = "VIEW_3D", "UI", TAB
    bl_parent_id = "MANIERA_PT_view"


register, unregister = bpy.utils.register_classes_factory(
    (
        MANIERA_UL_examples,
        MANIERA_PT_image_learning,
        MANIERA_PT_view_learning,
        MANIERA_PT_image_surprise,
        MANIERA_PT_view_surprise,
    )
)
