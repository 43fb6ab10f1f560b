# SPDX-License-Identifier: GPL-3.0-or-later
"""What a farm job was exported with, so that no machine of the farm paints with anything else."""

import hashlib
import json
from pathlib import Path

from . import styles
from .errors import UserError

WEIGHTS = Path(__file__).parent / "weights"


def hashes(folder: Path = WEIGHTS) -> dict[str, str]:
    """The SHA-256 of the networks' files in a folder, by name."""
    return {path.name: sha256(path) for path in sorted(folder.glob(f"*{styles.SUFFIX}"))}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def verify(path: Path, weights: Path = WEIGHTS) -> None:
    """Compare what a manifest names, by SHA-256, with what is here: the networks, and the style beside the manifest.

    :raises UserError: it cannot be read, or something is missing or another.
    """
    try:
        wanted = json.loads(path.read_text(encoding="utf-8"))
        networks, style, version = dict(wanted["weights"]), dict(wanted["style"]), str(wanted["maniera"])
    except OSError as error:
        raise UserError(f"The manifest '{path}' cannot be read ({error.strerror}): check its name and place.") from None
    except (ValueError, TypeError, KeyError):
        raise UserError(f"'{path}' is no manifest of a farm job: export the job again.") from None
    if networks != hashes(weights):
        raise UserError(
            f"The networks in '{weights}' are not those of the farm job '{path}': install Maniera {version} here, or "
            "export the job again."
        )
    for name, expected in style.items():
        file = path.with_name(Path(name).name)
        if not file.is_file() or sha256(file) != expected:
            raise UserError(f"The style '{file}' is not the one that was exported: export the job again.")
