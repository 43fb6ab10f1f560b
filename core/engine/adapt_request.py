# SPDX-License-Identifier: GPL-3.0-or-later
"""How the worker is asked to learn a manner from a few pictures."""

import hashlib
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from torch import Tensor

from .. import settings, styles
from ..errors import UserError
from ..progress import Report
from ..styles import Card
from . import manner, orders, pictures, rates, style, warm_start
from .adapt import Learnt, Task, adapt
from .critic import Reference
from .manner import Manner
from .models import Models
from .orders import Arrays, Fields
from .style import Style
from .tensors import clean, to_batch
from .thumbnail import thumbnail


def learn(fields: Fields, arrays: Arrays, report: Report) -> tuple[Fields, Arrays]:
    """Learn a style from one or several reference pictures, or go on with one, and write its file.

    A picture is {"path": FILE}, which the worker reads itself, or {"array": INDEX} into `arrays`: pixels (H, W, 4)
    float32, display-referred, straight alpha, top row first. A reference may add {"weight": above 0}, 1 where it is
    not named, and {"sha256": HEX} of the file that an array came from.

    "from": FILE goes on from that style (Refine Style): it is the start, and its references are noted beside the new.

    The progress that `report` passes on carries a preview of the first content from time to time, the first one before
    the first step: the one array of that message, pixels (H, W, 4) float32, at most 384 on a side. With "keep" a cancel
    ends the practice and the best so far is written and answered, without it nothing is written.

    "library": [{"path": FILE}, ...] are styles to profit by where the settings say so ("init": "nearest").

    :param fields: {"settings": of `settings.Adapt`, "machine": of `settings.Machine`, "name": str,
        "references": [picture, ...], "contents": [picture, ...], "output": FILE, and where wanted "author": str,
        "licence": str, "from": FILE, "library": [...], "keep": bool}. No contents: pictures that Maniera draws are
        painted on.
    :returns: {"output": FILE, "seconds": float, "device": str, "steps": of the first painter up to its best,
        "cancelled": bool, "before": its loss at the start, "after": its best, "notes": sentences about settings that
        could not be had} and the preview of its best.
    :raises UserError: there is no reference, a picture or style cannot be read, or the file cannot be written.
    """
    started = time.monotonic()
    chosen = settings.read(settings.Adapt, fields["settings"])
    output = _output(Path(fields["output"]))
    models = orders.models_for(fields)
    report(0, 1, "Reading the pictures")
    sources = [_Source.read(wanted, arrays) for wanted in fields["references"]]
    if not sources:
        raise UserError("No picture of the manner is chosen: choose one to five.")
    task = _task(models, fields, chosen, sources, arrays)
    chosen, notes = _possible(chosen, task)
    learnt = adapt(models, task, chosen, report)
    best = learnt.best
    card = replace(
        _card(fields, models, sources, task.start.card),
        preview=thumbnail(best.pixels),
        made=_made(learnt, chosen, task),
        steps=task.start.card.steps + best.step,
    )
    try:
        style.write(replace(learnt.style, card=card, manner=_manner(models, task)), output)
    except OSError as error:
        raise UserError(f"'{output}' cannot be written ({error.strerror}): choose another place.") from None
    told = {"steps": best.step, "cancelled": learnt.cancelled, "before": learnt.seen[0].loss, "after": best.loss}
    told |= {"output": str(output), "seconds": time.monotonic() - started, "device": models.device.name}
    return told | {"notes": notes}, [best.pixels]


@dataclass(frozen=True)
class _Source:
    """A reference picture as it was asked for."""

    pixels: np.ndarray
    sha256: str
    weight: float

    @classmethod
    def read(cls, wanted: Fields, arrays: Arrays) -> "_Source":
        weight = float(wanted.get("weight", 1.0))
        if not 0 < weight < math.inf:
            raise UserError(f"The weight of a picture must be a number above 0, but is {weight:g}.")
        pixels = _picture(wanted, arrays)
        seen = Path(wanted["path"]).read_bytes() if "path" in wanted else pixels.tobytes()
        return cls(pixels, wanted.get("sha256") or hashlib.sha256(seen).hexdigest(), weight)


def _picture(wanted: Fields, arrays: Arrays) -> np.ndarray:
    if "path" in wanted:
        return pictures.read(Path(wanted["path"])).pixels
    return orders.check_pixels(arrays[wanted["array"]])


def _batch(models: Models, pixels: np.ndarray) -> Tensor:
    return to_batch(clean(pixels)[0], models.device.torch)


def _task(models: Models, fields: Fields, chosen: settings.Adapt, sources: Sequence[_Source], arrays: Arrays) -> Task:
    references = [Reference(_batch(models, source.pixels), source.weight) for source in sources]
    contents = [_batch(models, _picture(wanted, arrays)) for wanted in fields["contents"]]
    start = style.read(Path(fields["from"]), models.network) if fields.get("from") else Style(Card(""), {})
    memory = fields.get("library", ()) if chosen.init == "nearest" and not start.vectors else ()
    return Task(references, contents, start, warm_start.experiences(models, memory), keep=bool(fields.get("keep")))


def _possible(chosen: settings.Adapt, task: Task) -> tuple[settings.Adapt, list[str]]:
    """The settings as they can be had, and what is to be said of one that cannot."""
    if chosen.init == "meta" and not rates.learned(rates.FILE):
        note = "There are no learnt step sizes (`train meta` makes them): one step size served for all."
    elif chosen.init == "nearest" and not (task.start.vectors or task.experiences):
        note = "The library holds no style that was learnt with steps: practice started at first sight."
    else:
        return chosen, []
    return replace(chosen, init="joint"), [note]


def _manner(models: Models, task: Task) -> Manner:
    """What the manner looks like: the references, and those of the style that was gone on from where it knows them."""
    chosen = [(style.look(models, reference.batch), reference.weight) for reference in task.references]
    if task.start.manner:
        chosen.append((task.start.manner, float(len(task.start.card.references) or 1)))
    total = sum(weight for _, weight in chosen)
    return manner.mix([(seen, weight / total) for seen, weight in chosen])


def _card(fields: Fields, models: Models, sources: Sequence[_Source], start: Card) -> Card:
    known = dict.fromkeys([*start.references, *(source.sha256 for source in sources)])
    return Card(
        name=fields["name"],
        author=fields.get("author", ""),
        licence=fields.get("licence", ""),
        references=tuple(known),
        network=models.network,
    )


def _made(learnt: Learnt, chosen: settings.Adapt, task: Task) -> str:
    count = len(task.references)
    pictures = f"{count} pictures" if count > 1 else "1 picture"
    how = f"{learnt.best.step} of {chosen.steps} steps, scope {chosen.scope}"
    if task.start.vectors:
        return f"Learnt from {pictures} ({how}), going on from '{task.start.card.name}'"
    return f"Learnt from {pictures} ({how}, start {chosen.init})"


def _output(path: Path) -> Path:
    """Where the style file goes, known to be a place for one before any work is done."""
    if path.suffix != styles.SUFFIX:
        raise UserError(f"A style file ends in {styles.SUFFIX}, but '{path}' does not: choose another name.")
    if not path.parent.is_dir():
        raise UserError(f"There is no folder '{path.parent}': make it first.")
    return path
