# SPDX-License-Identifier: GPL-3.0-or-later
"""Where pictures lie on meshes: which texels, and what lies beyond the cuts of the UV map."""

import bpy
import numpy as np
import pytest

from tests.blender.extension import part
from tests.blender.materials import cube, new_material

SIZE = 96


@pytest.fixture
def islands(installed):
    return part("operators.uv_islands")


@pytest.fixture
def laid(scene, islands):
    """(covered texels, cuts, wrapped edges) of an object."""
    cuts, meshes = part("operators.uv_cuts"), part("operators.mesh_uvs")

    def look(found, size=SIZE, slots=(0,), **kind):
        canvas = islands.Canvas(size, size, **kind)
        surfaces = [meshes.surface(found.data, "", set(slots))]
        numbers = islands.cover(canvas, surfaces)
        return numbers > 0, cuts.cuts(canvas, surfaces, numbers), islands.wraps(canvas, surfaces)

    return look


def sheet(corners: list[list[tuple[float, float]]], flip: bool = False) -> bpy.types.Object:
    """Two unit squares side by side that share the edge x = 1, with the UV of the corners of each.

    Counterclockwise from the lower left; `flip` turns the second one's face round, as if seen from below.
    """
    points = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (2, 0, 0), (2, 1, 0)]
    faces = [[0, 1, 2, 3], [1, 4, 5, 2]]
    if flip:
        faces[1], corners = faces[1][::-1], [corners[0], corners[1][::-1]]
    mesh = bpy.data.meshes.new("Sheet")
    mesh.from_pydata(points, [], faces)
    layer = mesh.uv_layers.new(name="UVMap")
    layer.uv.foreach_set("vector", np.array(corners, np.float32).ravel())
    mesh.materials.append(new_material("Paper"))
    found = bpy.data.objects.new("Sheet", mesh)
    bpy.context.scene.collection.objects.link(found)
    return found


def square(x: float, y: float, side: float, turns: int = 0, mirrored: bool = False) -> list[tuple[float, float]]:
    """The corners of a square, the first of them after so many quarter turns."""
    corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
    corners = corners[turns:] + corners[:turns]
    return [corners[1], corners[0], corners[3], corners[2]] if mirrored else corners


def places(texels: np.ndarray, corners: list[tuple[float, float]], offset: float) -> np.ndarray:
    """Where on the sheet texels [row, column] lie: by the map of the square with these UV corners, extended."""
    uv = np.stack([(texels[:, 1] + 0.5) / SIZE, 1 - (texels[:, 0] + 0.5) / SIZE], 1)
    origin, right, _, up = np.array(corners)
    axes = np.stack([right - origin, up - origin], 1)
    return np.linalg.solve(axes, (uv - origin).T).T + (offset, 0)


def in_uv(texels: np.ndarray, low: float, high: float, size: int = SIZE) -> np.ndarray:
    """Which texels lie between these columns."""
    column = (texels[:, 1] + 0.5) / size
    return (column >= low) & (column <= high)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("flip", [False, True])
def test_beyond_a_cut_lies_what_lies_there_on_the_surface(laid, turns, mirrored, flip):
    first, second = square(0.15, 0.3, 0.25), square(0.6, 0.4, 0.2, turns, mirrored)
    found = sheet([first, second], flip)
    inside, cuts, wraps = laid(found)
    assert wraps == ""
    target, other = cuts[:, :2], cuts[:, 2:]
    around = np.pad(inside, 32)  # the picture's edge may be nearer than the reach
    assert not around[tuple(target.astype(int).T + 32)].any()
    assert inside[tuple(np.rint(other).astype(int).T)].all()
    left = in_uv(other, 0.6, 0.8)  # texels around the first square, which show the second one
    beside = places(target[left], first, 0)
    assert np.abs(beside - places(other[left], second, 1)).max() < 1e-3
    assert beside[:, 0].min() > 1 and left.sum() > 100
    back = places(target[~left], second, 1)
    assert np.abs(back - places(other[~left], first, 0)).max() < 1e-3
    assert back[:, 0].max() < 1 and (~left).sum() > 100


def test_only_texels_within_reach_are_looked_up(laid):
    _, cuts, _ = laid(sheet([square(0.05, 0.3, 0.2), square(0.75, 0.3, 0.2)]), 256)
    first = cuts[in_uv(cuts[:, 2:], 0.75, 0.95, 256)]
    border = 0.25 * 256 - 0.5
    assert 31 < (first[:, 1] - border).max() <= 32


def test_where_the_surface_ends_or_goes_on_in_the_picture_there_is_no_cut(laid):
    joined = sheet([square(0.2, 0.3, 0.25), square(0.45, 0.3, 0.25)])
    inside, cuts, _ = laid(joined)
    assert len(cuts) == 0
    assert abs(inside.sum() - 2 * (0.25 * SIZE) ** 2) < 2 * SIZE


