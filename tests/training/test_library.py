# SPDX-License-Identifier: GPL-3.0-or-later
import hashlib
import io
import tomllib
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from core import styles
from core.engine import style
from core.engine.thumbnail import SIDE_PX
from core.errors import UserError
from core.settings import Adapt
from core.training import library
from core.training.library import RECIPES, Recipe


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Practice that does not take a minute."""
    monkeypatch.setattr(library, "PRACTICE", Adapt(steps=1))


@pytest.fixture
def scene():
    return np.random.default_rng(0).random((24, 40, 4), np.float32)


@pytest.fixture
def recipe():
    picture = np.ones((20, 30, 4), np.float32) * np.linspace(0, 1, 30, dtype=np.float32)[:, None]
    return Recipe("Nuit Étoilée", (picture,), ("ab" * 32,), "a ramp")


def test_a_shipped_style_says_where_it_is_from_and_shows_a_preview(models, recipe, scene, tmp_path):
    path = library.make(models, recipe, scene, tmp_path)
    assert path.name == "nuit_etoilee.safetensors"
    made = style.read(path, models.network)
    assert (made.card.name, made.card.references) == (recipe.name, recipe.references)
    assert (
        recipe.source in made.card.made
        and made.card.steps <= 1
        and made.card.author
        and made.card.licence == "GPL-3.0-or-later"
    )
    preview = Image.open(io.BytesIO(made.card.preview))
    assert preview.format == "PNG" and preview.size == (SIDE_PX, SIDE_PX)
    assert len(preview.convert("RGB").getcolors(1 << 16)) > 16


def test_a_shipped_style_has_been_practiced(models, recipe, scene, tmp_path, monkeypatch):
    vectors = []
    for steps in (0, 4):
        monkeypatch.setattr(library, "PRACTICE", Adapt(steps=steps))
        made = style.read(library.make(models, recipe, scene, tmp_path), models.network)
        vectors.append(made.vectors["fine"])
        assert made.manner and made.card.steps <= steps
    assert not torch.equal(*vectors)


def test_a_style_of_several_pictures_does_not_ask_for_their_order(models, recipe, scene, tmp_path, monkeypatch):
    monkeypatch.setattr(library, "PRACTICE", Adapt(steps=0))
    other = 1 - recipe.pictures[0]
    other[..., 3] = 1
    vectors = []
    for pictures in ((recipe.pictures[0], other), (other, recipe.pictures[0])):
        path = library.make(models, replace(recipe, pictures=pictures), scene, tmp_path)
        vectors.append(style.read(path, models.network).vectors["fine"])
    assert torch.allclose(*vectors, atol=1e-6)


def test_the_library_is_made_anew_without_what_no_recipe_names(models, recipe, scene, tmp_path, monkeypatch):
    Image.fromarray((scene * 255).astype(np.uint8)).save(tmp_path / "scene.png")
    monkeypatch.setattr(library, "Models", lambda device: models)
    monkeypatch.setattr(library, "recipes", lambda data: [recipe, replace(recipe, name="Dusk")])
    folder = tmp_path / "styles"
    folder.mkdir()
    (folder / "forgotten.safetensors").write_bytes(b"old")
    library.make_all(tmp_path, tmp_path / "scene.png", folder)
    assert [card.name for card in styles.library([folder])] == ["Dusk", recipe.name]
    assert len(list(folder.iterdir())) == 2


def test_every_recipe_can_be_followed_and_has_a_name_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(library, "MANNER_PX", 16)
    entries = tomllib.loads(RECIPES.read_text(encoding="utf-8"))["style"]
    needed = sorted({name for entry in entries for name in entry.get("pictures", [])})
    (tmp_path / "style").mkdir()
    for shade, name in enumerate(needed):
        Image.new("RGB", (8, 8), (shade, 0, 0)).save(tmp_path / "style" / name)
    found = list(library.recipes(tmp_path))
    assert len(found) == len(entries) == len({library._plain(recipe.name) for recipe in found})
    assert all(recipe.source and len(recipe.pictures) == len(recipe.references) >= 1 for recipe in found)
    digest = hashlib.sha256((tmp_path / "style" / needed[0]).read_bytes()).hexdigest()
    assert any(digest in recipe.references for recipe in found)
    (tmp_path / "style" / needed[0]).unlink()
    with pytest.raises(UserError, match=needed[0]):
        list(library.recipes(tmp_path))
