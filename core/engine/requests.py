# SPDX-License-Identifier: GPL-3.0-or-later
"""What the worker can be asked: the closed table of requests, and how each is answered."""

import gc
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .. import settings
from ..errors import UserError
from ..progress import Report
from ..styles import Card
from . import device, style
from .models import Models
from .style import Style
from .stylize import stylize
from .tensors import clean, to_batch

Fields = dict[str, Any]
Arrays = list[np.ndarray]


def ready() -> Fields:
    """What the worker says of itself when it can begin."""
    return {"versions": {"torch": torch.__version__, "numpy": np.__version__}, "devices": device.available()}


def rest() -> None:
    """Give the graphics card's unused memory back: Cycles needs it between two jobs."""
    gc.collect()
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def info(fields: Fields, arrays: Arrays, report: Report) -> tuple[Fields, Arrays]:
    """What would compute: fields {"machine": {...}} to {"torch", "device", "precision", "devices", "networks"}."""
    chosen = device.choose(settings.read(settings.Machine, fields.get("machine", {})))
    known = {
        "device": chosen.name,
        "precision": str(chosen.dtype).removeprefix("torch."),
        "devices": device.available(),
    }
    return {"torch": torch.__version__, "networks": models_on(chosen).network, **known}, []


def repaint(fields: Fields, arrays: Arrays, report: Report) -> tuple[Fields, Arrays]:
    """Repaint one picture.

    :param fields: {"settings": ..., "machine": ..., "styles": [{"path" or "reference": ..., "weight": ...}]}
    :param arrays: pixels (H, W, 4) float32, display-referred, straight alpha, top row first; then reference pictures.
    :returns: {"seconds": float, "device": str, "cleaned": int} and the pixels, of the same shape and kind.
    """
    started = time.monotonic()
    chosen = settings.read(settings.Stylize, fields["settings"])
    models = models_on(device.choose(settings.read(settings.Machine, fields["machine"])))
    pixels, *references = map(_check_pixels, arrays)
    report(0, 1, "Reading the style")
    manner = style.mix(_styles(models, fields["styles"], references, chosen.seed), chosen.quality)
    result = stylize(models, pixels, manner, chosen, report)
    seconds = time.monotonic() - started
    return {"seconds": seconds, "device": models.device.name, "cleaned": result.cleaned}, [result.pixels]


REQUESTS = {"stylize": repaint, "info": info}


@cache
def models_on(chosen: device.Device) -> Models:
    """The networks on a device: read once for as long as the process lives."""
    return Models(chosen)


def _styles(models: Models, wanted: Sequence[Fields], references: Arrays, seed: int) -> list[tuple[Style, float]]:
    """The styles named by file or by reference picture, with their weights."""
    if not wanted:
        raise UserError("No style is chosen: choose one from the library or a picture.")
    return [(_style(models, one, references, seed), float(one["weight"])) for one in wanted]


def _style(models: Models, wanted: Fields, references: Arrays, seed: int) -> Style:
    if "path" in wanted:
        return style.read(Path(wanted["path"]), models.network)
    pixels, _ = clean(references[wanted["reference"]])
    return style.from_references(models, [to_batch(pixels, models.device.torch)], Card("Reference"), seed)


def _check_pixels(pixels: np.ndarray) -> np.ndarray:
    if pixels.dtype != np.float32 or pixels.ndim != 3 or pixels.shape[2] != 4:
        raise UserError(f"A picture must be (H, W, 4) float32, but is {pixels.shape} {pixels.dtype}.")
    return pixels
