# SPDX-License-Identifier: GPL-3.0-or-later
"""What the worker can be asked: the closed table of requests, and how each is answered."""

import gc
import time

import numpy as np
import torch

from .. import settings
from ..progress import Report
from . import device, masks, memory, nearest, orders, surprise
from .adapt_request import learn
from .orders import Arrays, Fields
from .sequence import repaint_sequence
from .tensors import sized
from .texture import repaint_texture


def ready() -> Fields:
    """What the worker says of itself when it can begin."""
    return {"versions": {"torch": torch.__version__, "numpy": np.__version__}, "devices": device.available()}


def rest() -> None:
    """Give unused memory back, the graphics card's too: Cycles needs it between two jobs."""
    gc.collect()
    memory.give_back()
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def info(fields: Fields, arrays: Arrays, report: Report) -> tuple[Fields, Arrays]:
    """What would compute: fields {"machine": {...}} to {"torch", "device", "precision", "devices", "networks"}."""
    models = orders.models_for(fields)
    known = {
        "device": models.device.name,
        "precision": str(models.device.dtype).removeprefix("torch."),
        "devices": device.available(),
    }
    return {"torch": torch.__version__, "networks": models.network, **known}, []


def repaint(fields: Fields, arrays: Arrays, report: Report) -> tuple[Fields, Arrays]:
    """Repaint one picture.

    :param fields: {"settings": ..., "machine": ..., "styles": [{"path" or "reference": ..., "weight": ...}]} and where
        wanted "where": masks, as `mattes.read` takes them, of what is repainted; and "masks": [{"styles": ...,
        "where": masks}], what is painted in other styles instead; and "optimize": how the best quality is reached.
    :param arrays: pixels (H, W, 4) float32, display-referred, straight alpha, top row first, or uint8 where that is how
        they are kept; the result may be written over them. Then reference pictures and masks, which are named by their
        place after the pixels.
    :returns: {"seconds": float, "device": str, "cleaned": int, "cancelled": whether a cancel left a picture that is
        not done} and the pixels, of the same kind and, unless "optimize" names another size, of the same shape.
    """
    started = time.monotonic()
    chosen = settings.read(settings.Stylize, fields["settings"])
    models = orders.models_for(fields)
    optimize = settings.read(settings.Optimize, fields.get("optimize", {}))
    pixels, *further = arrays
    pixels = sized(orders.check_pixels(pixels, as_bytes=True), optimize.size)
    report(0, 1, "Reading the style")
    regions = masks.read(models, fields, pixels, further)
    result = masks.paint(models, pixels, regions, chosen, report, optimize=optimize)
    told = {"seconds": time.monotonic() - started, "device": models.device.name}
    return told | {"cleaned": result.cleaned, "cancelled": result.cancelled}, [result.pixels]


REQUESTS = {
    "stylize": repaint,
    "adapt": learn,
    "texture": repaint_texture,
    "sequence": repaint_sequence,
    "nearest": nearest.find,
    "surprise": surprise.find,
    "map": surprise.survey,
    "info": info,
}
