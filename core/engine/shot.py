# SPDX-License-Identifier: GPL-3.0-or-later
"""A shot that is to be repainted: which frames, from where to where, how, and in which order."""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .. import frames, settings
from ..errors import UserError
from ..frames import Pattern
from . import view
from .view import View

_VERSION = 4
"""Of how frames are painted: another number makes frames that are finished be painted again."""
_TO_LINEAR = ".exr"


@dataclass(frozen=True)
class Shot:
    """All that decides how the frames of one shot look."""

    input: Pattern
    output: Pattern
    vectors: Pattern | None
    """Of the files with the passes, where they are apart and looked at."""
    view_file: Path | None
    styles: tuple[tuple[Path, float], ...]
    numbers: tuple[int, ...]
    """All frames of the shot."""
    key: int
    paint: settings.Stylize
    sequence: settings.Sequence
    network: str

    @classmethod
    def read(cls, fields: dict[str, Any], network: str) -> "Shot":
        """The shot that a request names; see `sequence`.

        :raises UserError: a pattern, a range or a setting makes no sense.
        """
        numbers = frames.parse(fields.get("shot") or fields["frames"])
        strange = set(frames.parse(fields["frames"])) - set(numbers)
        key = int(fields.get("key", numbers[0]))
        if strange or key not in numbers:
            outside = frames.text(strange or {key})
            raise UserError(f"The shot {frames.text(numbers)} has no frame {outside}: name all of its frames.")
        sequence = settings.read(settings.Sequence, fields.get("sequence", {}))
        shot = cls(
            Pattern.read(fields["input"]),
            Pattern.read(fields["output"]),
            Pattern.read(fields["vectors"]) if fields.get("vectors") and sequence.coherence == "passes" else None,
            Path(fields["view"]) if fields.get("view") else None,
            tuple((Path(one["path"]), float(one["weight"])) for one in fields["styles"]),
            numbers,
            key,
            settings.read(settings.Stylize, fields.get("settings", {})),
            sequence,
            network,
        )
        if shot.output.path.suffix.lower() not in (".png", _TO_LINEAR):
            raise UserError(f"'{shot.output.path}' names no format for frames: let it end in .png or .exr.")
        return shot

    @cached_property
    def view(self) -> View:
        return view.read(self.view_file)

    @property
    def linear(self) -> bool:
        """Whether scene-linear files are written."""
        return self.output.path.suffix.lower() == _TO_LINEAR

    @cached_property
    def digest(self) -> str:
        """A hash over all that decides how frames look, but the frames themselves."""
        how = {name: value for name, value in asdict(self.sequence).items() if name != "skip_existing"}
        digest = hashlib.sha256()
        for part in (_VERSION, self.network, asdict(self.paint), how, self.numbers, self.key, self.linear):
            digest.update(json.dumps(part).encode())
        for file, weight in (*self.styles, *([(self.view_file, 0.0)] if self.view_file else [])):
            digest.update(_bytes(file) + str(weight).encode())
        return digest.hexdigest()[:32]

    def index(self, number: int) -> int:
        """How many frames lie between a frame and the key; negative before it."""
        return self._places[number] - self._places[self.key]

    def runs(self, wanted: set[int]) -> list[list[int]]:
        """The frames to paint for the wanted ones, those that only warm up included: from the key on, and back."""
        key = self._places[self.key]
        return [
            self._run(self.numbers[key:], wanted),
            self._run(self.numbers[key::-1], wanted - {self.key}),
        ]

    def _run(self, chain: tuple[int, ...], wanted: set[int]) -> list[int]:
        needed: set[int] = set()
        for place, number in enumerate(chain):
            if number in wanted:
                needed.update(range(max(0, place - self.sequence.warmup), place + 1))
        return [chain[place] for place in sorted(needed)]

    @cached_property
    def _places(self) -> dict[int, int]:
        return {number: place for place, number in enumerate(self.numbers)}


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"'{path}' cannot be read ({error.strerror}): check its name and place.") from None
