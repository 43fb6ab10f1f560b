# SPDX-License-Identifier: GPL-3.0-or-later
"""Local color: the hues of a manner, laid where the picture itself has different hues.

Normalisation forgets which color was where, and a painter makes up for it by light and form: blue here, orange there,
on one gray wall. So in what is coarser than strokes the painted hues are replaced by the picture's own, led to the
palette of the manner; light, and all that is fine, are the painter's.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from .content import luma
from .layers import pad
from .moments import covariance_of, mean_of
from .planes import Box, Held, Plane, held
from .resample import Resized

CELL_PX = 4
"""Colors are counted as means over about so many pixels square, as in `moments.color_moments`."""
_COARSE = 2
"""Cells over which hues are replaced as one."""
_SIDE = 128
"""Cells along each axis that are reduced at a time."""
_FLOOR = 0.02**2
"""Variance below which colors are taken as constant: the noise of a gray picture is no color."""


def colors(pictures: Sequence[Plane], shares: Sequence[Plane] | None = None) -> Tensor:
    """The moments (1, 4, 4) of the colors of several pictures together, as `moments.color_moments` gives them.

    :param shares: how much each pixel of each picture counts, in [0, 1].
    """
    total = 0
    for picture, share in zip(pictures, shares or [None] * len(pictures), strict=True):
        cells = _reduced(picture, CELL_PX)
        weight = torch.ones_like(cells[:, :1]) if share is None else _reduced(share, CELL_PX)[:, :1].to(cells)
        x = torch.cat([cells, torch.ones_like(weight)], 1).flatten(2)[0].double().cpu()
        total = total + (x * weight.flatten().cpu()) @ x.mT
    return (total / total[-1, -1].clamp_min(1e-12)).float()[None]


def _reduced(plane: Plane, by: int) -> Tensor:
    size = tuple(max(1, round(side / by)) for side in plane.size)
    return held(Resized(plane, size), _SIDE).tensor


def transport(found: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """The matrix (3, 3) and the shift (3,) that give colors of moments `found` (1, 4, 4) those of `wanted`.

    Of all linear maps that do, the one that moves colors least (Pitié & Kokaram 2007, eq. 14).
    """
    found, wanted = found.cpu().double(), wanted.cpu().double()
    own = covariance_of(found)[0] + _FLOOR * torch.eye(3, dtype=found.dtype)
    root, inverse = _power(own, 0.5), _power(own, -0.5)
    matrix = inverse @ _power(root @ covariance_of(wanted)[0] @ root, 0.5) @ inverse
    return matrix.float(), (mean_of(wanted)[0] - matrix @ mean_of(found)[0]).float()


def _power(matrix: Tensor, exponent: float) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    return vectors * values.clamp_min(1e-12) ** exponent @ vectors.mT


class Localised(Plane):
    """What was painted of a content, with the hues where the content has them."""

    def __init__(self, content: Plane, painted: Plane, found: Tensor, palette: Tensor, amount: float = 1.0) -> None:
        """Compare what is coarse in both, and keep the difference.

        :param painted: of the content's size; read twice.
        :param found: moments (1, 4, 4) of the content's colors, or of those of a whole shot.
        :param palette: moments (1, 4, 4) of the manner's colors.
        :param amount: how far hues are replaced, 0 to 1.
        """
        super().__init__(painted.size, painted.wraps)
        self._painted, self._amount = painted, amount
        matrix, shift = transport(found, palette)
        shown = _reduced(content, CELL_PX * _COARSE)
        led = torch.einsum("ij,njhw->nihw", matrix.to(shown), shown) + shift.to(shown)[:, None, None]
        change = led.clamp(0, 1) - _reduced(painted, CELL_PX * _COARSE)
        change = _blurred(change - luma(change), ["circular" if wraps else "reflect" for wraps in self.wraps])
        # Resized planes hold values from 0 to 1.
        self._change = Resized(Held(change / 4 + 0.5, self.wraps), self.size)

    def _inside(self, box: Box) -> Tensor:
        return self._painted.window(box) + self._amount * (4 * self._change.window(box) - 2)


def _blurred(x: Tensor, edges: Sequence[str]) -> Tensor:
    """A binomial blur of 5 x 5: replaced hues end as softly as strokes are wide."""
    line = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
    kernel = (line[:, None] * line).expand(x.shape[1], 1, 5, 5).to(x)
    return F.conv2d(pad(x, 2, tuple(edges)), kernel, groups=x.shape[1])
