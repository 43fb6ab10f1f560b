# SPDX-License-Identifier: GPL-3.0-or-later
"""One worker process from its start to its end, and the jobs that wait for its replies.

Two threads do what could block: one starts the process and reads, the other writes.
"""

import signal
import subprocess
import threading
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO

from . import program, wire
from .errors import BUG_EXIT_CODE, Cancelled, PassingError, UserError
from .job import Job
from .wire import Message

GRACE_S = 2.0
"""How long a worker may take to end by itself."""
LOG_LIMIT = 1 << 20
"""A log that is longer is begun anew."""


class Conversation:
    """What is said to one process and by it; once it has `ended` another conversation has to be started."""

    def __init__(self, command: list[str], root: Path, log: Path | None) -> None:
        self._command, self._root, self._log = command, root, log
        self.ready: dict[str, Any] | None = None
        """What the worker has said of itself, as soon as it can work."""
        self.ended = False
        self._jobs: dict[int, Job] = {}
        self._jobs_lock = threading.Lock()  # also over `ended`
        self._outgoing: SimpleQueue[Message | None] = SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        self._last_words: Message | None = None
        self._stopped = False
        self._over = threading.Event()

    def start(self) -> None:
        """Start the process, on a thread: even that can take a while."""
        threading.Thread(target=self._live, daemon=True, name="Maniera replies").start()

    def begin(self, request: Message) -> Job | None:
        """Queue a request, also before the start; None where the conversation has ended."""
        job = Job(request.job, self._outgoing.put)
        with self._jobs_lock:
            if self.ended:
                return None
            self._jobs[job.number] = job
        self._outgoing.put(request)
        return job

    def stop(self) -> None:
        """End the process: closing its stdin ends even a busy one; force ends one that does not listen."""
        self._stopped = True
        self._outgoing.put(None)
        if not self._over.wait(GRACE_S) and self._process is not None:
            self._process.kill()
            self._over.wait(GRACE_S)

    def _live(self) -> None:
        why = "The conversation with the engine broke off: try again.", PassingError.exit_code
        try:
            why = self._converse()
        finally:  # Whatever happened, nobody may wait for ever.
            self._end(*why)

    def _converse(self) -> tuple[str, int]:
        """From the start of the process to its end; returns why it ended, as a sentence and an exit code."""
        try:
            self._process = self._start()
        except (OSError, ValueError) as error:
            return f"The engine cannot be started ({error}): set it up in the preferences.", UserError.exit_code
        threading.Thread(target=self._write, daemon=True, name="Maniera requests").start()
        fault = self._read()
        with self._jobs_lock:
            self.ended = True  # Nobody hears what is queued from here on, though the process may take its time to end.
        self._outgoing.put(None)
        return self._why(self._wait(), fault)

    def _start(self) -> subprocess.Popen[bytes]:
        with self._open_log() as stderr:
            return subprocess.Popen(
                self._command,
                bufsize=0,
                cwd=self._root,
                env=program.environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )

    def _open_log(self) -> AbstractContextManager[BinaryIO | int]:
        if self._log is None:
            return nullcontext(subprocess.DEVNULL)
        log = self._log.open("ab")
        if log.tell() > LOG_LIMIT:
            log.truncate(0)
        return log

    def _write(self) -> None:
        stdin = self._process.stdin
        try:
            while (message := self._outgoing.get()) is not None and not self._stopped:
                try:
                    wire.write(stdin, message)
                except (wire.WireError, MemoryError) as error:
                    self._drop(message.job, error)
        except OSError:
            pass  # The process is gone: who reads from it sees that too, and says so.
        finally:
            stdin.close()

    def _drop(self, number: int, error: Exception) -> None:
        """Fail a job that could not be sent."""
        with self._jobs_lock:
            job = self._jobs.pop(number, None)
        if job is not None:
            job.fail(f"The job cannot be sent to the engine: {error}", BUG_EXIT_CODE)

    def _read(self) -> Exception | None:
        """Hand out replies until there are no more; returns what was wrong with the last."""
        try:
            while (reply := wire.read(self._process.stdout, wire.REPLIES)) is not None:
                if reply.kind == "ready":
                    self.ready = reply.fields
                elif reply.job == 0:
                    self._last_words = reply
                else:
                    self._hand_out(reply)
        except (wire.WireError, OSError) as error:
            return error
        return None

    def _hand_out(self, reply: Message) -> None:
        with self._jobs_lock:
            job = self._jobs.get(reply.job)
            if reply.kind != "progress":
                self._jobs.pop(reply.job, None)
        if job is not None:
            job.reply(reply)

    def _wait(self) -> int:
        """Wait for the end of the process, which has no more to say; returns its exit code."""
        try:
            return self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            self._process.stdout.close()

    def _why(self, returncode: int, fault: Exception | None) -> tuple[str, int]:
        """Why the conversation ended, as a sentence and an exit code."""
        if self._last_words is not None:
            return self._last_words.fields["message"], self._last_words.fields["exit_code"]
        how = f"{_in_words(returncode)}; {fault}" if fault else _in_words(returncode)
        where = f", its log is '{self._log}'" if self._log else ""
        if self.ready is None:
            told = f"The engine could not start ({how}): set it up again in the preferences{where}."
            return told, UserError.exit_code
        return f"The engine stopped unexpectedly ({how}): try again{where}.", PassingError.exit_code

    def _end(self, told: str, exit_code: int) -> None:
        if self._stopped:
            told, exit_code = "The engine was stopped.", Cancelled.exit_code
        with self._jobs_lock:
            self.ended = True
            jobs, self._jobs = list(self._jobs.values()), {}
        for job in jobs:
            job.fail(told, exit_code, str(self._log or ""))
        self._over.set()


def _in_words(returncode: int) -> str:
    if returncode == -9:
        return "killed, perhaps because memory ran out"
    if returncode < 0:
        return signal.strsignal(-returncode) or f"signal {-returncode}"
    return f"exit code {returncode:#x}" if returncode > 255 else f"exit code {returncode}"
