# SPDX-License-Identifier: GPL-3.0-or-later
"""Several manners in one picture, on networks that have learnt nothing."""

import argparse
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.commands.manner import Manner
from core.commands.masks import Mask, Masks
from core.engine import mattes, pictures
from core.engine.masks import Region, divide, paint
from core.engine.pictures import Picture
from core.engine.stylize import stylize
from core.errors import UserError
from core.progress import Progress, Report
from core.settings import Stylize


@pytest.fixture
def mixed(models, vector):
    """Repaints pixels in random manners, the first of number 0, each with its mask."""

    def make(picture: np.ndarray, *masks: np.ndarray | None, report: Report | None = None) -> np.ndarray:
        regions = [Region(vector(seed=seed), mask) for seed, mask in enumerate(masks)]
        return paint(models, picture, regions, Stylize(), report or Report()).pixels

    return make


@pytest.fixture
def plain(models, vector):
    """Repaints pixels in the manner of number 0 alone."""
    return lambda picture: stylize(models, picture, vector(), Stylize(), Report()).pixels


def stripes(*columns: list[float]) -> list[np.ndarray]:
    return [np.array([column], np.float32) for column in columns]


def test_two_things_that_share_an_edge_leave_nothing_of_the_background_there():
    base, cat, box = divide([None, *stripes([1, 0.4, 0, 0], [0, 0.6, 1, 0])], (1, 4))
    assert np.allclose(base, [[0, 0, 0, 1]], atol=1e-6)
    assert np.allclose(cat, [[1, 0.4, 0, 0]]) and np.allclose(box, [[0, 0.6, 1, 0]])


def test_masks_that_overlap_share_and_the_first_manner_stays_within_its_own():
    base, one, two = divide(stripes([0, 1, 0.5], [1, 1, 0], [1, 0, 0]), (1, 3))
    assert base.tolist() == [[0, 0, 0.5]] and one.tolist() == [[0.5, 1, 0]] and two.tolist() == [[0.5, 0, 0]]


def test_outside_a_mask_not_one_bit_differs_from_the_picture_in_one_manner(mixed, plain, pixels):
    picture = pixels(24, 32)
    mask = np.zeros((24, 32), np.float32)
    mask[:, 16:] = 1
    mask[:, 12:16] = 0.5
    painted, alone = mixed(picture, None, mask), plain(picture)
    assert painted[:, :12].tobytes() == alone[:, :12].tobytes()
    assert np.abs(painted[:, 16:] - alone[:, 16:]).mean() > 0.02


def test_a_soft_edge_leads_from_one_manner_to_the_other(mixed, plain, pixels):
    picture = pixels(20, 20)
    picture[..., 3] = np.linspace(0.1, 1, 20)
    soft = np.linspace(0, 1, 20, dtype=np.float32) * np.ones((20, 20), np.float32)
    first, second = plain(picture), mixed(picture, np.zeros_like(soft), soft)  # the second over the picture itself
    painted = mixed(picture, None, soft)
    assert np.allclose(painted, second + (first - picture) * (1 - soft[..., None]), atol=1e-6)
    assert painted[..., 3].tobytes() == picture[..., 3].tobytes()


def test_where_no_mask_is_the_picture_stays_as_it_is(mixed, pixels):
    picture, mask = pixels(16, 24), np.zeros((16, 24), np.float32)
    mask[:, :8] = 1
    painted = mixed(picture, mask)
    assert painted[:, 8:].tobytes() == picture[:, 8:].tobytes()
    assert (painted[:, :8] != picture[:, :8]).any()
    assert mixed(picture, 0 * mask).tobytes() == picture.tobytes()


def test_a_manner_is_fitted_to_its_own_region_and_hardly_to_what_lies_outside(mixed, plain, pixels):
    """Changed is what lies far beyond the reach of the painter's strokes."""
    picture, mask = pixels(24, 320), np.zeros((24, 320), np.float32)
    mask[:, :80] = 1
    other = picture.copy()
    other[:, 240:, :3] **= 4
    within = np.abs(mixed(picture, None, mask) - mixed(other, None, mask))[:, :80].max()
    assert within < 0.6 * np.abs(plain(picture) - plain(other))[:, :80].max()


def test_progress_of_all_manners_together_only_grows(mixed, pixels):
    seen: list[Progress] = []
    mixed(pixels(8, 8), None, np.ones((8, 8), np.float32) / 2, report=Report(seen.append))
    factors = [progress.factor for progress in seen]
    assert factors == sorted(factors) and factors[0] == 0 and factors[-1] == 1


