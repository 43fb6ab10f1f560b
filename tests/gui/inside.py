# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests' hand inside Blender: carries out one order a tick, so that a press comes a tick after the move before it.

An order is a line of JSON on a socket: a string of Python. So is the answer: {"value": ...} or {"error": ...}.
The functions below are what orders are made of.
"""

import contextlib
import json
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterable

import bpy
import numpy as np

TICK = 0.02


def window():
    return bpy.context.window_manager.windows[0]


def simulate(kind: str, value: str, x: int, y: int) -> None:
    """Send a mouse or key event; x and y in pixels from the window's bottom left."""
    window().event_simulate(type=kind, value=value, x=x, y=y)


def press(kind: str, x: int, y: int) -> None:
    """Press and release a key or mouse button."""
    simulate(kind, "PRESS", x, y)
    simulate(kind, "RELEASE", x, y)


def largest(areas: Iterable):
    return max(areas, key=lambda area: area.width * area.height)


def region(editor: str, kind: str):
    """(area, region) of the largest editor of this type."""
    area = largest(area for area in window().screen.areas if area.type == editor)
    return area, next(region for region in area.regions if region.type == kind)


def bounds(editor: str, kind: str = "UI") -> list[int]:
    """Left, bottom, right, top of a region in window pixels."""
    found = region(editor, kind)[1]
    return [found.x, found.y, found.x + found.width, found.y + found.height]


def button(editor: str, kind: str = "UI") -> str:
    """What the button under the mouse is: 'bpy.ops.maniera.stylize()', the name of a property, or nothing."""
    manager = bpy.context.window_manager
    area, where = region(editor, kind)
    with bpy.context.temp_override(window=window(), area=area, region=where):
        for copy in (bpy.ops.ui.copy_python_command_button, bpy.ops.ui.copy_data_path_button):
            if copy.poll():
                copy()
                return manager.clipboard
    return ""


def edit(editor: str) -> None:
    """Make the largest area of the window an editor of this type, with its sidebar open if it has one."""
    area = largest(window().screen.areas)
    area.type = editor
    if hasattr(area.spaces.active, "show_region_ui"):
        area.spaces.active.show_region_ui = True


def unfold(name: str) -> None:
    """Of the panels inside Maniera's, have only this one open, before they are first drawn."""
    prefix, _, _ = name.rpartition("_")
    for panel in [kind for kind in bpy.types.Panel.__subclasses__() if getattr(kind, "bl_parent_id", "") == prefix]:
        bpy.utils.unregister_class(panel)
        panel.bl_options = set() if panel.__name__ == name else {"DEFAULT_CLOSED"}
        bpy.utils.register_class(panel)


def fill_window() -> None:
    """Let the largest area fill the window."""
    with bpy.context.temp_override(window=window(), area=largest(window().screen.areas)):
        bpy.ops.screen.screen_full_area()


def picture(name: str, width: int, height: int) -> None:
    """A picture of colored waves, shown in the image editor."""
    image = bpy.data.images.new(name, width, height)
    y, x = np.mgrid[0:height, 0:width] / np.float32(height)
    pixels = np.stack([np.sin(9 * x + 5 * y), np.cos(7 * y - 3 * x * y), np.sin(20 * x * y), np.ones_like(x)], -1)
    image.pixels.foreach_set((pixels / 2 + 0.5).astype(np.float32).ravel())
    image.update()
    display(image)


def display(image) -> None:
    """Show an image in the image editor."""
    region("IMAGE_EDITOR", "UI")[0].spaces.active.image = image


def render(width: int, height: int) -> None:
    """Render the scene with Workbench."""
    settings = bpy.context.scene.render
    settings.engine = "BLENDER_WORKBENCH"
    settings.resolution_x, settings.resolution_y, settings.resolution_percentage = width, height, 100
    with bpy.context.temp_override(window=window()):
        bpy.ops.render.render()


def save(name: str, path: str) -> None:
    """Save an image as PNG."""
    image = bpy.data.images[name]
    image.file_format = "PNG"
    image.save(filepath=path, save_copy=True)


def pixels(name: str) -> np.ndarray:
    image = bpy.data.images[name]
    values = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(values)
    return values


def reports() -> list[str]:
    """What was reported to the user so far, as the Info editor has it; without the operators that it lists too."""
    manager = bpy.context.window_manager
    area = region("PROPERTIES", "WINDOW")[0]
    kept, area.type = area.type, "INFO"
    try:
        with bpy.context.temp_override(window=window(), area=area, region=area.regions[-1]):
            bpy.ops.info.select_all(action="SELECT")
            bpy.ops.info.report_copy()
    finally:
        area.type = kept
    return [line for line in manager.clipboard.splitlines() if not line.startswith("bpy.")]


class Gaps:
    """How long the window stood still: the longest times between two ticks of a timer."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._stopped = False
        bpy.app.timers.register(self._tick, persistent=True)

    def _tick(self) -> float | None:
        self.times.append(time.perf_counter())
        return None if self._stopped else 0.01

    def stop(self) -> dict:
        """Milliseconds between ticks: the largest, the 99th percentile and the median; and the seconds watched."""
        self._stopped = True
        gaps = np.diff(self.times) * 1000
        found = {"largest_ms": gaps.max(), "p99_ms": np.percentile(gaps, 99), "median_ms": np.median(gaps)}
        return {name: round(float(value), 1) for name, value in found.items()} | {
            "seconds": round(self.times[-1] - self.times[0], 2)
        }


class Calls:
    """How long an operator kept the window to itself: the times of every call of its invoke and modal."""

    def __init__(self, operator: str) -> None:
        self._times: list[float] = []
        kind = getattr(bpy.types, operator)
        kind.invoke, kind.modal = self._timed(kind.invoke), self._timed(kind.modal)

    def _timed(self, call: Callable) -> Callable:
        def timed(operator, context, event):
            started = time.perf_counter()
            try:
                return call(operator, context, event)
            finally:
                self._times.append(time.perf_counter() - started)

        return timed

    def longest_ms(self) -> list[float]:
        """The longest calls, in milliseconds."""
        return [round(seconds * 1000, 1) for seconds in sorted(self._times, reverse=True)[:5]]


class Orders:
    """Reads orders from the socket and carries them out, one a tick."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(address)
        self._socket.setblocking(False)
        self._unread = b""
        self._names = globals()

    def tick(self) -> float:
        with contextlib.suppress(BlockingIOError):
            self._unread += self._socket.recv(65536)
        if b"\n" in self._unread:
            line, self._unread = self._unread.split(b"\n", 1)
            self._socket.sendall(json.dumps(self._carry_out(json.loads(line))).encode() + b"\n")
        return TICK

    def _carry_out(self, code: str) -> dict:
        try:
            try:
                return {"value": eval(compile(code, "<order>", "eval"), self._names)}
            except SyntaxError:
                exec(compile(code, "<order>", "exec"), self._names)
                return {"value": None}
        except Exception:
            return {"error": traceback.format_exc()}


bpy.context.preferences.view.show_splash = False
bpy.app.timers.register(Orders(sys.argv[-1]).tick, first_interval=1.0, persistent=True)