def test_the_covered_texels_are_those_whose_centers_lie_in_faces(laid):
    inside, _, _ = laid(sheet([square(0.125, 0.25, 0.25), square(0.5, 0.5, 0.375)]))
    x, y = np.meshgrid((np.arange(SIZE) + 0.5) / SIZE, 1 - (np.arange(SIZE) + 0.5) / SIZE)
    wanted = ((x > 0.125) & (x < 0.375) & (y > 0.25) & (y < 0.5)) | ((x > 0.5) & (x < 0.875) & (y > 0.5) & (y < 0.875))
    assert np.array_equal(inside, wanted)


def test_many_small_faces_cover_what_one_large_face_covers(laid):
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=37, y_subdivisions=23)
    fine = bpy.context.object
    fine.data.materials.append(new_material("Fine"))
    inside, cuts, _ = laid(fine)
    assert inside.all() and len(cuts) == 0


def test_faces_of_other_materials_cover_nothing(laid):
    found = sheet([square(0.1, 0.3, 0.25), square(0.6, 0.3, 0.25)])
    found.data.materials.append(new_material("Other"))
    found.data.polygons[1].material_index = 1
    inside, cuts, _ = laid(found)
    assert not inside[:, SIZE // 2 :].any() and inside.any()
    assert len(cuts) == 0  # the other side of the cut shows another picture


def test_faces_outside_the_picture_lie_where_it_repeats(laid):
    inside, _, _ = laid(sheet([square(0.1, 0.3, 0.25), square(0.6, 0.3, 0.25)]))
    away, _, _ = laid(sheet([square(3.1, -1.7, 0.25), square(-1.4, 2.3, 0.25)]))
    assert np.array_equal(inside, away)


def test_a_picture_that_repeats_on_a_face_is_covered_and_wraps(laid):
    inside, cuts, wraps = laid(sheet([square(0, 0, 4), square(4, 0, 4)]))
    assert inside.all() and wraps == "xy" and len(cuts) == 0


def test_the_picture_wraps_where_a_tube_closes(laid):
    bpy.ops.mesh.primitive_uv_sphere_add(segments=16, ring_count=8)
    ball = bpy.context.object
    ball.data.materials.append(new_material("Ball"))
    inside, _, wraps = laid(ball)
    assert wraps == "x"
    assert 0.8 < inside.mean() < 1  # the triangles at the poles leave gaps


def test_every_side_of_a_cube_goes_on_over_its_edges(laid):
    """Each texel around the islands lies as far from the cut as the place that it shows, and as far along."""
    found = cube(new_material("Box"))
    inside, cuts, _ = laid(found, 64)
    meshes = part("operators.mesh_uvs")
    surface = meshes.surface(found.data, "", {0})
    corners = np.array([vertex.co for vertex in found.data.vertices])[surface.vertex]
    assert abs(inside.mean() - 6 / 16) < 0.01
    point = position(surface, corners, cuts[:, 2:], 64)
    near = nearest_border(inside, cuts[:, :2])
    on_edge = position(surface, corners, near, 64)
    texel = 2 / 16  # a side has 2 units in 16 texels
    apart = np.abs(cuts[:, :2] - near).max(1) * texel  # islands are aligned with the picture
    straight = (np.abs(cuts[:, :2] - near).min(1) == 0) & (apart < 2)  # beyond, the next side begins
    shown = np.abs(point - on_edge).max(1)
    assert straight.sum() > 500
    assert np.abs(shown - apart)[straight].max() < 2 * texel


def position(surface, corners, texels, size):
    """Points of the surface (K, 3) at texels [row, column]."""
    uv = np.stack([(texels[:, 1] + 0.5) / size, 1 - (texels[:, 0] + 0.5) / size], 1)
    found = np.full((len(uv), 3), np.nan)
    for triangle in surface.triangles:
        (a, b, c), points = surface.uv[triangle], corners[triangle]
        weights = np.linalg.solve(np.stack([b - a, c - a], 1), (uv - a).T).T
        hit = (weights.min(1) > -0.02) & (weights.sum(1) < 1.02)
        found[hit] = (points[0] + weights @ np.stack([points[1] - points[0], points[2] - points[0]]))[hit]
    return found


def nearest_border(inside, texels):
    """The texel of an island that is nearest to each of these."""
    rows, columns = np.nonzero(inside)
    places = np.stack([rows, columns], 1)
    return np.array([places[np.abs(places - texel).sum(1).argmin()] for texel in texels], float)


def test_tiles_are_one_picture(laid):
    found = sheet([square(0.9, 1.1, 0.25), square(0.3, 0.3, 0.5)])
    inside, cuts, wraps = laid(found, 64, rows=2, columns=2, repeats=False)
    assert inside.shape == (128, 128) and wraps == ""
    rows, columns = np.nonzero(inside[:64])
    assert (columns.min(), columns.max()) == (round(0.9 * 64), round(1.15 * 64) - 1)
    assert (rows.min(), rows.max()) == (round((2 - 1.35) * 64), round((2 - 1.1) * 64) - 1)
    assert len(cuts) > 100
