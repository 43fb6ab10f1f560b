# SPDX-License-Identifier: GPL-3.0-or-later
"""Find Nearest Style."""

from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path

import bpy
from bpy.types import Context, Operator

from ..core import styles
from ..core.wire import Message
from . import appearance, checks, gallery, preferences
from .jobs import JobOperator, Request

_NAMED = 3


class MANIERA_OT_find_nearest_style(JobOperator, Operator):
    bl_idname = "maniera.find_nearest_style"
    bl_label = "Find Nearest Style"
    bl_description = "Choose the style of the library that looks most like the reference picture"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        return checks.is_idle(cls) and checks.has_engine(cls, context) and checks.has_reference(cls, context)

    def request(self, context: Context) -> Generator[None, None, Request]:
        fields = {
            "machine": asdict(preferences.machine(context)),
            "styles": gallery.request(),
        }
        pixels = yield from appearance.read(context.scene.maniera.reference, context.scene)
        return Request("nearest", fields, [pixels])

    def conclude(self, context: Context, answer: Message) -> Generator[None, None, None]:
        yield
        found = [styles.read_card(Path(one["path"])).name for one in answer.fields["found"][:_NAMED]]
        chosen = context.scene.maniera
        chosen.source, chosen.style_name = "LIBRARY", found[0]
        self.report({"INFO"}, f"Looks like {', then '.join(found)}")


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_find_nearest_style,))
