# SPDX-License-Identifier: GPL-3.0-or-later
"""How a command speaks: to a person on a terminal, or in lines of JSON to a program."""

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..progress import Progress, Report


class Console:
    """Results go to stdout; progress too where it is JSON, else to a bar where stderr is a terminal."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._bar: Any = None

    def report(self, job: str = "", cancelled: Callable[[], bool] = lambda: False) -> Report:
        """What a job calls between its steps; `job` names it where it is one of several."""
        return Report(lambda progress: self._show(progress, job), cancelled)

    def result(self, fields: dict[str, Any], text: str) -> None:
        """Say what came out, in JSON or in words."""
        self.close()
        if self.as_json:
            self._line("result", fields)
        else:
            print(text, flush=True)

    def fail(self, message: str, exit_code: int) -> None:
        """Say what went wrong; on stderr in any case."""
        self.close()
        print(message, file=sys.stderr)
        if self.as_json:
            self._line("failure", {"message": message, "exit_code": exit_code})

    def close(self) -> None:
        """Clear the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _show(self, progress: Progress, job: str) -> None:
        if self.as_json:
            self._line("progress", progress.fields())
        elif sys.stderr.isatty():
            if self._bar is None:
                self._bar = _bar()
            self._bar.set_description(f"{job} {progress.what}".strip(), refresh=False)
            self._bar.n = round(progress.factor, 3)
            self._bar.refresh()

    @staticmethod
    def _line(kind: str, fields: dict[str, Any]) -> None:
        print(json.dumps({"kind": kind, **fields}), flush=True)


def _bar() -> Any:
    from tqdm import tqdm

    return tqdm(total=1.0, leave=False, bar_format="{desc} {percentage:3.0f}% |{bar}| {elapsed}")


@contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """The first Ctrl-C asks the job to come to an end, the next one breaks it off."""
    asked = threading.Event()

    def ask(*_: object) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
