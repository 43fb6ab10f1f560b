# SPDX-License-Identifier: GPL-3.0-or-later
"""How large the tiles are in which a picture is painted."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from ..errors import OutOfMemoryError
from . import memory, room
from .failures import understood
from .normalisation import BLOCK
from .painter import STRIDE, Painter
from .planes import Box, Plane, Size, boxes

UNIT_PX = BLOCK * STRIDE
"""Sides of tiles are multiples of it, so that no block of the statistics is cut."""
_LARGEST_PX = {"cpu": 1024, "mps": 2048, "cuda": 4096}


@dataclass
class Tiling:
    """Tiles as large as asked for or as memory allows, and smaller once it runs out."""

    side_px: int

    @classmethod
    def choose(cls, painter: Painter, device: torch.device, wanted_px: int = 0) -> "Tiling":
        """:param wanted_px: at most this; 0 leaves it to the memory that is free."""
        area = room.free(device) // 4 // painter.shape.bytes_per_pixel
        side = min(wanted_px or _LARGEST_PX.get(device.type, 1024), int(area**0.5))
        return cls(max(UNIT_PX, side // UNIT_PX * UNIT_PX))

    def each(self, size: Size, scale: int, work: Callable[[Box], None]) -> None:
        """Do `work` for every tile of a plane that is 1 / `scale` as fine as the picture.

        Where memory runs out, the tiles are halved, now and from now on: what was done of a tile is done again.
        """
        for box in boxes(size, self.side_px // scale):
            self._try(box, scale, work)

    def count(self, plane: Plane) -> int:
        """How many tiles a picture has."""
        return len(boxes(plane.size, self.side_px))

    def _try(self, box: Box, scale: int, work: Callable[[Box], None]) -> None:
        if max(box.size) <= self.side_px // scale:
            try:
                return work(box)
            except (MemoryError, RuntimeError) as error:
                if self.side_px <= UNIT_PX or not isinstance(understood(error), OutOfMemoryError):
                    raise
            self._halve()
        for part in boxes(box.size, self.side_px // scale):
            self._try(part.moved(box.top, box.left), scale, work)

    def _halve(self) -> None:
        memory.give_back()
        if torch.cuda.is_initialized():
            torch.cuda.empty_cache()
        self.side_px = max(UNIT_PX, self.side_px // 2 // UNIT_PX * UNIT_PX)
