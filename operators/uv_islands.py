# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a picture lies on meshes: the texels inside UV islands, and the islands' borders.

Texels are complex numbers, column + 1j * row, top row first, whole at their centers: to turn is to multiply.
"""

from dataclasses import dataclass

import numpy as np

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

    def home(self, canvas: Canvas) -> np.ndarray:
        """(N, 2): the shift that brings each face to where a picture that repeats has its texels."""
        if not canvas.repeats or not len(self.uv):
            return np.zeros_like(self.uv)
        lowest = np.full((self.face.max() + 1, 2), np.inf)
        np.minimum.at(lowest, self.face, self.uv)
        return -np.floor(lowest + _SAME)[self.face]

    def upright(self) -> np.ndarray:
        """(N,) bool: whether the corner's face is not mirrored in UV."""
        (x, y), (next_x, next_y) = self.uv.T, self.uv[self.following].T
        return (np.bincount(self.face, x * next_y - y * next_x) > 0)[self.face] if len(x) else np.empty(0, bool)


@dataclass(frozen=True)
class Borders:
    """E edges of islands, from `start` to `end`, and the same edges of the surface on the cut's other side.

    The other side is NaN where the surface ends. `mirrored` (E,) tells where just one side shows the picture mirrored.
    """

    start: np.ndarray
    end: np.ndarray
    other_start: np.ndarray
    other_end: np.ndarray
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


def covered(canvas: Canvas, surfaces: list[Surface]) -> np.ndarray:
    """(H, W) bool: the texels whose centers lie in an island."""
    height, width = canvas.shape
    changes = np.zeros((height, width + 1), np.int32)
    for surface in surfaces:
        corners = canvas.texels(surface.uv + surface.home(canvas))[surface.triangles]
        copies = _copies(canvas, corners)
        if copies is None:
            return np.ones((height, width), bool)
        for shift in copies:
            rows, first, last = _spans(corners + shift, height, width)
            np.add.at(changes, (rows, first), 1)
            np.add.at(changes, (rows, last + 1), -1)
    return np.cumsum(changes, axis=1)[:, :-1] > 0


def borders(canvas: Canvas, surface: Surface) -> Borders:
    """The borders of a surface's islands, every cut from both of its sides."""
    ends, other, opposite, has = _edges(surface)
    home = surface.home(canvas)
    partner = _partners(surface)
    is_border = ~has | (_apart(canvas, other - ends) > _SAME)
    outline = canvas.texels(ends + home[:, None])[is_border]
    across = canvas.texels(other + home[partner][:, None])[is_border]
    across[~has[is_border]] = np.nan
    upright = surface.upright()
    mirrored = upright == (upright[partner] ^ opposite)
    return Borders(outline[:, 0], outline[:, 1], across[:, 0], across[:, 1], mirrored[is_border])


def wraps(canvas: Canvas, surfaces: list[Surface]) -> str:
    """Over which edges of the picture the surface goes on at the opposite edge: "", "x", "y" or "xy"."""
    found = set()
    for surface in surfaces if canvas.repeats else ():
        ends, other, _, has = _edges(surface)
        whole = has & (_apart(canvas, other - ends) <= _SAME)
        found |= {axis for number, axis in enumerate("xy") if (np.abs(other - ends)[whole][..., number] > 0.5).any()}
        spread = surface.uv + surface.home(canvas)
        found |= {axis for number, axis in enumerate("xy") if (spread[:, number] > 1 + _SAME).any()}
    return "".join(sorted(found))


def _edges(surface: Surface) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Each corner's edge: UV of its ends (N, 2, 2) and of the same ends in the face on the other side.

    Then (N,) bool: whether that face runs along the edge the opposite way, and whether there is such a face.
    """
    partner = _partners(surface)
    ends = np.stack([surface.uv, surface.uv[surface.following]], 1)
    opposite = surface.vertex[partner] != surface.vertex
    other = np.where(opposite[:, None, None], ends[partner][:, ::-1], ends[partner])
    return ends, other, opposite, partner >= 0


def _partners(surface: Surface) -> np.ndarray:
    """(N,): the corner at which the edge lies in the one other face that has it; -1 where there is not just one."""
    order = np.argsort(surface.edge, kind="stable")
    edge = surface.edge[order]
    partner = np.full(len(edge), -1)
    if len(edge):
        first = np.flatnonzero((np.bincount(edge)[edge] == 2) & (np.r_[-1, edge[:-1]] != edge))
        partner[order[first]], partner[order[first + 1]] = order[first + 1], order[first]
    return partner


def _apart(canvas: Canvas, difference: np.ndarray) -> np.ndarray:
    """(N,): how far two edges (N, 2, 2) lie apart in the picture; whole steps take one that repeats to itself."""
    if canvas.repeats:
        difference = difference - np.rint(difference[:, :1])
    return np.abs(difference).max((1, 2)) if len(difference) else np.empty(0)


def _copies(canvas: Canvas, corners: np.ndarray) -> list[complex] | None:
    """Shifts by which triangles are drawn, so that what sticks out comes in again; None where one fills the picture."""
    if not canvas.repeats or not len(corners):
        return [0j]
    height, width = canvas.shape
    across, down = np.ceil(corners.real.max() / width), np.ceil(-corners.imag.min() / height) + 1
    wide = (np.ptp(corners.real, axis=1) > 2 * width) & (np.ptp(corners.imag, axis=1) > 2 * height)
    if wide.any():
        return None
    return [-x * width + 1j * y * height for x in range(int(max(across, 1))) for y in range(int(max(down, 1)))]


def _spans(corners: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The texels inside triangles (T, 3), row by row: (rows, first columns, last columns)."""
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
    return rows[full], first[full], last[full]
