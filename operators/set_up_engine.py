# SPDX-License-Identifier: GPL-3.0-or-later
"""Set Up Engine, Repair Engine, Remove Engine and Check Engine: the preferences' buttons for the engine's Python."""

from collections.abc import Callable
from functools import cache
from typing import Any

import bpy
from bpy.types import Context, Event, Operator

from ..core import installation, installer, interpreter
from ..core.background import Background
from ..core.installer import Plan
from ..core.progress import Report
from . import checks, jobs, preferences, progress
from .jobs import WAIT, Steps, WorkOperator

_DIALOG_WIDTH = 420


class EngineOperator(WorkOperator):
    """Mix-in: does something with the engine's own Python on a thread, after the engine was stopped."""

    def work(self, context: Context) -> Callable[[Report], Any]:
        """What is to be done, without Blender."""
        raise NotImplementedError

    def tell(self, context: Context, result: Any) -> None:
        """Say what came out."""
        raise NotImplementedError

    def steps(self, context: Context) -> Steps:
        work = self.work(context)
        jobs.engine.stop()
        background = Background(work)
        try:
            while not background.done:
                progress.show(background.progress)
                _redraw_preferences()
                yield WAIT
        finally:
            background.cancel()
            _redraw_preferences()
        self.tell(bpy.context, background.result())


class AskingOperator(EngineOperator):
    """Mix-in: asks first. A job may not begin in a dialog, so the dialog calls the operator once more."""

    confirmed: bpy.props.BoolProperty(
        name="Confirmed", description="Begin without asking", options={"HIDDEN", "SKIP_SAVE"}
    )
    _asking = False

    def invoke(self, context: Context, event: Event) -> set[str]:
        if self.confirmed:
            return super().invoke(context, event)
        self._asking = True
        return context.window_manager.invoke_props_dialog(
            self, width=_DIALOG_WIDTH, title=self.bl_label, confirm_text=self.bl_label.partition(" Engine")[0]
        )

    def execute(self, context: Context) -> set[str]:
        if not self._asking:
            return super().execute(context)
        again = getattr(bpy.ops.maniera, type(self).__name__.partition("_OT_")[2])
        again("INVOKE_DEFAULT", confirmed=True, **self.choices())
        return {"FINISHED"}

    def cancel(self, context: Context) -> None:
        if not self._asking:
            super().cancel(context)

    def choices(self) -> dict[str, Any]:
        """What was chosen in the dialog."""
        return {}


class InstallingOperator(AskingOperator):
    """Mix-in: installs the engine."""

    newest: bpy.props.BoolProperty(
        name="Newest Versions", description="Install the newest versions instead of those that Maniera was tested with"
    )

    def plan(self, context: Context) -> Plan:
        """What is to be installed."""
        raise NotImplementedError

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not checks.is_idle(cls):
            return False
        if bpy.app.online_access or preferences.wheels(context):
            return True
        cls.poll_message_set("Allow Online Access in Preferences > System, or choose a folder of wheels")
        return False

    def draw(self, context: Context) -> None:
        plan = self.plan(context)
        build = installer.BUILDS[plan.build]
        column = self.layout.column()
        source = f"from '{plan.wheels}'" if plan.wheels else f"by downloading about {build.download:g} GB"
        column.label(text=f"Installs torch ({build.label}) {source}.")
        column.label(text=f"It takes {build.disk:g} GB in Maniera's own folder and does not touch Blender's Python.")
        if not plan.wheels:
            column.prop(self, "newest")

    def choices(self) -> dict[str, Any]:
        return {"newest": self.newest}

    def work(self, context: Context) -> Callable[[Report], Any]:
        plan, folder = self.plan(context), preferences.engine_folder()
        return lambda report: installer.install(folder, plan, report)

    def tell(self, context: Context, result: Any) -> None:
        preferences.get(context).findings = ""
        self.report({"INFO"}, "The engine is set up")


_items: list[tuple[str, str, str]] = []


