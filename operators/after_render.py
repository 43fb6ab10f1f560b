# SPDX-License-Identifier: GPL-3.0-or-later
"""Stylize After Render: what is rendered is repainted, while Blender renders the next frame.

The handlers only note what was rendered: in a window they run on the render's thread, where little else is safe. There
a timer takes the notes up. Without a window no timer ever ticks, but the handlers run on the main thread: they take the
notes up themselves, and the end of the render waits for the last frame.
"""

import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue

import bpy
from bpy.app.handlers import persistent
from bpy.types import Depsgraph, Scene

from ..core.errors import UserError
from . import compositor, shot, shot_order, view
from .jobs import Work
from .render_queue import queue, say
from .shot_order import Order

TICK_S = 0.25


@dataclass(frozen=True)
class Note:
    """What a handler has seen."""

    event: str
    """The handler's name."""
    scene_uid: int
    number: int
    """The scene's frame."""


class Render:
    """The render that is going on, as far as the notes tell."""

    def __init__(self) -> None:
        self.order: Order | None = None
        """What its frames are painted after: decided at the first, so that none differs from the others."""
        self.refused = False
        self.frames = 0


_notes: SimpleQueue[Note] = SimpleQueue()
_render = Render()
_still: int | None = None
"""The scene of a still picture that waits to be repainted."""


def look() -> None:
    """Take up the notes, and go on with what waits."""
    while not _notes.empty():
        _take(_notes.get())
    queue.look()
    if _still is not None and Work.current is None:
        _repaint_still()


def _take(note: Note) -> None:
    global _render, _still
    scene = _scene(note.scene_uid)
    if note.event == "render_init":
        _render, _still = Render(), None
        bpy.context.window_manager.maniera.notice = ""
    elif note.event == "render_write" and scene and not _is_still(scene, note.number):
        _render.frames += 1
        _add(scene, note.number)
    elif note.event == "render_complete" and not _render.frames:
        _still = note.scene_uid


def _is_still(scene: Scene, number: int) -> bool:
    """Whether the file that was written last is a still picture, which has no number in its name."""
    render = scene.render
    frame, still = (Path(bpy.path.abspath(name)) for name in (render.frame_path(frame=number), render.filepath))
    still = still.with_name(still.name + (render.file_extension if render.use_file_extension else ""))
    return still.exists() and not (frame.exists() and frame.stat().st_mtime_ns >= still.stat().st_mtime_ns)


def _add(scene: Scene, number: int) -> None:
    if _render.refused:
        return
    try:
        _check(scene)
        if _render.order is None:
            _render.order = _order(scene, number)
            for sentence in view.unsaid(scene):
                say(sentence)
        queue.add(_render.order, number)
    except UserError as error:
        _render.refused = True
        say(str(error))


def _check(scene: Scene) -> None:
    """Refuse a render that has paint in it already."""
    if compositor.is_shown(scene):
        raise UserError("The compositor shows repainted pictures: press Remove from Compositor to have others.")


def _order(scene: Scene, number: int) -> Order:
    """What is chosen for the scene's frames, and for this one if it lies beside them."""
    found = shot.read(scene, as_rendered=True)
    found = replace(found, first=min(found.first, number), last=max(found.last, number))
    steps = shot_order.order(bpy.context, scene, found)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def _repaint_still() -> None:
    """Do what the button Stylize Render does, in the window that shows the scene."""
    global _still
    scene, _still = _scene(_still), None
    window = next((each for each in bpy.context.window_manager.windows if each.scene == scene), None)
    if scene is None or (window is None and not bpy.app.background):
        return
    try:
        _check(scene)
        with bpy.context.temp_override(scene=scene) if window is None else bpy.context.temp_override(window=window):
            bpy.ops.maniera.stylize_render("EXEC_DEFAULT" if bpy.app.background else "INVOKE_DEFAULT")
    except (UserError, RuntimeError) as error:
        say(str(error).strip().removeprefix("Error: "))


def _scene(uid: int) -> Scene | None:
    return next((scene for scene in bpy.data.scenes if scene.session_uid == uid), None)


def _note(event: str, scene: Scene) -> None:
    if not scene.maniera.shot.after_render:
        return
    _notes.put(Note(event, scene.session_uid, scene.frame_current))
    if bpy.app.background:
        look()


@persistent
def _begin(scene: Scene, _: Depsgraph | None) -> None:
    _note("render_init", scene)


@persistent
def _written(scene: Scene, _: Depsgraph | None) -> None:
    _note("render_write", scene)


@persistent
def _complete(scene: Scene, _: Depsgraph | None) -> None:
    _note("render_complete", scene)
    _wait()


@persistent
def _cancelled(scene: Scene, _: Depsgraph | None) -> None:
    _wait()


def _wait() -> None:
    if bpy.app.background:
        queue.finish()


def _tick() -> float:
    try:
        look()
    except Exception:  # a timer that fails never ticks again
        traceback.print_exc()
    return TICK_S


_HANDLERS = {"render_init": _begin, "render_write": _written, "render_complete": _complete, "render_cancel": _cancelled}


def register() -> None:
    for name, handler in _HANDLERS.items():
        getattr(bpy.app.handlers, name).append(handler)
    bpy.app.timers.register(_tick, first_interval=TICK_S, persistent=True)


def unregister() -> None:
    bpy.app.timers.unregister(_tick)
    for name, handler in _HANDLERS.items():
        getattr(bpy.app.handlers, name).remove(handler)
    queue.cancel()
