# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a picture lies on meshes: the texels inside UV islands, and the islands' borders.

Texels are complex numbers, column + 1j * row, top row first, whole at their centers: to turn is to multiply.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

_REPEATS = 8
"""How many repeats of a picture are drawn to find what is covered: who shows more covers all of it."""
_SAME = 1e-5
"""How far apart, in sizes of the picture, two corners may lie that are one place in it."""


@dataclass(frozen=True)
class Canvas:
    """A picture of `rows` x `columns` tiles of `height` x `width` texels, the first at (`left`, `bottom`) in UV."""

    height: int
    width: int
    rows: int = 1
    columns: int = 1
    left: int = 0
    bottom: int = 0
    repeats: bool = True
    """Whether the picture goes on beyond its edges, as all but UDIM tiles do."""

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of all of it in texels."""
        return self.rows * self.height, self.columns * self.width

    def texels(self, uv: np.ndarray) -> np.ndarray:
        """UV coordinates (..., 2) as texels (...)."""
        column = (uv[..., 0] - self.left) * self.width - 0.5
        row = (self.bottom + self.rows - uv[..., 1]) * self.height - 0.5
        return column + 1j * row


@dataclass(frozen=True)
class Surface:
    """The faces of one mesh that show the picture: N corners of F faces, and T triangles."""

    uv: np.ndarray
    """(N, 2) float64."""
    triangles: np.ndarray
    """(T, 3): corners."""
    face: np.ndarray
    """(N,): the face of the corner, from 0 to F - 1."""
    following: np.ndarray
    """(N,): the next corner of the same face."""
    vertex: np.ndarray
    """(N,): the vertex of the mesh at the corner."""
    edge: np.ndarray
    """(N,): the edge of the mesh from the corner to the following one."""

    @cached_property
    def partner(self) -> np.ndarray:
        """(N,): the corner at which the edge lies in the one other face that has it; -1 where there is not just one."""
        order = np.argsort(self.edge, kind="stable")
        edge = self.edge[order]
        partner = np.full(len(edge), -1)
        first = np.flatnonzero((np.bincount(edge)[edge] == 2) & (np.r_[-1, edge[:-1]] != edge))
        partner[order[first]], partner[order[first + 1]] = order[first + 1], order[first]
        return partner

    @cached_property
    def opposite(self) -> np.ndarray:
        """(N,) bool: whether the partner's face runs along the edge the other way, as neighbours mostly do."""
        return self.vertex[self.partner] != self.vertex

    @cached_property
    def ends(self) -> np.ndarray:
        """(N, 2, 2): UV of the ends of each corner's edge."""
        return np.stack([self.uv, self.uv[self.following]], 1)

    @cached_property
    def other_ends(self) -> np.ndarray:
        """(N, 2, 2): UV of the same ends in the partner's face."""
        ends = self.ends[self.partner]
        return np.where(self.opposite[:, None, None], ends[:, ::-1], ends)

    def joined(self, canvas: Canvas) -> np.ndarray:
        """(N,) bool: whether the edge lies at one place of the picture in both faces."""
        difference = self.other_ends - self.ends
        if canvas.repeats:
            difference = difference - np.rint(difference[:, :1])  # whole pictures away is no way at all
        return (self.partner >= 0) & (np.abs(difference).max((1, 2)) <= _SAME)

    def islands(self, canvas: Canvas) -> np.ndarray:
        """(N,): the island to which the corner belongs, from 0."""
        joined = self.joined(canvas)
        first, second = self.face[joined], self.face[self.partner[joined]]
        label, before = np.arange(self.face.max() + 1), None
        while before is None or (label != before).any():
            before = label.copy()
            np.minimum.at(label, before[first], before[second])  # the roots of trees are hooked on smaller ones
            label = label[label]
        return np.unique(label, return_inverse=True)[1][self.face]

    def home(self, canvas: Canvas) -> np.ndarray:
        """(N, 2): the shift that brings each face to where a picture that repeats has its texels."""
        if not canvas.repeats:
            return np.zeros_like(self.uv)
        lowest = np.full((self.face.max() + 1, 2), np.inf)
        np.minimum.at(lowest, self.face, self.uv)
        return -np.floor(lowest + _SAME)[self.face]

    def upright(self) -> np.ndarray:
        """(N,) bool: whether the corner's face is not mirrored in UV."""
        (x, y), (next_x, next_y) = self.uv.T, self.uv[self.following].T
        return (np.bincount(self.face, x * next_y - y * next_x) > 0)[self.face]


