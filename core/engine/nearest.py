# SPDX-License-Identifier: GPL-3.0-or-later
"""Which styles of a library look most like a picture."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from ..errors import UserError
from ..progress import Report
from . import orders, style
from .models import Models
from .orders import Arrays, Fields
from .relation import distances
from .style import Style
from .tensors import clean, to_batch

Known = dict[str, Tensor]
"""Style files and the codes (WIDTH,) of their manners."""


def code(models: Models, grams: list[Tensor]) -> Tensor:
    """Moments as a point: where the relation places them (WIDTH,).

    A prototype (Snell et al. 2017): the code of several pictures is that of the mean of their moments.
    """
    return models.relation([gram.to(models.device.torch) for gram in grams])[0].cpu()


def find(fields: Fields, arrays: Arrays, report: Report) -> tuple[Fields, Arrays]:
    """Find the styles that look most like a picture.

    :param fields: {"styles": [{"path": FILE}, ...], "machine": ...}; files made with other networks, or that do not say
        what their manner looks like, are passed over.
    :param arrays: the picture, pixels (H, W, 4) float32, display-referred.
    :returns: {"found": [{"path": FILE, "distance": float}, ...]}, the nearest first.
    :raises UserError: no style can be compared.
    """
    models = orders.models_for(fields)
    report(0, 1, "Comparing styles")
    pixels, _ = clean(orders.check_pixels(arrays[0]))
    with torch.inference_mode():
        point = code(models, style.look(models, to_batch(pixels, models.device.torch))[1.0].moments)
    library = known(models, fields["styles"])
    if not library:
        raise UserError("No style of the library says what it looks like: learn the styles again.")
    return {"found": ordered(library, point)}, []


@torch.inference_mode()
def known(models: Models, wanted: Sequence[Fields]) -> Known:
    """The codes of the styles that are named and say what their manner looks like."""
    return {path: code(models, one.manner[1.0].moments) for path, one in readable(models, wanted)}


def ordered(library: Known, point: Tensor) -> list[Fields]:
    """The styles of a library as {"path": FILE, "distance": float}, those first that are nearest to a point."""
    far = distances(torch.stack(list(library.values())), point).tolist() if library else []
    return [{"path": path, "distance": distance} for distance, path in sorted(zip(far, library, strict=True))]


def readable(models: Models, wanted: Sequence[Fields]) -> list[tuple[str, Style]]:
    """The style files that are named and say what their manner looks like, read; the others are passed over."""
    found = []
    for one in wanted:
        try:
            read = style.read(Path(one["path"]), models.network)
        except UserError:
            continue
        found += [(one["path"], read)] if read.manner else []
    return found
