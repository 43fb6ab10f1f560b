# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels: in the sidebars of the Image Editor and the 3D view, and in the Output properties."""

from typing import Any

import bpy
from bpy.types import Panel

from ..operators.progress import TAB
from . import sections

_STYLIZE_BOTH = ("maniera.stylize_image", "maniera.stylize_render")
_STYLIZE_RENDER = ("maniera.stylize_render",)

PLACES: dict[str, dict[str, Any]] = {
    "image": {"bl_space_type": "IMAGE_EDITOR", "bl_region_type": "UI", "bl_category": TAB, "buttons": _STYLIZE_BOTH},
    "view": {"bl_space_type": "VIEW_3D", "bl_region_type": "UI", "bl_category": TAB, "buttons": _STYLIZE_RENDER},
    "output": {
        "bl_space_type": "PROPERTIES",
        "bl_region_type": "WINDOW",
        "bl_context": "output",
        "bl_options": {"DEFAULT_CLOSED"},
        "buttons": _STYLIZE_RENDER,
    },
}


def _panels(place: str, where: dict[str, Any]) -> list[type[Panel]]:
    """The main panel of a place, and those inside it."""
    name = f"MANIERA_PT_{place}"
    inside = {key: value for key, value in where.items() if key not in {"buttons", "bl_options"}} | {
        "bl_parent_id": name
    }
    children = [type(f"{name}_{child.__name__.lower()}", (child, Panel), inside) for child in sections.CHILDREN]
    return [type(name, (sections.Main, Panel), dict(where)), *children]


classes = [panel for place, where in PLACES.items() for panel in _panels(place, where)]
register, unregister = bpy.utils.register_classes_factory(classes)
