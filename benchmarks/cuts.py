# SPDX-License-Identifier: GPL-3.0-or-later
"""How well paint joins over the cuts of UV maps: `python benchmarks/cuts.py [STYLE ...]`, in Blender's Python.

Objects with a drawing that goes on over every cut of their UV map are repainted by the built extension, as surfaces and
as flat pictures. Along each cut, the step of color over one texel is told in such steps a little further inside.
"""

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import installed

installed.prepare(installed.ROOT / "out" / "cuts")

import bpy  # noqa: E402
import numpy as np  # noqa: E402
import pottery  # noqa: E402
from stage import place  # noqa: E402

SIZE = 512
STYLES = ("Water Lilies", "Fauvist Dance", "Pencil", "Tile Mosaic")
_NEAR = 4, 12
"""How many texels from a cut steps count as those elsewhere."""
_PITCH = 0.25
"""A cut is looked at in so many places a texel."""


@dataclass(frozen=True)
class Probes:
    """Pairs of places in a picture, one texel of the surface apart: complex, column + 1j * row."""

    across: tuple[np.ndarray, np.ndarray]
    elsewhere: tuple[np.ndarray, np.ndarray]

    def ratio(self, picture: np.ndarray) -> float:
        """The mean step of color (H, W, 3) across the cuts over that elsewhere."""
        first, second = (
            np.abs(_seen(picture, one) - _seen(picture, other)).mean() for one, other in (self.across, self.elsewhere)
        )
        return first / second


def part(name: str) -> ModuleType:
    """A module of the installed extension."""
    return importlib.import_module(f"bl_ext.user_default.maniera.operators.{name}")


def probes(mesh: bpy.types.Mesh) -> tuple[Probes, np.ndarray]:
    """Where the cuts of a mesh are looked at, and (H, W) which texels its islands cover."""
    uv_islands, surface = part("uv_islands"), part("mesh_uvs").surface(mesh, "", {0})
    canvas, random = uv_islands.Canvas(SIZE, SIZE), np.random.default_rng(0)
    islands, edges = uv_islands.cover(canvas, [surface]), uv_islands.borders(canvas, surface, 0)
    length = np.abs(edges.end - edges.start)
    number = np.repeat(np.arange(len(length)), np.ceil(length / _PITCH).astype(int))
    along = (edges.end - edges.start)[number] / length[number]
    places = edges.start[number] + along * random.random(len(number)) * length[number]
    sides = [_island(islands, places + 1.5j * turn * along) for turn in (1, -1)]
    inward = 1j * along * np.where(sides[0] > 0, 1, -1)
    here, part_inside = np.maximum(*sides), random.random(len(number))
    near = places + inward * random.uniform(*_NEAR, len(number))
    beyond = edges.across(places - inward * (1 - part_inside), number)
    cut = np.isfinite(beyond) & (np.minimum(*sides) == 0) & (here > 0)
    cut &= (_island(islands, near) == here) & (_island(islands, near + inward) == here)
    cut &= _island(islands, beyond) == edges.other_island[number]
    across = (places + inward * part_inside)[cut], beyond[cut]
    return Probes(across, (near[cut], (near + inward)[cut])), islands > 0


def _island(islands: np.ndarray, places: np.ndarray) -> np.ndarray:
    row, column = (np.rint(np.nan_to_num(axis)).astype(int).clip(0, SIZE - 1) for axis in (places.imag, places.real))
    return islands[row, column]


