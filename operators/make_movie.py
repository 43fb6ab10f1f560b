# SPDX-License-Identifier: GPL-3.0-or-later
"""Make Movie."""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import bpy
from bpy.types import Context, Operator, Scene

from ..core.errors import Cancelled, UserError
from ..core.progress import Progress
from . import checks, progress, sequencer, shot
from .jobs import WAIT, Steps, WorkOperator
from .shot import Shot

_FORMAT = {"format": "MPEG4", "codec": "H264", "constant_rate_factor": "HIGH", "ffmpeg_preset": "GOOD"}


class MANIERA_OT_make_movie(WorkOperator, Operator):
    bl_idname = "maniera.make_movie"
    bl_label = "Make Movie"
    bl_description = "Join the repainted frames into a movie beside them, to look at them in motion"

    @classmethod
    def poll(cls, context: Context) -> bool:
        if bpy.app.is_job_running("RENDER"):
            cls.poll_message_set("Blender is rendering: wait until it is done")
            return False
        return checks.is_idle(cls)

    def steps(self, context: Context) -> Steps:
        found = shot.read(context.scene)
        path = _path(found)
        unfinished = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
        scene = sequencer.new_scene("Maniera Movie", context.scene, found)
        name = scene.name
        try:
            sequencer.add(scene, found, path.stem)
            _write_to(scene, unfinished)
            progress.show(Progress(0, 1, "Writing the Movie"))
            yield from self._render(context, name)
            if not unfinished.exists():
                raise UserError(f"Blender could not write '{path}': its system console says why.")
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
            if name in bpy.data.scenes and not bpy.app.is_job_running("RENDER"):
                bpy.data.scenes.remove(bpy.data.scenes[name])
        self.report({"INFO"}, f"'{path}' is done")

    def _render(self, context: Context, name: str) -> Generator[Any, None, None]:
        """Render a scene, on Blender's own thread where Blender can go on meanwhile."""
        if not self.options.is_invoke:
            bpy.ops.render.render(animation=True, scene=name)
            return
        preferences = context.preferences.view
        kept, preferences.render_display_type = preferences.render_display_type, "NONE"
        bpy.ops.render.render("INVOKE_DEFAULT", animation=True, scene=name)
        preferences.render_display_type = kept
        stopped = False
        while bpy.app.is_job_running("RENDER"):
            try:
                yield WAIT
            except Cancelled:  # Escape ends Blender's renders, too; until it has, the scene must stay.
                stopped = True
        if stopped:
            raise Cancelled


def _path(found: Shot) -> Path:
    """Beside the frames, under their name."""
    painted = Path(found.painted)
    stem = painted.stem.replace("#", "").rstrip("_-. ") or found.folder.name
    return painted.with_name(f"{stem}.mp4")


def _write_to(scene: Scene, path: Path) -> None:
    """Have a scene rendered into a movie, whose sides must be even."""
    render, file = scene.render, scene.render.image_settings
    render.resolution_x, render.resolution_y = render.resolution_x // 2 * 2, render.resolution_y // 2 * 2
    if hasattr(file, "media_type"):  # since Blender 5.0
        file.media_type = "VIDEO"
    file.file_format = "FFMPEG"
    for name, value in _FORMAT.items():
        setattr(render.ffmpeg, name, value)
    render.filepath, render.use_file_extension = str(path), False


register, unregister = bpy.utils.register_classes_factory((MANIERA_OT_make_movie,))
