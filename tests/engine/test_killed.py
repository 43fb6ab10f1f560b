# SPDX-License-Identifier: GPL-3.0-or-later
"""`sequence`, killed by the system at any moment and started again, leaves the files that an undisturbed run leaves."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess as Process
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core import cli
from core.engine import coherence, frozen, models, orders, pictures
from tests.engine import animation

ROOT = Path(__file__).parents[2]
LAST, WARMUP = 10, 4
SECOND, SIXTH = 2, 6

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are killed as POSIX does it")


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def at(call: int, does: Callable, last: Callable = die) -> Callable:
    """What stands in for a function: it does the same, but its n-th call kills the program."""
    calls = []

    def counted(*arguments: object, **named: object) -> object:
        calls.append(arguments)
        return (last if len(calls) == call else does)(*arguments, **named)

    return counted


def write_half(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data[: len(data) // 2])
        file.flush()
        die()


MOMENTS = {
    "as the shot is measured": (frozen.stylize, "measure", 1, die),
    "before what was measured is kept": (frozen.os, "link", 1, die),
    "as a frame is painted": (coherence, "stylize", SIXTH, die),
    "as a frame is written": (Path, "write_bytes", 1 + SECOND, write_half),
    "before a frame gets its name": (pictures.os, "replace", SIXTH, die),
    "as the last frame gets its name": (pictures.os, "replace", LAST, die),
}
"""What is called, and which call of it kills; what was measured is the first that is written."""


def repaint(folder: Path, networks: Path, moment: str, *words: str) -> None:
    """In a process of its own: repaint the frames in `folder`, but be killed at that moment."""
    os.chdir(folder)
    torch.set_num_threads(1)
    engine = models.Models(orders.device.choose(orders.settings.Machine("cpu", "fp32")), networks)
    orders.models_on = lambda chosen: engine
    if moment:
        owner, name, call, last = MOMENTS[moment]
        setattr(owner, name, at(call, getattr(owner, name), last))
    own = ["sequence", "--input", "in/####.exr", "--frames", f"1-{LAST}", "--style", "manner.png"]
    os._exit(cli.main([*own, "--warmup", str(WARMUP), "--depth", "16", *words]))


class Folder:
    """Rendered frames, which programs repaint."""

    def __init__(self, path: Path, networks: Path) -> None:
        self.path, self.networks = path, networks
        self._fresh = multiprocessing.get_context("forkserver")

    def start(self, output: str, moment: str = "", suffix: str = "png", again: bool = False) -> Process:
        """A program that repaints the frames into the folder `output`, those that are finished only `again`."""
        words = ["-o", f"{output}/####.{suffix}"] + ["--skip-existing"] * (not again)
        what = self.path, self.networks, moment, *words
        program = self._fresh.Process(target=repaint, args=what)
        program.start()
        return program

    def files(self, output: str) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.path / output).iterdir()}

    def finished(self, output: str) -> dict[str, int]:
        """When each frame was written."""
        paths = [path for path in (self.path / output).iterdir() if not path.name.startswith(".")]
        return {path.name: path.stat().st_mtime_ns for path in paths}


def ended(program: Process) -> int:
    program.join()
    return program.exitcode


@pytest.fixture(scope="module")
def folder(networks, tmp_path_factory) -> Iterator[Folder]:
    path = tmp_path_factory.mktemp("killed")
    animation.write_all(path / "in", LAST)
    noise = np.random.default_rng(5).integers(0, 256, (30, 40, 3), np.uint8)
    Image.fromarray(noise).save(path / "manner.png")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        multiprocessing.set_forkserver_preload(["core.engine.sequence"])  # torch is imported once, for all of them
        yield Folder(path, networks)


@pytest.fixture(scope="module")
def undisturbed(folder) -> dict[str, bytes]:
    assert ended(folder.start("whole")) == 0
    return folder.files("whole")


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_moment_it_goes_on_to_the_same_files(folder, undisturbed, moment):
    output = moment.replace(" ", "_")
    assert ended(folder.start(output, moment)) == -signal.SIGKILL
    kept = folder.finished(output)
    assert ended(folder.start(output)) == 0
    assert kept.items() <= folder.finished(output).items()
    assert folder.files(output) == undisturbed


def test_frames_with_metadata_are_the_same_files_too(folder):
    assert ended(folder.start("linear", suffix="exr")) == 0
    assert ended(folder.start("killed", "before a frame gets its name", "exr")) == -signal.SIGKILL
    assert ended(folder.start("killed", suffix="exr")) == 0
    assert folder.files("killed") == folder.files("linear")


def test_programs_at_once_of_which_one_is_killed_leave_what_one_leaves(folder, undisturbed):
    programs = [folder.start("crowd", moment, again=True) for moment in ("", "before a frame gets its name", "")]
    assert [ended(program) for program in programs] == [0, -signal.SIGKILL, 0]
    assert ended(folder.start("crowd")) == 0
    assert folder.files("crowd") == undisturbed