@dataclass(frozen=True)
class Borders:
    """E edges of islands, from `start` to `end`, and the same edges of the surface on the cut's other side.

    The other side is NaN where the surface ends; `other_island` is the number that its texels have in `cover`.
    `mirrored` tells where just one side shows the picture mirrored.
    """

    start: np.ndarray
    end: np.ndarray
    other_start: np.ndarray
    other_end: np.ndarray
    other_island: np.ndarray
    mirrored: np.ndarray

    def distance(self, texels: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """How far each texel is from the border of its number."""
        start, along = self.start[numbers], (self.end - self.start)[numbers]
        length = np.maximum(np.abs(along) ** 2, 1e-12)
        part = np.clip(((texels - start) * along.conj()).real / length, 0, 1)
        return np.abs(texels - start - part * along)

    def across(self, texels: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """Where the surface, unfolded over the border of its number, has each texel on the other side.

        By the turn, scale and shift that take one side of the cut to the other: exact where the faces at the cut are
        unwrapped without distortion.
        """
        along, other = (self.end - self.start)[numbers], (self.other_end - self.other_start)[numbers]
        steps = (texels - self.start[numbers]) / np.where(along == 0, 1, along)
        return self.other_start[numbers] + np.where(self.mirrored[numbers], steps.conj(), steps) * other


def cover(canvas: Canvas, surfaces: list[Surface]) -> np.ndarray:
    """(H, W): the number of the island in which the center of each texel lies, from 1; 0 outside.

    Where islands overlap, the number says nothing.
    """
    height, width = canvas.shape
    count, total = (np.zeros((height, width + 1), np.int64) for _ in range(2))
    known = 1
    for surface in surfaces:
        corners = canvas.texels(surface.uv + surface.home(canvas))[surface.triangles]
        number = known + surface.islands(canvas)[surface.triangles[:, 0]]
        known = number.max() + 1
        for shift in _copies(canvas, corners):
            triangle, rows, first, last = _spans(corners + shift, height, width)
            for changes, amount in ((count, 1), (total, number[triangle])):
                np.add.at(changes, (rows, first), amount)
                np.subtract.at(changes, (rows, last + 1), amount)
    count, total = (np.cumsum(changes, axis=1)[:, :-1] for changes in (count, total))
    return total // np.maximum(count, 1)


def borders(canvas: Canvas, surface: Surface, known: int) -> Borders:
    """The borders of a surface's islands, every cut from both of its sides.

    :param known: how many islands the surfaces before this one have.
    """
    home, partner, upright = surface.home(canvas), surface.partner, surface.upright()
    is_border = ~surface.joined(canvas)
    outline = canvas.texels(surface.ends + home[:, None])[is_border]
    across = canvas.texels(surface.other_ends + home[partner][:, None])[is_border]
    across[partner[is_border] < 0] = np.nan
    island = known + 1 + surface.islands(canvas)[partner]
    mirrored = upright == (upright[partner] ^ surface.opposite)
    return Borders(outline[:, 0], outline[:, 1], across[:, 0], across[:, 1], island[is_border], mirrored[is_border])


def wraps(canvas: Canvas, surfaces: list[Surface]) -> str:
    """Over which edges of the picture the surface goes on at the opposite edge: "", "x", "y" or "xy"."""
    found = set()
    for surface in surfaces if canvas.repeats else ():
        whole = np.abs(surface.other_ends - surface.ends)[surface.joined(canvas)].max((0, 1), initial=0)
        spread = (surface.uv + surface.home(canvas)).max(0)
        found |= {axis for axis, step, end in zip("xy", whole, spread, strict=True) if step > 0.5 or end > 1 + _SAME}
    return "".join(sorted(found))


def _copies(canvas: Canvas, corners: np.ndarray) -> list[complex]:
    """Shifts by which triangles are drawn, so that what sticks out of a picture that repeats comes in again."""
    if not canvas.repeats:
        return [0j]
    height, width = canvas.shape
    across = np.clip(np.ceil(corners.real.max() / width), 1, _REPEATS)
    down = np.clip(np.ceil(1 - corners.imag.min() / height), 1, _REPEATS)
    return [-x * width + 1j * y * height for x in range(int(across)) for y in range(int(down))]


def _spans(corners: np.ndarray, height: int, width: int) -> tuple[np.ndarray, ...]:
    """The texels inside triangles (T, 3), row by row: numbers of triangles, rows, first columns, last columns."""
    top = np.clip(np.ceil(corners.imag.min(1)), 0, height).astype(int)
    bottom = np.clip(np.floor(corners.imag.max(1)), -1, height - 1).astype(int)
    count = np.maximum(bottom - top + 1, 0)
    number = np.repeat(np.arange(len(count)), count)
    rows = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + top[number]
    left, right = np.full(len(rows), np.inf), np.full(len(rows), -np.inf)
    for side in range(3):
        start, end = corners[number, side], corners[number, (side + 1) % 3]
        rise = end.imag - start.imag
        meets = (np.minimum(start.imag, end.imag) <= rows) & (rows <= np.maximum(start.imag, end.imag)) & (rise != 0)
        part = np.divide(rows - start.imag, rise, out=np.zeros(len(rows)), where=meets)
        column = start.real + part * (end.real - start.real)
        left = np.where(meets, np.minimum(left, column), left)
        right = np.where(meets, np.maximum(right, column), right)
    first = np.ceil(np.clip(left, 0, width)).astype(int)
    last = np.floor(np.clip(right, -1, width - 1)).astype(int)
    full = first <= last
    return number[full], rows[full], first[full], last[full]
