# SPDX-License-Identifier: GPL-3.0-or-later
"""`sequence`: repaint the frames of an animation, so that the paint stays on what it is painted on."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import manifest
from ..errors import PassingError, UserError
from ..settings import Machine, Sequence, Stylize
from . import options
from .console import Console
from .manner import Manner, add_style

HELP = "Repaint the frames of an animation, so that the paint stays on what it is painted on"
_PLACES = ("input", "output", "frames", "shot", "key", "vectors", "view")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add = parser.add_argument
    add("--input", required=True, metavar="PATTERN", help="rendered frames, as 'renders/shot_####.exr'")
    add("--frames", required=True, metavar="RANGE", help="those to repaint, as 1-120, 1,5,7-9 or 1-20x2")
    add_style(parser)
    add("--output", "-o", required=True, metavar="PATTERN", help="repainted frames, as 'painted/####.png' (or .exr)")
    add("--shot", metavar="RANGE", help="all frames of the shot, where --frames is a part of them")
    add("--key", type=int, metavar="FRAME", help="from which the paint is carried both ways (default: the first)")
    add("--vectors", metavar="PATTERN", help="EXR files with the passes, where the input does not hold them")
    add("--view", metavar="JSON", help="how scene-linear frames are shown (default: Blender's Standard view)")
    add("--manifest", metavar="JSON", help="of a farm job: paint only with the style and the networks that it names")
    add("--verify", action="store_true", help="paint nothing, but fail if a frame is not finished")
    options.add(parser, Sequence)
    options.add(parser, Stylize)
    options.add(parser, Machine)


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Repaint the frames, then tell which of them could not be."""
    if arguments.manifest:
        manifest.verify(Path(arguments.manifest))
    manner = Manner.read(arguments.style)
    order: dict[str, Any] = {name: value for name in _PLACES if (value := getattr(arguments, name)) is not None}
    order |= {
        "styles": [{**one, "path": str(file)} for one, file in zip(manner.styles, manner.files, strict=True)],
        "settings": asdict(options.chosen(arguments, Stylize)),
        "sequence": asdict(options.chosen(arguments, Sequence)),
        "machine": asdict(options.chosen(arguments, Machine)),
        "verify": arguments.verify,
    }
    from ..engine.requests import REQUESTS

    result, _ = REQUESTS["sequence"](order, [], console.report())
    console.result(result, _told(result))
    if result["unfinished"]:
        raise PassingError(f"The frames {result['unfinished']} are not finished: repaint them.")
    if result["failed"]:
        numbers, first = ", ".join(result["failed"]), next(iter(result["failed"].values()))
        raise UserError(f"Not repainted: {numbers}. {first}")


def _told(result: dict[str, Any]) -> str:
    parts = [f"{what} {result[what]}" for what in ("written", "skipped") if result[what]]
    return "\n".join([*result["notes"], f"{', '.join(parts) or 'nothing'}: {result['seconds']:.1f} s"])
