# SPDX-License-Identifier: GPL-3.0-or-later
"""Go to Style."""

from collections.abc import Generator
from dataclasses import asdict

import bpy
from bpy.types import Context, Operator

from ..core.errors import UserError
from ..core.wire import Message
from . import checks, gallery, preferences
from .jobs import JobOperator, Request


class MANIERA_OT_go_to_style(JobOperator, Operator):
    bl_idname = "maniera.go_to_style"
    bl_label = "Go to Style"
    bl_description = "Go to the place on the map of manners where the chosen style of the library lies"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        return checks.is_idle(cls) and checks.has_engine(cls, context) and checks.has_style(cls, context)

    def request(self, context: Context) -> Generator[None, None, Request]:
        yield
        card = gallery.chosen_card(context.scene.maniera)
        machine = asdict(preferences.machine(context))
        return Request("map", {"machine": machine, "styles": [{"path": str(card.path)}]})

    def conclude(self, context: Context, answer: Message) -> Generator[None, None, None]:
        yield
        if not answer.fields["places"]:
            raise UserError("The style does not say what it looks like: learn it again.")
        chosen = context.scene.maniera.new_manner
        chosen.x, chosen.y = answer.fields["places"][0]["place"]


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_go_to_style,))
