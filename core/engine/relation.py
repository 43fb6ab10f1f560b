# SPDX-License-Identifier: GPL-3.0-or-later
"""How alike manners look: a small network, learnt on parts of pictures that are to find their own picture."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .portrait import CHANNELS, SIZES, portraits

CORRELATED = 3
"""Of colors and the first levels, correlations count too; those of the deeper levels differ within one picture."""
_COUNTED = tuple(
    size if index < CORRELATED else 2 * channels
    for index, (size, channels) in enumerate(zip(SIZES, CHANNELS, strict=True))
)
INPUTS = sum(_COUNTED)
WIDTH, HIDDEN = 64, 32


class Relation(nn.Module):
    """Places manners so that those which look alike lie near each other.

    A siamese network (Koch et al. 2015): the same for both of a pair. Departs from it in what is compared, the
    distance of the two places itself: so it is the same both ways, and 0 of a manner to itself. Depends on the encoder
    alone, and outlives the painters.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("center", torch.zeros(INPUTS))
        self.register_buffer("scale", torch.ones(INPUTS))
        self.basis = nn.Parameter(torch.randn(WIDTH, INPUTS) / INPUTS**0.5)
        self.hidden, self.outward = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH)
        nn.init.zeros_(self.outward.weight)
        nn.init.zeros_(self.outward.bias)

    def forward(self, grams: Sequence[Tensor]) -> Tensor:
        """Places (N, WIDTH) of manners with these moments, as `reference_moments` gives them."""
        return self.place(numbers(grams))

    def place(self, rows: Tensor) -> Tensor:
        """Places (N, WIDTH) of `numbers` (N, INPUTS)."""
        seen = self.standard(rows) @ self.basis.mT
        return seen + self.outward(F.relu(self.hidden(seen)))

    def standard(self, rows: Tensor) -> Tensor:
        """The numbers (N, INPUTS) on a common scale; what no picture of training came near to is cut off."""
        return ((rows - self.center) / self.scale).clamp(-5, 5)


def numbers(grams: Sequence[Tensor]) -> Tensor:
    """Of the portraits of manners what the relation sees (N, INPUTS)."""
    parts = zip(portraits(grams).split(SIZES, 1), _COUNTED, strict=True)
    return torch.cat([part[:, :count] for part, count in parts], 1)


def distances(places: Tensor, place: Tensor) -> Tensor:
    """How far (N,) each of the places (N, WIDTH) is from one (WIDTH,): 0 for the same, about 1 for two at random."""
    return (places - place).square().mean(1).sqrt()
