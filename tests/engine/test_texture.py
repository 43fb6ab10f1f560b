# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures, as the worker is asked for them and from the command line, on networks that have learnt nothing."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sheets
import torch
from PIL import Image
from torch.nn import functional as F

from core import cli
from core.engine import models as trained
from core.engine import orders, pictures, style
from core.engine.pictures import Picture
from core.engine.requests import REQUESTS
from core.engine.style import Style
from core.engine.stylize import stylize
from core.errors import Cancelled, UserError
from core.progress import Progress, Report
from core.settings import Stylize, Texture
from core.styles import Card


@pytest.fixture(autouse=True)
def untrained(models, monkeypatch):
    """Networks that have learnt nothing, in place of those that are shipped."""
    monkeypatch.setattr(orders, "models_on", lambda chosen: models)


@pytest.fixture
def repaint(models, vector, tmp_path):
    """Asks for a texture in a random manner; gives what is told and the maps by name."""
    path = tmp_path / "manner.safetensors"
    vectors = {quality: vector(quality) for quality in ("fast", "fine")}
    style.write(Style(Card("Manner", network=models.network), vectors), path)

    def ask(pixels: np.ndarray, texture: Texture | None = None, relief: bool = False, **further: Any) -> tuple:
        report = further.pop("report", Report())
        order = {
            "settings": asdict(Stylize()),
            "machine": {"device": "cpu"},
            "styles": [{"path": str(path), "weight": 1.0}],
            "texture": asdict(texture or Texture()),
            "relief": relief,
        }
        order |= {name: place for place, name in enumerate(further)}
        told, maps = REQUESTS["texture"](order, [pixels, *further.values()], report)
        assert len(told["maps"]) == len(maps)
        return told, dict(zip(told["maps"], maps, strict=True))

    return ask


