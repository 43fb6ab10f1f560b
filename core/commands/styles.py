# SPDX-License-Identifier: GPL-3.0-or-later
"""`styles`: what is in the library."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import styles
from ..errors import UserError
from ..styles import Card
from .console import Console

HELP = "List the styles of the library, show what is known of some, or check their files"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("action", nargs="?", default="list", choices=_ACTIONS)
    parser.add_argument("names", nargs="*", metavar="STYLE", help="names or files of styles (default: all)")


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Do what `action` names with the styles that are named."""
    _ACTIONS[arguments.action](arguments.names, console)


def _list(names: Sequence[str], console: Console) -> None:
    cards = _cards(names)
    width = max((len(card.name) for card in cards), default=0)
    lines = [f"{card.name:{width}}  {card.author}".rstrip() for card in cards]
    console.result({"styles": [_fields(card) for card in cards]}, "\n".join(lines) or "The library is empty.")


def _show(names: Sequence[str], console: Console) -> None:
    for card in _cards(names):
        fields = _fields(card)
        told = {name: ", ".join(value) if isinstance(value, list) else value for name, value in fields.items()}
        console.result(fields, "\n".join(f"{name:10}  {value}" for name, value in told.items() if value) + "\n")


def _verify(names: Sequence[str], console: Console) -> None:
    from ..engine import models, style

    network = models.network_id(models.WEIGHTS)
    files = [styles.find(name).path for name in names] or sorted(styles.SHIPPED.glob(f"*{styles.SUFFIX}"))
    broken = {}
    for path in files:
        try:
            style.read(path, network)
        except UserError as error:
            broken[str(path)] = str(error)
    told = [broken.get(str(path), f"{path.name}: whole") for path in files]
    console.result({"whole": len(files) - len(broken), "broken": broken}, "\n".join(told))
    if broken:
        raise UserError(f"{len(broken)} of {len(files)} style files are broken: install or learn them again.")


def _cards(names: Sequence[str]) -> list[Card]:
    return [styles.find(name) for name in names] or styles.library()


def _fields(card: Card) -> dict[str, Any]:
    """What a card says, without the preview."""
    names = ("name", "author", "licence", "network", "made")
    return {name: getattr(card, name) for name in names} | {
        "references": list(card.references),
        "path": str(card.path or Path()),
    }


_ACTIONS = {"list": _list, "show": _show, "verify": _verify}
