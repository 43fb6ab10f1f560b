# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
import torch

from core.engine.moments import VARIANCE_FLOOR, blend, color_moments, covariance_of, deviation_of, mean_of, moments


@pytest.fixture
def features():
    return 3 + 2 * torch.randn(2, 5, 12, 20)


def test_mean_deviation_and_covariance_are_those_of_the_pixels(features):
    gram = moments(features)
    pixels = features.flatten(2)
    assert torch.allclose(mean_of(gram), pixels.mean(2), atol=1e-4)
    assert torch.allclose(deviation_of(gram), pixels.std(2, correction=0), atol=1e-4)
    expected = torch.stack([torch.cov(channels, correction=0) for channels in pixels])
    assert torch.allclose(covariance_of(gram), expected, atol=1e-3)


def test_tiles_weighted_by_their_size_make_the_whole(features):
    whole, tiles = features[:1], features[:1].split([5, 15], dim=3)
    assert torch.allclose(blend([moments(t) for t in tiles], torch.tensor([0.25, 0.75])), moments(whole), atol=1e-4)


def test_pictures_of_one_size_weigh_the_same_in_any_order(features):
    one, other = moments(features[:1]), moments(features[1:])
    together = moments(torch.cat([features[:1], features[1:]], dim=3))
    assert torch.allclose(blend([one, other]), together, atol=1e-4)
    assert torch.equal(blend([other, one]), blend([one, other]))


def test_moments_are_kept_in_single_precision_where_features_are_not(features):
    with torch.autocast("cpu", torch.bfloat16):
        gram = moments(features.bfloat16())
    assert gram.dtype == torch.float32
    assert torch.allclose(deviation_of(gram), deviation_of(moments(features)), rtol=0.01)


def test_a_flat_picture_has_the_least_deviation_and_it_can_be_learnt_from():
    flat = torch.full((1, 3, 8, 8), 0.7, requires_grad=True)
    deviation = deviation_of(moments(flat))
    assert torch.allclose(deviation, torch.tensor(VARIANCE_FLOOR).sqrt())
    deviation.sum().backward()
    assert flat.grad.isfinite().all()


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (6, 5)])
def test_colors_of_any_picture_have_moments(size):
    assert torch.allclose(mean_of(color_moments(torch.full((1, 3, *size), 0.4))), torch.tensor(0.4))
