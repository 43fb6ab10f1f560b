# SPDX-License-Identifier: GPL-3.0-or-later
"""A village in a valley, made from nothing but code: the scene of the demonstration, and contents to train on."""

import math
import random

import bpy
import numpy as np
from mathutils import noise
from shapes import Solid, church, crown, house, lump, poplar, tuft
from stage import Color, Nodes, camera, clear, finish, material, place, sky, sun, varied

GREENS: tuple[Color, ...] = ((0.045, 0.13, 0.03), (0.09, 0.17, 0.025), (0.03, 0.1, 0.05), (0.2, 0.2, 0.03))
AUTUMN: tuple[Color, ...] = ((0.45, 0.12, 0.02), (0.5, 0.25, 0.03))
WALLS: tuple[Color, ...] = ((0.8, 0.72, 0.55), (0.75, 0.5, 0.3), (0.8, 0.8, 0.75), (0.6, 0.65, 0.7))
ROOFS: tuple[Color, ...] = ((0.45, 0.09, 0.04), (0.5, 0.16, 0.06), (0.25, 0.07, 0.06))
FIELDS: tuple[Color, ...] = (
    (0.10, 0.19, 0.03),
    (0.30, 0.28, 0.04),
    (0.52, 0.36, 0.06),
    (0.16, 0.22, 0.05),
    (0.07, 0.14, 0.03),
)
WATER = -0.6
"""Height of the river."""


def build() -> bpy.types.Scene:
    """The valley on a late afternoon in summer, ready to render."""
    scene = _valley(0, (0.58, 0.70, 0.85))
    sky((0.74, 0.78, 0.78), (0.05, 0.21, 0.72))
    sun(math.radians(30), math.radians(215), 6.0, (1.0, 0.84, 0.62))
    camera((0, -24, 7.5), (1, 20, 6.2), 32)
    scene.view_settings.look = "AgX - Medium High Contrast"
    return scene


def anywhere(seed: int) -> bpy.types.Scene:
    """Another valley, seen from any place in it at any hour."""
    rng = random.Random(seed)
    haze = (rng.uniform(0.35, 0.85), rng.uniform(0.35, 0.85), rng.uniform(0.45, 0.9))
    scene = _valley(seed, haze)
    sky(haze, (rng.uniform(0.02, 0.3), rng.uniform(0.1, 0.35), rng.uniform(0.3, 0.9)), rng.uniform(0.5, 1.2))
    warm = rng.random()
    sun(
        rng.uniform(0.15, 1.0), rng.uniform(math.pi, math.tau), rng.uniform(2, 7), (1.0, 1 - 0.4 * warm, 1 - 0.7 * warm)
    )
    x, y = rng.uniform(-22, 18), rng.uniform(-20, 30)
    at = (x, y, max(height(x, y), WATER) + rng.choice((1.7, 3.0, 6.0, 14.0)))
    camera(at, (rng.uniform(-15, 15), y + rng.uniform(15, 45), rng.uniform(0, 9)), rng.uniform(24, 60))
    return scene


def _valley(seed: int, haze: Color) -> bpy.types.Scene:
    scene = clear(seed)
    scene["haze"] = haze
    rng = random.Random(seed)
    for part in (_ground, _river, _village, _trees, _flowers, _clouds):
        part(rng)
    return scene


def stream(y: float) -> float:
    """Where the river runs: its x at a given y."""
    return 3.5 + 8 * math.sin(y / 15 + 0.3) - 0.08 * y


def height(x: float, y: float) -> float:
    """Height of the ground."""
    bank = abs(x - stream(y))
    slope = min(max((bank - 2.2) / 40, 0), 1)
    valley = -1.6 + 1.5 * min(bank / 3.5, 1) + 11 * slope * slope * (3 - 2 * slope)
    far = min(max((y - 45) / 120, 0), 1)
    hills = noise.fractal((x / 38, y / 38, 0.5), 1.0, 2.0, 4)
    return valley + 1.1 * noise.noise((x / 9, y / 9, 0)) * min(bank / 8, 1) + far * (17 + 20 * hills)


