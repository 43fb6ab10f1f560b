# SPDX-License-Identifier: GPL-3.0-or-later
"""The library of styles as Blender shows it: a list to choose from, with thumbnails."""

import tempfile
from pathlib import Path
from typing import Any

import bpy
import bpy.utils.previews
from bpy.types import Context, PropertyGroup

from ..core import styles
from ..core.styles import Card
from . import places

Item = tuple[str, str, str, int, int]


class Gallery:
    """Reads the library again whenever one of its folders changes."""

    def __init__(self) -> None:
        self._files = tempfile.TemporaryDirectory()  # Blender reads thumbnails from files, and only when it draws them
        self._previews = bpy.utils.previews.new()
        self._seen: list[int] = []
        self.cards: dict[str, Card] = {}
        """By name, in small letters."""
        self.items: list[Item] = []
        """For an EnumProperty, which needs the strings kept."""

    def refresh(self) -> None:
        """Read the library again if a folder has changed."""
        folders = library_folders()
        seen = [folder.stat().st_mtime_ns for folder in folders if folder.is_dir()]
        if seen == self._seen:
            return
        self._previews.clear()
        cards: dict[str, Card] = {}
        for card in styles.library(folders):
            cards.setdefault(card.name.casefold(), card)
        self.cards = cards
        self.items = [self._item(number, card) for number, card in enumerate(cards.values())]
        self._seen = seen

    def close(self) -> None:
        """Let go of the thumbnails."""
        bpy.utils.previews.remove(self._previews)
        self._files.cleanup()

    def _item(self, number: int, card: Card) -> Item:
        about = ", ".join(filter(None, (card.author, card.made, card.licence))) or "Style of the library"
        return card.name, card.name, about, self._icon(number, card), number

    def _icon(self, number: int, card: Card) -> int:
        if not card.preview:
            return 0
        path = Path(self._files.name) / f"{number}.png"
        path.write_bytes(card.preview)
        return self._previews.load(card.name, str(path), "IMAGE").icon_id


_gallery: Gallery | None = None
_missing: list[Item] = []


def library_folders() -> list[Path]:
    """Where the library's styles lie: the shipped ones, then the artist's own."""
    return [styles.SHIPPED, places.library()]


def request() -> list[dict[str, str]]:
    """All styles of the library as a request names them."""
    return [{"path": str(card.path)} for card in styles.library(library_folders())]


def items(group: PropertyGroup, context: Context | None) -> list[Item]:
    """The styles to choose from; one that the .blend names and the library lacks comes last."""
    _gallery.refresh()
    name, known = group.style_name, _gallery.items
    if known and (not name or any(item[0] == name for item in known)):
        return known
    label = f"{name} (missing)" if name else "No styles"
    _missing[:] = [(name or "NONE", label, "The library lacks this style: import it", 0, len(known))]
    return known + _missing


def number_of_style(group: PropertyGroup) -> int:
    """The chosen style's number among `items`; the first where none was chosen."""
    return next((item[4] for item in items(group, None) if item[0] == group.style_name), 0)


def set_style(group: PropertyGroup, number: int) -> None:
    """Choose a style by its number; what is kept is its name, because numbers change with the library."""
    group.style_name = next((item[0] for item in items(group, None) if item[4] == number), "")


def chosen_style(group: Any) -> str:
    """The name of the chosen style; nothing where the library is empty."""
    _gallery.refresh()
    return group.style_name or next((item[0] for item in _gallery.items), "")


def has(name: str) -> bool:
    """Whether the library has a style of this name."""
    _gallery.refresh()
    return name.casefold() in _gallery.cards


def chosen_card(group: Any) -> Card | None:
    """The card of the chosen style; None where the library lacks it."""
    _gallery.refresh()
    return _gallery.cards.get(chosen_style(group).casefold())


def register() -> None:
    global _gallery
    _gallery = Gallery()


def unregister() -> None:
    global _gallery
    _gallery.close()
    _gallery = None
