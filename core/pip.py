# SPDX-License-Identifier: GPL-3.0-or-later
"""What pip is told, and what its answers mean."""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from .errors import PassingError, UserError
from .interpreter import REQUIREMENTS

LOCK = "requirements.txt"
"""In a folder of wheels: their exact versions and hashes."""


@dataclass(frozen=True)
class Source:
    """Where packages come from."""

    index: str = ""
    """Address of the index that has torch; nothing is pip's own."""
    wheels: Path | None = None
    """A folder of wheels instead of the network."""
    constraints: Path | None = None
    """A file of exact versions."""


def install(python: Path, source: Source) -> list[list[str]]:
    """The calls of pip that install what the engine needs.

    :param python: the interpreter to install it for.
    :raises UserError: the folder has no wheels.
    """
    call = _call(python, "install", source)
    if source.wheels:
        return [[*call, "--no-index", "--find-links", *_from_folder(source.wheels)]]
    call += ["--progress-bar", "raw"]
    if not source.index:
        return [_upgrade(python), [*call, *_EVERYTHING]]
    return [_upgrade(python), [*call, "--index-url", source.index, *_TORCH], [*call, *_EVERYTHING]]


def download(python: Path, source: Source, wheels: Path) -> list[list[str]]:
    """The calls of pip that fill a folder with wheels of what the engine needs; after each `write_lock` is due."""
    call = [*_call(python, "download", source), "--progress-bar", "raw", "--dest", str(wheels)]
    if not source.index:
        return [_upgrade(python), [*call, *_EVERYTHING]]
    # Pip's own index has torch as well, in another build: the one that was found first stays.
    rest = [*call, "--find-links", str(wheels), "--constraint", str(wheels / LOCK), *_EVERYTHING]
    return [_upgrade(python), [*call, "--index-url", source.index, *_TORCH], rest]


_TORCH = [REQUIREMENTS["torch"], REQUIREMENTS["torchvision"]]
_EVERYTHING = list(REQUIREMENTS.values())


def _call(python: Path, verb: str, source: Source) -> list[str]:
    # Source packages would need a compiler and run code while they install.
    call = [str(python), "-m", "pip", verb, *_QUIET, "--only-binary", ":all:"]
    if verb == "install":
        call.append("--no-user")
    return [*call, "--constraint", str(source.constraints)] if source.constraints else call


_QUIET = ["--no-input", "--disable-pip-version-check"]


def _upgrade(python: Path) -> list[str]:
    """Older ones do not tell their progress."""
    return [str(python), "-m", "pip", "install", *_QUIET, "--no-user", "--upgrade", "pip>=25.1"]


def _from_folder(wheels: Path) -> list[str]:
    if not any(wheels.glob("*.whl")):
        raise UserError(f"'{wheels}' holds no wheels: choose the folder of .whl files.")
    if (wheels / LOCK).is_file():
        return [str(wheels), "--require-hashes", "--requirement", str(wheels / LOCK)]
    return [str(wheels), *REQUIREMENTS.values()]


def write_lock(wheels: Path, *, hashes: bool) -> None:
    """Write down the versions of the wheels in a folder; with their hashes nothing else is installed from it."""
    lines = []
    for wheel in sorted(wheels.glob("*.whl")):
        name, version = wheel.name.split("-")[:2]
        lines.append(f"{name}=={version}" + (f" --hash=sha256:{_sha256(wheel)}\n" if hashes else "\n"))
    (wheels / LOCK).write_text("".join(lines), encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass
class Output:
    """What pip has said so far."""

    expected: float
    """Bytes that it will download."""
    what: str = "Looking for packages"
    _done: float = 0.0
    _current: float = 0.0
    _said: list[str] = field(default_factory=list)

    @property
    def factor(self) -> float:
        """From 0 to 1: nine tenths for downloads, whose size is a guess, and the rest for installing them."""
        if self.what.startswith("Installing"):
            return 0.9
        return 0.9 * min(1.0, (self._done + self._current) / self.expected)

    def hear(self, line: str) -> bool:
        """Take in one line; whether it is worth a place in the log."""
        if progress := re.match(r"Progress (\d+) of (\d+)", line):
            so_far, total = map(float, progress.groups())
            self._current = so_far
            if so_far >= total:
                self._done, self._current = self._done + total, 0.0
            return False
        if wheel := re.match(r"\s*(Downloading|Processing) (?:\S*[/\\])?([^-/\\\s]+)-\S*\.whl(?!\.metadata)", line):
            self.what = f"{'Downloading' if wheel[1] == 'Downloading' else 'Reading'} {wheel[2]}"
        elif re.match(r"Installing collected packages:.*\btorch\b", line):
            self.what = "Installing (some minutes for torch)"
        self._said = [*self._said[-200:], line]
        return True

    def failure(self, log: Path) -> UserError:
        """Why pip has ended without success, as one sentence."""
        said = "\n".join(self._said)
        for pattern, error, sentence in _FAILURES:
            if found := re.search(pattern, said):
                return error(sentence.format(*found.groups()))
        return UserError(f"pip could not install the engine: its reasons are in '{log}'.")


_FAILURES: tuple[tuple[str, type[UserError], str], ...] = (
    (
        r"No space left on device|Errno 28|WinError 112",
        UserError,
        "The disk is full: make room, then start again.",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        UserError,
        "A wheel is not the one that was locked: copy the folder of wheels again.",
    ),
    (
        r"SSLError|CERTIFICATE_VERIFY_FAILED",
        UserError,
        "The network's certificate is not trusted: ask who runs your network, or use a folder of wheels.",
    ),
    (
        r"Timeout|NewConnectionError|NameResolutionError|Temporary failure|Connection (?:refused|reset|aborted)",
        PassingError,
        "The network cannot be reached: check the connection, then start again.",
    ),
    (
        r"No matching distribution found for ([\w.-]+)",
        UserError,
        "There is no '{0}' for this Python and system where pip has looked: choose another base Python or build.",
    ),
    (
        r"ResolutionImpossible|conflicting dependencies",
        UserError,
        "The packages do not fit each other: use another folder of wheels or other constraints.",
    ),
)
