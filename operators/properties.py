# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's properties: those made from the settings that `core` declares, and those that only Blender has."""

import shlex
from dataclasses import Field
from typing import Any, TypeVar

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty, StringProperty
from bpy.types import AddonPreferences, Image, PropertyGroup, Scene, WindowManager

from ..core import settings
from ..core.settings import Option
from . import gallery, images, learning, mixture, new_manner, parts, shot, texture_choice

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


def flags(owner: PropertyGroup, declared: type) -> list[str]:
    """The settings that differ from their defaults, as the command line has them."""
    words = []
    for name, (field, _) in settings.options(declared).items():
        value = getattr(owner, name)
        value = float(f"{value:g}") if field.type is float else value  # of the 32 bits that Blender keeps
        if value != field.default:
            words += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
    return words


def _property(declared: Field, option: Option) -> Any:
    about = {"name": option.label, "description": option.description, "default": declared.default}
    if option.choices:
        listed = [(value, *words) for value, words in option.choices.items() if value not in option.unlisted]
        return EnumProperty(items=listed, **about)
    if option.low is not None:
        about |= {"min": option.low, "max": option.high}
    if (option.low, option.high) == (0.0, 1.0):
        about["subtype"] = "FACTOR"
    return _KINDS[declared.type](**about)


def _group(name: str, declared: type) -> type[PropertyGroup]:
    return type(name, (PropertyGroup,), {"__annotations__": annotations(declared), "__doc__": declared.__doc__})


MANIERA_PG_stylize = _group("MANIERA_PG_stylize", settings.Stylize)
MANIERA_PG_optimize = _group("MANIERA_PG_optimize", settings.Optimize)
MANIERA_PG_sequence = _group("MANIERA_PG_sequence", settings.Sequence)
MANIERA_PG_adapt = _group("MANIERA_PG_adapt", settings.Adapt)
MANIERA_PG_texture = _group("MANIERA_PG_texture", settings.Texture)


class MANIERA_PG_shot(PropertyGroup):
    """Which frames are repainted, and where to; kept with the scene."""

    rendered: StringProperty(
        name="Rendered Frames",
        description="Any of the frames to repaint; empty are those that this scene renders",
        subtype="FILE_PATH",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"},
    )
    vectors: StringProperty(
        name="Motion Vectors",
        description=(
            "Any of the frames that hold the passes, where the rendered frames do not: of a second render, without "
            "motion blur and depth of field"
        ),
        subtype="FILE_PATH",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"},
    )
    folder: StringProperty(
        name="Folder",
        description="Where repainted frames are saved; empty is a folder 'stylized' beside the rendered frames",
        subtype="DIR_PATH",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"},
    )
    file_format: EnumProperty(
        name="Format",
        description="What repainted frames are saved as",
        items=[
            ("PNG", "PNG", "As it is seen on the display"),
            ("OPEN_EXR", "OpenEXR", "Scene-linear, with the metadata of the rendered frame"),
        ],
    )
    use_range: BoolProperty(name="Own Frame Range", description="Repaint other frames than the scene's frame range")
    first: IntProperty(name="Start", description="First frame to repaint", default=1, min=0)
    last: IntProperty(name="End", description="Last frame to repaint", default=250, min=0)
    use_key: BoolProperty(
        name="Own Key Frame",
        description="Paint from another frame than the first: the one that must look best, or that shows most",
    )
    key: IntProperty(
        name="Key Frame",
        description="Frame that is painted as a still picture, and from which the paint is carried both ways",
        default=1,
        min=0,
    )
    after_render: BoolProperty(
        name="Stylize After Render",
        description=(
            "Repaint every frame as soon as it is rendered, while Blender renders the next one; also in renders from "
            "the command line"
        ),
    )

    bundle: StringProperty(
        name="Farm Job",
        description="Folder that Export Farm Job has written last",
        subtype="DIR_PATH",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"},
    )

    @property
    def named(self) -> shot.Shot:
        """The frames, for expressions such as those of Flamenco's settings."""
        return shot.read(self.id_data)


class MANIERA_PG_scene(PropertyGroup):
    """What the artist has chosen, kept with the scene."""

    stylize: PointerProperty(type=MANIERA_PG_stylize)
    optimize: PointerProperty(type=MANIERA_PG_optimize)
    sequence: PointerProperty(type=MANIERA_PG_sequence)
    shot: PointerProperty(type=MANIERA_PG_shot)
    adapt: PointerProperty(type=MANIERA_PG_adapt)
    learning: PointerProperty(type=learning.MANIERA_PG_learning)
    texture: PointerProperty(type=MANIERA_PG_texture)
    textures: PointerProperty(type=texture_choice.MANIERA_PG_textures)
    parts: PointerProperty(type=parts.MANIERA_PG_parts)
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
    mixture: PointerProperty(type=mixture.MANIERA_PG_mixture)
    new_manner: PointerProperty(type=new_manner.MANIERA_PG_new_manner)
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
        name="Folder",
        description="Folder in which picture files are saved",
        subtype="DIR_PATH",
        default="//",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"},
    )

    @property
    def flags(self) -> str:
        """How frames are repainted, for command lines that other programs make."""
        words = flags(self.stylize, settings.Stylize) + flags(self.sequence, settings.Sequence)
        return shlex.join(words + (["--key", str(self.shot.key)] if self.shot.use_key else []))


class MANIERA_PG_progress(PropertyGroup):
    """How far the running job is; passing, kept with the window manager."""

    running: BoolProperty(name="Running", options={"SKIP_SAVE"})
    factor: FloatProperty(name="Progress", subtype="FACTOR", min=0.0, max=1.0, options={"SKIP_SAVE"})
    text: StringProperty(name="Stage", options={"SKIP_SAVE"})
    notice: StringProperty(name="Notice", options={"SKIP_SAVE"})
    """What went wrong while nobody was asked, a sentence a line."""


classes = (
    MANIERA_PG_stylize,
    MANIERA_PG_optimize,
    MANIERA_PG_sequence,
    MANIERA_PG_texture,
    MANIERA_PG_adapt,
    *learning.CLASSES,
    *mixture.CLASSES,
    *new_manner.CLASSES,
    *texture_choice.CLASSES,
    *parts.CLASSES,
    MANIERA_PG_shot,
    MANIERA_PG_scene,
    MANIERA_PG_progress,
)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(classes)


def register() -> None:
    _register_classes()
    Scene.maniera = PointerProperty(type=MANIERA_PG_scene)
    WindowManager.maniera = PointerProperty(type=MANIERA_PG_progress)


def unregister() -> None:
    del WindowManager.maniera
    del Scene.maniera
    _unregister_classes()
