# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scene must render so that strokes can follow its motion, and how far it is from that."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bpy.types import Scene, ViewLayer, bpy_struct

from ..core.errors import UserError
from ..core.passes import MOTION_LAYER

NEEDED = {
    "use_pass_vector": "Vector",
    "use_pass_z": "Depth",
    "use_pass_cryptomatte_object": "Cryptomatte Object",
}
"""The passes by their switch in a view layer: motion, and what tells where it uncovers something.

Not Object Index, which is 0 everywhere as long as nobody numbers the objects; Cryptomatte numbers them itself.
"""

TWICE = (
    "1. Without it, into another folder",
    "2. Motion Vectors: choose a frame there",
    "3. With it, to repaint these frames",
)
"""The recipe for vectors of what is blurred, in lines that fit into a sidebar."""

_EXR = {"media_type": "MULTI_LAYER_IMAGE", "file_format": "OPEN_EXR_MULTILAYER", "exr_codec": "ZIP"}


@dataclass(frozen=True)
class Change:
    """One property that has to be set, and the words for it."""

    owner: bpy_struct
    name: str
    value: Any
    words: str

    def apply(self) -> None:
        """Set it."""
        setattr(self.owner, self.name, self.value)


def are_set_up(scene: Scene) -> bool:
    """Whether what this scene renders is all that the repainting of animations can use."""
    if scene.render.image_settings.file_format != "OPEN_EXR_MULTILAYER":
        return False
    layer = _motion_layer(scene) or _picture_layer(scene)
    blurred = scene.render.use_motion_blur and layer.use_motion_blur
    return not blurred and all(getattr(layer, name) for name in NEEDED)


def advice(scene: Scene) -> list[str]:
    """What stands in the way of strokes that follow the motion, in lines that fit into a sidebar.

    Nothing where the motion comes from elsewhere: from other frames, or from the pictures.
    """
    if scene.maniera.shot.vectors or scene.maniera.sequence.coherence != "passes":
        return []
    lines = [] if are_set_up(scene) else ["Strokes cannot follow the motion yet"]
    blurred = []
    if scene.render.use_motion_blur and scene.render.engine != "CYCLES":
        blurred.append("No vectors with motion blur: render twice")
    if scene.camera and getattr(scene.camera.data, "dof", None) and scene.camera.data.dof.use_dof:
        blurred.append("Depth of field blurs vectors: render twice")
    return [*lines, *blurred, *(TWICE if blurred else ())]


def set_up(scene: Scene) -> list[str]:
    """Have the scene render what is needed.

    :returns: what was changed, in words; nothing where all was there.
    :raises UserError: the render engine knows no motion.
    """
    if scene.render.engine == "BLENDER_WORKBENCH":
        raise UserError("Workbench renders no motion vectors: choose Cycles or EEVEE in the render properties.")
    changed = []
    for change in _changes(scene):
        if getattr(change.owner, change.name) != change.value:
            change.apply()
            changed.append(change.words)
    return list(dict.fromkeys(filter(None, changed)))


def _changes(scene: Scene) -> Iterator[Change]:
    """All that must be so, in the order in which it can be set."""
    layer = _picture_layer(scene)
    if scene.render.use_motion_blur and layer.use_motion_blur:
        if scene.render.engine == "CYCLES":
            layer = _motion_layer(scene) or _new_motion_layer(scene)
            yield from _bare(layer)
        else:
            yield Change(scene.render, "use_motion_blur", False, "Motion Blur off")
    if not layer.use_pass_cryptomatte_object:
        # Two levels name the two objects that matter, six take three times as much.
        yield Change(layer, "pass_cryptomatte_depth", 2, "2 Cryptomatte levels")
    for name, label in NEEDED.items():
        yield Change(layer, name, True, f"pass {label}")
    yield from _output(scene)


def _bare(layer: ViewLayer) -> Iterator[Change]:
    """A layer that costs one sample a pixel: passes need no more, and colors are not read from it."""
    words = f"a view layer '{MOTION_LAYER}' without motion blur"
    yield Change(layer, "use_motion_blur", False, words)
    yield Change(layer, "samples", 1, words)
    yield Change(layer.cycles, "use_denoising", False, words)


def _output(scene: Scene) -> Iterator[Change]:
    file = scene.render.image_settings
    for name, value in _EXR.items():
        if hasattr(file, name) and (name != "exr_codec" or file.file_format != _EXR["file_format"]):
            yield Change(file, name, value, "output as OpenEXR MultiLayer")
    yield Change(scene.render, "use_file_extension", True, "file extensions")


def _picture_layer(scene: Scene) -> ViewLayer:
    """The layer whose colors are repainted: the first that is rendered."""
    layers = [layer for layer in scene.view_layers if layer.name != MOTION_LAYER]
    return next((layer for layer in layers if layer.use), layers[0])


def _motion_layer(scene: Scene) -> ViewLayer | None:
    return scene.view_layers.get(MOTION_LAYER)


def _new_motion_layer(scene: Scene) -> ViewLayer:
    """A layer that shows what the picture's layer shows."""
    picture = _picture_layer(scene)
    made = scene.view_layers.new(MOTION_LAYER)
    _copy_visibility(picture.layer_collection, made.layer_collection)
    return made


def _copy_visibility(source: Any, target: Any) -> None:
    for name in ("exclude", "holdout", "indirect_only"):
        if getattr(target, name) != getattr(source, name):
            setattr(target, name, getattr(source, name))
    for child, copy in zip(source.children, target.children, strict=True):
        _copy_visibility(child, copy)
