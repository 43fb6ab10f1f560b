# SPDX-License-Identifier: GPL-3.0-or-later
"""How a long job tells how far it is, and learns that it was cancelled."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import Cancelled

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Progress:
    """How far a job is: `done` of `total` steps of the stage `what`, and the seconds left where they can be guessed."""

    done: float
    total: float
    what: str
    seconds_left: float | None = None
    preview: "np.ndarray | None" = field(default=None, repr=False, compare=False)
    """What has come of it so far, where a job shows that: pixels (H, W, 4)."""

    @property
    def factor(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.done / self.total) if self.total > 0 else 0.0

    def fields(self) -> dict[str, Any]:
        """All but the preview, as JSON can hold it."""
        return {"done": self.done, "total": self.total, "what": self.what, "seconds_left": self.seconds_left}


class Report:
    """Called by a job between its steps: passes progress on and raises `Cancelled` when the user has had enough."""

    def __init__(
        self,
        show: Callable[[Progress], None] = lambda progress: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._show, self._cancelled = show, cancelled
        self._start = time.monotonic()

    def __call__(self, done: float, total: float, what: str, preview: "np.ndarray | None" = None) -> None:
        """Say that `done` of `total` steps are done and that `what` comes next, and show what has come of it."""
        if self._cancelled():
            raise Cancelled
        elapsed = time.monotonic() - self._start
        left = elapsed * (total - done) / done if done > 0 else None
        self._show(Progress(done, total, what, left, preview))

    def part(self, start: float, stop: float, total: float = 1.0) -> "Report":
        """What a part of the job reports to, one that leads from `start` to `stop` of `total` steps."""
        span = stop - start
        return Report(lambda progress: self(start + span * progress.factor, total, progress.what, progress.preview))
