# SPDX-License-Identifier: GPL-3.0-or-later
"""What the space of manners is made of, with pictures and without."""

import pytest
import torch
from PIL import Image

from core.engine.encoder import Encoder
from core.engine.portrait import NUMBERS, portraits
from core.training import manners, space


@pytest.fixture
def few(monkeypatch) -> None:
    """A few small pictures instead of many."""
    monkeypatch.setattr(manners, "KINDS", dict.fromkeys(["marbling", "halftone"]))
    monkeypatch.setattr(manners, "paint", lambda kind, size, seed: torch.rand(32, 32, 3).mul(255).byte().numpy())
    monkeypatch.setattr(space, "CROP_PX", 24)


def test_drawn_pictures_do_where_there_are_no_others(few, tmp_path):
    assert len(space.references(None)) == len(space.references(tmp_path)) == 2 * 2 * space.DRAWN
    (tmp_path / "style").mkdir()
    Image.new("RGB", (40, 30), (200, 10, 10)).save(tmp_path / "style" / "red.png")
    assert space.references(tmp_path)[0].shape == (3, 30, 40)


def test_the_same_seed_sees_the_same_in_every_picture(few):
    torch.manual_seed(0)
    shown, encoder = space.references(None), Encoder()
    one, again, other = (space.looks(encoder, shown, seed, count=20) for seed in (1, 1, 2))
    assert all(torch.equal(*levels) for levels in zip(one, again, strict=True))
    assert not torch.equal(one[0], other[0])
    assert portraits(one).shape == (20, NUMBERS) and portraits(one).isfinite().all()


def test_the_same_seed_makes_the_same_space(few):
    torch.manual_seed(0)
    grams = space.looks(Encoder(), space.references(None), count=70)
    one, again = (space.make(grams, seed=3, steps=5).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], again[name]) for name in one)
