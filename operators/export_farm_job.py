# SPDX-License-Identifier: GPL-3.0-or-later
"""Export Farm Job."""

import bpy
from bpy.props import BoolProperty, StringProperty
from bpy.types import Context, Event, Operator

from ..core.errors import UserError
from . import checks, farm_bundle, shot, view


class MANIERA_OT_export_farm_job(Operator):
    bl_idname = "maniera.export_farm_job"
    bl_label = "Export Farm Job"
    bl_description = (
        "Write a folder from which a render farm repaints the frames: style, view, settings and an Open Job "
        "Description template; Flamenco's job type takes it, too"
    )
    bl_options = {"REGISTER", "UNDO"}

    directory: StringProperty(name="Folder", description="Where the farm can read it", subtype="DIR_PATH")
    filter_folder: BoolProperty(default=True, options={"HIDDEN"})

    @classmethod
    def poll(cls, context: Context) -> bool:
        return checks.has_manner(cls, context)

    def invoke(self, context: Context, event: Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Context) -> set[str]:
        try:
            if not self.directory:
                raise UserError("There is no folder to write to: choose one that the farm can read.")
            folder = shot.absolute(self.directory)
            for _ in farm_bundle.write(context.scene, shot.read(context.scene), folder):
                pass
        except UserError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        context.scene.maniera.shot.bundle = str(folder)
        for sentence in view.unsaid(context.scene):
            self.report({"WARNING"}, sentence)
        self.report({"INFO"}, f"The farm job is in '{folder}'")
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_export_farm_job,))
