# SPDX-License-Identifier: GPL-3.0-or-later
"""How the command line names the manner to paint in."""

import argparse
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import styles
from ..errors import UserError

if TYPE_CHECKING:
    import numpy as np


def add_style(parser: argparse.ArgumentParser) -> None:
    """Declare --style."""
    parser.add_argument(
        "--style",
        required=True,
        metavar="STYLE[:WEIGHT][,STYLE[:WEIGHT]...]",
        help="a style's name in the library, a style file or a picture; several are mixed by weight (default: 1)",
    )


@dataclass
class Manner:
    """What --style names, as the engine is asked for it."""

    styles: list[dict[str, Any]] = field(default_factory=list)
    references: list["np.ndarray"] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    @classmethod
    def read(cls, text: str) -> "Manner":
        """Look up every style of `text` and read every picture.

        :raises UserError: there is no such style or picture, or a weight is no number.
        """
        manner = cls()
        manner.styles = manner.look_up(text)
        return manner

    def look_up(self, text: str) -> list[dict[str, Any]]:
        """The styles of `text` as the engine is asked for them, their references added to those of this manner."""
        parts = [text] if Path(text).exists() else text.split(",")
        return [self._look_up(*weighted(part.strip())) for part in parts]

    def _look_up(self, name: str, weight: float) -> dict[str, Any]:
        from ..engine import pictures

        path = Path(name)
        if path.suffix.lower() in pictures.FORMATS:
            self.references.append(pictures.read(path, as_bytes=True).pixels)
            self.files.append(path)
            return {"reference": len(self.references) - 1, "weight": weight}
        self.files.append(styles.find(name).path)
        return {"path": str(self.files[-1]), "weight": weight}


def weighted(text: str) -> tuple[str, float]:
    """Split STYLE:WEIGHT; the colon of a Windows drive is none of ours."""
    name, colon, weight = text.rpartition(":")
    if not colon or Path(text).exists() or "\\" in weight or "/" in weight:
        return text, 1.0
    try:
        number = float(weight)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise UserError(f"The weight of the style '{name}' must be a number from 0 on, but is '{weight}'.")
    return name, number
