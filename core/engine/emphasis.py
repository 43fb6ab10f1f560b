# SPDX-License-Identifier: GPL-3.0-or-later
"""How much each place of a picture counts in what a painter measures: all of it alike, or what lies in a mask."""

from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .normalisation import BLOCK
from .painter import STRIDE
from .planes import Box, Held, Plane, Wraps


def as_plane(mask: np.ndarray, wraps: Wraps) -> Held:
    """A mask (H, W) float32 in [0, 1] as a plane."""
    return Held(torch.from_numpy(np.ascontiguousarray(mask))[None, None], wraps)


class Emphasis(Plane):
    """How much each feature of a painter counts, (1, 1, H, W): as much as its pixels of a canvas do on their mean."""

    def __init__(self, canvas: Plane) -> None:
        super().__init__((canvas.size[0] // STRIDE, canvas.size[1] // STRIDE), canvas.wraps)
        self._canvas = canvas

    @cached_property
    def sum(self) -> float:
        """Of all features."""
        bands = (Box(top, min(top + BLOCK, self.size[0]), 0, self.size[1]) for top in range(0, self.size[0], BLOCK))
        return sum(self.window(band).double().sum().item() for band in bands)

    def _inside(self, box: Box) -> Tensor:
        return F.avg_pool2d(self._canvas.window(box.times(STRIDE)), STRIDE)
