# SPDX-License-Identifier: GPL-3.0-or-later
"""`surprise`: make a new manner, by chance or from a place on the map of manners, and keep it as a style."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import styles
from ..errors import UserError
from ..settings import Machine
from . import options
from .console import Console

HELP = "Make a new manner, by chance or from a place on the map of manners, and keep it as a style"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="STYLE_FILE", help="the style file")
    parser.add_argument("--name", help="of the style (default: that of its file)")
    parser.add_argument("--seed", type=int, default=0, help="another one, another manner (default: 0)")
    parser.add_argument("--place", type=float, nargs=2, metavar=("X", "Y"), help="on the map, 0..1 each")
    parser.add_argument("--content", type=Path, metavar="PICTURE", help="what is painted as its preview")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    options.add(parser, Machine)


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Make one style file."""
    output = arguments.output
    if output.suffix != styles.SUFFIX:
        raise UserError(f"'{output}' cannot be a style: give it the ending {styles.SUFFIX}.")
    if output.exists() and not arguments.force:
        raise UserError(f"'{output}' exists already: choose another name, or add --force to replace it.")
    from ..engine import pictures
    from ..engine.requests import REQUESTS

    cards = {str(card.path): card for card in styles.library()}
    fields = _fields(arguments) | {
        "machine": asdict(options.chosen(arguments, Machine)),
        "styles": [{"path": path} for path in cards],
    }
    shown = [pictures.read(arguments.content).pixels] if arguments.content else []
    told, _ = REQUESTS["surprise"](fields, shown, console.report())
    near = [{"name": cards[one["path"]].name, "distance": round(one["distance"], 3)} for one in told["nearest"][:3]]
    place = [round(number, 3) for number in told["place"]]
    words = ", ".join(f"{one['name']} ({one['distance']:.2f})" for one in near) or "no style of the library"
    console.result({"output": str(output), "place": place, "nearest": near}, f"{output}: nearest are {words}")


def _fields(arguments: argparse.Namespace) -> dict[str, Any]:
    wanted = {"output": str(arguments.output), "name": arguments.name or arguments.output.stem}
    if arguments.place is None:
        return wanted | {"seed": arguments.seed}
    if not all(0 <= number <= 1 for number in arguments.place):
        raise UserError("A place on the map is two numbers from 0 to 1: write for instance --place 0.3 0.8.")
    return wanted | {"place": arguments.place}
