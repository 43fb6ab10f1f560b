# SPDX-License-Identifier: GPL-3.0-or-later
"""The loss of pixels and its gradient by tiles, on a small encoder that has learnt nothing."""

from itertools import product

import pytest
import torch

from core.engine.encoder import Encoder
from core.engine.losses import (
    content_distance,
    covariance_distance,
    statistics_distance,
    total_variation,
    wasserstein_distance,
)
from core.engine.manner import Look
from core.engine.moments import moments
from core.engine.objective import REACH, Objective, Plan, Weights
from core.engine.patches import distribution, patch_distance
from core.engine.style_encoder import reference_moments

BOTH = [False, True]


@pytest.fixture(scope="module")
def encoder():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Encoder((4, 6, 8, 10)).requires_grad_(False).double()


@pytest.fixture(scope="module")
def pictures(batch):
    """A content, a picture on its way and the moments of a reference, of the content's size."""

    def make(encoder, height, width):
        content, picture, reference = (batch(height, width, seed).double() for seed in range(3))
        return content, picture, Look(reference_moments(encoder, reference), distribution(reference))

    return make


@pytest.mark.parametrize("wasserstein", BOTH)
@pytest.mark.parametrize(("size", "wraps"), [((51, 75), (False, False)), ((56, 64), (True, True)), ((64, 43), (0, 1))])
def test_tiles_have_the_gradient_of_the_whole(encoder, pictures, size, wraps, wasserstein):
    content, picture, manner = pictures(encoder, *size)
    found = []
    for side in (128, 24):
        objective = Objective(encoder, content, manner, Plan(wasserstein=wasserstein, wraps=wraps, tile_px=side))
        found.append(objective.gradient(picture))
    (loss, gradient), *others = found
    for other_loss, other in others:
        assert other_loss == pytest.approx(loss, rel=1e-12)
        assert (other - gradient).norm() <= 1e-9 * gradient.norm()


def test_in_single_precision_they_differ_by_rounding_alone(encoder, pictures):
    single = Encoder(encoder.widths).requires_grad_(False)
    single.load_state_dict(encoder.state_dict())
    content, picture, manner = pictures(encoder, 90, 64)
    whole, tiled = (
        Objective(single, content.float(), manner, Plan(tile_px=side)).gradient(picture.float())[1]
        for side in (128, 32)
    )
    assert (tiled - whole).norm() <= 1e-5 * whole.norm()


def test_the_gradient_is_that_of_the_losses_that_painters_learn_from(encoder, pictures):
    content, picture, manner = pictures(encoder, 40, 56)
    weights = Weights(content=0.5, covariance=0.5, color=4.0, patches=2.0, variation=0)
    loss, gradient = Objective(encoder, content, manner, Plan(weights, tile_px=24)).gradient(picture)
    picture.requires_grad_()
    features = encoder(picture)
    palette, *levels = reference_moments(encoder, picture)
    target, *targets = manner.moments
    wanted = 4 * (statistics_distance(palette, target) + 0.2 * covariance_distance(palette, target))
    wanted = wanted + 2 * patch_distance(distribution(picture), manner.patches)
    for gram, target in zip(levels, targets, strict=True):
        wanted = wanted + statistics_distance(gram, target) + 0.5 * covariance_distance(gram, target)
    wanted = wanted + 0.5 * content_distance(features[3], encoder(content)[3])
    assert loss == pytest.approx(wanted.item(), rel=1e-6)
    (other,) = torch.autograd.grad(wanted.sum(), picture)
    assert (gradient - other).norm() <= 1e-6 * other.norm()


def test_noise_counts_for_what_it_is(encoder, pictures):
    content, picture, manner = pictures(encoder, 64, 64)
    smooth, rough = (
        Objective(encoder, content, manner, Plan(Weights(variation=v), tile_px=32)).gradient(picture)[0] for v in (0, 1)
    )
    assert rough - smooth == pytest.approx(total_variation(picture).item(), rel=0.03)  # counted over all pixels


def test_a_texture_that_is_rolled_has_its_gradient_rolled(encoder, pictures):
    content, picture, manner = pictures(encoder, 48, 64)
    plan = Plan(wraps=(True, True), tile_px=32)
    _, gradient = Objective(encoder, content, manner, plan).gradient(picture)
    shift, axes = (8, 24), (2, 3)
    _, rolled = Objective(encoder, content.roll(shift, axes), manner, plan).gradient(picture.roll(shift, axes))
    assert torch.allclose(rolled, gradient.roll(shift, axes), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("wraps", BOTH)
def test_the_network_never_sees_more_than_a_tile_and_its_margins(encoder, pictures, wraps):
    content, picture, manner = pictures(encoder, 72, 104)
    seen = []
    hook = encoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].shape))
    try:
        plan = Plan(tile_px=32, wraps=(wraps, wraps))
        Objective(encoder, content, manner, plan).gradient(picture)
    finally:
        hook.remove()
    assert max(max(shape[2:]) for shape in seen) <= 32 + 2 * REACH


def test_whoever_is_asked_between_tiles_can_end_the_work(encoder, pictures):
    content, picture, manner = pictures(encoder, 64, 64)
    asked = iter(range(100))

    def check():
        if next(asked) == 5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        Objective(encoder, content, manner, Plan(tile_px=32)).gradient(picture, check)
    assert next(asked) == 6


def test_gaussians_that_share_their_axes_are_as_far_apart_as_their_means_and_deviations():
    scales, shifts = torch.tensor([[1.0, 2.0, 0.5], [3.0, 1.0, 1.5]]), torch.tensor([[0.0, 1.0, 2.0], [1.0, 1.0, 0.0]])
    corners = torch.tensor(list(product((-1.0, 1.0), repeat=3))).T.reshape(1, 3, 2, 4)  # uncorrelated, deviations 1
    one, other = (
        moments(corners * s.view(1, 3, 1, 1) + m.view(1, 3, 1, 1)) for s, m in zip(scales, shifts, strict=True)
    )
    expected = (scales.diff(dim=0).square().sum() + shifts.diff(dim=0).square().sum()).item()
    size = (scales[1].square().sum() + shifts[1].square().sum()).item()
    assert wasserstein_distance(one, other).item() == pytest.approx(expected / size, rel=1e-4)
    assert wasserstein_distance(other, other).item() == pytest.approx(0, abs=1e-4)
