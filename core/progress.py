# SPDX-License-Identifier: GPL-3.0-or-later
"""How a long job tells how far it is, and learns that it was cancelled."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from .errors import Cancelled


@dataclass(frozen=True)
class Progress:
    """How far a job is: `done` of `total` steps of the stage `what`, and the seconds left where they can be guessed."""

    done: float
    total: float
    what: str
    seconds_left: float | None = None

    @property
    def factor(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.done / self.total) if self.total > 0 else 0.0


class Report:
    """Called by a job between its steps: passes progress on and raises `Cancelled` when the user has had enough."""

    def __init__(
        self,
        show: Callable[[Progress], None] = lambda progress: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._show, self._cancelled = show, cancelled
        self._start = time.monotonic()

    def __call__(self, done: float, total: float, what: str) -> None:
        """Say that `done` of `total` steps are done and that `what` comes next."""
        if self._cancelled():
            raise Cancelled
        elapsed = time.monotonic() - self._start
        left = elapsed * (total - done) / done if done > 0 else None
        self._show(Progress(done, total, what, left))
