# SPDX-License-Identifier: GPL-3.0-or-later
"""What a poll asks before a button may be pressed; each check says on the button why not."""

from bpy.types import Context, Operator

from ..core import styles
from ..core.errors import UserError
from . import gallery, images, jobs, learning, mixture, preferences


def is_idle(operator: type[Operator]) -> bool:
    """Whether no other job is at work."""
    return _explain(operator, "Maniera is at work: wait until it is done, or cancel it" if jobs.Work.current else None)


def engine_trouble(context: Context) -> str | None:
    """Why there is no Python for the engine; None where there is one."""
    try:
        preferences.engine_python(context)
    except UserError as error:
        return str(error)
    return None


def has_engine(operator: type[Operator], context: Context) -> bool:
    """Whether there is a Python for the engine."""
    return _explain(operator, engine_trouble(context))


def has_manner(operator: type[Operator], context: Context) -> bool:
    """Whether a style or a reference picture is chosen."""
    chosen = context.scene.maniera
    if chosen.source == "PICTURE":
        return _explain(operator, None if chosen.reference else "Choose a picture in whose manner to paint")
    return _explain(
        operator, None if gallery.chosen_style(chosen) else "The library has no styles: paint after a picture"
    )


def has_examples(operator: type[Operator], context: Context) -> bool:
    """Whether there are pictures to learn from."""
    found = learning.chosen(context.scene.maniera.learning)
    return _explain(operator, None if found else "Add one to five pictures of the manner")


def has_reference(operator: type[Operator], context: Context) -> bool:
    """Whether a reference picture is chosen."""
    return _explain(operator, None if context.scene.maniera.reference else "Choose a reference picture first")


def has_style(operator: type[Operator], context: Context) -> bool:
    """Whether a style of the library is chosen."""
    chosen = context.scene.maniera
    is_chosen = chosen.source == "LIBRARY" and gallery.chosen_card(chosen)
    return _explain(operator, None if is_chosen else "Choose a style of the library")


def has_room(operator: type[Operator], context: Context) -> bool:
    """Whether another style can be mixed in."""
    full = len(context.scene.maniera.mixture.ingredients) >= mixture.MOST
    return _explain(operator, f"At most {mixture.MOST} styles are mixed in" if full else None)


def has_new_manner(operator: type[Operator], context: Context) -> bool:
    """Whether a new manner was made that could be kept."""
    made = context.scene.maniera.new_manner.nearest
    return _explain(operator, None if made else "Press Surprise Me, or move a slider of the map")


def has_own_style(operator: type[Operator], context: Context) -> bool:
    """Whether the chosen style is one of the artist's own."""
    if not has_style(operator, context):
        return False
    card = gallery.chosen_card(context.scene.maniera)
    shipped = card.path.parent == styles.SHIPPED
    return _explain(operator, f"'{card.name}' came with Maniera and stays: duplicate it first" if shipped else None)


def shows_readable_image(operator: type[Operator], context: Context) -> bool:
    """Whether the editor's image can be read; where there is no editor, the operator is told the image."""
    if getattr(context.space_data, "type", "") != "IMAGE_EDITOR":
        return True
    image = context.space_data.image
    return _explain(operator, images.refusal(image) if image else "Open an image in this editor")


def _explain(operator: type[Operator], reason: str | None) -> bool:
    if reason is not None:
        operator.poll_message_set(reason.rstrip("."))
    return reason is None
