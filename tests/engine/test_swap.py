# SPDX-License-Identifier: GPL-3.0-or-later
"""Content and manner come apart in the networks that ship: another manner leaves what a picture shows."""

from itertools import combinations
from statistics import mean

import pytest
import torch

from core.engine import style
from core.engine.exercises import drawn
from core.engine.losses import content_distance
from core.engine.models import Models
from core.engine.painter import SHAPES
from core.styles import SHIPPED


@pytest.mark.parametrize("quality", SHAPES)
@torch.inference_mode()
def test_another_manner_changes_far_less_of_what_is_shown_than_another_content(cpu, quality):
    models = Models(cpu)
    contents = drawn(0, count=4, size=128)
    vectors = [style.read(path, models.network).vectors[quality] for path in sorted(SHIPPED.iterdir())[::7]]
    shown = {
        (content, manner): models.encoder(models.painter(quality)(contents[content], vector[None]))[-1]
        for content in range(len(contents))
        for manner, vector in enumerate(vectors)
    }

    def apart(same_content: bool) -> float:
        pairs = combinations(shown, 2)
        chosen = [(a, b) for a, b in pairs if a[1] != b[1] and (a[0] == b[0]) == same_content]
        return mean(content_distance(shown[a], shown[b]).item() for a, b in chosen)

    assert apart(same_content=True) < apart(same_content=False) / 2
