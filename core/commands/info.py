# SPDX-License-Identifier: GPL-3.0-or-later
"""`info`: versions, devices and networks of this installation."""

import argparse
import platform
import tomllib
from importlib import metadata
from pathlib import Path

from .. import manifest, styles
from ..settings import Machine
from . import options
from .console import Console

HELP = "Tell the versions, devices and networks of this installation"
MANIFEST = Path(__file__).parents[2] / "blender_manifest.toml"
_LIBRARIES = ("torch", "numpy", "safetensors", "pillow", "OpenImageIO")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    options.add(parser, Machine)


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Find out what there is."""
    from ..engine import device, models

    chosen = device.choose(options.chosen(arguments, Machine))
    fields = {
        "maniera": tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["version"],
        "python": platform.python_version(),
        "libraries": {name: metadata.version(name) for name in _LIBRARIES},
        "device": chosen.name,
        "precision": str(chosen.dtype).removeprefix("torch."),
        "devices": device.available(),
        "networks": {Path(name).stem: digest for name, digest in manifest.hashes(models.WEIGHTS).items()},
        "styles": len(styles.library()),
    }
    console.result(fields, "\n".join(_lines(fields)))


def _lines(fields: dict[str, object]) -> list[str]:
    lines = []
    for name, value in fields.items():
        if isinstance(value, dict):
            lines += [f"{name:10}  {key} {text}" for key, text in value.items()]
        else:
            lines.append(f"{name:10}  {value}")
    return lines