def _seen(picture: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Colors (N, 3) of (H, W, 3) between the centers of texels."""
    row, column = places.imag.clip(0, SIZE - 1.001), places.real.clip(0, SIZE - 1.001)
    top, left = row.astype(int), column.astype(int)
    down, across = (row - top)[:, None], (column - left)[:, None]
    lines = [picture[y, left] * (1 - across) + picture[y, left + 1] * across for y in (top, top + 1)]
    return lines[0] * (1 - down) + lines[1] * down


def drawing(found: bpy.types.Object, covered: np.ndarray) -> bpy.types.Image:
    """A picture of waves through the space in which the object lies, on a background of magenta."""
    random = np.random.default_rng(1)
    points = _points(found.data)
    waves = [np.sin(points @ random.normal(0, 9, 3) + 7 * random.random()) for _ in range(15)]
    picture = 0.5 + 0.12 * np.stack([sum(waves[channel::3]) for channel in range(3)], 2)
    picture[~covered] = (1, 0, 1)
    image = bpy.data.images.new("Drawing", SIZE, SIZE)
    pixels = np.dstack([picture.clip(0, 1), np.ones((SIZE, SIZE))])
    image.pixels.foreach_set(pixels[::-1].astype(np.float32).ravel())
    image.pack()
    return image


def _points(mesh: bpy.types.Mesh) -> np.ndarray:
    """The places in space (H, W, 3) that the texels show."""
    surface, canvas = part("mesh_uvs").surface(mesh, "", {0}), part("uv_islands").Canvas(SIZE, SIZE)
    corners = np.array([vertex.co for vertex in mesh.vertices])[surface.vertex]
    points = np.zeros((SIZE, SIZE, 3))
    for triangle in surface.triangles:
        flat = canvas.texels(surface.uv[triangle])
        left, right = int(flat.real.min()), int(flat.real.max()) + 2
        top, bottom = int(flat.imag.min()), int(flat.imag.max()) + 2
        rows, columns = np.mgrid[max(top, 0) : min(bottom, SIZE), max(left, 0) : min(right, SIZE)]
        axes = np.array([[side.real, side.imag] for side in (flat[1:] - flat[0])]).T
        if abs(np.linalg.det(axes)) < 1e-9:
            continue
        away = np.stack([columns - flat[0].real, rows - flat[0].imag], -1)
        shares = away @ np.linalg.inv(axes).T
        inside = (shares.min(-1) >= -0.01) & (shares.sum(-1) <= 1.01)
        solid = corners[triangle]
        points[rows[inside], columns[inside]] = solid[0] + shares[inside] @ (solid[1:] - solid[0])
    return points


def objects() -> dict[str, Callable[[], bpy.types.Object]]:
    """What has cuts, by name; each as a mesh with a UV map and without materials."""
    ops = bpy.ops.mesh
    return {
        "Cube": lambda: _active(ops.primitive_cube_add),
        "Cube, smart-projected": lambda: _projected(ops.primitive_cube_add),
        "Ball of triangles": lambda: _active(lambda: ops.primitive_ico_sphere_add(subdivisions=3)),
        "Cylinder": lambda: _active(ops.primitive_cylinder_add),
        "Monkey": lambda: _active(ops.primitive_monkey_add),
        "Monkey, smart-projected": lambda: _projected(ops.primitive_monkey_add),
        "Vase": _vase,
    }


def _active(add: Callable[[], object]) -> bpy.types.Object:
    add()
    return bpy.context.object


def _projected(add: Callable[[], object]) -> bpy.types.Object:
    found = _active(add)
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.uv.smart_project(island_margin=0.02)
    bpy.ops.object.mode_set(mode="OBJECT")
    return found


def _vase() -> bpy.types.Object:
    found = place(pottery.vase(), (0, 0, 0))
    found.data.materials.clear()
    bpy.context.view_layer.objects.active = found
    return found


def material(image: bpy.types.Image, flat: bool) -> bpy.types.Material:
    """The image as base color; `flat`: not by the UV map, so that it is a flat picture to the extension."""
    made = bpy.data.materials.new("Drawn")
    if bpy.app.version < (5, 0, 0):
        made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    node = nodes.new("ShaderNodeTexImage")
    node.image = image
    links.new(node.outputs["Color"], nodes["Principled BSDF"].inputs["Base Color"])
    if flat:
        links.new(nodes.new("ShaderNodeTexCoord").outputs["Generated"], node.inputs["Vector"])
    return made


def painted(found: bpy.types.Object, image: bpy.types.Image, flat: bool) -> np.ndarray:
    """The picture (H, W, 3), top row first, that the extension makes of the image on an object."""
    found.data.materials.clear()
    found.data.materials.append(material(image, flat))
    known = set(bpy.data.images)
    if bpy.ops.maniera.stylize_textures() != {"FINISHED"}:
        sys.exit(f"The textures of '{found.name}' could not be repainted.")
    (result,) = set(bpy.data.images) - known
    pixels = np.empty(SIZE * SIZE * 4, np.float32)
    result.pixels.foreach_get(pixels)
    bpy.data.images.remove(result)
    return pixels.reshape(SIZE, SIZE, 4)[::-1, :, :3]


def main() -> None:
    """Print the table."""
    installed.install()
    styles = sys.argv[1:] or STYLES
    print("| object | its drawing | painted as a surface | at most | painted flat |")
    print("|---|---|---|---|---|", flush=True)
    for name, make in objects().items():
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        found = make()
        looked, covered = probes(found.data)
        image, chosen = drawing(found, covered), bpy.context.scene.maniera
        chosen.style_name, chosen.stylize.strength = styles[0], 0
        own = looked.ratio(painted(found, image, flat=False))
        chosen.stylize.strength = 1
        ratios = []
        for style in styles:
            chosen.style_name = style
            ratios.append([looked.ratio(painted(found, image, flat)) for flat in (False, True)])
        joined, apart = np.array(ratios).T
        print(f"| {name} | {own:.2f} | {joined.mean():.2f} | {joined.max():.2f} | {apart.mean():.1f} |", flush=True)


if __name__ == "__main__":
    main()
