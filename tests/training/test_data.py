# SPDX-License-Identifier: GPL-3.0-or-later
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.training import data
from core.training.data import Crops, held_out, pictures, read, recolor, tiers


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def places() -> torch.Tensor:
    """A picture (3, 40, 60) whose red says in which column, whose green says in which row a pixel was."""
    down, across = torch.meshgrid(torch.arange(40), torch.arange(60), indexing="ij")
    return torch.stack([across, down, torch.full((40, 60), 200)]).to(torch.uint8)


def test_crops_at_their_own_size_are_windows_of_the_picture_and_reach_all_its_borders(places):
    drawn = (255 * Crops([places]).draw(200, 16, (1.0, 1.0), seeded(0))).round().int()
    columns, rows = drawn[:, 0], drawn[:, 1]
    steps = columns.diff(dim=2)
    assert (steps.abs() == 1).all() and (rows.diff(dim=1) == 1).all() and (drawn[:, 2] == 200).all()
    flipped = (steps < 0).all(2).all(1)
    assert 60 < flipped.sum() < 140 and ((steps > 0).all(2).all(1) | flipped).all()
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (0, 59, 0, 39)


def test_the_same_seed_draws_the_same_crops(places):
    crops = Crops([places, places.flip(1)])
    first, again, other = (crops.draw(4, 12, (0.5, 2.0), seeded(seed)) for seed in (3, 3, 4))
    assert torch.equal(first, again) and not torch.equal(first, other)


@pytest.mark.parametrize("size", [(1, 1), (3, 100), (100, 3), (64, 64)])
@pytest.mark.parametrize("zoom", [(0.1, 0.2), (1.0, 1.0), (4.0, 8.0)])
def test_pictures_too_small_or_too_narrow_are_shown_larger(size, zoom):
    picture = torch.randint(0, 256, (3, *size), dtype=torch.uint8, generator=seeded(0))
    drawn = Crops([picture]).draw(5, 24, zoom, seeded(1))
    assert drawn.shape == (5, 3, 24, 24) and drawn.min() >= 0 and drawn.max() <= 1


def test_zoom_says_how_much_of_a_picture_a_crop_shows(places):
    shown = [(255 * Crops([places]).draw(50, 16, (z, z), seeded(0))[:, 0]) for z in (0.5, 1.0, 4.0)]
    widths = [(s.amax((1, 2)) - s.amin((1, 2))).mean().item() for s in shown]
    assert widths == pytest.approx([31, 15, 3], abs=1.5)


def test_weights_say_how_often_a_picture_is_drawn():
    black, white = (torch.full((3, 8, 8), value, dtype=torch.uint8) for value in (0, 255))
    shares = [Crops([black, white], [1.0, w]).draw(400, 4, (1, 1), seeded(0)).mean().item() for w in (0.0, 1.0, 3.0)]
    assert shares == pytest.approx([0, 0.5, 0.75], abs=0.08)


def test_recoloring_stays_in_bounds_leaves_the_input_alone_and_is_the_same_for_a_seed():
    batch = torch.rand(64, 3, 6, 6)
    batch[:, :, 0, 0], batch[:, :, 1, 1] = 0, 1
    before = batch.clone()
    changed = recolor(batch, seeded(1))
    assert torch.equal(batch, before)
    assert changed.isfinite().all() and changed.min() >= 0 and changed.max() <= 1
    assert torch.equal(recolor(batch, seeded(1)), changed)
    kept = (changed == before).flatten(1).all(1).float().mean()
    assert 0.1 < kept < 0.5  # three quarters, a half and two thirds of the time, one of them after the other


def test_a_picture_is_held_out_by_its_name_alone_and_for_ever():
    names = [f"{index}.jpg" for index in range(3000)]
    kept = {name for name in names if held_out(Path(name))}
    assert kept == {name for name in names if held_out(Path("elsewhere") / name)}
    assert len(kept) / len(names) == pytest.approx(1 / 16, abs=0.015)
    assert [name for name in names[:60] if name in kept] == HELD_OUT


HELD_OUT = [
    "35.jpg",
    "37.jpg",
]  # pinned: another split would let trained pictures into the held-out curve of older runs


def test_pictures_of_all_depths_are_read_in_color_and_none_is_larger_than_needed(tmp_path):
    gray = np.linspace(0, 255, 900 * 300).reshape(300, 900).astype(np.uint8)
    for name, mode in (("gray.png", "L"), ("palette.png", "P"), ("alpha.PNG", "RGBA"), ("plain.jpg", "RGB")):
        Image.fromarray(gray).convert(mode).save(tmp_path / name)
    (tmp_path / "deep").mkdir()
    Image.fromarray(gray[:9, :7]).save(tmp_path / "deep" / "small.webp")
    (tmp_path / "list.txt").write_text("no picture")
    found = pictures(tmp_path)
    assert [path.name for path in found] == ["alpha.PNG", "small.webp", "gray.png", "palette.png", "plain.jpg"]
    for path in found:
        picture = read(path)
        assert picture.dtype == torch.uint8
        assert picture.shape == (
            (3, 9, 7) if path.suffix == ".webp" else (3, round(data.LONGEST_PX / 3), data.LONGEST_PX)
        )


def test_vivid_styles_are_drawn_more_often_where_a_manifest_names_them(tmp_path):
    paths = [tmp_path / "style" / name for name in ("vivid.jpg", "plain.jpg", "unknown.jpg")]
    assert tiers(tmp_path, paths) == [1, 1, 1]
    rows = ("file,note", "train/style/vivid.jpg,tier A: bold", "train/style/plain.jpg,tier B: tier A is bolder")
    (tmp_path / "manifest.csv").write_text("\n".join(rows), encoding="utf-8")
    assert tiers(tmp_path, paths) == [4, 1, 1]
