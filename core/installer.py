# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the engine's own Python: a virtual environment with torch, beside everybody else's.

Plain Python, for Blender and for a shell. Whatever ends an installation early leaves the former engine as it was.
"""

import contextlib
import itertools
import os
import shlex
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from . import installation, interpreter, pip, program
from .errors import UserError
from .progress import Report

LOG = "install.log"
PINNED = Path(__file__).with_name("pinned.txt")
"""The versions that this Maniera was tested with."""


@dataclass(frozen=True)
class Build:
    """One of the forms in which torch comes; sizes in gigabytes, rounded up."""

    label: str
    description: str
    download: float
    disk: float
    indexes: dict[str, str]
    """Platform: the part of PyTorch's index that holds the build; nothing is pip's own index."""


TORCH_INDEX = "https://download.pytorch.org/whl/"

BUILDS = {
    "cuda": Build("NVIDIA (CUDA)", "For NVIDIA graphics cards", 3.0, 6.5, {"linux": "", "win32": "cu132"}),
    "rocm": Build("AMD (ROCm)", "For AMD graphics cards, on Linux", 5.0, 16.0, {"linux": "rocm7.2"}),
    "cpu": Build("Processor", "Without a graphics card", 0.4, 1.5, {"linux": "cpu", "win32": "cpu"}),
    "macos": Build("macOS", "For Macs with Apple's own processors", 0.3, 1.2, {"darwin": ""}),
}


@dataclass(frozen=True)
class Plan:
    """What is to be installed, and with what."""

    build: str
    base: Path | None = None
    """The Python to make the environment with; None is the one that runs this or, where that cannot, another one."""
    wheels: Path | None = None
    """A folder of wheels, for machines without network."""
    newest: bool = False
    """The newest versions instead of the tested ones; a folder of wheels says itself which."""

    @property
    def source(self) -> pip.Source:
        """Where the packages come from.

        :raises UserError: torch is not built so for this system.
        """
        index = BUILDS[self.build].indexes.get(sys.platform)
        if index is None:
            raise UserError(f"There is no '{BUILDS[self.build].label}' build of torch for this system: choose another.")
        constraints = None if self.newest or self.wheels else PINNED
        return pip.Source(index and TORCH_INDEX + index, self.wheels, constraints)


def builds() -> dict[str, Build]:
    """The builds that there are for this system."""
    return {name: build for name, build in BUILDS.items() if sys.platform in build.indexes}


def detect() -> str:
    """The build for this machine's graphics card."""
    if sys.platform == "darwin":
        return "macos"
    if _has_nvidia():
        return "cuda"
    if sys.platform == "linux" and Path("/dev/kfd").exists():
        return "rocm"
    return "cpu"


def _has_nvidia() -> bool:
    said: list[str] = []
    try:
        return program.run(["nvidia-smi", "-L"], said.append, timeout_s=20) == 0 and any("GPU" in line for line in said)
    except UserError:
        return False


def install(folder: Path, plan: Plan, report: Report) -> Path:
    """Make an environment with all that the engine needs, and use it from now on.

    :returns: its interpreter.
    :raises UserError: it cannot be made; nothing has changed then.
    :raises Cancelled: as `report` wished; nothing has changed then.
    """
    source = plan.source
    _prepare(folder, BUILDS[plan.build].disk)
    environment = _new_folder(folder)
    python = interpreter.executable(environment)
    try:
        calls = pip.install(python, source)
        with (folder / LOG).open("w", encoding="utf-8") as log:
            _make_environment(environment, plan.base, log, report)
            output = pip.Output(BUILDS[plan.build].download * 1e9)
            for command in calls:
                _pip(command, output, log, report)
        findings = interpreter.check(python, lambda: report(0.95, 1, "Checking"))
        if not findings.complete:
            raise UserError(f"The engine was installed but does not work: {' '.join(findings.sentences)}")
    except BaseException:
        shutil.rmtree(environment, ignore_errors=True)
        raise
    installation.use(environment, plan.build, findings)
    return python


