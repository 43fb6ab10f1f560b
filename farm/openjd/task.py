# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks of the job template run: prepare, repaint RANGE, finish. The job's parameters are in the environment.

Needs no more than Python's own library. Ends with the exit code of the command that it starts: 0 done, 2 the input is
wrong, 3 out of memory, 4 try again, 130 cancelled.
"""

import hashlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

ORDER = {name: os.environ.get(f"MANIERA_{name}", "") for name in ("INPUT", "OUTPUT", "FRAMES", "STYLE", "VECTORS")}
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".exr")


def prepare() -> None:
    """Learn the manner of a picture unless that was done, and paint the first frame, which measures the shot."""
    picture, style = Path(ORDER["STYLE"]), style_file()
    style.parent.mkdir(parents=True, exist_ok=True)
    if not style.exists():
        flags = shlex.split(os.environ.get("MANIERA_LEARN_FLAGS", ""))
        maniera("adapt", str(picture), "--name", picture.stem, "-o", str(style), "--force", *flags)
    repaint(re.search(r"-?\d+", ORDER["FRAMES"])[0])


def repaint(frames: str) -> None:
    """Repaint some frames of the shot, unless they are finished."""
    sequence("--frames", frames, "--skip-existing")


def finish() -> None:
    """Fail where a frame is not finished, else join PNG frames into a movie."""
    sequence("--frames", ORDER["FRAMES"], "--verify")
    if ORDER["OUTPUT"].endswith(".png"):
        blender = shlex.split(os.environ["MANIERA_BLENDER"])
        order = [ORDER["OUTPUT"], ORDER["FRAMES"], os.environ["MANIERA_FPS"]]
        run([*blender, os.environ["MANIERA_MOVIE"], "--", *order])


def sequence(*words: str) -> None:
    """Run the command `sequence` on the shot."""
    places = ["--input", ORDER["INPUT"], "--output", ORDER["OUTPUT"], "--shot", ORDER["FRAMES"]]
    if ORDER["VECTORS"]:
        places += ["--vectors", ORDER["VECTORS"]]
    for name in ("view", "manifest"):
        file = os.environ.get(f"MANIERA_{name.upper()}", "")
        if Path(file).is_file():
            places += [f"--{name}", file]
    flags = shlex.split(os.environ.get("MANIERA_FLAGS", ""))
    maniera("sequence", *places, "--style", str(style_file()), *flags, *words)


def style_file() -> Path:
    """The style to paint in; what is learnt from a picture is kept beside the repainted frames, under its hash."""
    given = Path(ORDER["STYLE"])
    if given.suffix.lower() not in PICTURES:
        return given
    digest = hashlib.sha256(given.read_bytes()).hexdigest()[:12]
    return Path(ORDER["OUTPUT"]).parent / f".style-{digest}.safetensors"


def maniera(*words: str) -> None:
    """Run a command of Maniera, and tell the farm how far it is."""
    run([*shlex.split(os.environ["MANIERA_COMMAND"]), *words, "--json"])


def run(command: list) -> None:
    """Run a command to its end; what is no progress is passed on. Ends this program where the command fails."""
    print("openjd_status:", " ".join(command[:2]), flush=True)
    program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    signal.signal(signal.SIGTERM, lambda *_: program.terminate())
    for line in program.stdout:
        tell(line.rstrip())
    if program.wait():
        sys.exit(program.returncode if program.returncode > 0 else 4)


def tell(line: str) -> None:
    """Pass on a line of output as Open Job Description has it."""
    try:
        said = json.loads(line)
        kind = said["kind"]
    except (ValueError, TypeError, KeyError):
        print(line, flush=True)
        return
    if kind == "progress":
        print(f"openjd_progress: {100 * said['done'] / max(said['total'], 1e-9):.1f}", flush=True)
        print("openjd_status:", said["what"], flush=True)
    elif kind == "failure":
        print("openjd_fail:", said["message"], flush=True)
    else:
        print(line, flush=True)


if __name__ == "__main__":
    {"prepare": prepare, "repaint": repaint, "finish": finish}[sys.argv[1]](*sys.argv[2:])
