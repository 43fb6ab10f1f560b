# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's preferences: where the engine runs, what it computes on, and where the artist's styles lie."""

from pathlib import Path

import bpy
from bpy.props import StringProperty
from bpy.types import AddonPreferences, Context, UILayout

from ..core import installation, installer, settings
from ..core.errors import UserError
from ..core.settings import Machine
from . import places, properties

_MachineProperties = type("_MachineProperties", (), {"__annotations__": properties.annotations(Machine)})


class MANIERA_AP_preferences(_MachineProperties, AddonPreferences):
    bl_idname = places.PACKAGE

    engine_python: StringProperty(
        name="Existing Python",
        description="A Python with torch, or its virtual environment, for the engine; empty is the one that was set up",
        subtype="FILE_PATH",
    )
    wheels: StringProperty(
        name="Folder of Wheels",
        description="Set the engine up from the .whl files in this folder instead of the network",
        subtype="DIR_PATH",
    )
    library: StringProperty(
        name="Style Library",
        description="The folder of your own styles, which machines may share; empty is one in Maniera's own folder",
        subtype="DIR_PATH",
    )
    findings: StringProperty(options={"SKIP_SAVE", "HIDDEN"})
    """What the last check has found, a sentence a line."""

    def draw(self, context: Context) -> None:
        _draw_engine(self.layout.box().column(), self, context)
        column = self.layout.column()
        column.use_property_split, column.use_property_decorate = True, False
        for name in (*settings.options(Machine), "library"):
            column.prop(self, name)


def get(context: Context) -> MANIERA_AP_preferences:
    """The add-on's preferences."""
    return context.preferences.addons[places.PACKAGE].preferences


def engine_folder() -> Path:
    """Where the engine is set up."""
    return places.user("engine")


def engine_python(context: Context) -> Path:
    """The interpreter that runs the engine.

    :raises UserError: there is none; says what to do.
    """
    return installation.locate(engine_folder(), bpy.path.abspath(get(context).engine_python))


def wheels(context: Context) -> Path | None:
    """The folder of wheels, where one was chosen."""
    chosen = get(context).wheels
    return Path(bpy.path.abspath(chosen)) if chosen else None


def machine(context: Context) -> Machine:
    """What the engine computes on."""
    return properties.read(get(context), Machine)


def _draw_engine(column: UILayout, preferences: MANIERA_AP_preferences, context: Context) -> None:
    shown = context.window_manager.maniera
    if shown.running:
        row = column.row(align=True)
        row.progress(factor=shown.factor, text=shown.text)
        row.operator("maniera.cancel", text="", icon="CANCEL")
        return
    _draw_state(column, context)
    row = column.row(align=True)
    if installation.facts(engine_folder()):
        row.operator("maniera.repair_engine", icon="FILE_REFRESH")
        row.operator("maniera.remove_engine", icon="TRASH")
    else:
        row.operator("maniera.set_up_engine", icon="IMPORT")
    row.operator("maniera.check_engine", icon="CHECKMARK")
    column.separator()
    column.use_property_split, column.use_property_decorate = True, False
    column.prop(preferences, "wheels")
    column.prop(preferences, "engine_python")


def _draw_state(column: UILayout, context: Context) -> None:
    """Which Python the engine runs in, and what was found in it."""
    try:
        column.label(text=f"Engine: {engine_python(context)}", icon="CONSOLE")
    except UserError as error:
        column.label(text=str(error), icon="ERROR")
    found = installation.facts(engine_folder())
    if found:
        label = installer.BUILDS[found["build"]].label if found["build"] in installer.BUILDS else found["build"]
        column.label(text=f"Set up: {label}, torch {found['packages'].get('torch')}", icon="BLANK1")
    for sentence in get(context).findings.splitlines():
        column.label(text=sentence, icon="BLANK1")


_register_class, unregister = bpy.utils.register_classes_factory((MANIERA_AP_preferences,))


def register() -> None:
    _register_class()
    addons = bpy.context.preferences.addons
    if places.PACKAGE not in addons:  # `blender --addons`, as farms start it, makes no room for preferences
        addons.new().module = places.PACKAGE
