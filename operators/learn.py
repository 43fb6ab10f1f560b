# SPDX-License-Identifier: GPL-3.0-or-later
"""What Learn Style and Refine Style have in common: all but where the practice starts."""

import os
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path

import bpy
from bpy.types import Context, Image

from ..core import settings, styles
from ..core.errors import UserError
from ..core.progress import Progress
from ..core.wire import Message
from . import appearance, checks, gallery, images, learning, learnt_preview, places, preferences, properties
from .jobs import JobOperator, Request

_LONGEST_PX = 1024
"""References and contents are sent at this length of their longer side at most: the engine looks at no more."""


class LearnOperator(JobOperator):
    """Mix-in: learns a style from the chosen pictures and puts it into the library."""

    _unfinished: Path
    _name: str

    @classmethod
    def poll(cls, context: Context) -> bool:
        return checks.is_idle(cls) and checks.has_engine(cls, context) and checks.has_examples(cls, context)

    def wanted_name(self, context: Context) -> str:
        """What the new style is to be called."""
        raise NotImplementedError

    def start(self, context: Context) -> dict[str, str]:
        """The request's fields that say where the practice starts."""
        return {}

    def request(self, context: Context) -> Generator[None, None, Request]:
        chosen = context.scene.maniera
        wanted = self.wanted_name(context).strip()
        if not wanted:
            raise UserError("The style has no name: write one above the button.")
        learnt_preview.clear()
        self._name = styles.free_name(wanted, gallery.library_folders())
        # Kept aside until it is known that the artist wants it: a cancelled job may still finish its file.
        self._unfinished = places.user("learning") / f"{os.getpid()}{styles.SUFFIX}"
        fields = {
            "settings": asdict(properties.read(chosen.adapt, settings.Adapt)),
            "machine": asdict(preferences.machine(context)),
            "name": self._name,
            "output": str(self._unfinished),
            "library": gallery.request(),
            "keep": True,
        } | self.start(context)
        scene_name, shown = context.scene.name, [image.name for image in learning.chosen(chosen.learning)]
        practice = chosen.learning.practice
        editor = _image_in_editor(context) if practice == "IMAGE" else None
        arrays = []
        for name in shown + ([editor] if editor else []):
            pixels = yield from appearance.read(_image(name), bpy.data.scenes[scene_name])
            arrays.append(appearance.smaller(pixels, _LONGEST_PX))
        if practice == "RENDER":
            pixels = yield from appearance.read_render(bpy.data.scenes[scene_name])
            arrays.append(appearance.smaller(pixels, _LONGEST_PX))
        fields["references"] = [{"array": index} for index in range(len(shown))]
        fields["contents"] = [{"array": index} for index in range(len(shown), len(arrays))]
        return Request("adapt", fields, arrays)

    def hear(self, told: Progress) -> None:
        if told.preview is not None:
            learnt_preview.show(told.preview)
        super().hear(told)

    def conclude(self, context: Context, answer: Message) -> Generator[None, None, None]:
        yield
        target = styles.file_of(self._name, places.library())
        styles.copy(Path(answer.fields["output"]), target, replace=False)
        self._unfinished.unlink(missing_ok=True)
        learnt_preview.show(answer.arrays[0])
        chosen = context.scene.maniera
        chosen.source, chosen.style_name = "LIBRARY", self._name
        learnt = f"'{self._name}' is in the library: learnt in {answer.fields['seconds']:.0f} s"
        self.report({"INFO"}, " ".join([learnt, *answer.fields["notes"]]))


def _image(name: str) -> Image:
    image = bpy.data.images.get(name)
    if image is None:
        raise UserError(f"'{name}' was removed while it was read: choose other pictures.")
    images.describe(image)
    return image


def _image_in_editor(context: Context) -> str:
    areas = [area for window in context.window_manager.windows for area in window.screen.areas]
    for area in areas:
        image = area.spaces.active.image if area.type == "IMAGE_EDITOR" else None
        if image and images.refusal(image) is None:
            return image.name
    raise UserError("No Image Editor shows an image to practise on: open one, or practise on drawn pictures.")
