# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes made from numbers: houses, crowns of trees, tufts of flowers, rounded lumps."""

import random
from collections.abc import Sequence

import bmesh
import bpy
import numpy as np
from mathutils import Vector, noise


class Solid:
    """A mesh in the making, of parts in several materials."""

    def __init__(self) -> None:
        self.corners: list[Sequence[float]] = []
        self.faces: list[list[int]] = []
        self.slots: list[int] = []

    def add(self, corners: Sequence[Sequence[float]], faces: Sequence[Sequence[int]], slot: int = 0) -> None:
        """A part in the material of the given slot."""
        first = len(self.corners)
        self.corners += list(corners)
        self.faces += [[first + i for i in face] for face in faces]
        self.slots += [slot] * len(faces)

    def box(self, low: Sequence[float], high: Sequence[float], slot: int = 0) -> None:
        """A box between two opposite corners."""
        corners = [(x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
        self.add(corners, [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)], slot)

    def roof(self, low: Sequence[float], high: Sequence[float], slot: int = 0) -> None:
        """A gable roof over a box, its ridge along x."""
        middle = (low[1] + high[1]) / 2
        corners = [
            (x, y, z) for x in (low[0], high[0]) for y, z in ((low[1], low[2]), (high[1], low[2]), (middle, high[2]))
        ]
        self.add(corners, [(0, 1, 2), (3, 5, 4), (0, 2, 5, 3), (1, 4, 5, 2), (0, 3, 4, 1)], slot)

    def spire(self, low: Sequence[float], high: Sequence[float], slot: int = 0) -> None:
        """A four-sided spire over a box."""
        base = [(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])]
        top = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, high[2])
        self.add([(*xy, low[2]) for xy in base] + [top], [(0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4)], slot)

    def mesh(self, name: str, materials: Sequence[bpy.types.Material], smooth: bool = False) -> bpy.types.Mesh:
        """The mesh, its slots filled with `materials`."""
        made = bpy.data.meshes.new(name)
        made.from_pydata([tuple(map(float, corner)) for corner in self.corners], [], self.faces)
        for material in materials:
            made.materials.append(material)
        made.polygons.foreach_set("material_index", self.slots)
        made.polygons.foreach_set("use_smooth", [smooth] * len(self.faces))
        return made


def house(rng: random.Random, materials: Sequence[bpy.types.Material]) -> bpy.types.Mesh:
    """A house about 4 wide and 5 high; `materials` are wall, roof, wood, glass. Its ground is at z = 0."""
    solid = Solid()
    x, y, wall = rng.uniform(1.7, 2.6), rng.uniform(1.4, 1.8), rng.uniform(2.2, 3.4)
    top = wall + rng.uniform(1.2, 2.0)
    solid.box((-x, -y, -3), (x, y, wall))
    solid.roof((-x, -y, wall), (x, y, top))
    solid.roof((-x - 0.25, -y - 0.35, wall - 0.2), (x + 0.25, y + 0.35, top + 0.12), 1)
    solid.box((x * 0.4, -0.3, wall), (x * 0.4 + 0.5, 0.3, top + 0.7))
    solid.box((-0.35, -y - 0.05, -1), (0.35, -y, 1.5), 2)
    for left in (-x * 0.65, x * 0.65):
        for low in np.arange(0.9, wall - 0.9, 1.4):
            for side in (-y - 0.06, y - 0.04):
                solid.box((left - 0.3, side, low), (left + 0.3, side + 0.1, low + 0.8), 3)
                solid.box((left - 0.55, side, low), (left - 0.33, side + 0.08, low + 0.8), 2)
                solid.box((left + 0.33, side, low), (left + 0.55, side + 0.08, low + 0.8), 2)
    return solid.mesh("House", materials)


def church(materials: Sequence[bpy.types.Material]) -> bpy.types.Mesh:
    """A church with a tower, about 9 long and 16 high; materials as for `house`."""
    solid = Solid()
    solid.box((-4, -2, -4), (4, 2, 4))
    solid.roof((-4, -2, 4), (4, 2, 6.5))
    solid.roof((-4.2, -2.4, 3.7), (4.2, 2.4, 6.7), 1)
    solid.box((-6.4, -1.5, -4), (-3.6, 1.5, 10))
    solid.spire((-6.7, -1.8, 10), (-3.3, 1.8, 16.5), 1)
    solid.box((-5.5, -1.56, 7.4), (-4.5, -1.4, 9), 3)
    for left in (-2, 0, 2):
        solid.box((left, -2.06, 1.2), (left + 0.7, -1.9, 3), 3)
    return solid.mesh("Church", materials)


