# SPDX-License-Identifier: GPL-3.0-or-later
"""`styles`: what is in the library, what comes into it and what goes out of it."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import styles
from ..errors import UserError
from ..styles import Card
from .console import Console

HELP = "List, show, check, import or export the styles of the library, or find those nearest to a picture or their map"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("action", nargs="?", default="list", choices=_ACTIONS)
    parser.add_argument(
        "names", nargs="*", metavar="STYLE", help="names or files of styles; to list, show or verify, none means all"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", help="to export: a style file, or a folder")
    parser.add_argument("--force", action="store_true", help="to import and export: replace a file that is there")


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Do what `action` names with the styles that are named."""
    _ACTIONS[arguments.action](arguments, console)


def _list(arguments: argparse.Namespace, console: Console) -> None:
    cards = _cards(arguments.names)
    width = max((len(card.name) for card in cards), default=0)
    lines = [f"{card.name:{width}}  {card.author}".rstrip() for card in cards]
    console.result({"styles": [_fields(card) for card in cards]}, "\n".join(lines) or "The library is empty.")


def _show(arguments: argparse.Namespace, console: Console) -> None:
    for card in _cards(arguments.names):
        fields = _fields(card)
        told = {name: ", ".join(value) if isinstance(value, list) else value for name, value in fields.items()}
        console.result(fields, "\n".join(f"{name:10}  {value}" for name, value in told.items() if value) + "\n")


def _verify(arguments: argparse.Namespace, console: Console) -> None:
    files = [styles.find(name).path for name in arguments.names] or [
        path for folder in styles.library_folders() for path in sorted(folder.glob(f"*{styles.SUFFIX}"))
    ]
    broken = {}
    for path in files:
        try:
            _check(path)
        except UserError as error:
            broken[str(path)] = str(error)
    told = [broken.get(str(path), f"{path.name}: whole") for path in files]
    console.result({"whole": len(files) - len(broken), "broken": broken}, "\n".join(told))
    if broken:
        raise UserError(f"{len(broken)} of {len(files)} style files are broken: install or learn them again.")


def _import(arguments: argparse.Namespace, console: Console) -> None:
    for card in map(styles.read_card, map(Path, _named(arguments))):
        _check(card.path)
        target = _place(card, replace=arguments.force)
        styles.copy(card.path, target, replace=arguments.force)
        console.result({"name": card.name, "path": str(target)}, f"'{card.name}' is in the library: {target}")


def _export(arguments: argparse.Namespace, console: Console) -> None:
    cards = [styles.find(name) for name in _named(arguments)]
    output = arguments.output
    if output is None or not (output.is_dir() or (len(cards) == 1 and output.suffix == styles.SUFFIX)):
        raise UserError(f"Where to is not said: write -o and a folder, or for one style a file *{styles.SUFFIX}.")
    for card in cards:
        target = output / card.path.name if output.is_dir() else output
        styles.copy(card.path, target, replace=arguments.force)
        console.result({"name": card.name, "path": str(target)}, f"'{card.name}': {target}")


def _named(arguments: argparse.Namespace) -> Sequence[str]:
    if not arguments.names:
        raise UserError(f"No style is named: write which to {arguments.action}.")
    return arguments.names


def _place(card: Card, *, replace: bool) -> Path:
    """Where in the user's own folder a style belongs: in the place of the one of its name, if there is one.

    :raises UserError: that may not be replaced.
    """
    folder = styles.own_folder()
    for other in styles.library():
        if other.name.casefold() == card.name.casefold():
            if other.path.parent != folder:
                raise UserError(f"A shipped style is called '{other.name}': give yours another name.")
            if not replace:
                raise UserError(f"The library has a style '{other.name}' already: add --force to replace it.")
            return other.path
    return folder / f"{card.path.stem}{styles.SUFFIX}"


def _check(path: Path) -> None:
    """Read a whole style file.

    :raises UserError: it is broken, or was made with other networks.
    """
    from ..engine import models, style

    style.read(path, models.network_id(models.WEIGHTS))


def _cards(names: Sequence[str]) -> list[Card]:
    return [styles.find(name) for name in names] or styles.library()


def _fields(card: Card) -> dict[str, Any]:
    """What a card says, without the preview."""
    names = ("name", "author", "licence", "network", "made")
    return {name: getattr(card, name) for name in names} | {
        "references": list(card.references),
        "path": str(card.path or Path()),
    }


def _nearest(arguments: argparse.Namespace, console: Console) -> None:
    """The styles that look most like each of the pictures."""
    from ..engine import pictures
    from ..engine.requests import REQUESTS
    from ..progress import Report

    cards = {str(card.path): card for card in styles.library()}
    for name in _named(arguments):
        fields = {"styles": [{"path": path} for path in cards]}
        told, _ = REQUESTS["nearest"](fields, [pictures.read(Path(name)).pixels], Report())
        found = [{"name": cards[one["path"]].name, "distance": round(one["distance"], 3)} for one in told["found"]]
        lines = [f"{one['distance']:5.2f}  {one['name']}" for one in found[:5]]
        console.result({"picture": name, "nearest": found}, "\n".join([f"{name}:", *lines]))


def _map(arguments: argparse.Namespace, console: Console) -> None:
    """Where styles lie on the map of manners."""
    from ..engine.requests import REQUESTS
    from ..progress import Report

    cards = {str(card.path): card for card in _cards(arguments.names)}
    told, _ = REQUESTS["map"]({"styles": [{"path": path} for path in cards]}, [], Report())
    places = {cards[one["path"]].name: [round(number, 3) for number in one["place"]] for one in told["places"]}
    lines = [f"{x:.2f} {y:.2f}  {name}" for name, (x, y) in places.items()]
    console.result({"places": places}, "\n".join(lines) or "No style says what it looks like.")


_ACTIONS = {
    "list": _list,
    "show": _show,
    "verify": _verify,
    "import": _import,
    "export": _export,
    "nearest": _nearest,
    "map": _map,
}
