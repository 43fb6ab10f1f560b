# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
import torch

from core.engine.encoder import Encoder
from core.engine.style_encoder import reference_moments
from core.training import widen
from core.training.paint import Pupil


@pytest.fixture
def grams():
    with torch.no_grad():
        return [gram.double() for gram in reference_moments(Encoder(), torch.rand(2, 3, 24, 24))]


@pytest.fixture
def small():
    """A small pupil whose styles differ as those of a trained one do."""
    pupil = Pupil("fast").double().requires_grad_(False)
    for last in (pupil.style_encoder.layers[-1], pupil.style_encoder.feedback.last):
        last.weight.normal_(std=0.3)
        last.bias.normal_(std=0.3)
    return pupil


def painted(pupil, content, grams):
    error = pupil.style_encoder.error(grams, [gram.flip(0) for gram in grams])
    return pupil(content, grams, [error])


def test_a_widened_painter_paints_the_same_picture(small, grams, monkeypatch):
    monkeypatch.setattr(widen, "NOISE", 0)
    large = Pupil("fine").double()
    widen.widen(small, large)
    content = torch.rand(2, 3, 19, 22).double()
    with torch.no_grad():
        before, after = painted(small, content, grams), painted(large, content, grams)
    assert (after - before).abs().max() < 1e-6
    assert before.std() > 0.01 and (before[0] - before[1]).abs().max() > 0.01


def test_a_widened_painter_can_learn_what_the_small_one_could_not(small, grams):
    """Channels that repeat another must not learn the same as it, and silent blocks must be able to speak."""
    large = Pupil("fine").double()
    widen.widen(small, large)
    painted(large, torch.rand(2, 3, 16, 16).double(), grams).square().sum().backward()
    few, many = small.painter.shape, large.painter.shape
    repeated = large.painter.blocks[0][0].weight
    assert not torch.allclose(repeated[0], repeated[few.width])
    assert not torch.allclose(repeated.grad[0], repeated.grad[few.width])
    learning = large.style_encoder.layers[-1].bias.grad.count_nonzero()
    not_yet = 2 * many.width * (many.blocks - few.blocks)  # what is inside the silent blocks
    assert 0.9 * (many.parameters - not_yet) < learning <= many.parameters - not_yet
