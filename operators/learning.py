# SPDX-License-Identifier: GPL-3.0-or-later
"""What a manner is learnt from: the pictures that the artist has chosen, and what is painted meanwhile."""

from bpy.props import CollectionProperty, EnumProperty, IntProperty, PointerProperty, StringProperty
from bpy.types import Image, PropertyGroup

from . import images

MOST = 5
"""Pictures that a manner is learnt from at most."""


class MANIERA_PG_example(PropertyGroup):
    """A picture of the manner."""

    image: PointerProperty(
        type=Image,
        name="Picture",
        description="Picture of the manner",
        poll=lambda group, image: images.refusal(image) is None,
    )


class MANIERA_PG_learning(PropertyGroup):
    """What is learnt from; kept with the scene."""

    examples: CollectionProperty(type=MANIERA_PG_example)
    shown: IntProperty(name="Picture", description="Picture that is shown in the list")
    style_name: StringProperty(name="Name", description="Name of the style in the library", default="My Style")
    practice: EnumProperty(
        name="Practice",
        description="What is painted while the manner is learnt",
        items=[
            ("DRAWN", "Drawn Pictures", "A few pictures that Maniera draws: for a style that suits all pictures"),
            ("RENDER", "Last Render", "The last render, and its preview is shown: for a style that suits this scene"),
            ("IMAGE", "Image in Editor", "The image that an Image Editor shows"),
        ],
    )


def chosen(learning: MANIERA_PG_learning) -> list[Image]:
    """The chosen pictures, each once."""
    return list(dict.fromkeys(example.image for example in learning.examples if example.image))


CLASSES = (MANIERA_PG_example, MANIERA_PG_learning)
