# SPDX-License-Identifier: GPL-3.0-or-later
"""Styles of the library that are mixed into the chosen one, by weight."""

from typing import Any

from bpy.props import CollectionProperty, EnumProperty, FloatProperty, StringProperty
from bpy.types import PropertyGroup

from ..core import styles
from ..core.errors import UserError
from ..core.styles import Card
from . import gallery

MOST = 7
"""Styles that are mixed into another at most."""


def _weight(description: str) -> Any:
    """How much of a style there is."""
    return FloatProperty(name="Weight", description=description, default=0.5, min=0.0, max=1.0, subtype="FACTOR")


class MANIERA_PG_ingredient(PropertyGroup):
    """A style, and how much of it goes into the mixture."""

    style_name: StringProperty(name="Style Name", description="Name of the style in the library")
    style: EnumProperty(
        name="Style",
        description="Style of the library that is mixed in",
        items=gallery.items,
        get=gallery.number_of_style,
        set=gallery.set_style,
    )
    weight: _weight("How much of this style there is, beside the weights of the others")


class MANIERA_PG_mixture(PropertyGroup):
    """What is mixed; kept with the scene."""

    weight: _weight("How much of the chosen style there is, beside the weights of those that are mixed in")
    ingredients: CollectionProperty(type=MANIERA_PG_ingredient)


def read(chosen: PropertyGroup) -> list[tuple[Card, float]]:
    """The chosen style of the library and those that are mixed into it, with their weights.

    :param chosen: what is kept with the scene.
    :raises UserError: the library lacks one, or all weights are 0.
    """
    mixture, folders = chosen.mixture, gallery.library_folders()
    if not mixture.ingredients:
        return [(styles.find(gallery.chosen_style(chosen), folders), 1.0)]
    mixed = [(chosen, mixture.weight), *((one, one.weight) for one in mixture.ingredients)]
    found = [(styles.find(gallery.chosen_style(group), folders), weight) for group, weight in mixed if weight > 0]
    if not found:
        raise UserError("All styles of the mixture have the weight 0: raise one of them.")
    return found


def name(mixed: list[tuple[Card, float]]) -> str:
    """What a mixture is called."""
    return " + ".join(card.name for card, _ in mixed)


def request(mixed: list[tuple[Card, float]]) -> list[dict[str, Any]]:
    """A mixture as a request names it."""
    return [{"path": str(card.path), "weight": weight} for card, weight in mixed]


CLASSES = (MANIERA_PG_ingredient, MANIERA_PG_mixture)
