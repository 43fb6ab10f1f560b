# SPDX-License-Identifier: GPL-3.0-or-later
"""Stylize Animation."""

from collections.abc import Generator

import bpy
from bpy.types import Context, Operator

from ..core import frames
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
        written, skipped = (_numbers(told[name]) for name in ("written", "skipped"))
        if written or skipped:
            image = image_sequence.load(self._order, min(written + skipped))
            image_sequence.show(context, image, self._order.shot)
        for sentence in (*told["failed"].values(), *told["notes"]):
            self.report({"WARNING"}, sentence)
        counts = {"repainted": written, "finished before": skipped, "failed": told["failed"]}
        words = [f"{len(numbers)} {what}" for what, numbers in counts.items() if numbers or numbers is written]
        self.report({"INFO"}, f"Frames: {', '.join(words)} in '{self._order.shot.folder}'")


def _numbers(text: str) -> tuple[int, ...]:
    """The frames that the engine names, perhaps none."""
    return frames.parse(text) if text else ()


def _with_rate(told: Progress) -> str:
    """The stage, and how many frames there are a second."""
    if not told.seconds_left or not told.done:
        return told.what
    rate = (told.total - told.done) / told.seconds_left
    return f"{told.what}, {rate:.2g} frames/s"


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_stylize_animation,))