def _ground(rng: random.Random) -> None:
    across, along = np.linspace(-110, 110, 221), np.linspace(-30, 230, 261)
    corners = [(x, y, height(x, y)) for y in along for x in across]
    wide = len(across)
    faces = [
        (i, i + 1, i + wide + 1, i + wide)
        for row in range(len(along) - 1)
        for i in range(row * wide, (row + 1) * wide - 1)
    ]
    ground = Solid()
    ground.add(corners, faces)
    place(ground.mesh("Ground", [_fields(rng)], smooth=True), (0, 0, 0))


def _fields(rng: random.Random) -> bpy.types.Material:
    """Fields of several crops, each with its furrows, and bare banks along the river."""
    made = bpy.data.materials.new("Fields")
    made.use_nodes = True
    nodes = Nodes(made.node_tree)
    where = nodes.add("ShaderNodeNewGeometry").outputs["Position"]
    bent = nodes.add("ShaderNodeTexNoise", {"Vector": where, "Scale": 0.05}).outputs["Color"]
    bend = nodes.add("ShaderNodeVectorMath", {0: bent, 1: (14.0, 14.0, 0.0)}, operation="MULTIPLY").outputs[0]
    moved = nodes.add("ShaderNodeVectorMath", {0: where, 1: bend}, operation="ADD").outputs[0]
    flat = nodes.add("ShaderNodeVectorMath", {0: moved, 1: (1.0, 1.0, 0.0)}, operation="MULTIPLY").outputs[0]
    plots = nodes.add("ShaderNodeTexVoronoi", {"Vector": flat, "Scale": 0.07}).outputs["Color"]
    crop = nodes.add("ShaderNodeSeparateColor", {0: plots}).outputs[0]
    colors = rng.sample(FIELDS, len(FIELDS))
    tint = nodes.ramp(crop, [(i / len(colors), color) for i, color in enumerate(colors)])
    nodes.tree.nodes[-1].color_ramp.interpolation = "CONSTANT"
    furrows = nodes.add("ShaderNodeTexWave", {"Vector": flat, "Scale": 0.55, "Distortion": 1.5}).outputs["Fac"]
    dark = nodes.add("ShaderNodeMapRange", {0: furrows, 3: 0.88, 4: 1.08}).outputs[0]
    tilled = nodes.add("ShaderNodeVectorMath", {0: tint, 3: dark}, operation="SCALE").outputs[0]
    surface = nodes.add("ShaderNodeBsdfPrincipled", {"Base Color": varied(nodes, tilled, 0.35, 1.5), "Roughness": 1.0})
    finish(nodes, surface.outputs[0])
    return made


def _river(_: random.Random) -> None:
    water = bpy.data.materials.new("Water")
    water.use_nodes = True
    nodes = Nodes(water.node_tree)
    ripples = nodes.add("ShaderNodeTexNoise", {"Scale": 90.0, "Detail": 2.0}).outputs[0]
    bump = nodes.add("ShaderNodeBump", {"Strength": 0.12, "Height": ripples}).outputs[0]
    inputs = {"Base Color": (0.02, 0.07, 0.09), "Roughness": 0.08, "Normal": bump, "IOR": 1.33}
    finish(nodes, nodes.add("ShaderNodeBsdfPrincipled", inputs).outputs[0])
    surface = Solid()
    surface.add([(-60, -30, 0), (60, -30, 0), (60, 90, 0), (-60, 90, 0)], [(0, 1, 2, 3)])
    place(surface.mesh("Water", [water]), (0, 0, WATER))


def _village(rng: random.Random) -> None:
    wood, glass = material("Wood", (0.13, 0.2, 0.22)), material("Glass", (0.02, 0.03, 0.05), roughness=0.2)
    walls = [material("Wall", color, variety=0.15) for color in WALLS]
    roofs = [material("Roof", color, grain=0.6) for color in ROOFS]
    houses = [house(rng, [rng.choice(walls), rng.choice(roofs), wood, glass]) for _ in range(7)]
    place(church([walls[0], roofs[0], wood, glass]), (-7.5, 33, height(-7.5, 33)), turn=0.25, scale=0.9)
    for x, y in _spread(rng, 24, (-21, 20), (16, 50), 4.6):
        if abs(x - stream(y)) > 5 and math.hypot(x + 7.5, y - 33) > 7:
            place(rng.choice(houses), (x, y, height(x, y)), turn=rng.gauss(0, 0.5), scale=rng.uniform(0.75, 1.0))


