# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's side of the process wall: `python -m core.engine.worker [LOG]` answers requests until its stdin ends.

A listening thread takes requests and cancels, the main thread does the work. Torch is imported after the listening has
begun, so that a worker that starts can already be cancelled and ended.
"""

import faulthandler
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from .. import wire
from ..errors import BUG_EXIT_CODE, Cancelled, UserError
from ..progress import Progress, Report
from ..wire import Message
from . import memory
from .failures import understood

Answer = Callable[[dict[str, Any], list[np.ndarray], Report], tuple[dict[str, Any], list[np.ndarray]]]
"""From the fields and arrays of a request to those of its result."""

PROGRESS_INTERVAL_S = 0.05


class Engine(NamedTuple):
    """What the worker needs to know of the engine."""

    ready: dict[str, Any]
    """The fields of the reply "ready"."""
    answers: Mapping[str, Answer]
    """What answers each kind of request."""
    rest: Callable[[], None] = lambda: None
    """Called after each job: gives back what only a job needs."""


def main(load: Callable[[], Engine], log: str = "") -> None:
    """Answer requests until stdin ends.

    :param load: imports what takes long, while requests can come in already.
    :param log: where stderr goes to, as the user is told it.
    """
    # Ctrl-C in the terminal of Blender is meant for Blender, whose end is the worker's end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, replies = _take_pipes()
    faulthandler.enable()
    desk, mouth = Desk(), Mouth(replies, log)
    threading.Thread(target=_listen, args=(requests, desk, mouth), daemon=True, name="listening").start()
    _work(load, desk, mouth)


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Move stdin and stdout aside for the conversation alone; what is printed goes to the log.

    Stdin too: on Windows a library that looks at its stdin while it loads waits for as long as another thread reads it.
    """
    requests, replies = (os.fdopen(os.dup(number), mode, buffering=0) for number, mode in ((0, "rb"), (1, "wb")))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return requests, replies


class Mouth:
    """Sends replies, from either thread."""

    def __init__(self, stream: BinaryIO, log: str) -> None:
        self._stream, self._log = stream, log
        self._lock = threading.Lock()

    def say(self, kind: str, job: int, fields: dict[str, Any], arrays: tuple[np.ndarray, ...] = ()) -> None:
        """Send a reply; where nobody listens any more the worker ends."""
        try:
            with self._lock:
                wire.write(self._stream, Message(kind, job, fields, arrays))
        except OSError:
            os._exit(0)

    def fail(self, job: int, error: Exception) -> None:
        """Say in one sentence why a job failed; a bug goes to the log with its traceback."""
        known = understood(error)
        if known is None:
            traceback.print_exception(error)
            report = f"please report it with the log '{self._log}'" if self._log else "please report it"
            told, exit_code = f"This is a bug of the engine ({_brief(error)}): {report}.", BUG_EXIT_CODE
        else:
            told, exit_code = str(known) or "Cancelled.", known.exit_code
        self.say("failure", job, {"message": told, "exit_code": exit_code, "log": self._log})

    def give_up(self, told: str, exit_code: int) -> None:
        """Say why the worker as a whole cannot go on, and end it."""
        traceback.print_exc()
        self.say("failure", 0, {"message": told, "exit_code": exit_code, "log": self._log})
        os._exit(1)


class Desk:
    """The requests that wait and the one that is worked on, shared by the two threads."""

    def __init__(self) -> None:
        self._waiting: dict[int, Message] = {}
        self._change = threading.Condition()
        self._current, self._current_cancelled = 0, False

    def put(self, request: Message) -> None:
        """Lay down a request behind those that wait."""
        with self._change:
            self._waiting[request.job] = request
            self._change.notify()

    def take(self) -> Message:
        """The next request, as soon as there is one."""
        with self._change:
            self._change.wait_for(lambda: self._waiting)
            self._current, self._current_cancelled = next(iter(self._waiting)), False
            return self._waiting.pop(self._current)

    def cancel(self, job: int) -> bool:
        """True where the job had not begun and never will; one that is worked on learns it from `cancelled`."""
        with self._change:
            if job == self._current:
                self._current_cancelled = True
            return self._waiting.pop(job, None) is not None

    def cancelled(self) -> bool:
        """Whether the job that is worked on was cancelled."""
        return self._current_cancelled


class Herald:
    """Passes on progress: the first and last step of each stage, previews, and else no more than a person can read."""

    def __init__(self, show: Callable[[Progress], None]) -> None:
        self._show = show
        self._stage, self._shown_at = "", 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        at_an_end = progress.what != self._stage or progress.done >= progress.total
        if at_an_end or progress.preview is not None or now - self._shown_at >= PROGRESS_INTERVAL_S:
            self._stage, self._shown_at = progress.what, now
            self._show(progress)


def _listen(stream: BinaryIO, desk: Desk, mouth: Mouth) -> None:
    """Take requests until Blender closes the pipe or is gone; then end the process, whatever it is doing."""
    try:
        while (request := wire.read(stream, wire.REQUESTS)) is not None:
            if request.kind != "cancel":
                desk.put(request)
            elif desk.cancel(request.job):
                mouth.fail(request.job, Cancelled())
    except Exception as error:  # without this thread the worker would be deaf
        mouth.give_up(f"The engine cannot read what it was sent ({_brief(error)}): try again.", BUG_EXIT_CODE)
    finally:
        os._exit(0)


def _work(load: Callable[[], Engine], desk: Desk, mouth: Mouth) -> None:
    try:
        engine = load()
    except Exception as error:  # whatever keeps a broken installation from loading
        told = f"The engine cannot start ({_brief(error)}): set it up again in the preferences."
        mouth.give_up(told, UserError.exit_code)
    mouth.say("ready", 0, engine.ready)
    while True:
        _answer(desk.take(), engine.answers, desk, mouth)
        engine.rest()


def _answer(request: Message, answers: Mapping[str, Answer], desk: Desk, mouth: Mouth) -> None:
    def show(progress: Progress) -> None:
        previews = () if progress.preview is None else (progress.preview,)
        mouth.say("progress", request.job, progress.fields(), previews)

    report = Report(Herald(show), desk.cancelled)
    try:
        fields, arrays = answers[request.kind](request.fields, list(request.arrays), report)
        mouth.say("result", request.job, fields, tuple(arrays))
    except Exception as error:  # one failed job must not take the worker with it
        mouth.fail(request.job, error)


def _brief(error: Exception) -> str:
    """An exception on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _load() -> Engine:
    memory.keep()
    from . import requests

    return Engine(requests.ready(), requests.REQUESTS, requests.rest)


if __name__ == "__main__":
    main(_load, *sys.argv[1:2])
