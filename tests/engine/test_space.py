# SPDX-License-Identifier: GPL-3.0-or-later
"""New manners: what they are made of, that they are new and valid, and that they become styles like any other."""

import numpy as np
import pytest
import torch
from torch import Tensor

from core import cli
from core.engine import orders, space, style, surprise
from core.engine.device import choose
from core.engine.models import Models
from core.engine.portrait import NUMBERS, moments_of, portraits
from core.engine.style_encoder import reference_moments
from core.engine.stylize import stylize
from core.errors import UserError
from core.progress import Report
from core.settings import Machine, Stylize
from core.styles import Card
from core.training import space as training


@pytest.fixture(scope="module")
def grams(models) -> list[Tensor]:
    """Moments of pictures of many colors, contrasts and grains."""
    random = torch.Generator().manual_seed(0)
    coarse, fine = torch.rand(80, 3, 6, 6, generator=random), torch.rand(80, 3, 48, 48, generator=random)
    share, shift = torch.rand(80, 1, 1, 1, generator=random), torch.rand(80, 3, 1, 1, generator=random)
    pictures = torch.lerp(torch.nn.functional.interpolate(coarse, (48, 48)), fine, share) * shift
    with torch.inference_mode():
        return reference_moments(models.encoder, pictures)


@pytest.fixture(scope="module")
def made(models, grams) -> space.Space:
    """A small space of manners, as it is read from the file that is written for the random networks."""
    training.write(training.make(grams, steps=60), models.folder, models.folder / space.FILE)
    space.space.cache_clear()
    return space.space(models)


@pytest.fixture
def library(models, made, grams, tmp_path, monkeypatch) -> list[dict]:
    """A style file of the first manner."""
    monkeypatch.setattr(orders, "models_for", lambda fields: models)
    shown = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    style.write(
        style.from_references(models, [shown], Card("Noise", network=models.network)), tmp_path / "a.safetensors"
    )
    return [{"path": str(tmp_path / "a.safetensors")}]


def ask(library, content=None, **fields) -> tuple[dict, np.ndarray]:
    told, (painted,) = surprise.find({"styles": library} | fields, [] if content is None else [content], Report())
    return told, painted


def test_a_portrait_holds_all_of_the_moments(grams):
    for back, gram in zip(moments_of(portraits(grams)), grams, strict=True):
        assert torch.allclose(back, gram, atol=1e-4 * gram.abs().max().item())


def test_any_numbers_are_moments_of_something():
    rows = 2 * torch.randn(4, NUMBERS, generator=torch.Generator().manual_seed(3))
    for gram in moments_of(rows):
        assert gram.isfinite().all()
        assert torch.linalg.eigvalsh(gram.double()).min() > -1e-6 * gram.abs().max()
    assert moments_of(rows)[0][:, :-1, -1].min() >= 0 and moments_of(rows)[0][:, :-1, -1].max() <= 1


def test_coordinates_lead_back_to_themselves(made, grams):
    coordinates = made.coordinates(grams)
    assert coordinates.square().sum(1).mean().sqrt() == pytest.approx(1, abs=0.05)
    assert torch.allclose(made.coordinates(made.moments(coordinates)), coordinates, atol=0.1)


def test_manners_by_chance_are_new_different_and_the_same_for_a_seed(library):
    content = np.random.default_rng(0).random((40, 60, 4), np.float32)
    first, again, other = (ask(library, content, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first[1], again[1]) and first[0]["nearest"] == again[0]["nearest"]
    assert not np.array_equal(first[1], other[1])
    for told, painted in (first, other):
        assert told["nearest"][0]["distance"] >= surprise.NOVEL
        assert painted.shape == (40, 60, 4) and np.isfinite(painted).all()
        assert painted.min() >= 0 and painted.max() <= 1 and painted[..., :3].std() > 0.01
        assert all(0 <= side <= 1 for side in told["place"])


def test_where_no_manner_is_new_that_is_said(library, monkeypatch):
    monkeypatch.setattr(surprise, "NOVEL", 100.0)
    with pytest.raises(UserError, match="near to styles"):
        ask(library, seed=0)


@pytest.mark.parametrize("wanted", [{"seed": 5}, {"place": [0.2, 0.9]}])
def test_a_new_manner_becomes_a_style_like_any_other(library, models, pixels, tmp_path, monkeypatch, wanted):
    monkeypatch.setattr(surprise, "NOVEL", 0.1)
    _, painted = ask(library, output=str(tmp_path / "new.safetensors"), name="New", **wanted)
    read = style.read(tmp_path / "new.safetensors", models.network)
    assert read.card.name == "New" and read.card.preview.startswith(b"\x89PNG") and max(painted.shape) <= 384
    for quality in ("fast", "fine"):
        shown = stylize(models, pixels(24, 32), style.mix([(read, 1.0)], quality), Stylize(quality=quality), Report())
        assert np.isfinite(shown.pixels).all() and shown.pixels[..., :3].std() > 0.002
    again, _ = ask([{"path": str(tmp_path / "new.safetensors")}], **wanted)
    far = again["nearest"][0]["distance"]
    assert far >= 0.1 if "seed" in wanted else far < 0.1  # what is in the library now is found, and not drawn again


def test_near_places_of_the_map_are_near_manners(library, made):
    here, near, far = (made.at(x, 0.3) for x in (0.4, 0.42, 0.9))
    assert (here - near).norm() < 0.5 * (here - far).norm()
    (placed,) = surprise.survey({"styles": library}, [], Report())[0]["places"]
    assert placed["path"] == library[0]["path"] and all(0 <= side <= 1 for side in placed["place"])


def test_the_command_line_makes_styles_and_lists_the_map(library, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MANIERA_LIBRARY", str(tmp_path))
    words = ["surprise", "-o", str(tmp_path / "new.safetensors"), "--name", "New"]
    assert cli.main([*words, "--place", "0.2", "2"]) == 2 and "from 0 to 1" in capsys.readouterr().err
    assert cli.main([*words, "--place", "0.2", "0.7"]) == 0 and "Noise" in capsys.readouterr().out
    assert cli.main([*words, "--seed", "3"]) == 2 and "exists already" in capsys.readouterr().err
    assert cli.main(["styles", "map", "New", "Noise"]) == 0
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()] == ["New", "Noise"]


def test_a_space_of_another_encoder_is_refused(models, made, tmp_path):
    for file in models.folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "encoder.safetensors").write_bytes(b"another")
    with pytest.raises(UserError, match="another encoder"):
        space.space(Models(models.device, tmp_path))


def test_the_space_that_ships_belongs_to_the_encoder_that_ships():
    shipped = Models(choose(Machine(device="cpu")))
    coordinates = space.space(shipped).at(0.5, 0.5)
    assert all(gram.isfinite().all() for gram in space.space(shipped).moments(coordinates))
