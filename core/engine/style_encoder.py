# SPDX-License-Identifier: GPL-3.0-or-later
"""The style encoder: from the moments of one or several reference pictures to a painter's style parameters."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .encoder import WIDTHS, Encoder
from .moments import color_moments, covariance_of, deviation_of, mean_of, moments

PROJECTED = 16  # channels between which correlations are looked at, per level
HIDDEN = 384
_FAR = 5.0
"""What lies farther from the mean than so many deviations counts as lying there."""


def reference_moments(encoder: Encoder, batch: Tensor) -> list[Tensor]:
    """The moments of reference pictures (N, 3, H, W): colors first, then the levels of the encoder."""
    return [color_moments(batch), *map(moments, encoder(batch))]


class ErrorFeedback(nn.Module):
    """What to add to a style vector, seeing what paintings by it still lack (Carreira et al. 2016).

    Departs from it in that a linear map of the error, as one step of Newton's method would be, goes beside what depends
    on manner and error together.
    """

    WIDTH = 512

    def __init__(self, inputs: int, parameters: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, self.WIDTH, bias=False)
        self.both = nn.Linear(2 * inputs, self.WIDTH)
        self.last = nn.Linear(self.WIDTH, parameters)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, code: Tensor, error: Tensor) -> Tensor:
        """Corrections (N, P) for codes of manners and errors (N, inputs), both as the style encoder tells them."""
        return self.last(self.linear(error) + F.gelu(self.both(torch.cat([code, error], 1))))


class StyleEncoder(nn.Module):
    """A perceptron on means, deviations and correlations of the encoder's features (after Ghiasi et al. 2017).

    Departs from it in what it sees: not a picture through a deep classifier but its moments, so that several pictures
    weigh in as one manner by the mean of their moments (a prototype, Snell et al. 2017). And in looking again: at what
    was painted by its vector, from which another perceptron corrects it (`core.engine.sight`).
    """

    def __init__(self, parameters: int, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.projections = nn.ParameterList(torch.randn(PROJECTED, width) / width**0.5 for width in widths)
        pairs = PROJECTED * (PROJECTED + 1) // 2
        inputs = 3 + 6 + sum(2 * width + pairs for width in widths)
        self.register_buffer("center", torch.zeros(inputs))
        self.register_buffer("spread", torch.ones(inputs))
        self.layers = nn.ModuleList(
            [nn.Linear(inputs, HIDDEN), nn.Linear(HIDDEN, HIDDEN), nn.Linear(HIDDEN, parameters)]
        )
        nn.init.normal_(self.layers[-1].weight, std=0.01)
        nn.init.zeros_(self.layers[-1].bias)
        self.feedback = ErrorFeedback(inputs, parameters)

    def forward(self, grams: list[Tensor], errors: Sequence[Tensor] = ()) -> Tensor:
        """Style vectors (N, P) for moments as `reference_moments` gives them.

        :param errors: what `error` gave for paintings by the vector without any, by that with the first of them, ...
        """
        first, second, last = self.layers
        with _single(grams):
            code = self.code(grams)
            vectors = last(F.gelu(second(F.gelu(first(code)))))
            for error in errors:
                vectors = vectors + self.feedback(code, error)
        return vectors

    def error(self, wanted: list[Tensor], painted: list[Tensor]) -> Tensor:
        """How far painted pictures are from their manners, by the moments of both: (N, inputs), on the common scale."""
        with _single(wanted):
            return ((self.describe(painted) - self.describe(wanted)) / self.spread).clamp(-_FAR, _FAR)

    def code(self, grams: list[Tensor]) -> Tensor:
        """What the perceptron sees (N, inputs), on a common scale: manners that look alike have codes that are near."""
        return ((self.describe(grams) - self.center) / self.spread).clamp(-_FAR, _FAR)

    def describe(self, grams: list[Tensor]) -> Tensor:
        """The numbers (N, inputs) that the perceptron sees, before they are brought to a common scale."""
        color, *levels = grams
        parts = [mean_of(color), _upper(covariance_of(color))]
        for gram, projection in zip(levels, self.projections, strict=True):
            deviation = deviation_of(gram)
            correlation = covariance_of(gram) / (deviation[:, :, None] * deviation[:, None, :])
            parts += [(mean_of(gram) + 0.01).log(), deviation.log(), _upper(projection @ correlation @ projection.mT)]
        return torch.cat(parts, dim=1)


def _single(grams: list[Tensor]) -> torch.autocast:
    """Single precision, also where training computes in half: correlations need it."""
    return torch.autocast(grams[0].device.type, enabled=False)


def _upper(matrix: Tensor) -> Tensor:
    """The upper triangle of symmetric matrices (N, C, C) as (N, C * (C + 1) / 2)."""
    rows, columns = torch.triu_indices(matrix.shape[1], matrix.shape[2], device=matrix.device)
    return matrix[:, rows, columns]
