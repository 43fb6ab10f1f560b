# SPDX-License-Identifier: GPL-3.0-or-later
"""Mixtures as they are seen: the more of a style, the nearer to it."""

import numpy as np
import pytest

from core.engine import style
from core.engine.style import Style
from core.engine.stylize import stylize
from core.progress import Report
from core.settings import Stylize
from core.styles import Card

SHARES = [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0]


@pytest.mark.parametrize("quality", ["fast", "fine"])
def test_the_more_of_a_style_the_nearer_is_the_picture_to_it(models, vector, pixels, quality):
    one, other = (Style(Card(str(seed)), {quality: vector(quality, seed)}) for seed in (1, 2))
    painted = [_paint(models, one, other, share, pixels(40, 60), quality) for share in SHARES]
    for end in (painted[0], painted[-1]):
        far = [float(np.square(picture - end).mean()) for picture in painted]
        assert (np.diff(far) > 0).all() or (np.diff(far) < 0).all()


def _paint(models, one: Style, other: Style, share: float, pixels: np.ndarray, quality: str) -> np.ndarray:
    mixed = style.mix([(one, 1 - share), (other, share)], quality)
    return stylize(models, pixels, mixed, Stylize(quality=quality), Report()).pixels
