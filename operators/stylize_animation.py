# SPDX-License-Identifier: GPL-3.0-or-later
"""Stylize Animation."""

from collections.abc import Generator

import bpy
from bpy.types import Context, Operator

from ..core.errors import Cancelled
from ..core.progress import Progress
from ..core.wire import Message
from . import checks, image_sequence, progress, shot, shot_order, view
from .jobs import JobOperator, Request, Steps
from .shot_order import Order


class MANIERA_OT_stylize_animation(JobOperator, Operator):
    bl_idname = "maniera.stylize_animation"
    bl_label = "Stylize Animation"
    bl_description = (
        "Repaint the rendered frames in the chosen manner, with strokes that move along with what they paint"
    )
    bl_options = {"UNDO"}

    _order: Order

    @classmethod
    def poll(cls, context: Context) -> bool:
        return checks.is_idle(cls) and checks.has_engine(cls, context) and checks.has_manner(cls, context)

    def steps(self, context: Context) -> Steps:
        try:
            yield from super().steps(context)
        except Cancelled:
            raise Cancelled("Stopped: finished frames are kept, and with Skip Existing the others follow") from None

    def request(self, context: Context) -> Generator[None, None, Request]:
        for sentence in view.unsaid(context.scene):
            self.report({"WARNING"}, sentence)
        self._order = yield from shot_order.order(context, context.scene, shot.read(context.scene))
        return Request("sequence", self._order.fields)

    def hear(self, told: Progress) -> None:
        progress.show(Progress(told.done, told.total, _with_rate(told), told.seconds_left))

    def conclude(self, context: Context, answer: Message) -> Generator[None, None, None]:
        yield
        told = answer.fields
        done = sorted(told["written"] + told["skipped"])
        if done:
            image_sequence.show(context, image_sequence.load(self._order, done[0]), self._order.shot)
        for sentence in (*told["failed"].values(), *told["notes"]):
            self.report({"WARNING"}, sentence)
        self.report({"INFO"}, f"{_count(told)} in '{self._order.shot.folder}'")


def _with_rate(told: Progress) -> str:
    """The stage, and how many frames there are a second."""
    if not told.seconds_left or not told.done:
        return told.what
    rate = (told.total - told.done) / told.seconds_left
    return f"{told.what}, {rate:.2g} frames/s"


def _count(told: dict) -> str:
    numbers = {name: len(told[name]) for name in ("written", "skipped", "failed")}
    words = {"written": "repainted", "skipped": "finished before", "failed": "failed"}
    parts = [f"{count} {words[name]}" for name, count in numbers.items() if count or name == "written"]
    return f"Frames: {', '.join(parts)}"


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_stylize_animation,))
