# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
import torch

from core.engine.moments import blend, color_moments
from core.engine.painter import SHAPES
from core.engine.style_encoder import reference_moments


@pytest.mark.parametrize("quality", SHAPES)
def test_a_style_has_a_number_for_every_scale_and_shift_of_its_painter(models, batch, quality):
    grams = reference_moments(models.encoder, batch(20, 30).expand(2, -1, -1, -1))
    vectors = models.style_encoder(quality)(grams)
    points = models.painter(quality).shape.points
    assert vectors.shape == (2, SHAPES[quality].parameters) and vectors.shape[1] == 2 * sum(points)


@pytest.mark.parametrize(
    "reference",
    [torch.zeros(1, 3, 32, 32), torch.ones(1, 3, 16, 16), torch.rand(1, 3, 1, 1), torch.rand(1, 3, 1, 300)],
    ids=["black", "white", "one pixel", "one row"],
)
def test_pictures_with_nothing_to_see_give_a_style_of_finite_numbers(models, reference):
    assert models.style_encoder("fast")(reference_moments(models.encoder, reference)).isfinite().all()


def test_different_pictures_have_different_styles_and_none_is_extreme(models, batch):
    encode = models.style_encoder("fast")
    noisy, smooth = batch(32, 32), torch.linspace(0, 1, 32).expand(1, 3, 32, 32)
    first, second = (encode(reference_moments(models.encoder, picture)) for picture in (noisy, smooth))
    assert 1e-4 < (first - second).abs().max() < 10


def test_pictures_of_different_sizes_weigh_in_as_one_manner(models, batch):
    seen = [reference_moments(models.encoder, batch(*size)) for size in ((16, 40), (33, 9))]
    assert models.style_encoder("fast")([blend(list(level)) for level in zip(*seen, strict=True)]).isfinite().all()


def test_colors_come_first_and_are_told_apart_from_grain(batch):
    grain = 0.5 + 0.2 * (torch.arange(64) % 2 * 2.0 - 1).expand(1, 3, 64, 64)
    flat = torch.full_like(grain, 0.5)
    assert torch.allclose(color_moments(grain), color_moments(flat), atol=1e-6)
    assert not torch.allclose(color_moments(flat * 0.5), color_moments(flat), atol=1e-2)
