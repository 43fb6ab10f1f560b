# SPDX-License-Identifier: GPL-3.0-or-later
"""A job: one request to the worker, seen from the side that made it."""

from collections.abc import Callable
from queue import Empty, SimpleQueue

from .errors import BY_EXIT_CODE, Cancelled
from .progress import Report
from .wire import Message

_LOOK_S = 0.1
"""How often a waiting caller is asked whether it has had enough."""


class Job:
    """One request, and what the worker has replied to it."""

    def __init__(self, number: int, send: Callable[[Message], None]) -> None:
        self.number = number
        self._send = send
        self._replies: SimpleQueue[Message] = SimpleQueue()
        self._last: Message | None = None

    @property
    def done(self) -> bool:
        """Whether the last reply, a result or a failure, was handed out."""
        return self._last is not None

    def poll(self) -> list[Message]:
        """The replies that came since the last call: progress, perhaps with a preview; last a result or failure."""
        replies = []
        while (reply := self._next()) is not None:
            replies.append(reply)
        return replies

    def wait(self, report: Report | None = None) -> Message:
        """Wait for the result, passing progress on; whatever `report` raises cancels the job.

        :raises UserError: or another of `errors.BY_EXIT_CODE`, as the worker has judged.
        :raises Cancelled: here or elsewhere.
        :raises RuntimeError: the engine has a bug.
        """
        progress, previews = {"done": 0, "total": 1, "what": "Waiting for the engine"}, ()
        try:
            while not self.done:
                reply = self._next(_LOOK_S)
                if reply is not None and not self.done:
                    progress, previews = reply.fields, reply.arrays
                if report is not None:
                    report(progress["done"], progress["total"], progress["what"], *previews)
                previews = ()
        except BaseException:
            self.cancel()
            raise
        return _result(self._last)

    def cancel(self) -> None:
        """Ask the worker to drop the job: its last reply will be a failure with the exit code of `Cancelled`."""
        self._send(Message("cancel", self.number, {}))

    def reply(self, message: Message) -> None:
        """Lay down a reply, on any thread."""
        self._replies.put(message)

    def fail(self, message: str, exit_code: int, log: str = "") -> None:
        """Lay down a failure that the worker could not tell itself."""
        self.reply(Message("failure", self.number, {"message": message, "exit_code": exit_code, "log": log}))

    def _next(self, timeout: float = 0.0) -> Message | None:
        try:
            reply = self._replies.get(timeout > 0, timeout)
        except Empty:
            return None
        if reply.kind != "progress":
            self._last = reply
        return reply


def _result(reply: Message) -> Message:
    if reply.kind == "result":
        return reply
    exit_code = reply.fields["exit_code"]
    if exit_code == Cancelled.exit_code:
        raise Cancelled
    raise BY_EXIT_CODE.get(exit_code, RuntimeError)(reply.fields["message"])
