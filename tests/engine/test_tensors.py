# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
import torch

from core.engine.tensors import clean, fill, resize, sized, to_batch, to_pixels

CPU = torch.device("cpu")


def test_a_picture_with_nothing_to_mend_is_handed_on_as_it_is(pixels):
    picture = pixels(5, 7)
    cleaned, broken = clean(picture)
    assert cleaned is picture and broken == 0


def test_broken_values_are_mended_and_their_pixels_counted_once(pixels):
    picture = pixels(4, 4)
    picture[0, 0, :3] = np.nan, np.inf, -np.inf
    picture[1, 1, 3] = np.nan
    picture[2, 2, 3] = np.inf
    picture[3, 3] = -7, 0.5, 7, 0.25
    before = picture.copy()
    cleaned, broken = clean(picture)
    assert broken == 3
    assert cleaned[0, 0].tolist() == [0, 1, 0, 1] and cleaned[1, 1, 3] == 1 and cleaned[2, 2, 3] == 1
    assert cleaned[3, 3].tolist() == [0, 0.5, 1, 0.25]
    assert np.array_equal(cleaned[0, 1:], before[0, 1:])
    assert np.array_equal(picture, before, equal_nan=True)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_picture_of_nothing_but_broken_values_is_mended(value):
    cleaned, broken = clean(np.full((3, 2, 4), value, np.float32))
    assert broken == 6 and np.isfinite(cleaned).all()


def test_pixels_are_the_same_after_the_way_there_and_back(pixels):
    picture = pixels(6, 5)
    picture[..., 3] = np.linspace(0.1, 1, 30).reshape(6, 5)
    assert np.array_equal(to_pixels(to_batch(picture, CPU), picture[..., 3]), picture)


def test_rows_that_lie_upside_down_in_memory_are_taken_as_they_are_shown(pixels):
    flipped = pixels(6, 5)[::-1]
    flipped.setflags(write=False)
    assert np.array_equal(to_pixels(to_batch(flipped, CPU), flipped[..., 3]), flipped)


def test_transparent_places_take_the_colors_around_them_and_others_keep_theirs(pixels):
    picture = pixels(16, 16)
    picture[4:12, 4:12, :] = 1, 0, 1, 0
    picture[:, 8:, :3] = 0.2, 0.4, 0.6
    picture[4:12, 8:, 3] = 0
    batch = to_batch(picture, CPU)
    seen = torch.from_numpy(picture[..., 3]) > 0
    shown = torch.from_numpy(picture[..., :3]).permute(2, 0, 1)
    assert torch.equal(batch[0][:, seen], shown[:, seen])
    assert torch.allclose(batch[0][:, 7, 14], torch.tensor((0.2, 0.4, 0.6)), atol=0.05)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 5), (64, 48)])
@pytest.mark.parametrize("alpha", [1.0, 1e-4])
def test_one_pixel_that_can_be_seen_gives_its_color_to_all_others(size, alpha):
    weight = torch.zeros(1, 1, *size)
    weight[0, 0, -1, 0] = alpha
    batch = torch.where(weight > 0, torch.tensor((0.9, 0.5, 0.1)).view(1, 3, 1, 1), torch.ones(1, 3, *size))
    filled = fill(batch, weight)
    assert torch.allclose(filled, torch.tensor((0.9, 0.5, 0.1)).view(1, 3, 1, 1).expand_as(filled), atol=1e-3)


def test_a_picture_that_cannot_be_seen_at_all_is_filled_with_finite_colors():
    assert fill(torch.rand(1, 3, 5, 9), torch.zeros(1, 1, 5, 9)).isfinite().all()


def test_resampling_keeps_flat_pictures_and_bounds_and_gives_the_size_asked_for(batch):
    for size in ((1, 1), (3, 50), (40, 7)):
        resized = resize(batch(16, 16), size)
        assert resized.shape[2:] == size
        assert batch(16, 16).min() <= resized.min() and resized.max() <= batch(16, 16).max()
        assert torch.allclose(resize(torch.full((1, 3, 9, 9), 0.4), size), torch.tensor(0.4))


def test_making_a_picture_smaller_averages_what_it_leaves_out():
    stripes = (torch.arange(64) % 2).float().expand(1, 3, 64, 64)
    assert (resize(stripes, (16, 16)) - 0.5).abs().max() < 0.1


@pytest.mark.parametrize("size", [(20, 24), (25, 18), (40, 60), (13, 30)])
def test_a_texture_that_tiles_still_does_at_another_size(batch, size):
    texture = batch(20, 30)
    many = resize(texture.repeat(1, 1, 3, 3), (3 * size[0], 3 * size[1]))
    middle = many[:, :, size[0] : 2 * size[0], size[1] : 2 * size[1]]
    assert torch.allclose(resize(texture, size, (True, True)), middle, atol=1e-4)
    assert size == (20, 30) or not torch.allclose(resize(texture, size), middle, atol=1e-2)


@pytest.mark.parametrize(
    ("longest", "shape"), [(0, (30, 20)), (30, (30, 20)), (60, (60, 40)), (9, (9, 6)), (1, (1, 1))]
)
def test_a_picture_gets_the_longer_side_that_is_asked_for(pixels, longest, shape):
    picture = pixels(30, 20)
    assert sized(picture, longest).shape == (*shape, 4)
    if shape == (30, 20):
        assert sized(picture, longest) is picture
    as_bytes = sized((picture * 255).astype(np.uint8), longest)
    assert as_bytes.dtype == np.uint8 and np.abs(as_bytes / 255 - sized(picture, longest)).max() < 2 / 255
