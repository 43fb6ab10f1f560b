# SPDX-License-Identifier: GPL-3.0-or-later
"""How a texture lies on its surfaces, as the engine wants to know it."""

from dataclasses import dataclass

import numpy as np

from ..core.progress import Report
from . import uv_cuts, uv_islands
from .uv_islands import Canvas, Surface


@dataclass(frozen=True)
class Layout:
    """Which texels lie on surfaces, and how the surfaces go on over the islands' borders and the picture's edges."""

    coverage: np.ndarray | None = None
    """(H, W) float32, 0 or 1; None where it is not known, or all are covered."""
    cuts: np.ndarray | None = None
    """(K, 4) float32: see `uv_cuts`."""
    seamless: str = "auto"
    """Along which axes the picture's edges join, as in the settings: on the surface, by choice, or of themselves."""

    def rim(self) -> tuple[int, int]:
        """How many rows and columns to add all around the picture, so that all cuts lie in it."""
        if self.cuts is None or not len(self.cuts):
            return 0, 0
        height, width = self.coverage.shape
        rows, columns = self.cuts[:, 0], self.cuts[:, 1]
        down = max(0, -rows.min(), rows.max() - height + 1)
        across = max(0, -columns.min(), columns.max() - width + 1)
        return int(down), int(across)


def layout(canvas: Canvas, surfaces: list[Surface], chosen: str, report: Report) -> Layout:
    """How a texture lies on surfaces; without any, nothing is known.

    :param chosen: along which axes the artist wants the edges to join. A texture that joins of itself always goes on
        doing so, unless only islands in it are seen.
    """
    report(0, 2, "Reading the UV maps")
    islands = uv_islands.cover(canvas, surfaces)
    wraps = "".join(sorted({*uv_islands.wraps(canvas, surfaces), *chosen} & {"x", "y"}))
    if islands.all() or not islands.any():
        return Layout(seamless=wraps or "auto")
    report(1, 2, "Following the surface over cuts")
    cuts = uv_cuts.cuts(canvas, surfaces, islands)
    for axis, name in ((0, "y"), (1, "x")):
        if name in wraps:  # the picture has no such edges
            cuts = cuts[(cuts[:, axis] >= 0) & (cuts[:, axis] < islands.shape[axis])]
    return Layout((islands > 0).astype(np.float32), cuts, wraps or chosen)


def padded(picture: np.ndarray, layout: Layout, mode: str = "edge") -> np.ndarray:
    """A picture with the rim that its cuts need."""
    down, across = layout.rim()
    return np.pad(picture, ((down, down), (across, across), *[(0, 0)] * (picture.ndim - 2)), mode)


def cropped(picture: np.ndarray, layout: Layout) -> np.ndarray:
    """A picture without that rim."""
    down, across = layout.rim()
    return picture[down : picture.shape[0] - down, across : picture.shape[1] - across]
