# SPDX-License-Identifier: GPL-3.0-or-later
"""How masks are named on the command line, and the styles that are painted within them.

    MASK = [not:]FILE                     a picture, white where it takes
         | [not:]alpha[@FILE]             the opaque part of a picture
         | [not:]object:NAME[@FILE]       Cryptomatte of a render; also material: and asset:; * and ? stand for anything
         | [not:]object-index:N[@FILE]    a pass of numbers; also material-index:

Without FILE the input itself is meant.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from .manner import Manner

if TYPE_CHECKING:
    import numpy as np

_FORM = "[not:]FILE|alpha[@FILE]|object:NAME[@FILE]|material:NAME[@FILE]|..."


def add_masks(parser: argparse.ArgumentParser) -> None:
    """Declare the flags that say where what is painted."""
    group = parser.add_argument_group("masks")
    group.add_argument(
        "--mask",
        action="append",
        default=[],
        metavar="MASK",
        help=f"repaint only there: {_FORM}: a picture that is white there, the opaque part, or what Cryptomatte knows "
        "by that name in FILE or else in the input; several --mask are taken together",
    )
    group.add_argument(
        "--region",
        action="append",
        default=[],
        metavar="STYLE=MASK",
        help="paint that part of the picture in another style; may be given many times",
    )


@dataclass(frozen=True)
class Masks:
    """What --mask and --region ask for."""

    base: list["Mask"]
    regions: list[tuple[list[dict[str, Any]], "Mask"]]
    """The styles of each region, as the engine is asked for them, and where they are painted."""

    @classmethod
    def read(cls, arguments: argparse.Namespace, manner: Manner) -> "Masks":
        """Look up what the flags name; the references of the regions' styles are added to those of `manner`.

        :raises UserError: a mask or style is named wrongly, or there is no such style.
        """
        regions = []
        for text in arguments.region:
            style, equals, mask = text.partition("=")
            if not equals:
                raise UserError(f"--region '{text}' must name a style and a mask: write STYLE=MASK.")
            regions.append((manner.look_up(style), Mask.parse(mask)))
        return cls([Mask.parse(text) for text in arguments.mask], regions)

    @property
    def files(self) -> list[Path]:
        """What is read, beside the inputs and the styles."""
        named = [*self.base, *(mask for _, mask in self.regions)]
        return [mask.file for mask in named if mask.file is not None]

    def order(self, source: Path, pixels: "np.ndarray", place: int) -> tuple[dict[str, Any], list["np.ndarray"]]:
        """What the engine is asked for beside the base styles, and the masks of one input as arrays.

        :param place: of the first of them among the arrays after the pixels.
        :raises UserError: a mask cannot be read, knows no such thing or does not fit.
        """
        from ..engine import mattes

        groups = [self.base] * bool(self.base) + [[mask] for _, mask in self.regions]
        arrays = [mattes.read([mask.order(source) for mask in group], pixels, []) for group in groups]
        where = [[{"array": place + index}] for index in range(len(arrays))]
        order: dict[str, Any] = {"where": where.pop(0)} if self.base else {}
        if self.regions:
            order["masks"] = [{"styles": s, "where": w} for (s, _), w in zip(self.regions, where, strict=True)]
        return order, arrays


@dataclass(frozen=True)
class Mask:
    """One mask: what it takes, of which file (None: the input)."""

    of: str | None
    name: str
    file: Path | None
    invert: bool

    @classmethod
    def parse(cls, text: str) -> "Mask":
        """Read a mask as named on the command line.

        :raises UserError: it names nothing that can be a mask.
        """
        from ..engine.mattes import KINDS

        rest = text.removeprefix("not:")
        kind, colon, thing = rest.partition(":")
        kind = kind.partition("@")[0]
        invert = rest != text
        if kind not in KINDS or Path(rest).is_file():
            return cls(None, "", Path(rest), invert)
        name, file = _split(rest.removeprefix(kind).removeprefix(":"))
        if bool(name) == (kind == "alpha"):
            raise UserError(f"'{text}' names no mask: write {_FORM}.")
        return cls(kind, name, file, invert)

    def order(self, source: Path) -> dict[str, Any]:
        """As `mattes.read` takes it, for the input `source`."""
        order: dict[str, Any] = {"invert": self.invert} | ({"of": self.of, "name": self.name} if self.of else {})
        if self.file is None and self.of == "alpha":
            return order
        return order | {"file": str(self.file or source)}


def _split(text: str) -> tuple[str, Path | None]:
    """A thing's name and the file after the @; both may hold an @ of their own."""
    parts = text.split("@")
    splits = [("@".join(parts[:i]), Path("@".join(parts[i:]))) for i in range(1, len(parts))]
    for name, file in splits:
        if file.is_file():
            return name, file
    return splits[-1] if splits and splits[-1][1].suffix else (text, None)
