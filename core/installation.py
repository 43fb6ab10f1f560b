# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of the engine's own Python: which environment is in use, and which interpreter runs the engine.

The folder holds environments `python-1`, `python-2`, ... and `current.json`, which names the one in use. An environment
cannot be moved once it is made, so each is made where it stays; it counts only when `current.json` names it, which is
written last and at once.
"""

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from . import interpreter
from .errors import UserError
from .interpreter import Findings

CURRENT = "current.json"
ADVICE = "open Preferences > Add-ons > Maniera and press Set Up Engine, or choose an existing Python there"


def facts(folder: Path) -> dict[str, Any]:
    """What is in use: "environment", "build", "packages" and "devices"; nothing where no installation was finished."""
    try:
        found = json.loads((folder / CURRENT).read_text(encoding="utf-8"))
        return found if {"environment", "build", "packages", "devices"} <= found.keys() else {}
    except (OSError, ValueError, AttributeError):
        return {}


def current(folder: Path) -> Path | None:
    """The interpreter in use; None where no installation was finished."""
    found = facts(folder)
    return interpreter.executable(folder / Path(found["environment"]).name) if found else None


def locate(folder: Path, chosen: str = "") -> Path:
    """The interpreter to run the engine in: MANIERA_PYTHON, else the chosen one, else the one that was set up.

    :raises UserError: there is none, or it is gone; says what to do.
    """
    for name, value in (("MANIERA_PYTHON", os.environ.get("MANIERA_PYTHON")), ("the preferences", chosen)):
        if value:
            python = interpreter.executable(Path(value).expanduser())
            if not python.is_file():
                raise UserError(f"There is no Python at '{value}', which {name} name: {ADVICE}.")
            return python
    python = current(folder)
    if python is None:
        raise UserError(f"The engine is not set up: {ADVICE}.")
    if not python.is_file():  # a link to a Blender that was moved or removed
        raise UserError("The engine's Python is gone, as if Blender was moved: press Repair Engine in the preferences.")
    return python


def use(environment: Path, build: str, findings: Findings) -> None:
    """From now on this environment is the engine's, and no other is kept."""
    folder = environment.parent
    chosen = {
        "environment": environment.name,
        "build": build,
        "packages": findings.packages,
        "devices": findings.devices,
    }
    unfinished = folder / (CURRENT + ".part")
    unfinished.write_text(json.dumps(chosen), encoding="utf-8")
    os.replace(unfinished, folder / CURRENT)
    _delete(place for place in _environments(folder) if place != environment)


def remove(folder: Path) -> None:
    """Delete all that was installed; the folder stays.

    :raises UserError: something is in use.
    """
    (folder / CURRENT).unlink(missing_ok=True)
    _delete(_environments(folder))
    left = _environments(folder)
    if left:
        raise UserError(f"'{left[0]}' is in use: close other Blenders, then remove the engine again.")


def _environments(folder: Path) -> list[Path]:
    return [place for place in folder.glob("python-*") if place.is_dir()]


def _delete(places: Iterable[Path]) -> None:
    for place in places:
        shutil.rmtree(place, ignore_errors=True)