# Masks as requests name them.


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_masks_are_added_inverted_and_brought_to_the_pictures_size(folder, pixels):
    picture = pixels(4, 8)
    picture[:2, :, 3] = 0
    left = np.zeros((4, 8), np.float32)
    left[:, :4] = 1
    Image.fromarray((left[::2, ::2] * 255).astype(np.uint8)).save("small.png")
    assert np.array_equal(mattes.read([{"array": 1}], picture, [picture, left]), left)
    assert np.array_equal(mattes.read([{"of": "alpha"}], picture, []), picture[..., 3])
    assert np.array_equal(mattes.read([{"of": "alpha", "invert": True}], picture, []), 1 - picture[..., 3])
    small = mattes.read([{"file": "small.png"}], picture, [])
    assert np.array_equal(small > 0.5, left > 0.5)
    both = mattes.read([{"array": 0}, {"array": 0}, {"of": "alpha"}], picture, [left / 2])
    assert np.array_equal(both, np.maximum(left, picture[..., 3]))


def test_a_mask_in_a_file_of_light_is_taken_by_its_numbers_and_is_nothing_where_transparent(folder, pixels):
    stored = np.full((1, 3, 4), 0.5, np.float32)
    stored[..., 3] = 1, 1, 0
    shown = np.where(np.arange(4) == 3, stored, 1.055 * 0.5 ** (1 / 2.4) - 0.055).astype(np.float32)
    pictures.write(Path("mask.exr"), Picture(shown, "float"))
    assert np.allclose(mattes.read([{"file": "mask.exr"}], pixels(1, 3), []), [[0.5, 0.5, 0]], atol=1e-5)


def test_a_mask_of_other_proportions_is_refused(pixels):
    with pytest.raises(UserError, match="30 x 40 pixels does not fit a picture of 40 x 30"):
        mattes.read([{"array": 0}], pixels(30, 40), [np.zeros((40, 30), np.float32)])


# Masks on the command line.


@pytest.mark.parametrize(
    ("text", "mask"),
    [
        ("mask.png", Mask(None, "", Path("mask.png"), False)),
        ("not:mask@2x.png", Mask(None, "", Path("mask@2x.png"), True)),
        ("alpha", Mask("alpha", "", None, False)),
        ("alpha@cut.png", Mask("alpha", "", Path("cut.png"), False)),
        ("object:Suzanne", Mask("object", "Suzanne", None, False)),
        ("object:Tree.0*@render.exr", Mask("object", "Tree.0*", Path("render.exr"), False)),
        ("object:a@b", Mask("object", "a@b", None, False)),
        ("not:material:a@b@render@2x.exr", Mask("material", "a@b", Path("render@2x.exr"), True)),
        ("object-index:3@render.exr", Mask("object-index", "3", Path("render.exr"), False)),
        ("object:there.png", Mask(None, "", Path("object:there.png"), False)),
    ],
)
def test_a_mask_is_named_in_a_word(folder, text, mask):
    Path("render@2x.exr").touch()
    Path("object:there.png").touch()
    assert Mask.parse(text) == mask


@pytest.mark.parametrize("text", ["object:", "object:@render.exr", "alpha:x"])
def test_a_word_that_names_no_mask_is_refused(folder, text):
    with pytest.raises(UserError, match="names no mask"):
        Mask.parse(text)


def test_what_the_flags_ask_for_is_asked_of_the_engine(folder, pixels):
    for name in ("manner.png", "other.png", "mask.png"):
        Image.fromarray((pixels(5, 6)[..., :3] * 255).astype(np.uint8)).save(name)
    flags = argparse.Namespace(mask=["mask.png"], region=["other.png:2=alpha"])
    manner = Manner.read("manner.png")
    masks = Masks.read(flags, manner)
    order, arrays = masks.order(Path("in.png"), pixels(5, 6), len(manner.references))
    assert order["where"] == [{"array": 2}]
    assert order["masks"] == [{"styles": [{"reference": 1, "weight": 2.0}], "where": [{"array": 3}]}]
    assert len(manner.references) == 2 and arrays[1].all() and masks.files == [Path("mask.png")]
    with pytest.raises(UserError, match="STYLE=MASK"):
        Masks.read(argparse.Namespace(mask=[], region=["other.png"]), manner)
