# SPDX-License-Identifier: GPL-3.0-or-later
"""What a manner looks like at several sizes, in memory and in a style file."""

import pytest
import torch

from core.engine import manner, style
from core.engine.moments import covariance_of, deviation_of, mean_of
from core.errors import UserError
from core.styles import Card


@pytest.fixture(scope="module")
def learnt(models, batch):
    """Two styles of pictures of different tones."""
    pictures = batch(64, 48), batch(60, 60, 1) * 0.5
    return [
        style.from_references(models, [picture], Card(str(i), network=models.network))
        for i, picture in enumerate(pictures)
    ]


def test_a_style_knows_its_reference_at_every_scale(learnt):
    assert list(learnt[0].manner) == list(manner.SCALES)
    noise = [deviation_of(look.moments[1]).mean().item() for look in learnt[0].manner.values()]
    assert noise == sorted(noise)  # what is seen from afar has less grain


def test_a_file_keeps_what_the_manner_looks_like(learnt, models, tmp_path):
    path = tmp_path / "a.safetensors"
    style.write(learnt[0], path)
    read = style.read(path, models.network).manner
    assert path.stat().st_size < 29_000  # of 50 KB that a style may take, a preview takes the other half
    for scale, look in learnt[0].manner.items():
        assert torch.allclose(read[scale].patches, look.patches, atol=1e-3)
        for gram, kept in zip(look.moments, read[scale].moments, strict=True):
            assert torch.allclose(mean_of(kept), mean_of(gram), rtol=1e-3, atol=1e-4)
            assert torch.allclose(deviation_of(kept), deviation_of(gram), rtol=5e-3)
            wanted = covariance_of(gram)
            assert (covariance_of(kept) - wanted).norm() < 0.35 * wanted.norm()  # of noise, where all is uncorrelated


def test_a_mixture_has_the_mean_of_the_moments(learnt):
    mixed = style.mix([(learnt[0], 3.0), (learnt[1], 1.0)], "fast").manner
    for scale, look in mixed.items():
        one, other = (style.manner[scale] for style in learnt)
        wanted = 0.75 * mean_of(one.moments[0]) + 0.25 * mean_of(other.moments[0])
        assert torch.allclose(mean_of(look.moments[0]), wanted, atol=1e-6)
        assert torch.allclose(look.patches, 0.75 * one.patches + 0.25 * other.patches, atol=1e-6)


def test_a_mixture_with_a_style_that_knows_only_painters_cannot_be_optimised_to(learnt):
    blind = style.Style(learnt[1].card, learnt[1].vectors)
    assert style.mix([(learnt[0], 1.0), (blind, 1.0)], "fast").manner == {}
    assert style.mix([(learnt[0], 1.0), (blind, 0.0)], "fast").manner


@pytest.mark.parametrize("broken", ["mean", "deviation", "factors", "patches"])
@pytest.mark.parametrize("how", [lambda t: t[:, 1:], lambda t: t.float() * float("nan")], ids=["short", "not a number"])
def test_a_file_with_broken_moments_is_refused(learnt, models, tmp_path, monkeypatch, broken, how):
    packed = manner.pack(learnt[0].manner)
    monkeypatch.setattr(manner, "pack", lambda _: packed | {broken: how(packed[broken]).contiguous()})
    style.write(learnt[0], tmp_path / "a.safetensors")
    with pytest.raises(UserError, match="wrong numbers"):
        style.read(tmp_path / "a.safetensors", models.network)
