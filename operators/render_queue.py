# SPDX-License-Identifier: GPL-3.0-or-later
"""The rendered frames that wait to be repainted, and those that the engine is at."""

import sys
import time
from collections import deque

import bpy

from ..core.errors import Cancelled, UserError
from ..core.job import Job
from ..core.progress import Progress
from . import image_sequence, preferences, progress
from .jobs import Request, Work, engine
from .shot_order import Order

IN_FLIGHT = 2
"""Frames that the engine knows of: one that it paints and one that it can begin with at once."""
NOTICES = 4
"""How many sentences are shown."""


class RenderQueue:
    """To be called from the main thread only."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Order, int]] = deque()
        self._jobs: deque[tuple[Order, int, Job]] = deque()
        self._done: list[int] = []

    @property
    def busy(self) -> bool:
        """Whether a frame waits or is being painted."""
        return bool(self._waiting or self._jobs)

    def add(self, order: Order, number: int) -> None:
        """Have a frame repainted when those before it are."""
        self._waiting.append((order, number))

    def look(self) -> None:
        """Take what the engine has done, ask it for more, and show how far it is."""
        if not self.busy:
            return
        order, _, *_ = (self._jobs or self._waiting)[0]
        self._collect()
        self._submit()
        if not self.busy:
            self._show_result(order)
        elif Work.current is None:
            self._show_progress()

    def finish(self) -> None:
        """Wait for all frames."""
        while self.busy:
            self.look()
            time.sleep(0.02)

    def cancel(self) -> None:
        """Drop the frames that are not done."""
        self._waiting.clear()
        for _, _, job in self._jobs:
            job.cancel()

    def _collect(self) -> None:
        """The engine answers in the order in which it was asked."""
        while self._jobs:
            _, number, job = self._jobs[0]
            job.poll()
            if not job.done:
                return
            self._jobs.popleft()
            self._take(number, job)

    def _take(self, number: int, job: Job) -> None:
        try:
            told = job.wait().fields
        except Cancelled:
            return
        except (UserError, RuntimeError) as error:
            say(f"Frame {number} was not repainted: {error}")
            return
        for sentence in told["failed"].values():
            say(f"Frame {number} was not repainted: {sentence}")
        for sentence in told["notes"]:
            say(sentence)
        if not told["failed"]:
            self._done.append(number)

    def _submit(self) -> None:
        while self._waiting and len(self._jobs) < IN_FLIGHT:
            order, number = self._waiting.popleft()
            try:
                python = preferences.engine_python(bpy.context)
            except UserError as error:
                say(str(error))
            else:
                job = engine.submit(python, Request("sequence", order.frame(number)))
                self._jobs.append((order, number, job))

    def _show_progress(self) -> None:
        left = len(self._waiting) + len(self._jobs)
        number = (self._jobs or self._waiting)[0][1]
        progress.show(Progress(len(self._done), len(self._done) + left, f"Frame {number}, {left - 1} wait"))

    def _show_result(self, order: Order) -> None:
        done, self._done = self._done, []
        if Work.current is None:
            progress.hide()
        if done:
            write(f"{len(done)} frames are repainted in '{order.shot.folder}'.")
            image_sequence.show(bpy.context, image_sequence.load(order, min(done)), order.shot)


def say(sentence: str) -> None:
    """Tell, where it is seen, of what has happened while nobody was asked; the same sentence once."""
    shown = bpy.context.window_manager.maniera
    told = shown.notice.splitlines()
    if sentence not in told:
        write(sentence)
        shown.notice = "\n".join([*told, sentence][-NOTICES:])


def write(sentence: str) -> None:
    """Tell the console and the logs of a farm."""
    sys.stderr.write(f"Maniera: {sentence}\n")


queue = RenderQueue()
