# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames on their way from files to files: one is painted while the next are read and the last are written."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import numpy as np

from ..errors import UserError
from ..progress import Report
from . import finished, motion, renders
from .coherence import Painting

AHEAD = 2
"""Frames that are read, and as many that are written, while another is painted."""
_PATIENCE_S = 0.1
"""After which a job that waits for files looks whether it is cancelled."""


class Pipeline:
    """Repaints frames of one shot.

    :param wanted: the frames to write; others only warm up.
    """

    def __init__(self, painting: Painting, wanted: set[int], report: Report) -> None:
        self.painting, self.shot, self.wanted = painting, painting.shot, wanted
        self.written: set[int] = set()
        self.failed: dict[int, str] = {}
        self._report, self._done, self._total = report, 0, 0
        self._pool = ThreadPoolExecutor(2 * AHEAD, "frames")
        self._writing: deque[Future] = deque()

    def run(self, runs: list[list[int]]) -> None:
        """Paint runs of frames, each in its order. On failure and cancel what is painted is still written."""
        plan: list[tuple[list[int], bool]] = []
        for run in filter(None, runs):
            rest = run if any(goes_on for _, goes_on in plan) else self.painting.rest_of(run, self.wanted)
            plan.append((rest, len(rest) < len(run)))
        self._total = sum(len(rest) for rest, _ in plan)
        try:
            for rest, goes_on in sorted(plan, key=lambda part: not part[1]):
                if not goes_on:
                    self.painting.start()
                self._paint(rest)
            self._finish_writing(0)
        finally:
            wait(self._writing)
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _paint(self, numbers: list[int]) -> None:
        for number, reading in self._ahead(numbers):
            show = self._shows(number)
            try:
                mark, render = _await(reading, lambda: self._report(self._done, self._total, show))  # noqa: B023
                inner = Report(lambda p: self._report(self._done + 0.9 * p.factor, self._total, show))  # noqa: B023
                pixels = self.painting.add(number, render, inner)
            except UserError as error:
                if type(error) is not UserError:  # more memory or another try would help
                    raise
                self._miss(number, error)
            else:
                self._write(number, pixels, mark)
            self._done += 1

    def _ahead(self, numbers: list[int]) -> Iterator[tuple[int, Future]]:
        """The frames, each with the reading of it under way, and of those after it."""
        reading: deque[tuple[int, Future]] = deque()
        for number in numbers:
            reading.append((number, self._pool.submit(self._read, number)))
            if len(reading) > AHEAD:
                yield reading.popleft()
        yield from reading

    def _read(self, number: int) -> tuple[str, renders.Render]:
        """A frame, and what to mark it with: looked up first, as another may take its place while it is painted."""
        mark = finished.mark_of(self.shot, number)
        wanted = motion.WANTED if self.shot.sequence.coherence == "passes" else ()
        beside = self.shot.vectors.file(number) if self.shot.vectors else None
        return mark, renders.read(self.shot.input.file(number), self.shot.view, wanted, beside)

    def _miss(self, number: int, error: UserError) -> None:
        self.painting.skip()
        if number in self.wanted:
            self.failed[number] = str(error)

    def _write(self, number: int, pixels: np.ndarray, mark: str) -> None:
        if number not in self.wanted:
            return
        self._finish_writing(AHEAD - 1)
        shot, target = self.shot, self.shot.output.file(number)
        if shot.linear:
            source = shot.input.file(number)
            written = self._pool.submit(finished.write_linear, target, pixels, shot.view, source, mark)
        else:
            written = self._pool.submit(finished.write, target, pixels, shot.sequence.depth, mark)
        self._writing.append(written)
        self.written.add(number)

    def _finish_writing(self, left: int) -> None:
        """Wait until no more than so many frames are being written; a failure to write is raised here."""
        while len(self._writing) > left:
            _await(self._writing.popleft(), lambda: None)

    def _shows(self, number: int) -> str:
        return f"Frame {number}" if number in self.wanted else f"Warming up at frame {number}"


def _await(future: Future, look_up: Callable[[], None]) -> Any:
    """The result of what is under way, looking up from time to time."""
    look_up()
    while not future.done():
        wait([future], _PATIENCE_S)
        look_up()
    return future.result()
