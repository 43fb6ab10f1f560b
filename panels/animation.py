# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels for animations: what is rendered, how its frames are repainted, and what becomes of them."""

import bpy
from bpy.types import Context, Panel, UILayout

from ..core import settings
from ..operators import passes
from ..operators.progress import TAB


class Animation:
    """From the render to the movie, in the order in which it is done."""

    bl_label = "Animation"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 2

    def draw(self, context: Context) -> None:
        _draw_render(self.layout, context)
        _draw_frames(_split(self.layout), context)
        column = self.layout.column()
        column.scale_y = 1.4
        column.operator("maniera.stylize_animation", icon="RENDER_ANIMATION")
        column = self.layout.column(align=True)
        for name in ("add_to_sequencer", "make_movie", "export_farm_job"):
            column.operator(f"maniera.{name}")


def _draw_render(layout: UILayout, context: Context) -> None:
    column = layout.column()
    column.operator("maniera.set_up_passes", icon="RENDERLAYERS")
    for line in passes.advice(context.scene):
        column.label(text=line, icon="INFO")
    column.prop(context.scene.maniera.shot, "after_render")
    for line in context.window_manager.maniera.notice.splitlines():
        column.label(text=line, icon="ERROR")


def _draw_frames(column: UILayout, context: Context) -> None:
    chosen = context.scene.maniera.shot
    column.prop(chosen, "rendered", placeholder="As the scene renders")
    column.prop(chosen, "vectors", placeholder="In the rendered frames")
    column.prop(chosen, "folder", placeholder="Beside them")
    column.prop(chosen, "file_format")
    for name in settings.options(settings.Sequence):
        column.prop(context.scene.maniera.sequence, name)
    for switch, names in {"use_range": ("first", "last"), "use_key": ("key",)}.items():
        column.prop(chosen, switch)
        group = column.column(align=True)
        for name in names if getattr(chosen, switch) else ():
            group.prop(chosen, name)


class MANIERA_PT_view_animation(Animation, Panel):
    bl_space_type, bl_region_type, bl_category = "VIEW_3D", "UI", TAB
    bl_parent_id = "MANIERA_PT_view"


class MANIERA_PT_output_animation(Animation, Panel):
    bl_space_type, bl_region_type, bl_context = "PROPERTIES", "WINDOW", "output"
    bl_parent_id = "MANIERA_PT_output"


def _split(layout: UILayout) -> UILayout:
    column = layout.column()
    column.use_property_split, column.use_property_decorate = True, False
    return column


register, unregister = bpy.utils.register_classes_factory((MANIERA_PT_view_animation, MANIERA_PT_output_animation))
