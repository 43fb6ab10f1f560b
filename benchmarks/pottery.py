# SPDX-License-Identifier: GPL-3.0-or-later
"""A painted vase with a texture, on a plinth of procedural wood without one."""

import math

import bpy
import numpy as np
from shapes import Solid
from stage import Nodes, camera, clear, place, sky, sun

TEXTURE = 1024
_PROFILE = ((0.34, 0.0), (0.42, 0.06), (0.62, 0.4), (0.72, 0.8), (0.66, 1.15), (0.42, 1.45), (0.3, 1.6), (0.4, 1.78))
"""Radius and height of the vase, from the foot to the lip."""
_AROUND = 64
_BODY = (0.04, 0.96, 0.3, 0.97)
"""Left, right, bottom and top of the body in the texture; below lies the foot."""
_FOOT = (0.15, 0.15, 0.11)
"""Center and radius of the foot."""


def build() -> bpy.types.Scene:
    """The scene; the objects are 'Vase' and 'Plinth', and turn about the vertical axis."""
    scene = clear()
    place(_plinth(), (0, 0, 0)).name = "Plinth"
    place(vase(), (0, 0, 0.5)).name = "Vase"
    floor = Solid()
    floor.box((-20, -20, -0.1), (20, 20, 0))
    gray = bpy.data.materials.new("Floor")
    gray.use_nodes = True
    gray.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (0.3, 0.31, 0.33, 1)
    place(floor.mesh("Floor", [gray]), (0, 0, 0))
    sky((0.5, 0.55, 0.62), (0.75, 0.8, 0.9), 0.7)
    sun(0.8, -2.2, 2.6, (1.0, 0.93, 0.82))
    camera((0, -6.2, 2.4), (0, 0, 1.12), 82)
    return scene


def vase() -> bpy.types.Mesh:
    """A lathed body, cut along one side in its texture, and a foot."""
    curve = _smooth(np.array(_PROFILE))
    along = np.r_[0, np.cumsum(np.hypot(*np.diff(curve, axis=0).T))]
    along /= along[-1]
    solid, corners = Solid(), []
    turns = np.arange(_AROUND) * math.tau / _AROUND
    rings = [(radius * math.cos(turn), radius * math.sin(turn), z) for radius, z in curve for turn in turns]
    left, right, bottom, top = _BODY
    faces = []
    for row in range(len(curve) - 1):
        for step in range(_AROUND):
            after = (step + 1) % _AROUND
            low, high = row * _AROUND, (row + 1) * _AROUND
            faces.append((low + step, low + after, high + after, high + step))
            u = [left + (right - left) * number / _AROUND for number in (step, step + 1)]
            v = [bottom + (top - bottom) * along[row + number] for number in (0, 1)]
            corners += [(u[0], v[0]), (u[1], v[0]), (u[1], v[1]), (u[0], v[1])]
    x, y, radius = _FOOT
    faces.append(tuple(reversed(range(_AROUND))))
    corners += [(x - radius * math.cos(turn), y + radius * math.sin(turn)) for turn in reversed(turns)]
    solid.add(rings, faces)
    mesh = solid.mesh("Vase", [_glaze()], smooth=True)
    mesh.uv_layers.new(name="UVMap").uv.foreach_set("vector", np.array(corners, np.float32).ravel())
    return mesh


def _smooth(points: np.ndarray, steps: int = 6) -> np.ndarray:
    """Points on a Catmull-Rom curve through `points` (N, 2)."""
    around = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(around, around[1:], around[2:], around[3:], strict=False):
        parts.append(b + t * ((c - a) / 2 + t * (a - 2.5 * b + 2 * c - d / 2 + t * (1.5 * (b - c) + (d - a) / 2))))
    return np.concatenate([*parts, points[-1:]])


def _glaze() -> bpy.types.Material:
    made = bpy.data.materials.new("Glaze")
    made.use_nodes = True
    nodes = Nodes(made.node_tree)
    node = nodes.add("ShaderNodeTexImage", image=_painting())
    inputs = {"Base Color": node.outputs["Color"], "Roughness": 0.3}
    surface = nodes.add("ShaderNodeBsdfPrincipled", inputs)
    nodes.add("ShaderNodeOutputMaterial", {0: surface.outputs[0]})
    return made