def _trees(rng: random.Random) -> None:
    bark = material("Bark", (0.08, 0.05, 0.03))
    leaves = [material("Leaves", color, variety=0.5) for color in GREENS + AUTUMN[: rng.randint(1, 2)]]
    crowns = [crown(i, [leaf, bark]) for i, leaf in enumerate(leaves)]
    slender = [poplar(i, [leaf, bark]) for i, leaf in enumerate(leaves[:3])]
    for x, y in _spread(rng, 230, (-75, 75), (6, 130), 3.0):
        if abs(x - stream(y)) > 3.5 and noise.noise((x / 16, y / 16, 3)) > (-0.05 if y > 50 else 0.1):
            place(rng.choice(crowns), (x, y, height(x, y)), turn=rng.uniform(0, 6), scale=rng.uniform(0.8, 1.7))
    for y in range(-4, 46, 4):
        x = stream(y) + rng.uniform(4.0, 5.0) * (1 if y % 8 else -1)
        place(rng.choice(slender), (x, y, height(x, y)), turn=rng.uniform(0, 6), scale=rng.uniform(0.6, 1.1))


def _flowers(rng: random.Random) -> None:
    grass = material("Grass", (0.1, 0.2, 0.03), variety=0.5)
    petals = [
        material("Petals", color)
        for color in ((0.65, 0.03, 0.02), (0.8, 0.5, 0.03), (0.75, 0.72, 0.65), (0.25, 0.1, 0.45))
    ]
    tufts = [tuft(i, [grass, petal]) for i, petal in enumerate(petals)]
    for x, y in _spread(rng, 420, (-17, 15), (-21, 4), 0.55):
        if abs(x - stream(y)) > 2.6:
            kind = tufts[int((noise.noise((x / 5, y / 5, 9)) * 1.6 + 1) * 2) % 4]
            place(kind, (x, y, height(x, y)), turn=rng.uniform(0, 6), scale=rng.uniform(0.8, 1.3))


def _clouds(rng: random.Random) -> None:
    white = bpy.data.materials.new("Cloud")
    white.use_nodes = True
    nodes = Nodes(white.node_tree)
    inputs = {"Base Color": (0.9, 0.88, 0.86), "Roughness": 1.0}
    inputs |= {"Emission Color": (0.75, 0.8, 0.95), "Emission Strength": 0.35}
    nodes.add("ShaderNodeOutputMaterial", {0: nodes.add("ShaderNodeBsdfPrincipled", inputs).outputs[0]})
    puffs = [lump(i, white, detail=4) for i in range(3)]
    for x, z in ((-165, 62), (-75, 88), (25, 66), (110, 92), (165, 58)):
        long = rng.uniform(0.8, 1.5)
        for _ in range(22):
            along = min(max(rng.gauss(0, 0.5), -1.0), 1.0)
            size = rng.uniform(5, 12) * math.exp(-along * along) * long
            at = (x + 45 * along * long, 310 + rng.uniform(-12, 12), z + rng.uniform(0, 0.9) * size)
            place(rng.choice(puffs), at, turn=rng.uniform(0, 6), scale=(size * 1.3, size, size * 0.8))


def _spread(
    rng: random.Random, count: int, x_range: tuple[float, float], y_range: tuple[float, float], apart: float
) -> list[tuple[float, float]]:
    """Up to `count` random points, none nearer to another than `apart`."""
    points: list[tuple[float, float]] = []
    for _ in range(count * 8):
        point = (rng.uniform(*x_range), rng.uniform(*y_range))
        if all(math.dist(point, other) >= apart for other in points):
            points.append(point)
        if len(points) == count:
            break
    return points
