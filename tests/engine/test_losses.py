# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
import torch

from core.engine.losses import content_distance, covariance_distance, statistics_distance, total_variation
from core.engine.moments import moments


def of_moments(distance):
    return lambda features, target: distance(moments(features), moments(target))


DISTANCES = {
    "statistics": of_moments(statistics_distance),
    "covariance": of_moments(covariance_distance),
    "content": content_distance,
}
each = pytest.mark.parametrize("distance", DISTANCES.values(), ids=DISTANCES)


@each
def test_a_picture_is_at_no_distance_from_itself_and_at_some_from_any_other(distance):
    features = torch.rand(2, 4, 8, 8)
    other = torch.cat([features[:1], torch.rand(1, 4, 8, 8).square()])
    same, different = distance(other, features).tolist()
    assert same == pytest.approx(0, abs=1e-6)
    assert different > 1e-3


@each
@pytest.mark.parametrize("target", ["flat", "noise"])
def test_a_flat_picture_can_be_learnt_from(distance, target):
    flat = torch.full((1, 4, 8, 8), 0.5, requires_grad=True)
    loss = distance(flat, torch.rand(1, 4, 8, 8) if target == "noise" else torch.full((1, 4, 8, 8), 0.5))
    loss.sum().backward()
    assert loss.isfinite().all() and flat.grad.isfinite().all()


@each
def test_levels_count_alike_however_large_their_numbers_are(distance):
    one, other = 0.5 + torch.rand(1, 4, 8, 8), 0.5 + torch.rand(1, 4, 8, 8)
    assert distance(one, other).item() == pytest.approx(distance(100 * one, 100 * other).item(), rel=0.02)


def test_a_change_of_contrast_or_color_is_no_loss_of_content():
    features = torch.rand(1, 4, 8, 8)
    assert content_distance(0.5 * features + 3, features) < 1e-3


def test_a_manner_does_not_ask_where_things_are():
    features = torch.rand(1, 4, 8, 8)
    moved = features.flatten(2)[:, :, torch.randperm(64)].view_as(features)
    assert DISTANCES["statistics"](moved, features) < 1e-6
    assert DISTANCES["covariance"](moved, features) < 1e-6
    assert content_distance(moved, features) > 0.1


def test_flat_pictures_have_no_variation_and_noise_has_more_than_a_ramp():
    flat, ramp, noise = torch.ones(3, 8, 8), torch.linspace(0, 1, 8).expand(3, 8, 8), torch.rand(3, 8, 8)
    variation = total_variation(torch.stack([flat, ramp, noise])).tolist()
    assert variation[0] == 0 < variation[1] < variation[2]
    assert variation[1] == pytest.approx(1 / 49)
