# SPDX-License-Identifier: GPL-3.0-or-later
"""Several manners in one picture: each is painted over all of it, and the pictures are mixed by their masks.

Mixing the painted pictures and not, inside the painter, their parameters (scale(x) = sum of M_r(x) scale_r) takes one
pass less, as the statistics of each manner need a pass of their own in any case; it works with every painter, by tiles
and with optimisation; strokes end as sharply as the mask does; and outside a mask not one bit is changed by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .. import settings
from ..progress import Report
from ..settings import Optimize, Stylize
from . import mattes, orders, style
from .depths import numbers
from .models import Models
from .orders import Arrays, Fields
from .style import Mixture
from .stylize import Result, stylize
from .tensors import clean

_WHOLE = 0.1
"""How much the whole picture counts in what a painter measures for a manner that has a mask. A plain thing measured by
itself alone would have its faint differences painted as boldly as a whole picture's."""


@dataclass(frozen=True)
class Region:
    """Where a manner is painted."""

    manner: Mixture
    mask: np.ndarray | None
    """(H, W) float32 in [0, 1]; None for the whole picture."""


def read(models: Models, fields: Fields, pixels: np.ndarray, further: Arrays) -> list[Region]:
    """The regions that a request for a repainted picture names: "styles" within "where", and its "masks"."""
    chosen = settings.read(settings.Stylize, fields["settings"])
    regions = []
    for wanted in (fields, *fields.get("masks", ())):
        manner = style.mix(orders.styles(models, wanted["styles"], further, chosen.seed), chosen.painter)
        mask = mattes.read(wanted["where"], pixels, further) if wanted.get("where") else None
        regions.append(Region(manner, mask))
    return regions


def paint(
    models: Models,
    pixels: np.ndarray,
    regions: Sequence[Region],
    chosen: Stylize,
    report: Report,
    *,
    optimize: Optimize | None = None,
) -> Result:
    """Repaint pixels (H, W, 4) in several manners; where none is, they stay as they are.

    :param pixels: the result may be written over them.
    :param regions: the first manner fills what the masks of the others leave of its own.
    :param optimize: as for `stylize`.
    """
    if len(regions) == 1 and regions[0].mask is None:
        manner, in_place = regions[0].manner, pixels.flags.writeable
        return stylize(models, pixels, manner, chosen, report, optimize=optimize, in_place=in_place)
    cleaned, broken = clean(numbers(pixels))
    shares = divide([region.mask for region in regions], pixels.shape[:2])
    left = 1 - sum(shares)
    mixed, cancelled = cleaned * left[..., None], False
    for index, (region, share) in enumerate(zip(regions, shares, strict=True)):
        if share.any():
            part = report.part(index, index + 1, len(regions))
            if cancelled:  # and kept: what is left is only painted, and that to its end
                part, optimize = Report(), None
            emphasis = None if region.mask is None else _emphasis(share)
            result = stylize(models, cleaned, region.manner, chosen, part, emphasis=emphasis, optimize=optimize)
            mixed += result.pixels * share[..., None]
            cancelled = cancelled or result.cancelled
    mixed[..., 3] = cleaned[..., 3]
    return Result(mixed, broken, cancelled)


def divide(masks: Sequence[np.ndarray | None], size: tuple[int, int]) -> list[np.ndarray]:
    """How much of each pixel each manner gets, (H, W) float32 with sums of at most 1.

    What the masks after the first take is added up, and divided where it is more than there is; so two things that
    share the pixels of an edge leave nothing of the first manner between them, which would be seen as a halo.
    """
    first, *others = (np.ones(size, np.float32) if mask is None else mask for mask in masks)
    taken = sum(others) if others else np.zeros(size, np.float32)
    others = [mask / np.maximum(taken, 1) for mask in others]
    return [np.minimum(first, np.maximum(1 - taken, 0)), *others]


def _emphasis(share: np.ndarray) -> np.ndarray:
    """How much each pixel counts for a manner that is painted there: (H, W) float32, 1 at most."""
    counted = (1 - _WHOLE) * share / share.mean() + _WHOLE
    return counted / counted.max()
