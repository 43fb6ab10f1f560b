# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures and features that are looked at in windows, so that none of them needs to lie in memory as a whole."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..errors import PassingError

Size = tuple[int, int]
"""Height and width."""
Wraps = tuple[bool, bool]
"""Whether a picture begins anew beyond its borders, along x and along y."""


_HELD_BYTES = 1 << 28
"""Colors of more than this go to files."""


class Box(NamedTuple):
    """A rectangle of a plane."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def size(self) -> Size:
        return self.bottom - self.top, self.right - self.left

    def moved(self, down: int, across: int) -> "Box":
        """The same rectangle at another place."""
        return Box(self.top + down, self.bottom + down, self.left + across, self.right + across)

    def times(self, factor: int) -> "Box":
        """The same rectangle of a plane `factor` times as fine."""
        return Box(*(side * factor for side in self))

    def within(self, other: "Box") -> tuple[slice, slice]:
        """Where its rows and columns are in a larger rectangle."""
        return (
            slice(self.top - other.top, self.bottom - other.top),
            slice(self.left - other.left, self.right - other.left),
        )


def boxes(size: Size, side: int) -> list[Box]:
    """A plane cut into squares of `side`, smaller ones at its end."""
    spans = ([(start, min(start + side, end)) for start in range(0, end, side)] for end in size)
    return [Box(*rows, *columns) for rows, columns in product(*spans)]


class Plane:
    """A picture or features (1, C, H, W) of which windows are asked for."""

    def __init__(self, size: Size, wraps: Wraps = (False, False)) -> None:
        self.size, self.wraps = size, wraps

    @property
    def all(self) -> Box:
        """All of it."""
        return Box(0, self.size[0], 0, self.size[1])

    def window(self, box: Box) -> Tensor:
        """What is seen there: (1, C, h, w). Beyond the borders of an axis that wraps it begins anew."""
        rows, columns = _pieces(*box[:2], self.size[0]), _pieces(*box[2:], self.size[1])
        seen = [[self._inside(Box(*down, *across)) for across in columns] for down in rows]
        lines = [torch.cat(line, 3) if len(line) > 1 else line[0] for line in seen]
        return torch.cat(lines, 2) if len(lines) > 1 else lines[0]

    def whole(self) -> Tensor:
        """All that is seen."""
        return self.window(self.all)

    def around(self, box: Box, margin: int, closed: bool = True) -> Box:
        """A box and a margin around it, as far as the plane goes.

        :param closed: whoever looks at an axis that the box spans knows how it goes on: there is no margin then.
        """
        sides = []
        for start, stop, size, wraps in zip(box[::2], box[1::2], self.size, reversed(self.wraps), strict=True):
            if closed and stop - start == size:
                sides += [start, stop]
            elif wraps:
                sides += [start - margin, stop + margin]
            else:
                sides += [max(0, start - margin), min(size, stop + margin)]
        return Box(*sides)

    def _inside(self, box: Box) -> Tensor:
        """The window, where it does not go beyond the borders."""
        raise NotImplementedError


def _pieces(start: int, stop: int, size: int) -> list[tuple[int, int]]:
    """The parts of an axis that lie, one after the other, from `start` to `stop` on an axis that begins anew."""
    pieces = []
    while start < stop:
        place = start % size
        length = min(stop - start, size - place)
        pieces.append((place, place + length))
        start += length
    return pieces


class Held(Plane):
    """A plane in memory."""

    def __init__(self, tensor: Tensor, wraps: Wraps = (False, False)) -> None:
        super().__init__(tuple(tensor.shape[2:]), wraps)
        self.tensor = tensor

    def put(self, box: Box, part: Tensor) -> None:
        """Keep what belongs there; all of it, where possible, as it is and without a copy."""
        if box == self.all and part.device == self.tensor.device:
            self.tensor = part
            return
        place = self.tensor[:, :, box.top : box.bottom, box.left : box.right]
        if place.data_ptr() != part.data_ptr():  # else it was worked on in place
            place.copy_(part)

    def _inside(self, box: Box) -> Tensor:
        return self.tensor[:, :, box.top : box.bottom, box.left : box.right]


def held(plane: Plane, side: int) -> Held:
    """A plane of colors, brought into memory by squares of `side`."""
    memory = Held(torch.empty((1, 3, *plane.size)), plane.wraps)
    for box in boxes(plane.size, side):
        part = plane.window(box)
        memory.tensor = memory.tensor.to(part.device)
        memory.put(box, part)
    return memory


class Part(Plane):
    """A rectangle of another plane."""

    def __init__(self, whole: Plane, box: Box) -> None:
        super().__init__(box.size)
        self._whole, self._box = whole, box

    def _inside(self, box: Box) -> Tensor:
        return self._whole.window(box.moved(self._box.top, self._box.left))


class Filed(Plane):
    """A plane in a file without a name, which is gone with it.

    Read and written but not mapped: what the system keeps of the file in memory is then not counted as this process's.
    """

    def __init__(self, size: Size, channels: int, dtype: torch.dtype, wraps: Wraps = (False, False)) -> None:
        """:raises PassingError: the disk is full."""
        super().__init__(size, wraps)
        self._channels, self._dtype = channels, dtype
        self._pixel = channels * dtype.itemsize
        with _told():
            self._file = tempfile.TemporaryFile(dir=_roomy())  # noqa: SIM115 - it lives as long as the plane

    def put(self, box: Box, part: Tensor) -> None:
        """Keep what belongs there.

        :raises PassingError: the disk is full.
        """
        rows = part[0].permute(1, 2, 0).contiguous().cpu().view(torch.uint8).numpy()
        with _told():
            for number, row in zip(range(box.top, box.bottom), rows, strict=True):
                self._file.seek((number * self.size[1] + box.left) * self._pixel)
                self._file.write(row)
            self._file.flush()

    def _inside(self, box: Box) -> Tensor:
        height, width = box.size
        rows = np.empty((height, width * self._pixel), np.uint8)
        for number, row in zip(range(box.top, box.bottom), rows, strict=True):
            self._file.seek((number * self.size[1] + box.left) * self._pixel)
            self._file.readinto(row)
        numbers = torch.from_numpy(rows).view(self._dtype)
        return numbers.view(1, height, width, self._channels).permute(0, 3, 1, 2)


def room_for(plane: Plane, device: torch.device) -> Held | Filed:
    """Where the colors of a plane can be kept: on the device, or in a file where they are many."""
    if 12 * plane.size[0] * plane.size[1] > _HELD_BYTES:
        return Filed(plane.size, 3, torch.float32, plane.wraps)
    return Held(torch.empty((1, 3, *plane.size), device=device), plane.wraps)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        folder = _roomy() or tempfile.gettempdir()
        raise PassingError(
            f"A temporary file in '{folder}' could not be written ({error.strerror}): make room, or name another folder"
            " in the environment as TMPDIR."
        ) from error


def _roomy() -> str | None:
    """Where large temporary files go: on many systems /tmp is kept in memory."""
    return None if "TMPDIR" in os.environ or not os.access("/var/tmp", os.W_OK) else "/var/tmp"
