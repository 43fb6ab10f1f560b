# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the UV maps of Blender's meshes as arrays."""

from collections.abc import Iterator
from dataclasses import dataclass

import bpy
import numpy as np
from bpy.types import Material, Mesh, Object

from .uv_islands import Surface


@dataclass(frozen=True)
class Laid:
    """How a picture lies on meshes."""

    surfaces: list[Surface]
    texel: float
    """How long a texel is on them, in Blender's units."""


def surface(mesh: Mesh, uv_map: str, slots: set[int]) -> Surface | None:
    """The faces of a mesh whose material is in one of these slots, by the UV map of this name; "" is the one rendered.

    None where the mesh has no such map or no such faces.
    """
    layer = mesh.uv_layers.get(uv_map) if uv_map else _rendered(mesh)
    last = max(len(mesh.materials) - 1, 0)  # a face whose slot is gone shows the last one
    shown = np.isin(_read(mesh.polygons, "material_index", int).clip(0, last), list(slots))
    if layer is None or not shown.any():
        return None
    uv = _read(layer.uv, "vector", np.float32, 2).astype(np.float64)
    start, total = (_read(mesh.polygons, name, int) for name in ("loop_start", "loop_total"))
    face = np.repeat(np.arange(len(start)), total)
    following = np.arange(len(uv)) + 1
    following[start + total - 1] = start
    corners = shown[face]
    number = np.cumsum(corners) - 1  # of the corners that stay
    triangles = _triangles(mesh)
    return Surface(
        uv[corners],
        number[triangles[corners[triangles[:, 0]]]],
        (np.cumsum(shown) - 1)[face[corners]],
        number[following[corners]],
        _read(mesh.loops, "vertex_index", int)[corners],
        _read(mesh.loops, "edge_index", int)[corners],
    )


def users(materials: set[Material]) -> Iterator[tuple[Object, set[int]]]:
    """The objects of the file that show one of these materials on a mesh, and in which slots; each mesh once."""
    known = set()
    for found in bpy.data.objects:
        slots = {number for number, slot in enumerate(found.material_slots) if slot.material in materials}
        seen = (found.data, frozenset(slots))
        if found.type == "MESH" and slots and seen not in known:
            known.add(seen)
            if found.mode == "EDIT":
                found.update_from_editmode()
            yield found, slots


def texel_size(found: Object, shown: Surface, size: tuple[int, int]) -> float:
    """How long a texel of a picture (H, W) is on the object, in Blender's units; 0 where nothing is shown."""
    points = _read(found.data.vertices, "co", np.float32, 3)[shown.vertex][shown.triangles]
    points = points @ np.array(found.matrix_world.to_3x3(), np.float32).T
    area = np.linalg.norm(np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]), axis=1).sum()
    corners = shown.uv[shown.triangles] * size[::-1]
    (x, y), (u, v) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    texels = np.abs(x * v - y * u).sum()
    return float(np.sqrt(area / texels)) if texels > 0 else 0.0


def _rendered(mesh: Mesh) -> bpy.types.MeshUVLoopLayer | None:
    return next((layer for layer in mesh.uv_layers if layer.active_render), None)


def _triangles(mesh: Mesh) -> np.ndarray:
    mesh.calc_loop_triangles()
    return _read(mesh.loop_triangles, "loops", int, 3)


def _read(owner: bpy.types.bpy_prop_collection, name: str, kind: type, width: int = 1) -> np.ndarray:
    """One property of all members, as Blender stores it: (N,) or (N, width)."""
    values = np.empty(len(owner) * width, np.int32 if kind is int else kind)
    owner.foreach_get(name, values)
    return values.reshape(-1, width) if width > 1 else values
