# SPDX-License-Identifier: GPL-3.0-or-later
"""Work on a thread of its own, looked at from another."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from .progress import Progress, Report

Result = TypeVar("Result")


class Background(Generic[Result]):
    """Begins at once. Who quits waits for it, so that what is cancelled can still clean up."""

    def __init__(self, work: Callable[[Report], Result]) -> None:
        self.progress = Progress(0, 1, "Starting")
        """The latest."""
        self._cancelled = threading.Event()
        self._result: list[Result] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(work,), name="Maniera background")
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return not self._thread.is_alive()

    def cancel(self) -> None:
        """Make its report raise `Cancelled`."""
        self._cancelled.set()

    def result(self) -> Result:
        """What came out; waits for it, and raises what the work raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._result[0]

    def _run(self, work: Callable[[Report], Result]) -> None:
        try:
            self._result.append(work(Report(self._show, self._cancelled.is_set)))
        except BaseException as error:  # whoever asks for the result gets it
            self._error = error

    def _show(self, progress: Progress) -> None:
        self.progress = progress
