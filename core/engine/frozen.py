# SPDX-License-Identifier: GPL-3.0-or-later
"""The frozen state of a shot: what the painter's normalisation sees in all of its frames, and their colors.

Measured once, and kept beside the repainted frames, so that whoever paints another part of the shot paints it alike.
"""

import glob
import json
import os
import uuid
from contextlib import suppress
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from ..errors import PassingError, UserError
from ..progress import Report
from . import finished, renders, stylize
from .models import Models
from .normalisation import Seen
from .shot import Shot
from .style import Mixture
from .stylize import Measured

FRAMES = 8
"""How many frames of a shot are measured, evenly spread."""

States = dict[str, str]
"""Frames by number, each with the state of its file."""


def measured(shot: Shot, models: Models, style: Mixture, numbers: set[int], report: Report) -> Measured:
    """What is frozen of a shot: what was kept, else measured from its frames that are there.

    :param numbers: the frames that are to be painted with it.
    :raises UserError: none of its frames can be read.
    """
    path = shot.output.path.with_name(f".{shot.output.path.name}.maniera")
    kept = _read(path, shot.digest)
    if kept is None or _is_outdated(shot, kept[1], numbers):
        chosen = _chosen(shot)
        kept = _keep(path, shot.digest, _measure(shot, chosen, models, style, report), chosen), chosen
    _tidy(path)
    device = models.device.torch
    return Measured(tuple(Seen(*(part.to(device) for part in seen)) for seen in kept[0].statistics), kept[0].colors)


def _is_outdated(shot: Shot, states: States, numbers: set[int]) -> bool:
    """Whether others are to be measured than were, and no finished frame would be left that others were measured for.

    Whoever paints a part of the shot does not mind frames that have come since: other parts may be painted just now.
    """
    if numbers == set(shot.numbers):
        return states != _chosen(shot)
    now = {number: finished.state(shot.input.file(int(number))) for number in states}
    rendered_anew = any(now[number] not in ("", state) for number, state in states.items())
    return rendered_anew and not any(finished.is_finished(shot, number) for number in {*shot.numbers} - numbers)


def _chosen(shot: Shot) -> States:
    """The frames to measure."""
    there = [number for number in shot.numbers if shot.input.file(number).is_file()]
    chosen = sorted({there[len(there) * i // FRAMES] for i in range(FRAMES)}) if there else []
    return {str(number): finished.state(shot.input.file(number)) for number in chosen}


def _measure(shot: Shot, chosen: States, models: Models, style: Mixture, report: Report) -> Measured:
    pictures, view = [], shot.view
    for done, number in enumerate(map(int, chosen)):
        report(done, len(chosen), "Measuring the shot")
        try:
            pictures.append(renders.read(shot.input.file(number), view, ()).picture.pixels)
        except UserError:  # that it is broken is told when its turn comes
            continue
    if not pictures:
        raise UserError(f"There are no frames like '{shot.input.path}' that can be read: render them first.")
    return stylize.measure(models, pictures, style, shot.paint, report)


def _read(path: Path, digest: str) -> tuple[Measured, States] | None:
    """What is kept in the file; None where there is none, it is broken, or it belongs to another order."""
    try:
        with safe_open(path, "pt") as file:
            about = file.metadata() or {}
            if about.get("digest") != digest:
                return None
            count, read = len(file.keys()) // 2, file.get_tensor
            points = tuple(Seen(read(f"{i}.mean"), read(f"{i}.variance")) for i in range(count))
            return Measured(points, read("colors")), json.loads(about.get("frames", "{}"))
    except (OSError, SafetensorError):
        return None


def _keep(path: Path, digest: str, measured: Measured, chosen: States) -> Measured:
    """Write what was measured, unless another process that paints the shot was first: then take what it has kept."""
    kept = _read(path, digest)
    if kept and kept[1] == chosen:
        return kept[0]
    points = enumerate(measured.statistics)
    tensors = {f"{i}.{name}": part.cpu() for i, seen in points for name, part in seen._asdict().items()}
    tensors["colors"] = measured.colors
    # On several machines there may be several processes of one number.
    unfinished = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        unfinished.write_bytes(save(tensors, {"digest": digest, "frames": json.dumps(chosen)}))
        with suppress(FileNotFoundError):  # whoever was first has tidied up
            if path.exists():  # it belongs to another order, is broken or outdated
                os.replace(unfinished, path)
            else:
                _claim(unfinished, path)
    except OSError as error:
        reason = error.strerror or error
        raise PassingError(f"'{path}' could not be written ({reason}): make room on the disk.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    kept = _read(path, digest)
    return kept[0] if kept else measured


def _claim(unfinished: Path, path: Path) -> None:
    """Give a file its name, unless the name is taken."""
    try:
        os.link(unfinished, path)
    except FileExistsError:
        return
    except OSError:  # a disk without hard links
        os.replace(unfinished, path)


def _tidy(path: Path) -> None:
    """Remove what processes that were killed have half kept; one that is at it takes what is there."""
    for unfinished in path.parent.glob(f"{glob.escape(path.name)}.*.tmp"):
        with suppress(OSError):
            unfinished.unlink()
