# SPDX-License-Identifier: GPL-3.0-or-later
"""Maniera's entries in Blender's menus, through which the search finds them."""

import bpy
from bpy.types import Context, Menu


def _draw_image_entry(menu: Menu, context: Context) -> None:
    menu.layout.separator()
    menu.layout.operator("maniera.stylize_image")


def _draw_render_entries(menu: Menu, context: Context) -> None:
    menu.layout.separator()
    menu.layout.operator("maniera.stylize_render")
    menu.layout.operator("maniera.stylize_animation")


def _draw_object_entries(menu: Menu, context: Context) -> None:
    menu.layout.separator()
    menu.layout.operator("maniera.stylize_textures")
    menu.layout.operator("maniera.stylize_object")


def register() -> None:
    bpy.types.VIEW3D_MT_object.append(_draw_object_entries)
    bpy.types.IMAGE_MT_image.append(_draw_image_entry)
    bpy.types.TOPBAR_MT_render.append(_draw_render_entries)


def unregister() -> None:
    bpy.types.VIEW3D_MT_object.remove(_draw_object_entries)
    bpy.types.TOPBAR_MT_render.remove(_draw_render_entries)
    bpy.types.IMAGE_MT_image.remove(_draw_image_entry)
