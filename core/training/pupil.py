# SPDX-License-Identifier: GPL-3.0-or-later
"""What learns to paint: a painter together with the style encoder that feeds it."""

from collections.abc import Sequence

from torch import Tensor, nn

from ..engine.painter import SHAPES, Painter
from ..engine.style_encoder import StyleEncoder


class Pupil(nn.Module):
    """What learns: a painter and the style encoder that feeds it."""

    def __init__(self, quality: str) -> None:
        super().__init__()
        self.painter = Painter(SHAPES[quality])
        self.style_encoder = StyleEncoder(SHAPES[quality].parameters)

    def forward(
        self, content: Tensor, grams: list[Tensor], errors: Sequence[Tensor] = (), noise: Tensor | None = None
    ) -> Tensor:
        """Repaint (N, 3, H, W) in the manners whose moments are `grams`.

        :param errors: as the style encoder takes them.
        :param noise: as a painter takes it.
        """
        return self.painter(content, self.style_encoder(grams, errors), noise=noise)