def _painting() -> bpy.types.Image:
    """Hills, waves and a sun round the body; the picture closes where the body is cut."""
    left, right, bottom, top = _BODY
    u, v = np.meshgrid((np.arange(TEXTURE) + 0.5) / TEXTURE, (np.arange(TEXTURE) + 0.5) / TEXTURE)
    turn, height = (u - left) / (right - left) * math.tau, (v - bottom) / (top - bottom)
    picture = np.empty((TEXTURE, TEXTURE, 3))
    picture[:] = (0.93, 0.88, 0.76)
    _paint(picture, height > 0.62, (0.55, 0.72, 0.8))
    for number, color in enumerate(((0.42, 0.58, 0.5), (0.27, 0.45, 0.33), (0.62, 0.52, 0.24))):
        ridge = 0.66 - 0.1 * number + 0.05 * np.sin((3 + number) * turn + 2 * number) + 0.02 * np.sin(11 * turn)
        _paint(picture, height < ridge, color)
    middle = (np.mod(turn - 1.5, math.tau) - math.pi) * 0.5
    _paint(picture, np.hypot(middle, (height - 0.72) * 1.6) < 0.12, (0.87, 0.33, 0.16))
    sea = 0.3 + 0.012 * np.sin(16 * turn)
    _paint(picture, height < sea, (0.16, 0.31, 0.5))
    crests = np.sin(24 * turn + 9 * np.sin(40 * height)) > 0.75
    _paint(picture, (height < sea - 0.02) & crests, (0.8, 0.87, 0.9))
    for low, high, color in (
        (0, 0.05, (0.35, 0.13, 0.1)),
        (0.86, 0.9, (0.85, 0.67, 0.25)),
        (0.9, 2, (0.35, 0.13, 0.1)),
    ):
        _paint(picture, (height >= low) & (height < high), color)
    _paint(picture, (height > 0.9) & (np.sin(32 * turn) > 0.2) & (height < 0.96), (0.85, 0.67, 0.25))
    _paint(picture, v < bottom - 0.015, (0.55, 0.33, 0.22))
    picture += np.random.default_rng(0).normal(0, 0.015, (*u.shape, 1))
    image = bpy.data.images.new("Painted Vase", TEXTURE, TEXTURE)
    image.pixels.foreach_set(np.dstack([picture.clip(0, 1), np.ones_like(u)]).astype(np.float32).ravel())
    image.pack()
    return image


def _paint(picture: np.ndarray, where: np.ndarray, color: tuple[float, float, float]) -> None:
    picture[where] = color


def _plinth() -> bpy.types.Mesh:
    """A round block of wood."""
    solid = Solid()
    turns = np.arange(48) * math.tau / 48
    profile = ((1.0, 0.0), (1.0, 0.36), (0.94, 0.42), (0.94, 0.5))
    solid.add(
        [(radius * math.cos(turn), radius * math.sin(turn), z) for radius, z in profile for turn in turns],
        [
            (low + step, low + (step + 1) % 48, low + 48 + (step + 1) % 48, low + 48 + step)
            for low in (0, 48, 96)
            for step in range(48)
        ]
        + [tuple(range(144, 192))],
    )
    made = bpy.data.materials.new("Wood")
    made.use_nodes = True
    nodes = Nodes(made.node_tree)
    where = nodes.add("ShaderNodeTexCoord").outputs["Object"]
    rings = nodes.add(
        "ShaderNodeTexWave",
        {"Vector": where, "Scale": 1.6, "Distortion": 5.0, "Detail": 3.0, "Detail Scale": 1.4},
        wave_type="RINGS",
        rings_direction="X",
    ).outputs[1]
    grain = nodes.ramp(rings, [(0.1, (0.09, 0.035, 0.014)), (0.55, (0.3, 0.13, 0.05)), (0.9, (0.45, 0.23, 0.1))])
    surface = nodes.add("ShaderNodeBsdfPrincipled", {"Base Color": grain, "Roughness": 0.5})
    nodes.add("ShaderNodeOutputMaterial", {0: surface.outputs[0]})
    return solid.mesh("Plinth", [made])
