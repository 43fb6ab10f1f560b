# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's properties: those made from the settings that `core` declares, and those that only Blender has."""

from dataclasses import Field
from typing import Any, TypeVar

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty, StringProperty
from bpy.types import AddonPreferences, Image, PropertyGroup, Scene, WindowManager

from ..core import settings
from ..core.settings import Option
from . import gallery, images

Settings = TypeVar("Settings")

_KINDS = {bool: BoolProperty, int: IntProperty, float: FloatProperty, str: StringProperty}


def annotations(declared: type) -> dict[str, Any]:
    """A property for each setting of a class, to be the annotations of a class of Blender's."""
    return {name: _property(*setting) for name, setting in settings.options(declared).items()}


def read(owner: PropertyGroup | AddonPreferences, declared: type[Settings]) -> Settings:
    """The settings that the properties of `owner` hold.

    :raises UserError: one of them is out of bounds.
    """
    return settings.read(declared, {name: getattr(owner, name) for name in settings.options(declared)})


def _property(declared: Field, option: Option) -> Any:
    about = {"name": option.label, "description": option.description, "default": declared.default}
    if option.choices:
        return EnumProperty(items=[(value, *words) for value, words in option.choices.items()], **about)
    if option.low is not None:
        about |= {"min": option.low, "max": option.high}
    if (option.low, option.high) == (0.0, 1.0):
        about["subtype"] = "FACTOR"
    return _KINDS[declared.type](**about)


def _group(name: str, declared: type) -> type[PropertyGroup]:
    return type(name, (PropertyGroup,), {"__annotations__": annotations(declared), "__doc__": declared.__doc__})


MANIERA_PG_stylize = _group("MANIERA_PG_stylize", settings.Stylize)


class MANIERA_PG_scene(PropertyGroup):
    """What the artist has chosen, kept with the scene."""

    stylize: PointerProperty(type=MANIERA_PG_stylize)
    source: EnumProperty(
        name="Manner",
        description="Where the manner comes from",
        items=[
            ("LIBRARY", "Library", "A style of the library"),
            ("PICTURE", "Picture", "Any picture, as an example of the manner"),
        ],
    )
    style_name: StringProperty(name="Style Name", description="Name of the style in the library")
    style: EnumProperty(
        name="Style",
        description="Style of the library",
        items=gallery.items,
        get=gallery.number_of_style,
        set=gallery.set_style,
    )
    reference: PointerProperty(
        type=Image,
        name="Reference",
        description="Picture in whose manner is painted",
        poll=lambda group, image: images.refusal(image) is None,
    )
    output: EnumProperty(
        name="Result",
        description="Where the repainted picture is kept",
        items=[
            ("PACKED", "In This File", "A new image, packed into the .blend file"),
            ("FILE", "Picture File", "A picture file in a folder"),
        ],
    )
    folder: StringProperty(
        name="Folder", description="Folder in which picture files are saved", subtype="DIR_PATH", default="//"
    )


class MANIERA_PG_progress(PropertyGroup):
    """How far the running job is; passing, kept with the window manager."""

    running: BoolProperty(name="Running", options={"SKIP_SAVE"})
    factor: FloatProperty(name="Progress", subtype="FACTOR", min=0.0, max=1.0, options={"SKIP_SAVE"})
    text: StringProperty(name="Stage", options={"SKIP_SAVE"})


classes = (MANIERA_PG_stylize, MANIERA_PG_scene, MANIERA_PG_progress)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(classes)


def register() -> None:
    _register_classes()
    Scene.maniera = PointerProperty(type=MANIERA_PG_scene)
    WindowManager.maniera = PointerProperty(type=MANIERA_PG_progress)


def unregister() -> None:
    del WindowManager.maniera
    del Scene.maniera
    _unregister_classes()
