# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new manner, one that no picture shows, is made of."""

from collections.abc import Callable
from typing import Any

from bpy.props import EnumProperty, FloatProperty, IntProperty, StringProperty
from bpy.types import Context, PropertyGroup, Scene

followers: list[Callable[[Scene], None]] = []
"""What is called when a slider of the map was moved."""


def _moved(group: PropertyGroup, context: Context) -> None:
    group.way = "MAP"
    for follow in followers:
        follow(group.id_data)


def _side(name: str, description: str) -> Any:
    return FloatProperty(
        name=name, description=description, default=0.5, min=0.0, max=1.0, subtype="FACTOR", update=_moved
    )


class MANIERA_PG_new_manner(PropertyGroup):
    """A new manner; kept with the scene."""

    way: EnumProperty(
        name="Way",
        description="Where the new manner comes from",
        items=[("CHANCE", "Chance", "Any manner"), ("MAP", "Map", "A place on the map of manners")],
    )
    seed: IntProperty(name="Seed", description="The same seed makes the same manner", min=0)
    x: _side("X", "Place on the map of manners, from left to right: near places are manners that look alike")
    y: _side("Y", "Place on the map of manners, from bottom to top: near places are manners that look alike")
    nearest: StringProperty(name="Looks Like", description="Styles of the library that look most like it")
    style_name: StringProperty(name="Name", description="Name of the style in the library", default="New Manner")

    @property
    def origin(self) -> dict[str, Any]:
        """Where the manner comes from, as a request names it."""
        return {"seed": self.seed} if self.way == "CHANCE" else {"place": [self.x, self.y]}


CLASSES = (MANIERA_PG_new_manner,)
