# SPDX-License-Identifier: GPL-3.0-or-later
"""The job template for Open Job Description, run by openjd's own command line as a farm's workers would."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import cli, manifest
from tests.engine import animation

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "farm" / "openjd" / "template.yaml"
BLENDER = ROOT / ".venv" / "blender-5.0" / "bin" / "python"
STYLE = ROOT / "core" / "weights" / "styles" / "pencil.safetensors"
LAST = 9

openjd = pytest.importorskip("openjd.cli", reason="openjd-cli is not installed").__name__.partition(".")[0]


class Farm:
    """Workers that share a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def parameters(self, **more: object) -> list[str]:
        values = {
            "Input": self.folder / "in" / "####.exr",
            "Output": self.folder / "out" / "####.png",
            "Frames": f"1-{LAST}",
            "Style": STYLE,
            "Manifest": self.folder / "manifest.json",
            "ChunkSize": 3,
            "Maniera": f"'{sys.executable}' -m core",
            "Blender": f"'{BLENDER}'",
            "Python": sys.executable,
            "Flags": "--warmup 3 --device cpu",
        } | more
        return [word for name, value in values.items() for word in ("-p", f"{name}={value}")]

    def start(self, *words: str, **parameters: object) -> subprocess.Popen:
        command = [Path(sys.executable).with_name("openjd"), *words[:1], TEMPLATE, *words[1:]]
        return subprocess.Popen(
            [*map(str, command), *self.parameters(**parameters)],
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, **parameters: object) -> str:
        program = self.start(*words, **parameters)
        told = program.communicate(timeout=200)[0]
        assert program.returncode == 0, told
        return told

    def repaint(self, chunk: str, **parameters: object) -> subprocess.Popen:
        return self.start("run", "--step", "Repaint", "--tasks", json.dumps([{"Chunk": chunk}]), **parameters)

    def frames(self, folder: str = "out") -> dict[str, tuple[int, int]]:
        """The finished frames, and when each was written."""
        files = [path for path in (self.folder / folder).glob("[0-9]*.png")]
        return {path.name: (path.stat().st_mtime_ns, path.stat().st_ino) for path in files}


def descendants(parent: int) -> list[int]:
    """The processes that a process has started, and those that they have (Linux)."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    children = [process for process, of in parents.items() if of == parent]
    return [process for child in children for process in [*descendants(child), child]]


@pytest.fixture(scope="module")
def farm(tmp_path_factory) -> Farm:
    folder = tmp_path_factory.mktemp("farm")
    animation.write_all(folder / "in", LAST)
    exported = {"maniera": "1.0", "style": {}, "weights": manifest.hashes()}
    (folder / "manifest.json").write_text(json.dumps(exported))
    return Farm(folder)


def test_the_template_is_valid(farm):
    tool = str(Path(sys.executable).with_name("openjd"))
    checked = subprocess.run([tool, "check", str(TEMPLATE)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    told = farm.run("summary")
    assert "Total steps: 3" in told and "CHUNK[INT]" in told
    assert "Total tasks: 7" in farm.run("summary", Frames="1-9:2")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are found and killed as on Linux")
def test_workers_at_once_and_one_killed_lose_nothing_and_do_nothing_twice(farm):
    farm.run("run", "--step", "Prepare")
    workers = {chunk: farm.repaint(chunk) for chunk in ("1-3", "4-6", "7-9")}
    killed = workers.pop("4-6")
    while "0004.png" not in farm.frames() and killed.poll() is None:
        time.sleep(0.01)
    for process in [*descendants(killed.pid), killed.pid]:
        os.kill(process, signal.SIGKILL)
    for program in workers.values():
        told = program.communicate(timeout=200)[0]
        assert program.returncode == 0, told
    before = farm.frames()
    again = [farm.repaint(chunk) for chunk in ("4-6", "7-9")]
    assert [program.wait(200) for program in again] == [0, 0]
    after = farm.frames()
    assert sorted(after) == [f"{frame:04}.png" for frame in range(1, LAST + 1)]
    assert {name: state for name, state in after.items() if name in before} == before


@pytest.mark.skipif(not BLENDER.exists(), reason="there is no Blender as a Python module, which makes the movie")
def test_the_whole_job_runs_and_gives_what_the_chunks_gave(farm):
    told = farm.run("run", ChunkSize=LAST, Output=farm.folder / "whole" / "####.png")
    assert "openjd_status: Frame 9" in told
    assert (farm.folder / "whole" / "whole.mp4").stat().st_size > 1000
    for name in farm.frames("whole").keys() & farm.frames("out").keys():
        one, other = (np.asarray(Image.open(farm.folder / folder / name)).astype(int) for folder in ("whole", "out"))
        assert np.abs(one - other).max() <= 1


STAND_IN = """
import json, pathlib, sys
with open("{log}", "a") as log:
    log.write(json.dumps(sys.argv[1:]) + chr(10))