def download(wheels: Path, plan: Plan, report: Report) -> None:
    """Make a folder with all wheels for machines like this one, and lock their versions and hashes.

    :raises UserError: the folder is there already and not empty, or the wheels cannot be had.
    :raises Cancelled: as `report` wished.
    """
    source = plan.source
    if wheels.exists() and any(wheels.iterdir()):
        raise UserError(f"'{wheels}' is not empty: choose a new folder.")
    unfinished = wheels.with_name(wheels.name + ".part")
    _prepare(unfinished, BUILDS[plan.build].disk)
    try:
        with tempfile.TemporaryDirectory() as place, _log_beside(wheels) as log:
            _make_environment(Path(place), plan.base, log, report)
            output = pip.Output(BUILDS[plan.build].download * 1e9)
            for command in pip.download(interpreter.executable(Path(place)), source, unfinished):
                _pip(command, output, log, report)
                pip.write_lock(unfinished, hashes=False)
        pip.write_lock(unfinished, hashes=True)
        if wheels.exists():
            wheels.rmdir()
        os.replace(unfinished, wheels)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _log_beside(wheels: Path) -> TextIO:
    return wheels.with_name(wheels.name + ".log").open("w", encoding="utf-8")


def _prepare(folder: Path, needed: float) -> None:
    """Make the folder, and see that so many gigabytes fit into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UserError(f"Nothing can be written in '{folder}' ({error.strerror}): choose another folder.") from None
    free = shutil.disk_usage(folder).free / 1e9
    if free < needed:
        raise UserError(f"The engine needs {needed:g} GB in '{folder}', where {free:.1f} GB are free: make room.")


def _new_folder(folder: Path) -> Path:
    for number in itertools.count(1):
        with contextlib.suppress(FileExistsError):
            (folder / f"python-{number}").mkdir()
            return folder / f"python-{number}"


def _make_environment(place: Path, base: Path | None, log: TextIO, report: Report) -> None:
    """Make a virtual environment in an empty folder."""

    def look() -> None:
        report(0, 1, "Making an environment")

    def succeeds(*command: str) -> bool:
        log.write(f"\n$ {shlex.join(command)}\n")
        try:
            return program.run(command, lambda line: log.write(line + "\n"), look, timeout_s=300) == 0
        except UserError as error:
            log.write(f"{error}\n")
            return False

    candidates = [str(interpreter.executable(base))] if base else _candidates()
    for candidate in candidates:
        able = succeeds(candidate, "-c", _CAN_MAKE) and succeeds(candidate, "-m", "venv", "--clear", str(place))
        # Blender's Python on Windows can lack the file that becomes the environment's.
        if able and interpreter.executable(place).is_file():
            return
    oldest = ".".join(map(str, interpreter.OLDEST))
    raise UserError(
        f"{', '.join(candidates) or 'No Python'} cannot make virtual environments: install Python {oldest} or newer "
        "with its modules venv and ensurepip, or choose an existing Python."
    )


_CAN_MAKE = f"import sys, ensurepip, venv; sys.exit(sys.version_info < {interpreter.OLDEST})"


def _candidates() -> list[str]:
    """This Python, if a program of its own runs it, then those of the system."""
    own = [sys.executable] if Path(sys.executable).name.lower().startswith("python") else []
    others = [shutil.which(name) for name in ("python3.13", "python3.12", "python3.11", "python3", "python")]
    return list(dict.fromkeys([*own, *filter(None, others)]))


def _pip(command: list[str], output: pip.Output, log: TextIO, report: Report) -> None:
    def hear(line: str) -> None:
        if output.hear(line):
            log.write(line + "\n")
            log.flush()

    log.write(f"\n$ {shlex.join(command)}\n")
    if program.run(command, hear, lambda: report(0.02 + 0.9 * output.factor, 1, output.what)):
        raise output.failure(Path(log.name))
