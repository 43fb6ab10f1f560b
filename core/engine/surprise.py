# SPDX-License-Identifier: GPL-3.0-or-later
"""New manners: by chance, or from a place on the map of manners; and where the library's styles lie on that map."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..errors import UserError
from ..progress import Report
from ..settings import Stylize
from ..styles import Card
from . import exercises, nearest, orders, space, style
from .manner import Look, Manner
from .models import Models
from .nearest import Known
from .orders import Arrays, Fields
from .style import Style
from .stylize import stylize
from .tensors import clean, sized, to_batch, to_pixels
from .thumbnail import thumbnail

NOVEL = 0.3
"""How far from every style of the library a manner by chance has to be (see `relation.distances`)."""
_DRAWS = 100
_SHOWN_PX = 384


def find(fields: Fields, arrays: Arrays, report: Report) -> tuple[Fields, Arrays]:
    """Make a manner that no picture shows, paint a picture in it and, where wanted, write its style file.

    :param fields: {"machine": ..., "styles": [{"path": FILE}, ...] of the library, and "seed": int for a manner by
        chance, at least NOVEL away from those, or "place": [x, y] on the map, each in [0, 1]; and where wanted
        "output": FILE and "name": str}.
    :param arrays: the picture to paint, pixels (H, W, 4) float32; none: one that Maniera draws.
    :returns: {"nearest": [{"path": FILE, "distance": float}, ...], "place": [x, y], "seconds": float} and the painted
        picture, at most 384 pixels on a side: by the small painter, but by the large one where a file is written.
    :raises UserError: all manners by chance are near to a style, or the file cannot be written.
    """
    started = time.monotonic()
    models = orders.models_for(fields)
    quality = "fine" if "output" in fields else "fast"
    report(0, 2, "Finding a Manner")
    library = nearest.known(models, fields["styles"])
    with torch.inference_mode():
        coordinates = _coordinates(models, fields, library)
        grams = space.space(models).moments(coordinates)
        vectors = style.vectors_of(models, grams)
        found = nearest.ordered(library, nearest.code(models, grams))
        place = space.space(models).place(coordinates)[0].tolist()
    report(1, 2, "Painting")
    made = Style(_card(fields, models), vectors)
    mixed = style.mix([(made, 1.0)], quality)
    painted = stylize(models, _content(arrays), mixed, Stylize(quality=quality), Report()).pixels
    if "output" in fields:
        card = replace(made.card, preview=thumbnail(painted))
        _write(replace(made, card=card, manner=_manner(models, grams, painted)), Path(fields["output"]))
    return {"nearest": found, "place": place, "seconds": time.monotonic() - started}, [painted]


def survey(fields: Fields, arrays: Arrays, report: Report) -> tuple[Fields, Arrays]:
    """Where styles lie on the map of manners.

    :param fields: {"styles": [{"path": FILE}, ...], "machine": ...}; files that do not say what their manner looks like
        are passed over.
    :returns: {"places": [{"path": FILE, "place": [x, y]}, ...]}, each in [0, 1].
    """
    models = orders.models_for(fields)
    report(0, 1, "Placing Styles")
    made, places = space.space(models), []
    with torch.inference_mode():
        for path, one in nearest.readable(models, fields["styles"]):
            place = made.place(made.coordinates(one.manner[1.0].moments))
            places.append({"path": path, "place": place[0].tolist()})
    return {"places": places}, []


def _coordinates(models: Models, fields: Fields, library: Known) -> Tensor:
    """The coordinates in the space of manners that a request asks for."""
    made = space.space(models)
    if "place" in fields:
        return made.at(*map(float, fields["place"]))
    random = torch.Generator().manual_seed(int(fields["seed"]))
    for _ in range(_DRAWS):
        drawn = made.draw(random)
        found = nearest.ordered(library, nearest.code(models, made.moments(drawn)))
        if not found or found[0]["distance"] >= NOVEL:
            return drawn
    raise UserError("All manners that were drawn are near to styles of the library: choose a place on the map instead.")


def _content(arrays: Arrays) -> np.ndarray:
    """The picture to paint, at most _SHOWN_PX on a side."""
    if not arrays:
        return _opaque(exercises.drawn(0, 1)[0])
    pixels, _ = clean(orders.check_pixels(arrays[0]))
    return sized(pixels, min(_SHOWN_PX, max(pixels.shape[:2])))


def _opaque(batch: Tensor) -> np.ndarray:
    return to_pixels(batch, np.ones(batch.shape[2:], np.float32))


def _card(fields: Fields, models: Models) -> Card:
    how = f"from the place {_numbers(fields['place'])} of the map" if "place" in fields else f"seed {fields['seed']}"
    return Card(name=fields.get("name", ""), network=models.network, made=f"By Surprise Me ({how}); no pictures")


def _numbers(place: Sequence[float]) -> str:
    return ", ".join(f"{float(number):.2f}" for number in place)


def _manner(models: Models, grams: list[Tensor], painted: np.ndarray) -> Manner:
    """What the manner looks like: its own moments, and for all else the picture painted in it."""
    seen = style.look(models, to_batch(painted, models.device.torch))
    return seen | {1.0: Look([gram.cpu() for gram in grams], seen[1.0].patches)}


def _write(made: Style, output: Path) -> None:
    try:
        style.write(made, output)
    except OSError as error:
        raise UserError(f"'{output}' cannot be written ({error.strerror}): choose another place.") from None