def grain(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    waves = [np.sin(across / a + down / b) for a, b in ((2.1, 5.3), (6.1, -2.7), (-3.3, 3.1))]
    return (0.5 + 0.2 * np.stack(waves, -1)).astype(np.float32)


@pytest.fixture(scope="module")
def sheet() -> dict[str, np.ndarray]:
    pixels, coverage, cuts = sheets.texture(grain, background=0.95)
    return {"pixels": pixels, "coverage": coverage, "cuts": cuts}


def test_a_texture_without_islands_is_painted_as_any_picture(repaint, models, pixels, vector):
    picture = pixels(24, 30)
    alone = stylize(models, picture, vector(), Stylize(), Report()).pixels
    told, maps = repaint(picture)
    assert told["maps"] == ["color"] and told["cleaned"] == 0 and told["seconds"] > 0 and told["device"]
    assert np.allclose(maps["color"], alone, atol=1e-3)  # a style file holds rounded numbers


def test_paint_joins_across_a_cut_and_hides_nothing_of_the_background(repaint, sheet):
    _, maps = repaint(**sheet)
    across, elsewhere = sheets.steps(maps["color"])
    assert across < 1.3 * elsewhere
    assert sheets.jump(maps["color"]) < 0.3 * elsewhere
    other = sheet["pixels"].copy()
    other[sheet["coverage"] == 0, :3] = 0, 1, 0
    assert np.array_equal(repaint(**sheet | {"pixels": other})[1]["color"], maps["color"])


def test_progress_only_grows_and_a_cancel_is_heard_in_every_stage(repaint, pixels):
    seen: list[Progress] = []
    repaint(pixels(8, 8), relief=True, report=Report(seen.append))
    factors, stages = [progress.factor for progress in seen], dict.fromkeys(progress.what for progress in seen)
    assert factors == sorted(factors)
    assert list(stages) == ["Reading the style", "Painting", "Joining the paint", "Raising the relief"]
    again: list[Progress] = []
    with pytest.raises(Cancelled):
        repaint(pixels(8, 8), relief=True, report=Report(again.append, lambda: len(again) == len(seen) - 2))


def test_alpha_is_kept_and_what_is_transparent_is_filled_from_around(repaint, pixels):
    picture = pixels(24, 24)
    picture[:, 12:, 3], picture[:, 12:, :3] = 0, (0, 1, 0)
    picture[3, 3, 3] = 0.5
    _, maps = repaint(picture)
    assert maps["color"][..., 3].tobytes() == picture[..., 3].tobytes()
    beyond, border = maps["color"][:, 12, :3], maps["color"][:, 11, :3]
    assert np.abs(beyond - border).mean() < 0.5 * np.abs(np.diff(border, axis=0)).mean() + 0.1
    hidden = picture.copy()
    hidden[:, 12:, :3] = 1, 0, 1
    assert np.array_equal(repaint(hidden)[1]["color"], maps["color"])


def test_a_wholly_transparent_texture_is_no_error(repaint, pixels):
    assert np.isfinite(repaint(pixels(8, 8) * 0, relief=True)[1]["height"]).all()


def test_the_relief_follows_the_new_colors_over_the_cut_and_is_scaled_by_impasto(repaint, sheet):
    told, maps = repaint(**sheet, relief=True)
    assert told["maps"] == ["color", "height", "roughness_change"] and told["high_px"] > 0
    high, change = maps["height"], maps["roughness_change"]
    assert high.shape == change.shape == sheets.SIZE and high.dtype == change.dtype == np.float32
    assert 0.01 < high.std() < 0.25 and high.min() >= 0 and high.max() <= 1 and abs(high.mean() - 0.5) < 0.1
    seen = np.repeat(high[..., None], 4, 2)
    assert sheets.jump(seen) < 0.5 * sheets.steps(seen)[1]
    assert np.allclose(change, Texture().gloss * (1 - 2 * high), atol=1e-6)
    _, flat = repaint(**sheet, relief=True, texture=Texture(impasto=0.0))
    assert (flat["height"] == 0.5).all() and not flat["roughness_change"].any()


def test_the_maps_of_a_set_stay_aligned_and_keep_size_and_alpha(repaint, pixels):
    picture, blue, rough = pixels(32, 32), pixels(64, 64), pixels(16, 16) * 0.5
    blue[..., :3], rough[..., 3] = (0.5, 0.5, 1), 0.7
    told, maps = repaint(picture, relief=True, normal=blue, roughness=rough)
    assert told["maps"] == ["color", "height", "roughness_change", "normal", "roughness"]
    normal = maps["normal"][..., :3] * 2 - 1
    assert normal.shape == (64, 64, 3) and np.allclose(np.linalg.norm(normal, axis=2), 1, atol=1e-3)
    large = F.interpolate(torch.from_numpy(maps["height"])[None, None], (64, 64), mode="bicubic")[0, 0].numpy()
    rise = np.gradient(large, axis=1)
    assert np.corrcoef(rise.ravel(), -normal[..., 0].ravel())[0, 1] > 0.8
    assert maps["roughness"].shape == rough.shape and (maps["roughness"][..., 3] == rough[..., 3]).all()
    low = np.abs(maps["roughness"][..., 0] - rough[..., 0])
    assert 0 < low.max() <= Texture().gloss


@pytest.mark.parametrize(
    "further", [{"cuts": np.zeros((1, 4), np.float32)}, {"coverage": np.zeros((8, 8), np.float32)}]
)
def test_maps_that_make_no_sense_are_refused(repaint, pixels, further):
    with pytest.raises(UserError):
        repaint(pixels(8, 8), **further)


# The command line.


@pytest.fixture
def maniera(networks, tmp_path, monkeypatch, capsys, pixels):
    """Runs a command in a folder with some pictures; gives its exit code and what it told on stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(trained, "WEIGHTS", networks)
    for seed, name in enumerate(("color.png", "manner.png", "normal.png", "mask.png")):
        Image.fromarray((pixels(16, 20, seed)[..., :3] * 255).astype(np.uint8)).save(name)
    Image.fromarray(np.repeat(np.arange(20) < 10, 16).reshape(20, 16).T).save("mask.png")

    def run(*words: object) -> tuple[int, str, str]:
        exit_code = cli.main(["texture", "color.png", "--style", "manner.png", *map(str, words)])
        told = capsys.readouterr()
        return exit_code, told.out, told.err

    return run


def test_a_material_is_repainted_from_the_command_line(maniera):
    rough = Picture(np.full((8, 10, 4), 0.5, np.float32), "half", has_alpha=False)
    pictures.write(Path("rough.exr"), pictures.of_data(rough.pixels, Path("rough.exr"), "half", has_alpha=False))
    words = ["-o", "out.png", "--relief", "high.png", "--normal", "normal.png", "bent.png"]
    exit_code, told, reason = maniera(*words, "--roughness", "rough.exr", "shiny.exr", "--impasto", 1)
    assert (exit_code, reason) == (0, "") and told.startswith("out.png, bent.png, shiny.exr, high.png: ")
    high, shiny = pictures.read(Path("high.png")), pictures.read(Path("shiny.exr"))
    assert high.depth == "uint16" and not high.has_alpha and high.pixels[..., 0].std() > 1e-3
    assert np.array_equal(high.pixels[..., 0], high.pixels[..., 1])
    assert shiny.depth == "half" and abs(shiny.data()[..., :3].mean() - 0.5) < 0.1
    assert pictures.read(Path("bent.png")).pixels.shape == (16, 20, 4)


def test_what_the_uv_mask_leaves_out_is_filled_from_the_islands(maniera):
    hidden = np.asarray(Image.open("color.png")).copy()
    hidden[:, 10:] = 255
    Image.fromarray(hidden).save("other.png")
    assert maniera("-o", "out.png", "--uv-mask", "mask.png")[0] == 0
    first = Path("out.png").read_bytes()
    Path("other.png").replace("color.png")
    assert maniera("-o", "out.png", "--uv-mask", "mask.png")[0] == 0
    assert Path("out.png").read_bytes() == first


@pytest.mark.parametrize(
    "words",
    [
        ["-o", "color.png"],
        ["-o", "out.png", "--uv-mask", "none.png"],
        ["-o", "out.png", "--relief", "mask.gif"],
        ["-o", "out.png", "--uv-mask", "mask.png", "--relief", "mask.png"],
        ["-o", "out.png", "--normal", "normal.png", "normal.png"],
    ],
)
def test_what_is_asked_wrongly_is_told_in_a_sentence_and_writes_nothing(maniera, words):
    before = sorted(path.name for path in Path().iterdir())
    exit_code, told, reason = maniera(*words)
    assert exit_code == 2 and not told and reason.count("\n") == 1
    assert sorted(path.name for path in Path().iterdir()) == before
