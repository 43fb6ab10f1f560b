# SPDX-License-Identifier: GPL-3.0-or-later
"""Bakes the base colors of an object's procedural materials into one picture, on a copy that is gone afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import bpy
import numpy as np
from bpy.types import Context, Image, Material, Mesh, Object, Scene

from ..core.errors import UserError
from . import images, material_textures, mesh_uvs, texture_nodes, uv_islands
from .mesh_uvs import Laid
from .uv_islands import Canvas

UV_MAP = "Maniera"
"""The name of a UV map that is made where an object has none that shows each place once."""

_SAMPLES = 8
_OVERLAP = 1.05
"""By how much the areas of all faces may exceed the texels that they cover; borders count for something."""


@dataclass(frozen=True)
class Bake:
    """A picture of base colors, and how it lies on the object."""

    pixels: np.ndarray
    """(H, W, 4) float32, as the Image Editor shows them."""
    laid: Laid
    uv_map: str
    unwrapped: np.ndarray | None
    """(N, 2): the UV coordinates of all corners of the mesh, where the map has yet to be made."""


def bake(context: Context, found: Object, slots: set[int], size: int) -> Bake:
    """Bake the base colors of the materials in these slots; the object, the scene and the selection stay as they are.

    :raises UserError: Cycles cannot do it.
    """
    canvas = Canvas(size, size)
    with _copy(context, found) as copy:
        uv_map = _map(copy.data, slots, canvas)
        unwrapped = None if uv_map else _unwrap(context, copy)
        uv_map = uv_map or UV_MAP
        shown = mesh_uvs.surface(copy.data, uv_map, slots)
        with images.temporary(np.ones((size, size, 4), np.float32), "sRGB", is_float=False) as image:
            with _glowing(copy, slots, image), _cycles(context.scene), _acting_on(context, copy):
                _bake(found.name, uv_map)
            pixels = images.pixels(image)
        pixels[..., 3] = 1
        return Bake(pixels, Laid([shown], mesh_uvs.texel_size(copy, shown, (size, size))), uv_map, unwrapped)


def fits(found: Object, slots: set[int], made: Bake) -> bool:
    """Whether an object still has the slots and the corners that it had when it was baked."""
    filled = {number for number, slot in enumerate(found.material_slots) if slot.material}
    return slots <= filled and (made.unwrapped is None or len(made.unwrapped) == len(found.data.loops))


def keep_map(mesh: Mesh, made: Bake) -> None:
    """Give the mesh the UV map of a bake, where that had to be made."""
    if made.unwrapped is not None and UV_MAP not in mesh.uv_layers:
        layer = mesh.uv_layers.new(name=UV_MAP, do_init=False)
        layer.uv.foreach_set("vector", made.unwrapped.astype(np.float32).ravel())


def _bake(name: str, uv_map: str) -> None:
    try:
        bpy.ops.object.bake(
            type="EMIT", target="IMAGE_TEXTURES", save_mode="INTERNAL", margin=0, use_clear=True, uv_layer=uv_map
        )
    except RuntimeError as error:
        reason = str(error).strip().removeprefix("Error: ").rstrip(".")
        raise UserError(f"'{name}' cannot be baked ({reason}): give its materials an image texture yourself.") from None


def _map(mesh: Mesh, slots: set[int], canvas: Canvas) -> str | None:
    """The UV map that is rendered, if it lies within the picture and shows every place of it once."""
    layer = next((layer for layer in mesh.uv_layers if layer.active_render), None)
    shown = mesh_uvs.surface(mesh, "", slots)
    if layer is None or shown is None or shown.uv.min() < -0.001 or shown.uv.max() > 1.001:
        return None
    corners = canvas.texels(shown.uv)[shown.triangles]
    areas = ((corners[:, 1] - corners[:, 0]).conj() * (corners[:, 2] - corners[:, 0])).imag / 2
    texels = np.count_nonzero(uv_islands.cover(canvas, [shown]))
    return layer.name if 0 < np.abs(areas).sum() <= texels * _OVERLAP else None


def _unwrap(context: Context, copy: Object) -> np.ndarray:
    """Give a mesh a UV map that shows every place once; returns it (N, 2)."""
    layer = copy.data.uv_layers.new(name=UV_MAP, do_init=False)
    layer.active = True
    with _acting_on(context, copy):
        bpy.ops.object.mode_set(mode="EDIT")
        bpy.ops.mesh.reveal(select=False)
        bpy.ops.mesh.select_all(action="SELECT")
        bpy.ops.uv.smart_project(island_margin=0.01)
        bpy.ops.object.mode_set(mode="OBJECT")
    values = np.empty(len(copy.data.loops) * 2, np.float32)
    copy.data.uv_layers[UV_MAP].uv.foreach_get("vector", values)
    return values.reshape(-1, 2)


@contextmanager
def _copy(context: Context, found: Object) -> Iterator[Object]:
    """A copy of an object with a mesh of its own, for a moment."""
    copy = found.copy()
    copy.data = found.data.copy()
    copy.animation_data_clear()
    copy.hide_render = copy.hide_viewport = False
    context.scene.collection.objects.link(copy)
    try:
        yield copy
    finally:
        bpy.data.meshes.remove(copy.data)  # and with it the object


@contextmanager
def _acting_on(context: Context, found: Object) -> Iterator[None]:
    """Let operators act on one object alone."""
    active, selected = context.view_layer.objects.active, list(context.selected_objects)
    for other in selected:
        other.select_set(False)
    found.select_set(True)
    context.view_layer.objects.active = found
    try:
        with context.temp_override(object=found, active_object=found, selected_objects=[found]):
            yield
    finally:
        found.select_set(False)
        for other in selected:
            other.select_set(True)
        context.view_layer.objects.active = active


@contextmanager
def _glowing(copy: Object, slots: set[int], image: Image) -> Iterator[None]:
    """Let the materials of an object give off their base colors as light, and bake into an image."""
    made: list[Material] = []
    try:
        for number, slot in enumerate(copy.material_slots):
            if slot.material:
                glowing = slot.material.copy()
                made.append(glowing)
                slot.link = "OBJECT"  # the mesh's own slots stay as they are
                slot.material = glowing
                _glow(glowing, image if number in slots else None)
        yield
    finally:
        for material in made:
            bpy.data.materials.remove(material)


def _glow(material: Material, image: Image | None) -> None:
    tree = material.node_tree
    texture_nodes.remove([tree])
    for color in material_textures.base_colors(material):
        light = tree.nodes.new("ShaderNodeEmission")
        if color.is_linked:
            tree.links.new(color.links[0].from_socket, light.inputs["Color"])
        else:
            light.inputs["Color"].default_value = color.default_value
        for link in list(color.node.outputs[0].links):
            tree.links.new(light.outputs[0], link.to_socket)
    target = tree.nodes.new("ShaderNodeTexImage")
    target.image = image
    tree.nodes.active = target


@contextmanager
def _cycles(scene: Scene) -> Iterator[None]:
    """Let Cycles render a scene, with few samples."""
    engine = scene.render.engine
    try:
        scene.render.engine = "CYCLES"
    except TypeError:
        raise UserError("Materials are baked by Cycles: enable it in Preferences > Add-ons.") from None
    samples = scene.cycles.samples
    try:
        scene.cycles.samples = _SAMPLES
        yield
    finally:
        scene.cycles.samples = samples
        scene.render.engine = engine
