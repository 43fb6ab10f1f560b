# SPDX-License-Identifier: GPL-3.0-or-later
"""How the patches of a picture are distributed."""

import pytest
import torch
import torch.nn.functional as F

from core.engine import patches
from core.engine.patches import SHAPE, distribution, patch_distance, projections, waves


@pytest.fixture
def texture(batch):
    """Makes noise whose grains are some pixels large."""
    return lambda grain, seed=0: F.interpolate(batch(96 // grain, 96 // grain, seed), (96, 96), mode="bicubic")


def distance(one: torch.Tensor, other: torch.Tensor) -> float:
    return patch_distance(distribution(one), distribution(other)).item()


def test_other_patches_of_the_same_kind_are_near_and_those_of_another_far(texture):
    fine, more, coarse = texture(2), texture(2, 1), texture(8)
    assert distance(fine, fine) == 0
    assert 10 * distance(fine, more) < distance(fine, coarse)


def test_distributions_of_one_deviation_are_told_apart(batch):
    """Moments of second order cannot: stripes of two tones, and noise with the same mean and deviation."""
    values = torch.randn(1, 16, 40, 40, generator=torch.Generator().manual_seed(0)) / 4
    signs = values.sign() * values.std()
    assert (waves(signs) - waves(values)).abs().max() > 0.1


def test_the_mean_color_of_a_patch_is_none_of_its_business(batch):
    picture = batch(40, 48)
    assert distance(picture, picture * 1.0 + 0.3) < 1e-6


def test_waves_are_cosines_and_sines_of_doubling_frequencies():
    angles = torch.linspace(-1, 1, 50).view(1, 1, 5, 10)
    for octave in range(SHAPE[2] // 2):
        angle = angles * 2.0 * 2**octave
        expected = torch.stack([angle.cos().mean(), angle.sin().mean()])
        assert torch.allclose(waves(angles)[0, 0, 2 * octave : 2 * octave + 2], expected, atol=1e-4)


@pytest.mark.parametrize("size", [(1, 1), (5, 90)])
def test_the_smallest_pictures_have_patches(batch, size):
    found = distribution(batch(*size))
    assert found.shape == (1, *SHAPE) and found.isfinite().all()
    assert all(part.numel() for part in projections(batch(*size)))


def test_the_gradient_of_waves_is_that_of_their_formula():
    values = torch.randn(2, 3, 4, 5, dtype=torch.double, generator=torch.Generator().manual_seed(0)) / 4
    assert torch.autograd.gradcheck(waves, values.requires_grad_())


def test_patches_can_be_learnt_from_though_first_seen_where_nothing_is_learnt(batch):
    patches._kernels.cache_clear()
    with torch.inference_mode():
        distribution(batch(20, 20))
    picture = batch(20, 20).requires_grad_()
    (gradient,) = torch.autograd.grad(distribution(picture).sum(), picture)
    assert gradient.abs().max() > 0
