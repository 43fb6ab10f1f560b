# SPDX-License-Identifier: GPL-3.0-or-later
"""`stylize`: repaint picture files in the manner of a style or of other pictures."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from ..progress import Report
from ..settings import Machine, Stylize
from . import options
from .console import Console
from .manner import Manner, add_style
from .masks import Masks, add_masks

if TYPE_CHECKING:
    import numpy as np

HELP = "Repaint pictures in the manner of a style or of other pictures"
_FORMATS = ("png", "jpg", "tif", "webp", "exr")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help="pictures: PNG, JPEG, TIFF, WebP or EXR")
    add_style(parser)
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="OUT", help="a picture file, or an existing folder"
    )
    parser.add_argument("--format", choices=_FORMATS, help="of what is written into a folder (default: the input's)")
    add_masks(parser)
    options.add(parser, Stylize)
    options.add(parser, Machine)


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Repaint each input; the first failure ends the command."""
    settings = {"settings": options.chosen(arguments, Stylize), "machine": options.chosen(arguments, Machine)}
    targets = _targets(arguments)
    manner = Manner.read(arguments.style)
    masks = Masks.read(arguments, manner)
    protect([*arguments.inputs, *manner.files, *masks.files], targets)
    order = {name: asdict(value) for name, value in settings.items()} | {"styles": manner.styles}
    task = Task(order, manner.references, masks)
    for index, (source, target) in enumerate(zip(arguments.inputs, targets, strict=True), 1):
        report = console.report(f"{index}/{len(targets)}" if len(targets) > 1 else "")
        result = {"input": str(source), "output": str(target), **task.do(source, target, report)}
        console.result(result, _told(result))


@dataclass(frozen=True)
class Task:
    """What is done to every input."""

    order: dict[str, Any]
    references: list["np.ndarray"]
    masks: Masks

    def do(self, source: Path, target: Path, report: Report) -> dict[str, Any]:
        """Repaint one file; torch is loaded only when what can be wrong with the files has been found right."""
        from ..engine import pictures

        picture = pictures.read(source, as_bytes=True)
        pictures.check(target, picture)
        where, masks = self.masks.order(source, picture.pixels, len(self.references))
        from ..engine.requests import REQUESTS, rest

        arrays = [picture.pixels, *self.references, *masks]
        result, (pixels,) = REQUESTS["stylize"](self.order | where, arrays, report)
        rest()  # writing takes memory, too
        pictures.write(target, replace(picture, pixels=pixels))
        return result


def _told(result: dict[str, Any]) -> str:
    repaired = f", {result['cleaned']} broken pixels repaired" if result["cleaned"] else ""
    return f"{result['output']}: {result['seconds']:.2f} s on {result['device']}{repaired}"


def _targets(arguments: argparse.Namespace) -> list[Path]:
    """Where each input's result goes.

    :raises UserError: it cannot be written there, or several results would go to one place.
    """
    from ..engine import pictures

    targets = [arguments.output]
    if arguments.output.is_dir():
        targets = [_inside(arguments.output, path, arguments.format) for path in arguments.inputs]
    elif len(arguments.inputs) > 1:
        raise UserError(f"Several pictures need a folder to go to: make '{arguments.output}' first.")
    elif arguments.format:
        raise UserError(f"--format is for folders: the name '{arguments.output}' decides, so leave --format out.")
    for target in targets:
        pictures.check(target)
        if targets.count(target) > 1:
            raise UserError(f"Several pictures would become '{target}': repaint them one at a time.")
    return targets


def _inside(folder: Path, source: Path, form: str | None) -> Path:
    return folder / (source.stem + (f".{form}" if form else source.suffix))


def protect(originals: Sequence[Path], targets: Sequence[Path]) -> None:
    """Refuse to write over what is read."""
    for target in filter(Path.exists, targets):
        for original in filter(Path.exists, originals):
            if target.samefile(original):
                raise UserError(f"'{original}' is not overwritten: choose another name or folder with -o.")
