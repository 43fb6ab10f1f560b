# SPDX-License-Identifier: GPL-3.0-or-later
"""A style on disk: what its file says of itself, and the folders that make the library.

A style file is one .safetensors (a length, a JSON header, raw numbers: nothing in it can be executed). Only the header
is read here, with bounds, in plain Python; the numbers are the engine's.
"""

import base64
import itertools
import json
import os
import re
import struct
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .errors import UserError

SUFFIX = ".safetensors"
FORMAT = "maniera-style"
VERSION = 2
OLDEST = 1
"""The oldest version that is read: it held the painters' vectors alone."""
HEADER_LIMIT = 4 << 20
FILE_LIMIT = 32 << 20
SHIPPED = Path(__file__).parent / "weights" / "styles"


@dataclass(frozen=True)
class Card:
    """What a style file says of itself."""

    name: str
    author: str = ""
    licence: str = ""
    references: tuple[str, ...] = ()
    """SHA-256 of the pictures that the style was learnt from."""
    network: str = ""
    """Id of the networks that the numbers belong to."""
    made: str = ""
    """How the style was made, in words."""
    steps: int = 0
    """Of practice that have made it what it is; none where it is as seen at first sight."""
    preview: bytes = field(default=b"", repr=False)
    """A PNG."""
    path: Path | None = None

    def to_metadata(self) -> dict[str, str]:
        """As the string pairs of a safetensors header."""
        card = asdict(self) | {"format": FORMAT, "version": VERSION, "preview": ""}
        del card["path"]
        return {"maniera": json.dumps(card), "preview": base64.b64encode(self.preview).decode()}


def read_card(path: Path) -> Card:
    """Read what a style file says of itself.

    :raises UserError: there is no such file, or it is not a whole style file of this version.
    """
    metadata = _header(path).get("__metadata__", {})
    try:
        card = json.loads(metadata["maniera"])
        if card["format"] != FORMAT:
            raise ValueError
        version, references = int(card["version"]), tuple(map(str, card["references"]))
        steps = int(card.get("steps", 0))
        texts = {name: str(card.get(name, "")) for name in ("name", "author", "licence", "network", "made")}
        "".join([*texts.values(), *references]).encode()  # halves of characters can be shown and written nowhere
        preview = base64.b64decode(metadata.get("preview", ""), validate=True)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise UserError(f"'{path}' is not a Maniera style: choose a file that Maniera has written.") from None
    if not OLDEST <= version <= VERSION:
        raise UserError(
            f"'{path}' has style format {version}, this Maniera reads {VERSION}: update the older of the two."
        )
    return Card(**texts, references=references, steps=steps, preview=preview, path=path)


def rewrite(source: Path, target: Path, card: Card) -> None:
    """Write the numbers of a style file with another card, whole or not at all, where no file is.

    :raises UserError: `source` is no whole style file, `target` exists, or it cannot be written.
    """
    if target.exists():
        raise UserError(f"'{target}' exists already: choose another name.")
    header = _header(source) | {"__metadata__": card.to_metadata()}
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)  # the numbers begin at a multiple of eight
    with source.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        file.seek(8 + length)
        numbers = file.read()
    _write(target, struct.pack("<Q", len(encoded)) + encoded + numbers)


def file_of(name: str, folder: Path) -> Path:
    """Where in a folder a style of this name is to be kept, where no file is yet."""
    stem = re.sub(r"[^\w-]+", "-", name.casefold()).strip("-") or "style"
    numbers = itertools.chain([""], (f"-{number}" for number in itertools.count(2)))
    return next(path for number in numbers if not (path := folder / f"{stem}{number}{SUFFIX}").exists())


def free_name(name: str, folders: Iterable[Path]) -> str:
    """This name, with a number behind it where the library has a style of that name already."""
    taken = {card.name.casefold() for card in library(folders)}
    names = itertools.chain([name], (f"{name} {number}" for number in itertools.count(2)))
    return next(free for free in names if free.casefold() not in taken)


def _header(path: Path) -> dict:
    """The JSON header of a safetensors file, checked against the file's size before it is believed."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > HEADER_LIMIT or size > FILE_LIMIT or 8 + length > size:
                raise ValueError
            header = json.loads(file.read(length))
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        if size != 8 + length + max(ends, default=0):
            raise ValueError
    except OSError as error:
        raise UserError(f"The style '{path}' cannot be read: {error.strerror or error}.") from None
    except (ValueError, struct.error, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        raise UserError(f"'{path}' is broken or not a style file: import or learn the style again.") from None
    return header


def own_folder() -> Path:
    """The folder of the user's own styles: MANIERA_LIBRARY, else where this system keeps what users own."""
    if named := os.environ.get("MANIERA_LIBRARY"):
        return Path(named)
    home = Path.home()
    places = {"win32": home / "AppData" / "Roaming", "darwin": home / "Library" / "Application Support"}
    return places.get(sys.platform, home / ".local" / "share") / "maniera" / "styles"


def library_folders() -> list[Path]:
    """The shipped styles, then the user's own."""
    return [SHIPPED, own_folder()]


def library(folders: Iterable[Path] | None = None) -> list[Card]:
    """The styles in some folders (default: the library's) by name; files that cannot be read are left out."""
    cards = []
    for folder in library_folders() if folders is None else folders:
        if folder.is_dir():
            cards += [card for path in sorted(folder.glob(f"*{SUFFIX}")) if (card := _read_or_none(path))]
    return cards


def _read_or_none(path: Path) -> Card | None:
    try:
        return read_card(path)
    except UserError:
        return None


def find(name: str, folders: Iterable[Path] | None = None) -> Card:
    """The style called `name` in the library, else the style file at that path.

    :raises UserError: there is none.
    """
    cards = library(folders)
    for card in cards:
        if card.name.casefold() == name.casefold():
            return card
    if name.endswith(SUFFIX) or os.sep in name:
        return read_card(Path(name))
    names = ", ".join(card.name for card in cards) or "none"
    raise UserError(f"There is no style '{name}' in the library: it holds {names}.")


def copy(source: Path, target: Path, *, replace: bool) -> None:
    """Copy a style file, whole or not at all, into a folder that is made where it is missing.

    :raises UserError: there is a file already that may not be replaced, or none can be written.
    """
    if target.exists() and not replace:
        raise UserError(f"'{target}' exists already: choose another place, or add --force to replace it.")
    try:
        _write(target, source.read_bytes())
    except OSError as error:
        raise UserError(f"'{source}' cannot be read ({error.strerror}): choose another file.") from None


def _write(target: Path, content: bytes) -> None:
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(content)
        unfinished.replace(target)
    except OSError as error:
        raise UserError(f"'{target}' cannot be written ({error.strerror}): choose another place.") from None
    finally:
        unfinished.unlink(missing_ok=True)
