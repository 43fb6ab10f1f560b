# SPDX-License-Identifier: GPL-3.0-or-later
"""Coarser and finer brushes: a picture is painted at another size, and brought back to its own."""

import torch.nn.functional as F
from torch import Tensor

from .content import luma
from .planes import Box, Plane
from .resample import Resized

_RADIUS = 4
_CALM = 1e-3  # variance of luma below which there is nothing to come through


def scaled(content: Plane, brush: float) -> Plane:
    """A picture at the size at which a painter of one size of strokes lays them on `brush` times as coarse."""
    size = tuple(max(1, round(side / brush)) for side in content.size)
    return content if size == content.size else Resized(content, size)


class Restored(Plane):
    """What was painted of a scaled content, at the content's own size.

    With a coarser brush the content's fine detail is put back where its light and dark came through in the paint.
    """

    def __init__(self, content: Plane, small: Plane, painted: Plane, coarse: bool) -> None:
        super().__init__(content.size, content.wraps)
        self._content = content
        self._painted = Resized(painted, content.size)
        self._small = Resized(small, content.size) if coarse else None
        self._contrast = Resized(Contrast(small, painted), content.size)

    def _inside(self, box: Box) -> Tensor:
        painted = self._painted.window(box)
        if self._small is None:
            return painted
        detail = luma(self._content.window(box) - self._small.window(box))
        return painted + self._contrast.window(box) * detail


class Contrast(Plane):
    """How strongly (1, 1, H, W) the content's light and dark came through in the paint, 0 to 1.

    The slope of the local linear model of the guided filter (He et al. 2013, eq. 5).
    """

    def __init__(self, content: Plane, painted: Plane) -> None:
        super().__init__(content.size, content.wraps)
        self._content, self._painted = content, painted

    def _inside(self, box: Box) -> Tensor:
        wide = self.around(box, _RADIUS, closed=False)
        guide, target = luma(self._content.window(wide)), luma(self._painted.window(wide))
        covariance = _local(guide * target) - _local(guide) * _local(target)
        variance = _local(guide * guide) - _local(guide).square()
        rows, columns = box.within(wide)
        return (covariance / (variance + _CALM)).clamp(0, 1)[:, :, rows, columns]


def _local(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, 2 * _RADIUS + 1, 1, _RADIUS, count_include_pad=False)
