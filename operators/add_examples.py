# SPDX-License-Identifier: GPL-3.0-or-later
"""Add Pictures, and what else is done to the list of a manner's pictures."""

from pathlib import Path

import bpy
from bpy.props import CollectionProperty, StringProperty
from bpy.types import Context, Event, Operator, OperatorFileListElement

from . import learning


class MANIERA_OT_add_examples(Operator):
    bl_idname = "maniera.add_examples"
    bl_label = "Add Pictures"
    bl_description = "Open pictures of the manner"
    bl_options = {"UNDO"}

    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE"})
    files: CollectionProperty(type=OperatorFileListElement, options={"HIDDEN", "SKIP_SAVE"})
    filter_image: bpy.props.BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_folder: bpy.props.BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: Context, event: Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Context) -> set[str]:
        chosen = context.scene.maniera.learning
        for file in self.files:
            if len(chosen.examples) == learning.MOST:
                self.report({"WARNING"}, f"A manner is learnt from {learning.MOST} pictures at most")
                break
            path = Path(self.directory) / file.name
            try:
                image = bpy.data.images.load(str(path), check_existing=True)
            except RuntimeError:
                self.report({"ERROR"}, f"'{path}' is no picture that Blender can open: choose another one")
                return {"CANCELLED"}
            chosen.examples.add().image = image
        return {"FINISHED"}


class MANIERA_OT_add_example(Operator):
    bl_idname = "maniera.add_example"
    bl_label = "Add Open Image"
    bl_description = "Add a line for a picture that is open in Blender"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        return len(context.scene.maniera.learning.examples) < learning.MOST

    def execute(self, context: Context) -> set[str]:
        chosen = context.scene.maniera.learning
        chosen.examples.add()
        chosen.shown = len(chosen.examples) - 1
        return {"FINISHED"}


class MANIERA_OT_remove_example(Operator):
    bl_idname = "maniera.remove_example"
    bl_label = "Remove Picture"
    bl_description = "Take the picture out of the list; the image stays open"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        chosen = context.scene.maniera.learning
        return 0 <= chosen.shown < len(chosen.examples)

    def execute(self, context: Context) -> set[str]:
        chosen = context.scene.maniera.learning
        chosen.examples.remove(chosen.shown)
        chosen.shown = max(0, min(chosen.shown, len(chosen.examples) - 1))
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory(
    (MANIERA_OT_add_examples, MANIERA_OT_add_example, MANIERA_OT_remove_example)
)
