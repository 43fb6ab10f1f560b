# SPDX-License-Identifier: GPL-3.0-or-later
"""Add to Sequencer."""

import bpy
from bpy.types import Context, Operator, Scene

from ..core.errors import UserError
from . import sequencer, shot
from .shot import Shot

MARK = "maniera_edit"
"""Custom property of the scene that was made for repainted frames: the name of the scene that they show."""


class MANIERA_OT_add_to_sequencer(Operator):
    bl_idname = "maniera.add_to_sequencer"
    bl_label = "Add to Sequencer"
    bl_description = (
        "Add the repainted frames to the video sequencer as a strip: in the scene that is edited there, or in a new one"
    )
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> set[str]:
        try:
            found = shot.read(context.scene)
            target = _target(context, found)
            strip = sequencer.add(target, found, found.folder.name)
        except UserError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"The strip '{strip.name}' is in the sequencer of the scene '{target.name}'")
        return {"FINISHED"}


def _target(context: Context, found: Shot) -> Scene:
    """The scene to edit in: never the one that is rendered, whose strips would take the place of its renders."""
    edited = getattr(context.workspace, "sequencer_scene", None)  # since Blender 5.0
    if edited and edited != context.scene:
        return edited
    made = next((scene for scene in bpy.data.scenes if scene.get(MARK) == context.scene.name), None)
    if made is None:
        made = sequencer.new_scene(f"{context.scene.name} Stylized", context.scene, found)
        made[MARK] = context.scene.name
    if hasattr(context.workspace, "sequencer_scene"):
        context.workspace.sequencer_scene = made
    return made


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_add_to_sequencer,))
