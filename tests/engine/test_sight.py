# SPDX-License-Identifier: GPL-3.0-or-later
"""First sight of a manner is corrected by what is painted with it."""

from statistics import mean

import pytest
import torch
from torch import nn

from core.engine.encoder import Encoder
from core.engine.exercises import drawn
from core.engine.layers import MIRRORED, set_edges
from core.engine.losses import statistics_distance
from core.engine.models import Models
from core.engine.painter import SHAPES, Painter
from core.engine.sight import GLANCES, errors, first_sight
from core.engine.style_encoder import StyleEncoder, reference_moments


@pytest.fixture(scope="module")
def networks() -> tuple[Painter, StyleEncoder, Encoder]:
    """Networks that have learnt nothing, but correct what they see."""
    torch.manual_seed(0)
    shape = SHAPES["fast"]
    style_encoder = StyleEncoder(shape.parameters)
    nn.init.normal_(style_encoder.feedback.last.weight, std=0.01)
    return tuple(network.requires_grad_(False) for network in (Painter(shape), style_encoder, Encoder()))


@pytest.fixture(scope="module")
def manners(networks, batch):
    """The moments of two pictures."""
    return reference_moments(networks[-1], torch.cat([batch(32, 32, 1), 0.3 * batch(32, 32, 2)]))


def test_nothing_is_lacking_where_moments_are_those_wanted_and_nothing_is_beyond_bounds(networks, manners):
    error = networks[1].error
    assert error(manners, manners).abs().max() == 0
    opposite = error(manners, [gram.flip(0) for gram in manners])
    assert opposite.abs().mean() > 0.1 and opposite.abs().max() <= 5


def test_each_glance_looks_at_what_the_one_before_has_made_better(networks, manners):
    found = errors(*networks, manners)
    assert len(found) == GLANCES and all(one.shape == found[0].shape for one in found)
    assert (found[0] - found[1]).abs().max() > 1e-3
    assert torch.equal(errors(*networks, manners, glances=1)[0], found[0])


def test_manners_are_seen_alike_alone_and_side_by_side(networks, manners):
    together = errors(*networks, manners)[-1]
    alone = torch.cat([errors(*networks, [gram[[number]] for gram in manners])[-1] for number in range(2)])
    assert torch.allclose(together, alone, atol=1e-3)


def test_what_was_painted_before_does_not_matter(networks, manners):
    set_edges(networks[0], ("circular", "circular"))
    seen = errors(*networks, manners)
    set_edges(networks[0], MIRRORED)
    assert all(map(torch.equal, seen, errors(*networks, manners)))


def test_gradients_reach_what_corrects_but_not_through_what_was_painted(networks, manners):
    style_encoder = networks[1]
    style_encoder.requires_grad_()
    found = errors(*networks, manners)
    style_encoder(manners, found).sum().backward()
    assert not any(one.requires_grad for one in found)
    assert style_encoder.feedback.linear.weight.grad.abs().sum() > 0
    style_encoder.requires_grad_(False).zero_grad()


@pytest.mark.parametrize("quality", SHAPES)
def test_the_networks_that_ship_come_nearer_to_a_manner_by_looking_again(cpu, quality):
    """On pictures other than those looked at: most manners gain, and all of them together."""
    models = Models(cpu)
    painter, encode = models.painter(quality), models.style_encoder(quality)
    manners = [reference_moments(models.encoder, picture) for picture in drawn(11, count=6, size=160)]
    contents = torch.cat(drawn(29, count=2, size=128))

    def left(vector: torch.Tensor, wanted: list[torch.Tensor]) -> float:
        painted = reference_moments(models.encoder, painter(contents, vector.expand(len(contents), -1)))
        return sum(
            statistics_distance(gram, target).mean().item() for gram, target in zip(painted, wanted, strict=True)
        )

    once = [left(encode(grams), grams) for grams in manners]
    again = [left(first_sight(models, quality, grams), grams) for grams in manners]
    assert mean(again) < 0.9 * mean(once)
    assert sum(second < first for first, second in zip(once, again, strict=True)) >= 4