def lump(seed: int, material: bpy.types.Material, detail: int = 3, depth: float = 0.35) -> bpy.types.Mesh:
    """A ball of radius 1 with dents up to `depth` deep."""
    grown = bmesh.new()
    bmesh.ops.create_icosphere(grown, subdivisions=detail, radius=1)
    offset = Vector((seed * 7.3, seed * 3.1, 0))
    for vertex in grown.verts:
        vertex.co *= 1 + depth * noise.fractal(vertex.co * 1.4 + offset, 0.8, 2.2, 4)
    made = bpy.data.meshes.new("Lump")
    grown.to_mesh(made)
    grown.free()
    made.polygons.foreach_set("use_smooth", [True] * len(made.polygons))
    made.materials.append(material)
    return made


def cards(points: np.ndarray, size: float, seed: int) -> tuple[np.ndarray, list[tuple[int, int, int]]]:
    """A small triangle, turned at random, at each of the points (N, 3): leaves and petals."""
    rng = np.random.default_rng(seed)
    sides = rng.normal(size=(2, len(points), 3))
    sides *= size / np.linalg.norm(sides, axis=2, keepdims=True)
    corners = np.stack([points - sides[0] / 2, points + sides[0] / 2, points + sides[1]], axis=1)
    return corners.reshape(-1, 3), [(i, i + 1, i + 2) for i in range(0, 3 * len(points), 3)]


def crown(seed: int, materials: Sequence[bpy.types.Material], leaves: int = 2600) -> bpy.types.Mesh:
    """A tree about 3 high: `materials` are leaves and bark. Its foot is at z = 0."""
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(7, 3)) * (0.55, 0.55, 0.35) + (0, 0, 2.0)
    ways = rng.normal(size=(leaves, 3))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    points = centers[rng.integers(0, 7, leaves)] + ways * rng.uniform(0.35, 0.62, (leaves, 1))
    solid = Solid()
    solid.add(*cards(points, 0.17, seed), 0)
    solid.box((-0.09, -0.09, -1), (0.09, 0.09, 1.9), 1)
    return solid.mesh("Tree", materials)


def poplar(seed: int, materials: Sequence[bpy.types.Material], leaves: int = 2600) -> bpy.types.Mesh:
    """A slender tree about 7 high, as a flame; materials as for `crown`."""
    rng = np.random.default_rng(seed)
    up = rng.beta(1.3, 1.6, leaves)
    around = rng.uniform(0, 2 * np.pi, leaves)
    wide = 0.75 * np.sin(np.pi * np.clip(up, 0.02, 1) ** 0.7) ** 0.8 * rng.uniform(0.75, 1.1, leaves)
    points = np.stack([wide * np.cos(around), wide * np.sin(around), 0.5 + 6.5 * up], axis=1)
    solid = Solid()
    solid.add(*cards(points, 0.22, seed), 0)
    solid.box((-0.12, -0.12, -1), (0.12, 0.12, 5), 1)
    return solid.mesh("Poplar", materials)


def tuft(seed: int, materials: Sequence[bpy.types.Material], flowers: int = 14) -> bpy.types.Mesh:
    """Grass and flowers on about one square unit; `materials` are grass and petals."""
    rng = np.random.default_rng(seed)
    solid = Solid()
    for _ in range(90):
        x, y = rng.uniform(-0.7, 0.7, 2)
        lean, tall = rng.normal(0, 0.12, 2), rng.uniform(0.25, 0.6)
        solid.add([(x - 0.02, y, -0.2), (x + 0.02, y, -0.2), (x + lean[0], y + lean[1], tall)], [(0, 1, 2)], 0)
    heads = np.column_stack([rng.uniform(-0.7, 0.7, (flowers, 2)), rng.uniform(0.45, 0.75, flowers)])
    petals = np.repeat(heads, 7, axis=0) + rng.normal(0, 0.035, (7 * flowers, 3))
    solid.add(*cards(petals, 0.12, seed), 1)
    return solid.mesh("Tuft", materials)
