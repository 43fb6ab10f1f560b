# SPDX-License-Identifier: GPL-3.0-or-later
"""`texture`: repaint the color map of a material, and give its other maps the relief of the paint."""

import argparse
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..progress import Report
from ..settings import Machine, Stylize, Texture
from . import options
from .console import Console
from .manner import Manner, add_style
from .stylize import protect

if TYPE_CHECKING:
    import numpy as np

    from ..engine.pictures import Picture

HELP = "Repaint a texture, and make the relief of its paint"
_WORKED = {"normal": "normal map (OpenGL, green up)", "roughness": "roughness map"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("input", type=Path, metavar="INPUT", help="a color map: PNG, JPEG, TIFF, WebP or EXR")
    add_style(parser)
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="OUT", help="a picture file")
    parser.add_argument(
        "--uv-mask",
        type=Path,
        metavar="FILE",
        help="a picture, white where the texture is seen on the surface; the rest is filled from there",
    )
    parser.add_argument("--relief", type=Path, metavar="FILE", help="write how high the paint stands, gray where flat")
    for name, what in _WORKED.items():
        about = f"the material's {what}, and where to write it with the relief worked in"
        parser.add_argument(f"--{name}", type=Path, nargs=2, metavar=("IN", "OUT"), help=about)
    options.add(parser, Texture)
    options.add(parser, Stylize)
    options.add(parser, Machine)


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Repaint the texture; nothing is written before all is done."""
    files = Files.read(arguments)
    manner = Manner.read(arguments.style)
    protect([*files.sources, *manner.files], list(files.targets.values()))
    order = {
        "settings": asdict(options.chosen(arguments, Stylize)),
        "machine": asdict(options.chosen(arguments, Machine)),
        "texture": asdict(options.chosen(arguments, Texture)),
        "styles": manner.styles,
    }
    told = files.repaint(order, manner, console.report())
    names = ", ".join(map(str, files.targets.values()))
    result = {"input": str(arguments.input), "output": str(arguments.output), **told}
    console.result(result, f"{names}: {told['seconds']:.2f} s on {told['device']}")


@dataclass(frozen=True)
class Files:
    """The maps of a material: where they come from and where they go, by name."""

    pictures: dict[str, "Picture"]
    sources: list[Path]
    targets: dict[str, Path]
    coverage: Path | None

    @classmethod
    def read(cls, arguments: argparse.Namespace) -> "Files":
        """Read the maps that are named.

        :raises UserError: one cannot be read, or what becomes of it cannot be written.
        """
        from ..engine import pictures

        worked = {name: paths for name in _WORKED if (paths := getattr(arguments, name))}
        sources = {"color": arguments.input} | {name: source for name, (source, _) in worked.items()}
        targets = {"color": arguments.output} | {name: target for name, (_, target) in worked.items()}
        if arguments.relief:
            targets["height"] = arguments.relief
        read = {name: pictures.read(path) for name, path in sources.items()}
        for name, target in targets.items():
            pictures.check(target, read.get(name))
        return cls(read, [*sources.values(), *filter(None, [arguments.uv_mask])], targets, arguments.uv_mask)

    def repaint(self, order: dict[str, Any], manner: Manner, report: Report) -> dict[str, Any]:
        """Have the engine repaint the maps, and write them."""
        from ..engine import mattes, pictures

        further = {name: picture.data() for name, picture in self.pictures.items() if name != "color"}
        if self.coverage:
            further["coverage"] = mattes.read([{"file": str(self.coverage)}], self.pictures["color"].pixels, [])
        from ..engine.requests import REQUESTS

        order |= {name: place for place, name in enumerate(further, len(manner.references))}
        order["relief"] = len(self.targets) > 1
        arrays = [self.pictures["color"].pixels, *manner.references, *further.values()]
        told, maps = REQUESTS["texture"](order, arrays, report)
        made = dict(zip(told["maps"], maps, strict=True))
        for name, target in self.targets.items():
            pictures.write(target, self._picture(name, target, made[name]))
        return told

    def _picture(self, name: str, target: Path, made: "np.ndarray") -> "Picture":
        """A map as what is written to `target`, as deep as it was; a height as deep as it can be."""
        from ..engine import pictures

        if name == "color":
            return replace(self.pictures[name], pixels=made)
        if name == "height":
            return pictures.of_data(made[..., None].repeat(4, 2), target, "uint16", has_alpha=False)
        return pictures.of_data(made, target, self.pictures[name].depth, self.pictures[name].has_alpha)
