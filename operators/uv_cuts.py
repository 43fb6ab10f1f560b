# SPDX-License-Identifier: GPL-3.0-or-later
"""Which places of a picture lie side by side on a surface though its UV map has cut them apart."""

import numpy as np

from .uv_islands import Borders, Canvas, Surface, borders

REACH = 32
"""Texels beyond an island's border for which the other side of the cut is looked up: all that the engine takes."""

_NONE = -1


def cuts(canvas: Canvas, surfaces: list[Surface], islands: np.ndarray) -> np.ndarray:
    """For texels outside the islands, what lies there on the surface: (K, 4) float32 [row, column, row, column].

    The first two are the texel, which may lie up to `REACH` outside the picture, too; the others the place across the
    cut, on an island.

    :param islands: (H, W), of `cover`.
    """
    outline = _borders(canvas, surfaces)
    number = _nearest(outline, np.pad(islands, REACH) > 0)
    rows, columns = (index - REACH for index in np.nonzero(number != _NONE))
    number = number[rows + REACH, columns + REACH]
    places = outline.across(columns + 1j * rows, number)
    listed = np.stack([rows, columns, places.imag, places.real], 1)
    return listed[_island(places, islands) == outline.other_island[number]].astype(np.float32)


def _borders(canvas: Canvas, surfaces: list[Surface]) -> Borders:
    """The borders of all islands, those of each surface numbered on."""
    found, known = [], 0
    for surface in surfaces:
        found.append(vars(borders(canvas, surface, known)).values())
        known += surface.islands(canvas).max() + 1
    return Borders(*map(np.concatenate, zip(*found, strict=True)))


def _island(places: np.ndarray, islands: np.ndarray) -> np.ndarray:
    """The number of the island in whose texel each place (K,) lies; 0 outside, and for NaN."""
    height, width = islands.shape
    row, column = np.rint(np.nan_to_num(places.imag, nan=-1)), np.rint(np.nan_to_num(places.real, nan=-1))
    within = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    found = np.zeros(len(places), islands.dtype)
    found[within] = islands[row[within].astype(int), column[within].astype(int)]
    return found


def _nearest(outline: Borders, inside: np.ndarray) -> np.ndarray:
    """(H, W): the number of the border that is nearest to each texel outside the islands and within reach.

    `inside` has the rim of `REACH` around the picture.

    Grows from the borders texel by texel: whoever comes nearer to a texel than any before hands its number on to the
    texel's eight neighbours (vector propagation; Danielsson 1980).
    """
    height, width = inside.shape
    stride = width + 2
    taken = np.ones((height + 2, stride), bool)  # a rim, so that every texel has eight neighbours
    taken[1:-1, 1:-1] = inside
    taken = taken.ravel()
    distance = np.full(len(taken), np.inf)
    number = np.full(len(taken), _NONE, np.int32)
    around = np.array([y * stride + x for y in (-1, 0, 1) for x in (-1, 0, 1)])
    texels, labels = _on_borders(outline, inside.shape)
    while len(texels):
        targets, carried = (texels[:, None] + around).ravel(), np.repeat(labels, len(around))
        free = ~taken[targets]
        targets, carried = targets[free], carried[free]
        places = (targets % stride - 1 - REACH) + 1j * (targets // stride - 1 - REACH)
        away = outline.distance(places, carried)
        nearer = (away < distance[targets] - 1e-9) & (away <= REACH)
        targets, carried, away = targets[nearer], carried[nearer], away[nearer]
        order = np.lexsort((-away, targets))
        chosen = order[np.append(np.diff(targets[order]) > 0, True)[: len(order)]]  # the nearest of each target
        texels, labels = targets[chosen], carried[chosen]
        distance[texels], number[texels] = away[chosen], labels
    return number.reshape(height + 2, stride)[1:-1, 1:-1]


def _on_borders(outline: Borders, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The texels through which the borders go, as places in the picture with a rim, and the borders' numbers."""
    height, width = shape
    along = outline.end - outline.start
    count = np.ceil(np.abs(along) * 2).astype(int) + 1
    number = np.repeat(np.arange(len(count)), count)
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    points = outline.start[number] + along[number] * (step / np.maximum(count[number] - 1, 1))
    row, column = np.rint(points.imag).astype(int) + REACH, np.rint(points.real).astype(int) + REACH
    within = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    texels = (row[within] + 1) * (width + 2) + column[within] + 1
    return texels, number[within]
