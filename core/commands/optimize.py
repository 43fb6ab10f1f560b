# SPDX-License-Identifier: GPL-3.0-or-later
"""`optimize`: repaint one picture as well as can be, by optimising its pixels."""

import argparse
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ..settings import Machine, Optimize, Stylize
from . import options
from .console import Console, asked_to_stop
from .manner import Manner, add_style
from .stylize import protect

HELP = "Repaint one picture as well as can be, pixel by pixel: takes minutes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("input", type=Path, metavar="CONTENT", help="a picture: PNG, JPEG, TIFF, WebP or EXR")
    add_style(parser)
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="OUT", help="a picture file")
    options.add(parser, Optimize)
    options.add(parser, Stylize, without={"quality"})
    options.add(parser, Machine)


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Optimise the picture and write it; with --keep also where Ctrl-C ends it early."""
    optimize = options.chosen(arguments, Optimize)
    order: dict[str, Any] = {
        "settings": asdict(replace(options.chosen(arguments, Stylize), quality="best")),
        "machine": asdict(options.chosen(arguments, Machine)),
        "optimize": asdict(optimize),
    }
    from ..engine import pictures

    pictures.check(arguments.output)
    manner = Manner.read(arguments.style)
    protect([arguments.input, *manner.files], [arguments.output])
    picture = pictures.read(arguments.input)
    pictures.check(arguments.output, picture)
    from ..engine.requests import REQUESTS

    with asked_to_stop() if optimize.keep else nullcontext(lambda: False) as stopped:
        report = console.report(cancelled=stopped)
        arrays = [picture.pixels, *manner.references]
        told, (pixels,) = REQUESTS["stylize"](order | {"styles": manner.styles}, arrays, report)
    pictures.write(arguments.output, replace(picture, pixels=pixels))
    result = {"input": str(arguments.input), "output": str(arguments.output), **told}
    early = ", ended early" if told["cancelled"] else ""
    console.result(result, f"{result['output']}: {told['seconds']:.0f} s on {told['device']}{early}")
