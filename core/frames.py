# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of an animation: ranges as people write them, and files named by number."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from .errors import UserError

LIMIT = 1_000_000
"""Frames that one range may name; Blender's own last frame is 1,048,574."""
_PART = re.compile(r"(-?\d{1,9})(?:-(-?\d{1,9})(?:[x:](\d{1,9}))?)?")
_HASHES = re.compile(r"#+(?!.*#)")  # the last run of them


def parse(text: str) -> tuple[int, ...]:
    """The frames that "1-120", "1,5,7-9" or "1-20x2" name (every second; "1-20:2" as well), each once and in order.

    :raises UserError: it is no such list.
    """
    found: set[int] = set()
    for part in text.replace(" ", "").split(","):
        run = _run(part)
        if not 0 < len(run) <= LIMIT - len(found):
            raise UserError(f"'{text}' names no frames: write them as 1-120, as 1,5,7-9 or as 1-20x2.")
        found.update(run)
    return tuple(sorted(found))


def _run(part: str) -> range:
    """What one part of a list names; nothing where it makes no sense."""
    match = _PART.fullmatch(part)
    step = int(match[3] or 1) if match else 0
    return range(int(match[1]), int(match[2] or match[1]) + 1, step) if step else range(0)


def text(frames: Iterable[int]) -> str:
    """Frames in the shortest words that `parse` understands; nothing where there are none."""
    ordered = sorted(set(frames))
    runs = groupby(enumerate(ordered), lambda pair: pair[1] - pair[0])
    bounds = [(run[0][1], run[-1][1]) for run in (list(group) for _, group in runs)]
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in bounds)


@dataclass(frozen=True)
class Pattern:
    """Where the frames of an animation lie: the last run of # in a file's name stands for the number."""

    path: Path

    @classmethod
    def read(cls, written: str) -> "Pattern":
        """Take a pattern as it was written.

        :raises UserError: the file's name holds no #.
        """
        path = Path(written)
        if not _HASHES.search(path.name):
            raise UserError(f"'{written}' names one file: put #### where the number of the frame belongs.")
        return cls(path)

    def file(self, frame: int) -> Path:
        """The file of a frame; numbers are filled up with zeros to as many digits as there are #, as Blender does."""

        def digits(hashes: re.Match[str]) -> str:
            return "-" * (frame < 0) + str(abs(frame)).zfill(len(hashes[0]))

        return self.path.with_name(_HASHES.sub(digits, self.path.name))

    def found(self) -> tuple[int, ...]:
        """The frames whose files are there."""
        before, after = _HASHES.split(self.path.name)
        named = re.compile(f"{re.escape(before)}(-?\\d+){re.escape(after)}")
        try:
            matches = [named.fullmatch(path.name) for path in self.path.parent.iterdir()]
        except OSError:  # no such folder
            return ()
        numbers = sorted({int(match[1]) for match in matches if match})
        return tuple(number for number in numbers if self.file(number).is_file())
