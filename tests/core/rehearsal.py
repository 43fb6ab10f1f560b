# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker without torch: the real one's loop with jobs that play what the tests need. `python -m rehearsal [LOG]`."""

import os
import socket
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.engine.worker import Engine, main  # noqa: E402
from core.errors import UserError  # noqa: E402


def play(fields, arrays, report):
    return globals()[f"_{fields['do']}"](fields, arrays, report)


def _echo(fields, arrays, report):
    return {"pid": os.getpid(), **fields}, arrays


def _chatter(fields, arrays, report):
    """Print from Python and from below it, and read what is not there."""
    print("a stray print")
    os.write(1, b"a stray write\n")
    assert sys.stdin.read() == ""
    return _echo(fields, arrays, report)


def _count(fields, arrays, report):
    for step in range(fields["steps"] + 1):
        report(step, fields["steps"], "Counting")
    return _echo(fields, arrays, report)


def _sketch(fields, arrays, report):
    """As `_count`, with a preview at each step."""
    for step in range(fields["steps"] + 1):
        report(step, fields["steps"], "Sketching", np.full((2, 3, 4), step, np.float32))
    return _echo(fields, arrays, report)


def _stay(fields, arrays, report):
    """Work until cancelled; whoever listens at `port` hears of the beginning, and of the end of the process."""
    with socket.create_connection(("127.0.0.1", fields["port"])) as line:
        line.sendall(f"{os.getpid()}\n".encode())
        while True:
            report(0, 1, "Staying")
            time.sleep(0.01)


def _compute(fields, arrays, report):
    """As `_stay`, but without ever looking up."""
    return _stay(fields, arrays, lambda *_: None)


def _crash(fields, arrays, report):
    print("the last words", file=sys.stderr)
    os._exit(7)


def _ask_too_much(fields, arrays, report):
    raise UserError("The picture is upside down: turn it round.")


def _stumble(fields, arrays, report):
    return {}["no such thing"]


def _run_out(fields, arrays, report):
    raise {"python": MemoryError, "torch": RuntimeError}[fields["by"]](
        "DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."
    )


def _mumble(fields, arrays, report):
    """A result that cannot cross the wall."""
    return {"answer": object()}, []


def _garble(fields, arrays, report):
    """Write into the conversation itself what is no message."""
    for number in range(3, 20):
        try:
            os.write(number, b"what is no message at all")
        except OSError:
            continue
    time.sleep(60)


def load() -> Engine:
    time.sleep(float(os.environ.get("REHEARSAL_LOADING_S", 0)))
    if os.environ.get("REHEARSAL_BROKEN"):
        raise ImportError("No module named 'torch'")
    return Engine({"versions": {"rehearsal": "1"}, "devices": {}}, {"stylize": play, "adapt": play, "info": play})


if __name__ == "__main__":
    main(load, *sys.argv[1:2])
