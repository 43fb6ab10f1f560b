# SPDX-License-Identifier: GPL-3.0-or-later
"""A style in memory: for each painter the vector of parameters that makes it paint in one manner."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from .. import styles
from ..errors import UserError
from ..styles import Card
from . import changes, manner
from .changes import Changes
from .manner import Look, Manner
from .models import Models
from .painter import SHAPES, Painter
from .patches import distribution
from .sight import first_sight
from .style_encoder import reference_moments
from .tensors import resize, within

STUDIED_PX = 512
"""References are looked at at this length of their longer side, as the networks saw them while they learnt."""
_PARTS = 4  # of a reference that a seed other than 0 chooses


@dataclass(frozen=True)
class Style:
    """One manner: `vectors` holds (P,) float32 on the CPU for each painter, `changes` what it adds to their weights."""

    card: Card
    vectors: dict[str, Tensor]
    changes: dict[str, Changes] = field(default_factory=dict)
    manner: Manner = field(default_factory=dict)
    """What pixels are optimised to; nothing in styles that know only what painters need."""


def read(path: Path, network: str) -> Style:
    """Read a style file made with the networks `network`.

    :raises UserError: it is missing, broken, of another version, or made with other networks.
    """
    card = styles.read_card(path)
    where = f"The style '{card.name}' in '{path}'"
    if card.network != network:
        raise UserError(f"{where} was made with other networks: learn it again from its pictures.")
    try:
        tensors = {name: tensor.float() for name, tensor in load(path.read_bytes()).items()}
    except (SafetensorError, KeyError):  # KeyError: a number format that torch does not have
        raise UserError(f"'{path}' is broken or not a style file: import or learn the style again.") from None
    vectors = {name: tensors.pop(name) for name in SHAPES if name in tensors}
    groups = _grouped(tensors)
    try:
        style = Style(card, vectors, manner=manner.unpack(groups.pop("manner", {})), changes=groups)
    except ValueError:
        style = None
    if style is None or not _fits(style):
        raise UserError(f"{where} holds wrong numbers: import or learn it again.")
    return style


def _grouped(tensors: dict[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Tensors called GROUP/NAME by group: changes by their painter, and what the manner looks like."""
    found: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        group, _, own = name.partition("/")
        found.setdefault(group, {})[own] = tensor
    return found


def _fits(style: Style) -> bool:
    """Whether there is a vector for each painter, and nothing that is no painter's."""
    shapes = {name: (shape.parameters,) for name, shape in SHAPES.items()}
    if {name: tuple(vector.shape) for name, vector in style.vectors.items()} != shapes:
        return False
    if not all(vector.isfinite().all() for vector in style.vectors.values()):
        return False
    return all(quality in SHAPES and changes.fit(own, SHAPES[quality]) for quality, own in style.changes.items())


def write(style: Style, path: Path) -> None:
    """Write a style file whole or not at all, in half precision: a thousandth of a number is not seen."""
    tensors = {quality: vector.half() for quality, vector in style.vectors.items()}
    for quality, own in style.changes.items():
        tensors |= {f"{quality}/{name}": change.half().contiguous() for name, change in own.items()}
    tensors |= {f"manner/{name}": part for name, part in manner.pack(style.manner).items()}
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        unfinished.write_bytes(save(tensors, style.card.to_metadata()))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def from_references(models: Models, references: Sequence[Tensor], card: Card, seed: int = 0) -> Style:
    """The manner of one or several pictures as the style encoders see it.

    :param references: pictures (1, 3, H, W) in [0, 1]; several weigh in as one manner by the mean of their moments.
    :param seed: 0 studies whole pictures, any other number a random choice of parts.
    """
    seen = manner.mix([(look(models, reference, seed), 1 / len(references)) for reference in references])
    return Style(card, vectors_of(models, seen[1.0].moments), manner=seen)


def vectors_of(models: Models, grams: Sequence[Tensor]) -> dict[str, Tensor]:
    """Each painter's vector for a manner with these moments, as `reference_moments` gives them."""
    return {quality: first_sight(models, quality, grams)[0].cpu() for quality in SHAPES}


def look(models: Models, reference: Tensor, seed: int = 0) -> Manner:
    """What a reference (1, 3, H, W) looks like at every scale of the size at which it is studied, on the CPU."""
    reference = studied(reference)
    seen = {}
    for scale in manner.SCALES:
        size = tuple(max(1, round(side * scale)) for side in reference.shape[2:])
        seen[scale] = _study(models, resize(reference, size), seed).to(torch.device("cpu"))
    return seen


def studied(reference: Tensor) -> Tensor:
    """A reference (1, 3, H, W) at the size at which it is looked at."""
    return within(reference, STUDIED_PX)


def _study(models: Models, reference: Tensor, seed: int) -> Look:
    """What one reference looks like, all of it or parts of half its size together."""
    parts = reference if seed == 0 or min(reference.shape[2:]) < 16 else _parts(reference, seed)
    grams = [gram.mean(0, keepdim=True) for gram in reference_moments(models.encoder, parts)]
    return Look(grams, distribution(parts).mean(0, keepdim=True))


def _parts(reference: Tensor, seed: int) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    (height, width), (high, wide) = reference.shape[2:], (side // 2 for side in reference.shape[2:])
    room = torch.tensor((height - high + 1, width - wide + 1))
    corners = (torch.rand(_PARTS, 2, generator=random) * room).int().tolist()
    return torch.cat([reference[:, :, y : y + high, x : x + wide] for y, x in corners])


@dataclass(frozen=True)
class Mixture:
    """One or several styles as a painter is handed them."""

    vector: Tensor
    """(P,) float32 on the CPU."""
    changes: tuple[tuple[Changes, float], ...] = ()
    """What each style changes in the painter's weights, and its share."""
    manner: Manner = field(default_factory=dict)
    """What pixels are optimised to; nothing where one of the styles does not know it."""

    def painter(self, models: Models, quality: str) -> Painter:
        """The painter that paints in this manner: the common one, or a copy of it with the changes made."""
        painter = models.painter(quality)
        return changes.changed(painter, self.changes) if self.changes else painter


def mix(chosen: Sequence[tuple[Style, float]], quality: str) -> Mixture:
    """Several styles by weight, for one painter.

    :raises UserError: no weight is above zero, or one is below or infinite.
    """
    total = sum(weight for _, weight in chosen)
    if not 0 < total < math.inf or any(weight < 0 for _, weight in chosen):
        raise UserError("The weights of the styles must be finite, must not be negative and must not all be 0.")
    shares = [(style, weight / total) for style, weight in chosen if weight > 0]
    made = tuple((style.changes[quality], share) for style, share in shares if style.changes.get(quality))
    vector = sum(style.vectors[quality] * share for style, share in shares)
    return Mixture(vector, made, manner.mix([(style.manner, share) for style, share in shares]))
