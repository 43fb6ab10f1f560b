# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's side of the process wall: starts the worker when it is first needed, and hands it jobs."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .conversation import Conversation
from .job import Job
from .wire import Message


class Client:
    """Hands jobs to a worker process, which it starts whenever there is none.

    Nothing blocks but `Job.wait` and `stop`. To be called from one thread.
    """

    def __init__(self, python: Path, root: Path, log: Path | None = None, module: str = "core.engine.worker") -> None:
        """Know how the worker is started, but do not start it.

        :param python: the interpreter that has torch.
        :param root: the folder that holds `module`.
        :param log: where the worker writes what it has to say; its folder exists.
        """
        self._command = [str(python), "-m", module, *([str(log)] if log else [])]
        self._root, self._log = root, log
        self._numbers = itertools.count(1)
        self._conversation: Conversation | None = None

    @property
    def running(self) -> bool:
        """Whether there is a worker, or one is being started."""
        return self._conversation is not None and not self._conversation.ended

    @property
    def ready(self) -> dict[str, Any] | None:
        """What the running worker has said of itself, as soon as torch is loaded: {"versions", "devices"}."""
        return self._conversation.ready if self.running else None

    def submit(self, kind: str, fields: dict[str, Any], arrays: Sequence[np.ndarray] = ()) -> Job:
        """Begin a job and return at once; until it is done the arrays must not change."""
        request = Message(kind, next(self._numbers), fields, tuple(arrays))
        job = self._conversation and self._conversation.begin(request)
        if job is None:
            self._conversation = Conversation(self._command, self._root, self._log)
            job = self._conversation.begin(request)
            self._conversation.start()
        return job

    def stop(self) -> None:
        """End the worker, which frees all memory that it held; jobs that are not done end as cancelled."""
        if self._conversation is not None:
            self._conversation.stop()
