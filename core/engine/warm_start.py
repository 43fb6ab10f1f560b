# SPDX-License-Identifier: GPL-3.0-or-later
"""A start that knows more than first sight: where practice has led styles that look alike, it may lead again.

The library is an external memory, read by attention (Vinyals et al. 2016, Matching Networks). Departs from it in what
is read, not the styles but how far practice has led them from first sight, and in that it is tried before use.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from . import exercises, manner, nearest
from .inner import Parameters
from .models import Models
from .orders import Fields
from .practice import BATCH, CROP_PX, Course, Practice, Seen
from .rates import VECTOR
from .relation import distances
from .style import Style, vectors_of

NEAR = 0.25
"""A style that is this much farther away than another counts for a third of it (see `relation.distances`)."""


@dataclass(frozen=True)
class Experience:
    """What practice has made of a style."""

    place: Tensor
    """Where the style lies among manners (WIDTH,)."""
    vectors: dict[str, Tensor]
    """By painter the style's vector (P,), less that of first sight."""


def experiences(models: Models, wanted: Sequence[Fields]) -> list[Experience]:
    """What the style files {"path": FILE} know of practice; those that were made at first sight are passed over."""
    return [experience(models, one) for _, one in nearest.readable(models, wanted) if one.card.steps]


@torch.no_grad()
def experience(models: Models, style: Style) -> Experience:
    """What practice has made of a style as its file keeps it."""
    grams = style.manner[1.0].moments
    sights = vectors_of(models, grams)
    led = {quality: vector - sights[quality] for quality, vector in style.vectors.items()}
    return Experience(nearest.code(models, grams), led)


@torch.no_grad()
def recalled(models: Models, known: Sequence[Experience], grams: Sequence[Tensor]) -> dict[str, Tensor]:
    """By painter the vector (P,) to which practice would lead a manner with these moments, if it went as it has before.

    First sight is here, too, that of moments as files keep them: it is off by about as much as those of the styles.
    """
    if not known:
        return {}
    grams = manner.kept(grams)
    far = distances(torch.stack([one.place for one in known]), nearest.code(models, grams))
    shares = torch.softmax(-far / NEAR, 0).tolist()
    sights = vectors_of(models, grams)
    return {
        quality: sights[quality] + sum(share * one.vectors[quality] for one, share in zip(known, shares, strict=True))
        for quality in known[0].vectors
    }


def run(practice: Practice, start: Parameters, other: Tensor | None, course: Course) -> Iterator[Seen | None]:
    """Take the steps of a course, from another vector (P,) if that is nearer to the manner than the start's is."""
    if other is not None:
        start = _nearer(practice, [start, start | {VECTOR: other.to(start[VECTOR])}], course)
    yield from practice.run(start, course)


@torch.no_grad()
def _nearer(practice: Practice, starts: Sequence[Parameters], course: Course) -> Parameters:
    """The start of the least loss; that all of them paint the same pictures takes about as long as one step."""

    def seeded() -> torch.Generator:
        return torch.Generator().manual_seed(course.seed)

    batch = exercises.crops(course.pictures, BATCH, CROP_PX, seeded())
    practice.settle(course.sight, batch, seeded())
    return min(starts, key=lambda one: practice.loss(one, batch, seeded()).item())
