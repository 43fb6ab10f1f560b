# SPDX-License-Identifier: GPL-3.0-or-later
import json

import pytest
import torch

from core.engine import rates
from core.engine.painter import SHAPES
from core.engine.rates import FACTOR_RATE, VECTOR, VECTOR_RATE, WEIGHT_RATE

POINTS = 2 * len(SHAPES["fast"].points)
PARAMETERS = {VECTOR: torch.zeros(SHAPES["fast"].parameters), "a.up": torch.zeros(2, 3), "b": torch.zeros(4)}


@pytest.fixture
def learnt(monkeypatch, tmp_path):
    """Lays down a file of learnt step sizes, and gives those of the painter `fast` for an init."""

    def lay(sizes: object, init: str = "meta") -> dict[str, torch.Tensor]:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
        path.write_text(json.dumps(sizes), encoding="utf-8")
        monkeypatch.setattr(rates, "FILE", path)
        return rates.rates("fast", PARAMETERS, init)

    return lay


def test_each_point_has_a_step_size_for_its_scales_and_one_for_its_shifts(learnt):
    sizes = [0.001 * (1 + index) for index in range(POINTS)]
    found = learnt({"fast": sizes})[VECTOR]
    width = SHAPES["fast"].width
    assert found.shape == PARAMETERS[VECTOR].shape
    assert torch.allclose(found[:width], torch.tensor(0.001)) and torch.allclose(
        found[width : 2 * width], torch.tensor(0.002)
    )
    assert torch.isclose(found[-1], torch.tensor(sizes[-1]))


@pytest.mark.parametrize("sizes", [{}, {"fast": [0.1] * (POINTS + 2)}, {"fine": [0.1] * POINTS}, {"huge": [0.1]}])
def test_one_size_serves_where_none_was_learnt_for_a_painter_of_this_shape(learnt, sizes):
    found = learnt(sizes)
    assert {name: size.item() for name, size in found.items()} == pytest.approx(
        {VECTOR: VECTOR_RATE, "a.up": FACTOR_RATE, "b": WEIGHT_RATE}
    )


def test_learnt_sizes_are_taken_only_where_they_are_wanted(learnt):
    assert learnt({"fast": [0.7] * POINTS}, "joint")[VECTOR].item() == pytest.approx(VECTOR_RATE)