@cache
def _detected() -> str:
    """The build for this machine, asked once: the dialog is drawn many times a second."""
    return installer.detect()


def _builds(operator: Operator, context: Context | None) -> list[tuple[str, str, str]]:
    """The builds for this system; Blender needs the strings kept."""
    _items[:] = [("AUTO", "Automatic", "The build for this machine's graphics card")]
    _items.extend((name, build.label, build.description) for name, build in installer.builds().items())
    return _items


class MANIERA_OT_set_up_engine(InstallingOperator, Operator):
    bl_idname = "maniera.set_up_engine"
    bl_label = "Set Up Engine"
    bl_description = "Install torch, which repaints the pictures, into a folder of Maniera's own; asks first"

    build: bpy.props.EnumProperty(name="Build", description="The form of torch for this machine", items=_builds)

    def invoke(self, context: Context, event: Event) -> set[str]:
        if self.build == "AUTO":
            self.build = installer.detect()
        return super().invoke(context, event)

    def draw(self, context: Context) -> None:
        self.layout.prop(self, "build")
        super().draw(context)

    def choices(self) -> dict[str, Any]:
        return super().choices() | {"build": self.build}

    def plan(self, context: Context) -> Plan:
        build = _detected() if self.build == "AUTO" else self.build
        return Plan(build, wheels=preferences.wheels(context), newest=self.newest)


class MANIERA_OT_repair_engine(InstallingOperator, Operator):
    bl_idname = "maniera.repair_engine"
    bl_label = "Repair Engine"
    bl_description = "Install the engine anew; the present one stays until that is done"

    @classmethod
    def poll(cls, context: Context) -> bool:
        return _is_set_up(cls) and super().poll(context)

    def plan(self, context: Context) -> Plan:
        build = installation.facts(preferences.engine_folder())["build"]
        return Plan(build, wheels=preferences.wheels(context), newest=self.newest)


class MANIERA_OT_remove_engine(AskingOperator, Operator):
    bl_idname = "maniera.remove_engine"
    bl_label = "Remove Engine"
    bl_description = "Delete what Set Up Engine has installed; asks first"

    @classmethod
    def poll(cls, context: Context) -> bool:
        return checks.is_idle(cls) and _is_set_up(cls)

    def draw(self, context: Context) -> None:
        self.layout.label(text=f"Deletes the engine in '{preferences.engine_folder()}'.")

    def work(self, context: Context) -> Callable[[Report], Any]:
        folder = preferences.engine_folder()
        return lambda report: installation.remove(folder)

    def tell(self, context: Context, result: Any) -> None:
        preferences.get(context).findings = ""
        self.report({"INFO"}, "The engine is removed")


class MANIERA_OT_check_engine(EngineOperator, Operator):
    bl_idname = "maniera.check_engine"
    bl_label = "Check Engine"
    bl_description = "Start the engine's Python and tell what it has and what it lacks"

    @classmethod
    def poll(cls, context: Context) -> bool:
        return checks.is_idle(cls) and checks.has_engine(cls, context)

    def work(self, context: Context) -> Callable[[Report], Any]:
        python = preferences.engine_python(context)
        return lambda report: interpreter.check(python, lambda: report(0, 1, "Starting the engine's Python"))

    def tell(self, context: Context, result: interpreter.Findings) -> None:
        preferences.get(context).findings = "\n".join(result.sentences)
        self.report({"INFO"} if result.complete else {"WARNING"}, " ".join(result.sentences))


def _is_set_up(operator: type[Operator]) -> bool:
    if installation.facts(preferences.engine_folder()):
        return True
    operator.poll_message_set("The engine is not set up")
    return False


def _redraw_preferences() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "PREFERENCES":
                area.tag_redraw()


register, unregister = bpy.utils.register_classes_factory(
    (MANIERA_OT_set_up_engine, MANIERA_OT_repair_engine, MANIERA_OT_remove_engine, MANIERA_OT_check_engine)
)
