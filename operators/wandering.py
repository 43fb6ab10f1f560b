# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the place on the map of manners that the sliders name, while Blender goes on and the panels stand still."""

import contextlib
from collections.abc import Generator

import bpy
from bpy.types import Scene

from ..core.errors import Cancelled, UserError
from . import new_manner, new_manner_request, preferences
from .jobs import Work, engine

_TICK_S = 0.05


class Wanderer:
    """Asks the engine for one place after the other; those that were passed meanwhile are left out."""

    def __init__(self) -> None:
        self._scene_name = ""
        self._steps: Generator[None, None, None] | None = None

    def go(self, scene: Scene) -> None:
        """Show where the sliders of this scene are now."""
        self._scene_name = scene.name
        if not bpy.app.timers.is_registered(_tick):
            bpy.app.timers.register(_tick, first_interval=_TICK_S)

    def tick(self) -> float | None:
        """Go on; when to call again."""
        if Work.current is not None:
            return _TICK_S
        self._steps = self._steps or self._show()
        try:
            next(self._steps)
            return _TICK_S
        except StopIteration:
            self._steps = None
        except UserError as error:
            self._steps = None
            bpy.context.window_manager.maniera.notice = str(error)
        return _TICK_S if self._scene_name else None

    def _show(self) -> Generator[None, None, None]:
        name, self._scene_name = self._scene_name, ""
        if name not in bpy.data.scenes:
            return
        request = yield from new_manner_request.request(bpy.context, bpy.data.scenes[name], {})
        job = engine.submit(preferences.engine_python(bpy.context), request)
        while not job.done:
            job.poll()
            yield
        with contextlib.suppress(Cancelled):
            answer, scene = job.wait(), bpy.data.scenes.get(name)
            if scene and scene.maniera.new_manner.way == "MAP":  # and no other manner was made meanwhile
                new_manner_request.show(scene, answer)


_wanderer = Wanderer()


def _tick() -> float | None:
    return _wanderer.tick()


def register() -> None:
    new_manner.followers.append(_wanderer.go)


def unregister() -> None:
    new_manner.followers.remove(_wanderer.go)
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
