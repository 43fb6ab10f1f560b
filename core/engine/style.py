# SPDX-License-Identifier: GPL-3.0-or-later
"""A style in memory: for each painter the vector of parameters that makes it paint in one manner."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from .. import styles
from ..errors import UserError
from ..styles import Card
from .models import Models
from .moments import blend
from .painter import SHAPES
from .style_encoder import reference_moments
from .tensors import resize

STUDIED_PX = 512
"""References are looked at at this length of their longer side, as the networks saw them while they learnt."""
_PARTS = 4  # of a reference that a seed other than 0 chooses


@dataclass(frozen=True)
class Style:
    """One manner: `vectors` holds (P,) float32 on the CPU for each painter."""

    card: Card
    vectors: dict[str, Tensor]


def read(path: Path, network: str) -> Style:
    """Read a style file made with the networks `network`.

    :raises UserError: it is missing, broken, of another version, or made with other networks.
    """
    card = styles.read_card(path)
    where = f"The style '{card.name}' in '{path}'"
    if card.network != network:
        raise UserError(f"{where} was made with other networks: learn it again from its pictures.")
    try:
        vectors = {name: tensor.float() for name, tensor in load(path.read_bytes()).items()}
    except (SafetensorError, KeyError):  # KeyError: a number format that torch does not have
        raise UserError(f"'{path}' is broken or not a style file: import or learn the style again.") from None
    shapes = {name: (shape.parameters,) for name, shape in SHAPES.items()}
    fits = {name: tuple(vector.shape) for name, vector in vectors.items()} == shapes
    if not fits or not all(vector.isfinite().all() for vector in vectors.values()):
        raise UserError(f"{where} holds wrong numbers: import or learn it again.")
    return Style(card, vectors)


def write(style: Style, path: Path) -> None:
    """Write a style file whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        unfinished.write_bytes(save(style.vectors, style.card.to_metadata()))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def from_references(models: Models, references: Sequence[Tensor], card: Card, seed: int = 0) -> Style:
    """The manner of one or several pictures as the style encoders see it.

    :param references: pictures (1, 3, H, W) in [0, 1]; several weigh in as one manner by the mean of their moments.
    :param seed: 0 studies whole pictures, any other number a random choice of parts.
    """
    seen = [_study(models, reference, seed) for reference in references]
    grams = [blend(list(level)) for level in zip(*seen, strict=True)]
    vectors = {quality: models.style_encoder(quality)(grams)[0].cpu() for quality in SHAPES}
    return Style(card, vectors)


def _study(models: Models, reference: Tensor, seed: int) -> list[Tensor]:
    """The moments of one reference, of all of it or of parts of half its size."""
    scale = min(1.0, STUDIED_PX / max(reference.shape[2:]))
    reference = resize(reference, tuple(max(1, round(side * scale)) for side in reference.shape[2:]))
    height, width = reference.shape[2:]
    if seed == 0 or min(height, width) < 16:
        return reference_moments(models.encoder, reference)
    random = torch.Generator().manual_seed(seed)
    high, wide = height // 2, width // 2
    room = torch.tensor((height - high + 1, width - wide + 1))
    corners = (torch.rand(_PARTS, 2, generator=random) * room).int().tolist()
    parts = torch.cat([reference[:, :, y : y + high, x : x + wide] for y, x in corners])
    return [gram.mean(0, keepdim=True) for gram in reference_moments(models.encoder, parts)]


def mix(chosen: Sequence[tuple[Style, float]], quality: str) -> Tensor:
    """The style vector (P,) of several styles by weight.

    :raises UserError: no weight is above zero, or one is below or infinite.
    """
    total = sum(weight for _, weight in chosen)
    if not 0 < total < math.inf or any(weight < 0 for _, weight in chosen):
        raise UserError("The weights of the styles must be finite, must not be negative and must not all be 0.")
    return sum(style.vectors[quality] * (weight / total) for style, weight in chosen)
