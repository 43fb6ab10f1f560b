# SPDX-License-Identifier: GPL-3.0-or-later
"""Surprise Me."""

import random
from collections.abc import Generator

import bpy
from bpy.props import IntProperty
from bpy.types import Context, Operator

from ..core.wire import Message
from . import checks, new_manner_request
from .jobs import JobOperator, Request

_SEEDS = 2**31 - 1


class MANIERA_OT_surprise_me(JobOperator, Operator):
    bl_idname = "maniera.surprise_me"
    bl_label = "Surprise Me"
    bl_description = "Make a manner that no picture and no style of the library shows; another one every time"
    bl_options = {"UNDO"}

    seed: IntProperty(name="Seed", description="Which manner; 0 chooses any", min=0, options={"SKIP_SAVE"})

    _scene_name: str

    @classmethod
    def poll(cls, context: Context) -> bool:
        return checks.is_idle(cls) and checks.has_engine(cls, context)

    def request(self, context: Context) -> Generator[None, None, Request]:
        self._scene_name = context.scene.name
        chosen = context.scene.maniera.new_manner
        chosen.way, chosen.seed = "CHANCE", self.seed or random.randint(1, _SEEDS)
        return (yield from new_manner_request.request(context, context.scene, {}))

    def conclude(self, context: Context, answer: Message) -> Generator[None, None, None]:
        yield
        new_manner_request.show(bpy.data.scenes[self._scene_name], answer)


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_surprise_me,))
