# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs another program to its end, hearing what it says, and ends it early on demand."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue

from .errors import PassingError, UserError

_LOOK_S = 0.1

_OWN_GROUP = {"creationflags": subprocess.CREATE_NO_WINDOW} if sys.platform == "win32" else {"start_new_session": True}


def environment() -> dict[str, str]:
    """The variables of this process without those that make another interpreter believe that it is Blender's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | {"PYTHONUTF8": "1"}


def run(
    command: Sequence[str],
    hear: Callable[[str], object] = lambda line: None,
    look: Callable[[], object] = lambda: None,
    timeout_s: float = float("inf"),
) -> int:
    """Run a program, without a shell and without input.

    :param hear: called with each line that it writes to stdout or stderr.
    :param look: called all the time; whatever it raises ends the program and those that it has started.
    :returns: its exit status.
    :raises UserError: it cannot be started.
    :raises PassingError: it took too long.
    """
    end = time.monotonic() + timeout_s
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment(),
            encoding="utf-8",
            errors="replace",
            **_OWN_GROUP,
        )
    except OSError as error:
        raise UserError(f"'{command[0]}' cannot be started ({error.strerror}): choose another program.") from None
    lines: SimpleQueue[str | None] = SimpleQueue()
    threading.Thread(target=_read, args=(process, lines), daemon=True, name="Maniera output").start()
    try:
        while (line := _next(lines)) is not None:
            if line:
                hear(line.rstrip("\n"))
            look()
            if time.monotonic() > end:
                raise PassingError(f"'{command[0]}' did not answer within {timeout_s:g} seconds: try again.")
        return process.wait()
    finally:
        if process.poll() is None:
            _kill(process)


def _read(process: subprocess.Popen[str], lines: "SimpleQueue[str | None]") -> None:
    with process.stdout:
        for line in process.stdout:
            lines.put(line)
    lines.put(None)


def _next(lines: "SimpleQueue[str | None]") -> str | None:
    """The next line; an empty one where none has come, None at the end."""
    try:
        return lines.get(timeout=_LOOK_S)
    except Empty:
        return ""


def _kill(process: subprocess.Popen[str]) -> None:
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
