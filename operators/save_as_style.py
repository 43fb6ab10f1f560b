# SPDX-License-Identifier: GPL-3.0-or-later
"""Save as Style."""

import os
from collections.abc import Generator
from pathlib import Path

import bpy
from bpy.types import Context, Operator

from ..core import styles
from ..core.errors import UserError
from ..core.wire import Message
from . import checks, gallery, new_manner_request, places
from .jobs import JobOperator, Request


class MANIERA_OT_save_as_style(JobOperator, Operator):
    bl_idname = "maniera.save_as_style"
    bl_label = "Save as Style"
    bl_description = "Put the new manner into the library as a style, and choose it"
    bl_options = {"UNDO"}

    _unfinished: Path
    _name: str

    @classmethod
    def poll(cls, context: Context) -> bool:
        return checks.is_idle(cls) and checks.has_engine(cls, context) and checks.has_new_manner(cls, context)

    def request(self, context: Context) -> Generator[None, None, Request]:
        wanted = context.scene.maniera.new_manner.style_name.strip()
        if not wanted:
            raise UserError("The style has no name: write one above the button.")
        self._name = styles.free_name(wanted, gallery.library_folders())
        self._unfinished = places.user("learning") / f"{os.getpid()}-new{styles.SUFFIX}"
        named = {"output": str(self._unfinished), "name": self._name}
        return (yield from new_manner_request.request(context, context.scene, named))

    def conclude(self, context: Context, answer: Message) -> Generator[None, None, None]:
        yield
        styles.copy(self._unfinished, styles.file_of(self._name, places.library()), replace=False)
        self._unfinished.unlink(missing_ok=True)
        chosen = context.scene.maniera
        chosen.source, chosen.style_name = "LIBRARY", self._name
        self.report({"INFO"}, f"'{self._name}' is in the library")


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_save_as_style,))
