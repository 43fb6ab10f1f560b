# SPDX-License-Identifier: GPL-3.0-or-later
"""The frozen state of a shot: what the painter's normalisation sees in all of its frames, and their colors.

Measured once, and kept beside the repainted frames, so that whoever paints another part of the shot paints it alike.
"""

import os
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from ..errors import PassingError, UserError
from ..progress import Report
from . import renders, stylize
from .models import Models
from .normalisation import Seen
from .shot import Shot
from .style import Mixture
from .stylize import Measured

FRAMES = 8
"""How many frames of a shot are measured, evenly spread."""


def measured(shot: Shot, models: Models, style: Mixture, report: Report) -> Measured:
    """What is frozen of a shot: what was kept, else measured from its frames that are there.

    :raises UserError: none of its frames can be read.
    """
    path = shot.output.path.with_name(f".{shot.output.path.name}.maniera")
    known = _read(path, shot.digest)
    if known is None:
        known = _keep(path, shot.digest, _measure(shot, models, style, report))
    device = models.device.torch
    return Measured(tuple(Seen(*(part.to(device) for part in seen)) for seen in known.statistics), known.colors)


def _measure(shot: Shot, models: Models, style: Mixture, report: Report) -> Measured:
    there = [number for number in shot.numbers if shot.input.file(number).is_file()]
    chosen = sorted({there[len(there) * i // FRAMES] for i in range(FRAMES)}) if there else []
    pictures, view = [], shot.view
    for done, number in enumerate(chosen):
        report(done, len(chosen), "Measuring the shot")
        try:
            pictures.append(renders.read(shot.input.file(number), view, ()).picture.pixels)
        except UserError:  # that it is broken is told when its turn comes
            continue
    if not pictures:
        raise UserError(f"There are no frames like '{shot.input.path}' that can be read: render them first.")
    return stylize.measure(models, pictures, style, shot.paint, report)


def _read(path: Path, digest: str) -> Measured | None:
    """What is kept in the file; None where there is none, it is broken, or it belongs to another order."""
    try:
        with safe_open(path, "pt") as file:
            if (file.metadata() or {}).get("digest") != digest:
                return None
            count, read = len(file.keys()) // 2, file.get_tensor
            points = tuple(Seen(read(f"{i}.mean"), read(f"{i}.variance")) for i in range(count))
            return Measured(points, read("colors"))
    except (OSError, SafetensorError):
        return None


def _keep(path: Path, digest: str, measured: Measured) -> Measured:
    """Write what was measured, unless another process that paints the shot was first: then take what it has kept."""
    points = enumerate(measured.statistics)
    tensors = {f"{i}.{name}": part.cpu() for i, seen in points for name, part in seen._asdict().items()}
    tensors["colors"] = measured.colors
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        unfinished.write_bytes(save(tensors, {"digest": digest}))
        if path.exists():  # it belongs to another order, or is broken
            os.replace(unfinished, path)
        else:
            _claim(unfinished, path)
    except OSError as error:
        reason = error.strerror or error
        raise PassingError(f"'{path}' could not be written ({reason}): make room on the disk.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return _read(path, digest) or measured


def _claim(unfinished: Path, path: Path) -> None:
    """Give a file its name, unless the name is taken."""
    try:
        os.link(unfinished, path)
    except FileExistsError:
        return
    except OSError:  # a disk without hard links
        os.replace(unfinished, path)