if sys.argv[1] == "adapt":
    pathlib.Path(sys.argv[sys.argv.index("-o") + 1]).write_text("a style")
print(json.dumps({{"kind": "progress", "done": 1, "total": 4, "what": "Frame 2"}}))
print(json.dumps({{"kind": "failure", "message": "The end."}}))
sys.exit({exit_code})
"""


def do(farm: Farm, task: str, exit_code: int, **order: object) -> tuple[str, list[list[str]]]:
    """Run a task with a stand-in for Maniera; what it told, and the commands that it started."""
    script, log = farm.folder / "stand in.py", farm.folder / "log"
    script.write_text(STAND_IN.format(log=log, exit_code=exit_code))
    log.unlink(missing_ok=True)
    order = {"INPUT": "in/####.exr", "OUTPUT": "made/####.png", "FRAMES": "3-8", "VIEW": "none.json"} | order
    order |= {"COMMAND": f"'{sys.executable}' '{script}'", "BLENDER": "false", "MOVIE": "movie.py", "FPS": "24"}
    environment = os.environ | {f"MANIERA_{name}": str(value) for name, value in order.items()}
    command = [sys.executable, str(TEMPLATE.with_name("task.py")), *task.split()]
    ended = subprocess.run(command, env=environment, cwd=farm.folder, capture_output=True, text=True)
    assert ended.returncode == exit_code, ended.stderr
    return ended.stdout, [json.loads(line) for line in log.read_text().splitlines()]


def test_the_manner_of_a_picture_is_learnt_once(farm):
    (farm.folder / "a manner.png").write_bytes(b"a picture")
    _, (learning, measuring) = do(farm, "prepare", 0, STYLE="a manner.png", LEARN_FLAGS="--steps 8")
    assert learning[:4] == ["adapt", "a manner.png", "--name", "a manner"] and learning[-3:-1] == ["--steps", "8"]
    assert cli.parser().parse_args(learning).steps == 8
    assert measuring[0] == "sequence" and measuring[-4:-1] == ["--frames", "3", "--skip-existing"]
    _, commands = do(farm, "prepare", 0, STYLE="a manner.png")
    assert [command[0] for command in commands] == ["sequence"]


@pytest.mark.parametrize("exit_code", [2, 3, 4])
def test_a_task_tells_progress_and_reason_and_keeps_the_exit_code(farm, exit_code):
    told, (command,) = do(farm, "repaint 4-6", exit_code, STYLE="a.safetensors", FLAGS="--quality fine")
    assert "openjd_progress: 25.0\n" in told and "openjd_status: Frame 2\n" in told
    assert "openjd_fail: The end.\n" in told
    assert command[command.index("--shot") + 1] == "3-8"
    assert command[command.index("--style") + 1] == "a.safetensors"
    assert "--quality fine --frames 4-6" in " ".join(command) and "--view" not in command
