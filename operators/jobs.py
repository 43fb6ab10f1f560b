# SPDX-License-Identifier: GPL-3.0-or-later
"""The only holder of the engine's client, and the mix-in of operators whose work the engine does."""

import atexit
import math
import time
import traceback
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from bpy.types import Context, Event

from ..core.background import Background
from ..core.client import Client
from ..core.errors import Cancelled, UserError
from ..core.job import Job
from ..core.progress import Progress, Report
from ..core.wire import Message
from . import places, preferences, progress

TICK_S = 0.05
BUDGET_S = 0.03
"""How long a tick goes on taking steps; a step that has begun is not interrupted."""

WAIT = object()
"""What a step yields when the next one has nothing to do before the engine has replied."""

Steps = Generator[Any, None, None]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Request:
    """What is asked of the engine: a message of the wire without its number."""

    kind: str
    fields: dict[str, Any]
    arrays: list[np.ndarray] = field(default_factory=list)


class Engine:
    """The client for the interpreter that is set up now."""

    def __init__(self) -> None:
        self._client: Client | None = None
        self._python: Path | None = None

    @property
    def running(self) -> bool:
        """Whether there is a worker."""
        return self._client is not None and self._client.running

    @property
    def ready(self) -> bool:
        """Whether the worker has loaded what it needs."""
        return self.running and self._client.ready is not None

    def submit(self, python: Path, request: Request) -> Job:
        """Begin a job, in another worker where another interpreter was chosen."""
        if self._client is None or python != self._python:
            self.stop()
            self._client, self._python = Client(python, places.ROOT, places.user() / "engine.log"), python
        return self._client.submit(request.kind, request.fields, request.arrays)

    def stop(self) -> None:
        """End the worker, which frees all memory that it held."""
        if self._client is not None:
            self._client.stop()


class Work:
    """The steps of one operator, of which only one at a time is at work."""

    current: "Work | None" = None

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._cancelled = False
        self.can_keep = self.kept = False
        """Whether the engine can end early with what it has, and whether it is to."""
        Work.current = self

    def cancel(self) -> None:
        """End at the next step."""
        self._cancelled = True

    def keep(self) -> None:
        """Let the engine end with what it has so far."""
        self.kept = True

    def advance(self, budget_s: float) -> None:
        """Take steps until one waits or the time is up.

        :raises StopIteration: there are no more.
        :raises Cancelled: by `cancel` or by the engine.
        """
        end = time.monotonic() + budget_s
        step = self._steps.throw(Cancelled) if self._cancelled else next(self._steps)
        while step is not WAIT and time.monotonic() < end:
            step = next(self._steps)

    def close(self) -> None:
        """Nothing is left to do, or nothing can be done any more."""
        self._steps.close()
        Work.current = None
        progress.hide()


class WorkOperator:
    """Mix-in: `invoke` works while Blender goes on, `execute` blocks, for scripts and for Blender without a window."""

    def steps(self, context: Context) -> Steps:
        """The work. Yields wherever Blender may draw, and uses no object of Blender's across a yield."""
        raise NotImplementedError

    def execute(self, context: Context) -> set[str]:
        self._work = Work(self.steps(context))
        while (outcome := self._advance(math.inf)) is None:
            time.sleep(TICK_S)
        return outcome

    def invoke(self, context: Context, event: Event) -> set[str]:
        self._work = Work(self.steps(context))
        outcome = self._advance(BUDGET_S)
        if outcome is None:
            self._timer = context.window_manager.event_timer_add(TICK_S, window=context.window)
            context.window_manager.modal_handler_add(self)
        return outcome or {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> set[str]:
        escaped = event.type == "ESC" and event.value == "PRESS"
        if escaped:
            self._work.cancel()
        elif event.type != "TIMER":
            return {"PASS_THROUGH"}
        outcome = self._advance(BUDGET_S)
        if outcome is not None:
            context.window_manager.event_timer_remove(self._timer)
        # Other add-ons wait for timers, too, and an event does not tell whose it is.
        return outcome or ({"RUNNING_MODAL"} if escaped else {"PASS_THROUGH"})

    def cancel(self, context: Context) -> None:
        """Blender closes the file or the window."""
        self._work.close()
        context.window_manager.event_timer_remove(self._timer)

    def _advance(self, budget_s: float) -> set[str] | None:
        """Go on for a while; what the operator returns if it has come to an end."""
        outcome = {"CANCELLED"}
        try:
            self._work.advance(budget_s)
            return None
        except StopIteration:
            outcome = {"FINISHED"}
        except Cancelled as stop:
            self.report({"INFO"}, str(stop) or "Cancelled")
        except UserError as error:
            self.report({"ERROR"}, str(error))
        except Exception as error:
            traceback.print_exc()
            self.report({"ERROR"}, f"Maniera has made a mistake, the system console says where: {error}")
        self._work.close()
        return outcome


def in_background(work: Callable[[Report], Result]) -> Generator[Any, None, Result]:
    """Do something that needs no Blender on a thread of its own, and return what came out."""
    background = Background(work)
    try:
        while not background.done:
            progress.show(background.progress)
            yield WAIT
    finally:
        background.cancel()
    return background.result()


class JobOperator(WorkOperator):
    """Mix-in of operators whose work the engine does: a subclass states what is asked and what is done with the answer.

    Both are steps; for 1920 x 1080 pixels none of them may take 0.1 s.
    """

    def request(self, context: Context) -> Generator[None, None, Request]:
        """What to ask of the engine."""
        raise NotImplementedError

    def hear(self, told: Progress) -> None:
        """Show how far the engine is."""
        progress.show(told)

    def conclude(self, context: Context, answer: Message) -> Generator[None, None, None]:
        """Do what is to be done with the answer: most keep the picture that it brings."""
        yield from self.finish(context, answer.arrays[0])

    def finish(self, context: Context, pixels: np.ndarray) -> Generator[None, None, None]:
        """Keep the pixels that the engine has made, (H, W, 4) float32."""
        raise NotImplementedError

    def steps(self, context: Context) -> Steps:
        python = preferences.engine_python(context)
        request = yield from self.request(context)
        answer = yield from self.ask(python, request)
        yield from self.conclude(context, answer)

    def ask(self, python: Path, request: Request) -> Generator[Any, None, Message]:
        """Let the engine answer one request."""
        progress.show(Progress(0, 1, "Painting" if engine.ready else "Starting the Engine"))
        job = engine.submit(python, request)
        work, ended = Work.current, False
        work.can_keep = bool(request.fields.get("keep"))
        try:
            while not job.done:
                if work.kept and not ended:
                    job.cancel()
                    ended = True
                for reply in job.poll():
                    if not job.done:
                        self.hear(Progress(**reply.fields, preview=next(iter(reply.arrays), None)))
                yield WAIT
            return job.wait()
        finally:
            work.can_keep = False
            if not job.done:
                job.cancel()


engine = Engine()


def register() -> None:
    atexit.register(engine.stop)


def unregister() -> None:
    atexit.unregister(engine.stop)
    engine.stop()
