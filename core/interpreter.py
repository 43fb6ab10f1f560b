# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python that the engine runs in: what it must have, and what a given one has."""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from . import program
from .errors import UserError

OLDEST = (3, 11)

REQUIREMENTS = {
    "torch": "torch>=2.6",
    "torchvision": "torchvision>=0.21",
    "numpy": "numpy>=1.26",
    "safetensors": "safetensors>=0.5",
    "PIL": "pillow>=11",
    "OpenImageIO": "OpenImageIO>=3.0",
    "PyOpenColorIO": "opencolorio>=2.4",
    "tqdm": "tqdm>=4.66",
}
"""Name by which a package is imported: what pip is asked for."""

TIMEOUT_S = 180
"""Loading torch for the first time after a restart can take a minute."""

_ANSWER = "FOUND "
_SCRIPT = """
import importlib, json, sys
sys.path = [place for place in sys.path if place]
from importlib import metadata
found = {"python": list(sys.version_info[:3]), "packages": {}, "faults": {}, "devices": []}
for name, package in json.loads(sys.argv[1]).items():
    try:
        importlib.import_module(name)
        found["packages"][package] = metadata.version(package)
    except Exception as error:
        absent = isinstance(error, ImportError) and getattr(error, "name", None) == name
        found["faults"][package] = "" if absent else (str(error).strip().split("\\n") or [""])[0] or repr(error)
if "torch" in found["packages"]:
    import torch
    found["devices"] = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found["devices"].append("Metal")
print("\\nFOUND " + json.dumps(found))
"""


@dataclass(frozen=True)
class Findings:
    """What an interpreter has of what the engine needs."""

    version: tuple[int, ...]
    packages: dict[str, str]
    """Package: version."""
    faults: dict[str, str] = field(default_factory=dict)
    """Package: why it cannot be used, in words."""
    devices: tuple[str, ...] = ()
    """Names of graphics cards that torch can use."""

    @property
    def complete(self) -> bool:
        """Whether the engine can run in it."""
        return self.version >= OLDEST and not self.faults

    @property
    def sentences(self) -> list[str]:
        """What is there and what is missing, in plain words."""
        version = ".".join(map(str, self.version))
        if self.version < OLDEST:
            return [f"Python {version} is too old: the engine needs Python {'.'.join(map(str, OLDEST))} or newer."]
        found = ", ".join(f"{package} {version}" for package, version in self.packages.items())
        sentences = [f"Python {version} has {found}." if found else f"This is Python {version}."]
        sentences += [f"{package} {fault}." for package, fault in self.faults.items()]
        if not self.faults:
            sentences.append(f"It computes on {', '.join(self.devices) or 'the processor'}: the engine can run.")
        return sentences


def executable(path: Path) -> Path:
    """The interpreter at `path`, which may also be the folder of a virtual environment."""
    if path.is_dir():
        return path / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    return path


def check(path: Path, look: Callable[[], object] = lambda: None, timeout_s: float = TIMEOUT_S) -> Findings:
    """Start an interpreter and see what it can load.

    :param look: called all the time; whatever it raises ends the check.
    :raises UserError: it is no Python, or cannot be started.
    :raises PassingError: it did not answer in time.
    """
    python = executable(path)
    names = json.dumps({name: _package(requirement)[0] for name, requirement in REQUIREMENTS.items()})
    said: list[str] = []
    program.run([str(python), "-c", _SCRIPT, names], said.append, look, timeout_s)
    answer = next((line for line in said if line.startswith(_ANSWER)), None)
    if answer is None:
        raise UserError(f"'{python}' does not answer as a Python does: choose another.")
    found = json.loads(answer.removeprefix(_ANSWER))
    faults = {package: _in_words(reason) for package, reason in found["faults"].items()}
    packages = found["packages"]
    return Findings(tuple(found["python"]), packages, faults | _too_old(packages), tuple(found["devices"]))


def _in_words(reason: str) -> str:
    return f"is there but does not load ({reason.rstrip('.')})" if reason else "is missing"


def _too_old(packages: dict[str, str]) -> dict[str, str]:
    oldest = dict(map(_package, REQUIREMENTS.values()))
    return {
        package: f"{version} is too old: {oldest[package]} is needed"
        for package, version in packages.items()
        if _numbers(version) < _numbers(oldest[package])
    }


def _package(requirement: str) -> tuple[str, str]:
    package, _, oldest = requirement.partition(">=")
    return package, oldest


def _numbers(version: str) -> tuple[int, ...]:
    """Of a release: '2.6.0+cu124' is (2, 6, 0)."""
    return tuple(int(number) for number in re.match(r"[\d.]*", version)[0].strip(".").split(".") if number)
