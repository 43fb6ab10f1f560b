# SPDX-License-Identifier: GPL-3.0-or-later
"""The procedural pictures that the painters are trained on."""

import numpy as np
import pytest
from PIL import Image

from core.training import contents, procedural
from core.training.manners import KINDS, fields, paint

SIZE = 64


@pytest.mark.parametrize("kind", KINDS)
def test_every_manner_gives_a_picture_that_is_not_flat(kind):
    picture = paint(kind, SIZE, seed=1)
    assert picture.shape == (SIZE, SIZE, 3) and picture.dtype == np.uint8
    assert picture.std() > 4


def test_the_same_seed_gives_the_same_picture_and_another_seed_another():
    assert np.array_equal(paint("mosaic", SIZE, 5), paint("mosaic", SIZE, 5))
    assert not np.array_equal(paint("mosaic", SIZE, 5), paint("mosaic", SIZE, 6))
    assert np.array_equal(contents.picture(SIZE, 5), contents.picture(SIZE, 5))


def test_colors_of_one_manner_differ_from_seed_to_seed():
    means = np.array([paint("swirls", SIZE, seed).mean((0, 1)) for seed in range(12)])
    assert means.std(0).min() > 15


def test_contents_are_varied():
    pictures = [contents.picture(SIZE, seed) for seed in range(12)]
    assert len({picture.tobytes() for picture in pictures}) == 12
    assert np.median([picture.std() for picture in pictures]) > 10


def test_a_smear_keeps_what_lies_along_the_flow_and_blurs_what_lies_across():
    stripes = np.tile(np.sin(np.arange(64, dtype=np.float32)), (64, 1))
    along, across = np.full((64, 64), np.pi / 2, np.float32), np.zeros((64, 64), np.float32)
    assert fields.smear(stripes, along, 20).std() > 0.9 * stripes.std()
    assert fields.smear(stripes, across, 20).std() < 0.3 * stripes.std()


def test_cells_belong_to_their_nearest_seed():
    found = fields.cells(32, 8, np.random.default_rng(0))
    across, down = fields.coordinates(32)
    distances = np.hypot(found.seeds[:, 0, None, None] - across, found.seeds[:, 1, None, None] - down)
    assert np.allclose(found.nearest, distances.min(0), atol=1e-3)


def test_a_folder_of_pictures_is_written_and_not_written_twice(tmp_path):
    for name in ("style", "content"):
        (tmp_path / name).mkdir()
    todo = list(procedural.tasks(tmp_path, count=1, size=16))
    assert len(todo) == 2 * len(KINDS)
    path = procedural.make(todo[0])
    assert Image.open(path).size == (16, 16)
    path.write_bytes(b"kept")
    assert procedural.make(todo[0]).read_bytes() == b"kept"
