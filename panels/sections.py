# SPDX-License-Identifier: GPL-3.0-or-later
"""The sections of Maniera's panels, the same wherever they are shown."""

import bpy
from bpy.types import Context, PropertyGroup, UILayout

from ..core import settings
from ..operators import checks, gallery, learnt_preview

_OPTIMIZATION = ("steps", "content", "start", "distance")
"""Of the settings of the best quality, those that an artist chooses; the rest follows from the picture."""


class Main:
    """The manner, and the buttons that paint in it."""

    bl_label = "Maniera"

    buttons: tuple[str, ...] = ()
    """The operators that this place offers."""

    def draw(self, context: Context) -> None:
        _draw_manner(self.layout.column(), context)
        if context.window_manager.maniera.running:
            _draw_progress(self.layout, context)
            return
        column = self.layout.column(align=True)
        column.scale_y = 1.4
        if checks.engine_trouble(context):
            column.operator("maniera.set_up_engine", icon="IMPORT")
        for operator in self.buttons:
            column.operator(operator, icon="BRUSH_DATA")


class Painting:
    """How is painted: every setting, in the order in which they are declared."""

    bl_label = "Painting"

    def draw(self, context: Context) -> None:
        column = _split(self.layout)
        for name in settings.options(settings.Stylize):
            column.prop(context.scene.maniera.stylize, name)
        if context.scene.maniera.stylize.quality == "best":
            for name in _OPTIMIZATION:
                column.prop(context.scene.maniera.optimize, name)


class Parts:
    """What is repainted, and what of it in other styles."""

    bl_label = "Parts"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        chosen = context.scene.maniera.parts
        column = _split(self.layout)
        column.prop(chosen, "within")
        if chosen.within == "MASK":
            column.prop(chosen, "mask")
        for number, part in enumerate(chosen.parts):
            _draw_part(self.layout.box(), part, number)
        self.layout.operator("maniera.add_part", icon="ADD")


class Result:
    """Where the picture is kept, and what can be done with it."""

    bl_label = "Result"

    def draw(self, context: Context) -> None:
        chosen = context.scene.maniera
        column = _split(self.layout)
        column.prop(chosen, "output", text="Keep")
        if chosen.output == "FILE":
            column.prop(chosen, "folder")
        column = self.layout.column(align=True)
        column.operator("maniera.show_in_compositor")
        column.operator("maniera.remove_from_compositor")


class Engine:
    """The process that paints."""

    bl_label = "Engine"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        self.layout.operator("maniera.stop_engine", icon="X")


CHILDREN = (Painting, Parts, Result, Engine)


def _split(layout: UILayout) -> UILayout:
    column = layout.column()
    column.use_property_split, column.use_property_decorate = True, False
    return column


def _draw_part(layout: UILayout, part: PropertyGroup, number: int) -> None:
    row = layout.row(align=True)
    row.prop(part, "kind", text="", icon_only=True)
    row.prop(part, part.kind.lower(), text="")
    row.operator("maniera.remove_part", text="", icon="X").number = number
    layout.prop(part, "style", text="")


def _draw_manner(layout: UILayout, context: Context) -> None:
    chosen = context.scene.maniera
    layout.row().prop(chosen, "source", expand=True)
    if chosen.source == "PICTURE":
        layout.template_ID_preview(chosen, "reference", open="image.open", rows=3, cols=8)
        layout.operator("maniera.find_nearest_style", icon="VIEWZOOM")
    elif gallery.chosen_style(chosen):
        layout.template_icon_view(chosen, "style", show_labels=True, scale=6, scale_popup=6)
        row = layout.row(align=True)
        row.prop(chosen, "style", text="")
        row.menu("MANIERA_MT_library", text="", icon="DOWNARROW_HLT")
        _draw_mixture(layout.column(align=True), chosen.mixture)
    else:
        layout.label(text="The library has no styles", icon="INFO")
        layout.label(text="Choose Picture instead", icon="BLANK1")


def _draw_mixture(layout: UILayout, mixture: PropertyGroup) -> None:
    """The weight of the chosen style, and the others with theirs, a line each."""
    if mixture.ingredients:
        layout.prop(mixture, "weight", slider=True)
    for number, one in enumerate(mixture.ingredients):
        row = layout.split(factor=0.58, align=True)
        row.prop(one, "style", text="")
        row = row.row(align=True)
        row.prop(one, "weight", text="", slider=True)
        row.operator("maniera.remove_from_mixture", text="", icon="X").number = number
    layout.operator("maniera.mix_in_style", icon="ADD")


def _draw_progress(layout: UILayout, context: Context) -> None:
    shown = context.window_manager.maniera
    row = layout.row(align=True)
    row.progress(factor=shown.factor, text=shown.text)
    if bpy.ops.maniera.stop_and_keep.poll():
        row.operator("maniera.stop_and_keep", text="", icon="CHECKMARK")
    row.operator("maniera.cancel", text="", icon="CANCEL")
    if icon := learnt_preview.icon(learnt_preview.OPTIMIZED):
        layout.template_icon(icon, scale=9)
