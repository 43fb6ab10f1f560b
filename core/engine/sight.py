# SPDX-License-Identifier: GPL-3.0-or-later
"""First sight of a manner: its style vector, corrected by what is painted with it.

One pass through a perceptron names a manner only roughly. So the painter paints two small pictures with the vector,
what they still lack of the manner is measured by the very moments that the manner is known by, and the style encoder's
second perceptron corrects the vector. All that takes a fraction of a second, once for each style.
"""

from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor

from . import exercises
from .encoder import Encoder
from .layers import MIRRORED, set_edges
from .models import Models
from .painter import Painter
from .style_encoder import StyleEncoder, reference_moments

GLANCES = 2
"""How often it is looked what the vector makes of the pictures."""
_PROBES, _PROBE_PX, _SEED = 2, 128, 3


def first_sight(models: Models, quality: str, grams: Sequence[Tensor]) -> Tensor:
    """The vectors (N, P) of the painter `quality` for manners with these moments, as `reference_moments` gives them."""
    painter, style_encoder = models.painter(quality), models.style_encoder(quality)
    grams = [gram.to(models.device.torch) for gram in grams]
    return style_encoder(grams, errors(painter, style_encoder, models.encoder, grams))


@torch.no_grad()
def errors(
    painter: Painter, style_encoder: StyleEncoder, encoder: Encoder, grams: list[Tensor], glances: int = GLANCES
) -> list[Tensor]:
    """What paintings still lack of N manners, as `StyleEncoder.forward` takes it: (N, inputs) for each glance."""
    set_edges(painter, MIRRORED)  # as it may have painted a texture before
    found: list[Tensor] = []
    for _ in range(glances):
        painted = _painted(painter, encoder, style_encoder(grams, found))
        found.append(style_encoder.error(grams, painted))
    return found


def _painted(painter: Painter, encoder: Encoder, vectors: Tensor) -> list[Tensor]:
    """The moments of the probes, painted with each of N vectors: N of each."""
    probes = _probes(vectors.device)
    batch = probes.repeat(len(vectors), 1, 1, 1)  # (N * _PROBES, 3, _PROBE_PX, _PROBE_PX)
    painted = painter(batch, vectors.repeat_interleave(len(probes), 0))
    return [gram.unflatten(0, (-1, len(probes))).mean(1) for gram in reference_moments(encoder, painted)]


@cache
@torch.inference_mode(False)
def _probes(device: torch.device) -> Tensor:
    """The pictures that are painted, always the same: (_PROBES, 3, _PROBE_PX, _PROBE_PX)."""
    return torch.cat(exercises.drawn(_SEED, _PROBES, _PROBE_PX)).to(device, memory_format=torch.channels_last)
