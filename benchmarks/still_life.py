# SPDX-License-Identifier: GPL-3.0-or-later
"""Things on a table: solids of many materials, or models from files, under lamps or a panorama."""

import math
import random
from collections.abc import Callable
from pathlib import Path

import bpy
from mathutils import Vector
from shapes import lump
from stage import Color, Nodes, aim, camera, clear, place, sky

SOLIDS: tuple[Callable[[], object], ...] = (
    lambda: bpy.ops.mesh.primitive_cube_add(size=1.5),
    lambda: bpy.ops.mesh.primitive_uv_sphere_add(segments=48, ring_count=24),
    lambda: bpy.ops.mesh.primitive_cylinder_add(radius=0.7, vertices=48),
    lambda: bpy.ops.mesh.primitive_cone_add(radius1=0.9, vertices=48),
    lambda: bpy.ops.mesh.primitive_torus_add(major_radius=0.8, minor_radius=0.3),
    lambda: bpy.ops.mesh.primitive_monkey_add(),
)


def build(seed: int, models: list[Path], panoramas: list[Path]) -> bpy.types.Scene:
    """A scene of its own for each seed; `models` are glTF files, `panoramas` HDR pictures (both may be empty)."""
    rng = random.Random(seed)
    scene = clear(seed)
    _table(rng)
    for angle, far in _places(rng, rng.randint(6, 24)):
        thing = _model(rng.choice(models)) if models and rng.random() < 0.75 else _solid(rng)
        _stand(thing, (far * math.cos(angle), far * math.sin(angle)), rng)
    _light(rng, panoramas)
    away, low = rng.uniform(4.5, 8), rng.uniform(0.15, 1.0)
    at = Vector((0, -math.cos(low), math.sin(low))) * away
    camera(at, (rng.uniform(-0.7, 0.7), 0, rng.uniform(0.3, 0.9)), rng.uniform(35, 70))
    scene.view_settings.view_transform = rng.choice(("AgX", "AgX", "Standard", "Filmic"))
    return scene


def _places(rng: random.Random, count: int) -> list[tuple[float, float]]:
    """Places round the middle of the table as (angle, distance), each further out than the last."""
    turn = rng.uniform(0, math.tau)
    return [(turn + i * 2.4, 1.1 * math.sqrt(i)) for i in range(count)]


def _color(rng: random.Random) -> Color:
    """A color of any hue, pale to deep."""
    value, deep = rng.uniform(0.08, 0.8), rng.random() ** 0.5
    hue = rng.random() * math.tau
    return tuple(value * (1 - deep * (0.5 + 0.5 * math.cos(hue + part * math.tau / 3))) for part in range(3))


def _coat(rng: random.Random) -> bpy.types.Material:
    """Paint, metal or glass, plain or in a pattern of two colors."""
    made = bpy.data.materials.new("Coat")
    made.use_nodes = True
    nodes = Nodes(made.node_tree)
    where = nodes.add("ShaderNodeTexCoord").outputs["Object"]
    pattern = rng.choice(("ShaderNodeTexNoise", "ShaderNodeTexWave", "ShaderNodeTexChecker", "ShaderNodeTexVoronoi"))
    factor = nodes.add(pattern, {"Vector": where, "Scale": rng.uniform(1, 9)}).outputs[
        -1 if "Checker" in pattern else 0
    ]
    first = _color(rng)
    second = _color(rng) if rng.random() < 0.85 else first
    inputs = {"Base Color": nodes.ramp(factor, [(0.4, first), (0.6, second)]), "Roughness": rng.uniform(0.05, 1.0)}
    kind = rng.random()
    inputs |= {"Metallic": 1.0} if kind < 0.12 else {"Transmission Weight": 0.9} if kind < 0.2 else {}
    if rng.random() < 0.3:
        inputs["Normal"] = nodes.add("ShaderNodeBump", {"Strength": 0.5, "Height": factor}).outputs[0]
    surface = nodes.add("ShaderNodeBsdfPrincipled", inputs)
    nodes.add("ShaderNodeOutputMaterial", {0: surface.outputs[0]})
    return made


def _table(rng: random.Random) -> None:
    bpy.ops.mesh.primitive_plane_add(size=60)
    bpy.context.object.data.materials.append(_coat(rng))
    if rng.random() < 0.7:
        bpy.ops.mesh.primitive_plane_add(size=60, location=(0, rng.uniform(4.5, 9), 0), rotation=(math.pi / 2, 0, 0))
        bpy.context.object.data.materials.append(_coat(rng))


def _solid(rng: random.Random) -> list[bpy.types.Object]:
    """One solid in a coat of its own."""
    if rng.random() < 0.25:
        return [place(lump(rng.randrange(1000), _coat(rng), detail=5), (0, 0, 0))]
    rng.choice(SOLIDS)()
    made = bpy.context.object
    made.data.materials.append(_coat(rng))
    made.data.polygons.foreach_set("use_smooth", [len(made.data.polygons) > 100] * len(made.data.polygons))
    made.rotation_euler = (0, 0, 0) if rng.random() < 0.6 else [rng.uniform(0, math.tau) for _ in range(3)]
    return [made]


def _model(path: Path) -> list[bpy.types.Object]:
    """The objects of a glTF file."""
    bpy.ops.import_scene.gltf(filepath=str(path))
    return list(bpy.context.selected_objects)


def _stand(things: list[bpy.types.Object], at: tuple[float, float], rng: random.Random) -> None:
    """Put things that belong together on the table, about one unit large, turned at random."""
    bpy.context.view_layer.update()
    corners = [item.matrix_world @ Vector(c) for item in things if item.type == "MESH" for c in item.bound_box]
    if not corners:
        return
    low = Vector(map(min, *corners))
    high = Vector(map(max, *corners))
    scale = rng.uniform(1.1, 2.3) / max(high - low)
    root = place(None, (*at, 0), turn=rng.uniform(0, math.tau), scale=scale)
    middle = Vector(((low.x + high.x) / 2, (low.y + high.y) / 2, low.z))
    for item in things:
        if item.parent is None:
            item.parent = root
            item.location -= middle


def _light(rng: random.Random, panoramas: list[Path]) -> None:
    """A panorama or a plain sky, and one to three lamps."""
    if panoramas and rng.random() < 0.6:
        _panorama(rng.choice(panoramas), rng)
    else:
        sky(_color(rng), _color(rng), rng.uniform(0.2, 0.8))
    for _ in range(rng.randint(1, 3)):
        data = bpy.data.lights.new("Lamp", "AREA")
        data.energy, data.size = rng.uniform(150, 800), rng.uniform(0.3, 3)
        data.color = [rng.uniform(0.5, 1) for _ in range(3)]
        aim(place(data, (rng.uniform(-6, 6), rng.uniform(-6, 2), rng.uniform(3, 7))), (0, 0, 0.5))


def _panorama(path: Path, rng: random.Random) -> None:
    world = bpy.data.worlds.new("Panorama")
    world.use_nodes = True
    bpy.context.scene.world = world
    nodes = Nodes(world.node_tree)
    where = nodes.add("ShaderNodeTexCoord").outputs["Generated"]
    turned = nodes.add("ShaderNodeMapping", {0: where, "Rotation": (0.0, 0.0, rng.uniform(0, math.tau))}).outputs[0]
    picture = nodes.add("ShaderNodeTexEnvironment", {0: turned}, image=bpy.data.images.load(str(path))).outputs[0]
    background = nodes.add("ShaderNodeBackground", {"Color": picture, "Strength": rng.uniform(0.4, 1.5)}).outputs[0]
    nodes.add("ShaderNodeOutputWorld", {0: background})
