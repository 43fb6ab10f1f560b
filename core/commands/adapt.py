# SPDX-License-Identifier: GPL-3.0-or-later
"""`adapt`: learn a manner from one or several pictures, as a style file."""

import argparse
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import styles
from ..errors import UserError
from ..settings import Adapt, Machine
from . import options
from .console import Console, asked_to_stop
from .manner import weighted

HELP = "Learn a manner from one or several pictures, as a style file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "references",
        nargs="+",
        metavar="REFERENCE[:WEIGHT]",
        help="pictures by the same hand, best 1 to 5; they are learnt as one manner, by weight (default: 1)",
    )
    parser.add_argument("--name", required=True, help="what the style is called")
    parser.add_argument("--author", default="", help="who made it")
    parser.add_argument("--licence", default="", help="what others may do with it")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="OUT", help="the style file to write")
    parser.add_argument(
        "--content",
        nargs="+",
        default=[],
        type=Path,
        metavar="IMAGE",
        help="what to practice on, best your own pictures",
    )
    parser.add_argument("--from", dest="start", metavar="STYLE", help="go on from a style: its name, or its file")
    parser.add_argument("--keep", action="store_true", help="where Ctrl-C ends the practice, write the best so far")
    parser.add_argument("--force", action="store_true", help="replace a style file that is there")
    options.add(parser, Adapt)
    options.add(parser, Machine)


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Learn, and write the style file."""
    if arguments.output.exists() and not arguments.force:
        raise UserError(f"'{arguments.output}' exists already: choose another place, or add --force to replace it.")
    order: dict[str, Any] = {
        "settings": asdict(options.chosen(arguments, Adapt)),
        "machine": asdict(options.chosen(arguments, Machine)),
        "references": [_reference(text) for text in arguments.references],
        "contents": [{"path": str(path)} for path in arguments.content],
        "from": str(styles.find(arguments.start).path) if arguments.start else None,
        "library": [{"path": str(card.path)} for card in styles.library()],
        "keep": arguments.keep,
    }
    order |= {name: str(getattr(arguments, name)) for name in ("name", "author", "licence", "output")}
    from ..engine.requests import REQUESTS

    with asked_to_stop() if arguments.keep else nullcontext(lambda: False) as stopped:
        result, _ = REQUESTS["adapt"](order, [], console.report(cancelled=stopped))
    console.result(result, _told(result))


def _reference(text: str) -> dict[str, Any]:
    path, weight = weighted(text)
    return {"path": path, "weight": weight}


def _told(result: dict[str, Any]) -> str:
    learnt = f"loss {result['before']:.2f} to {result['after']:.2f} in {result['steps']} steps"
    early = ", ended early" if result["cancelled"] else ""
    told = f"{result['output']}: {learnt}, {result['seconds']:.0f} s on {result['device']}{early}"
    return "\n".join([*result["notes"], told])
