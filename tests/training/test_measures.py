# SPDX-License-Identifier: GPL-3.0-or-later
"""The judge's measures, on pictures whose order is known."""

import numpy as np
import pytest
import torch

from core.training import measures, teacher
from core.training.manners import paint

SIZE = 64


def batch(pixels):
    return torch.from_numpy(np.array(pixels)).permute(2, 0, 1)[None].float() / 255


def random_teacher(seed):
    torch.manual_seed(seed)
    shapes = {
        0: (8, 3),
        2: (8, 8),
        5: (16, 8),
        7: (16, 16),
        10: (16, 16),
        12: (16, 16),
        14: (16, 16),
        16: (16, 16),
        19: (32, 16),
    }
    weights = {f"features.{i}.weight": torch.randn(*shape, 3, 3) / (4 * shape[1]) ** 0.5 for i, shape in shapes.items()}
    return teacher.Teacher(weights | {f"features.{i}.bias": torch.zeros(shape[0]) for i, shape in shapes.items()})


MEASURES = [
    measures.ColorWasserstein(),
    measures.PatchWasserstein(),
    measures.PatchWasserstein(colored=True),
    measures.RandomNetwork(),
    measures.TeacherStatistics(random_teacher(0), random_teacher(1)),
]
each = pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)


@pytest.fixture(scope="module")
def mosaic():
    return batch(paint("mosaic", SIZE, 3))


@pytest.fixture(scope="module")
def photo():
    across = torch.linspace(0.2, 0.8, SIZE).expand(1, 3, SIZE, SIZE)
    return across * torch.tensor((1.0, 0.8, 0.6)).view(1, 3, 1, 1)


def distance(measure, picture, target):
    return measure.distance(measure.describe(picture), measure.describe(target))


@each
def test_a_picture_is_at_no_distance_from_itself(measure, mosaic):
    assert distance(measure, mosaic, mosaic) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("measure", MEASURES[1:], ids=lambda measure: measure.name)
def test_a_texture_is_nearer_to_more_of_itself_than_to_a_flat_color(measure):
    random = torch.Generator().manual_seed(0)
    texture = torch.rand(1, 3, 2 * SIZE, SIZE, generator=random)
    one, other = texture[:, :, :SIZE], texture[:, :, SIZE:]
    flat = texture.mean((2, 3), keepdim=True).expand_as(one)
    assert 10 * distance(measure, other, one) < distance(measure, flat, one)


@each
def test_a_moved_picture_keeps_its_manner(measure, mosaic, photo):
    assert distance(measure, mosaic.roll((16, 24), (2, 3)), mosaic) < 0.2 * distance(measure, photo, mosaic)


@each
def test_left_over_is_one_for_the_photo_and_falls_as_the_reference_is_mixed_in(measure, mosaic, photo):
    yardstick = measures.Yardstick.of(measure, mosaic)
    seen = measure.describe(photo)
    left = [yardstick.left_over(measure.describe(torch.lerp(photo, mosaic, t)), seen) for t in (0, 0.4, 0.8, 1)]
    assert left[0] == pytest.approx(1)
    assert left == sorted(left, reverse=True)
    assert left[-1] <= 0


@each
def test_nothing_is_said_of_a_photo_that_is_the_reference(measure, mosaic):
    seen = measure.describe(mosaic)
    assert measures.Yardstick.of(measure, mosaic).left_over(seen, seen) is None


@pytest.mark.parametrize("kind", [measures.ColorWasserstein, measures.PatchWasserstein, measures.RandomNetwork])
def test_measures_are_the_same_when_made_anew(kind, mosaic, photo):
    assert distance(kind(), photo, mosaic) == distance(kind(), photo, mosaic)


def test_colors_and_marks_are_measured_apart(mosaic):
    tinted = (mosaic * torch.tensor((1.0, 0.5, 0.5)).view(1, 3, 1, 1)).clamp(0, 1)
    smooth = torch.nn.functional.avg_pool2d(mosaic, 9, 1, 4, count_include_pad=False)
    colors, patches = MEASURES[:2]
    assert distance(colors, tinted, mosaic) > 3 * distance(colors, smooth, mosaic)
    assert distance(patches, smooth, mosaic) > 1.5 * distance(patches, tinted, mosaic)


def test_pictures_of_different_sizes_can_be_compared(mosaic, photo):
    for measure in MEASURES:
        assert distance(measure, mosaic[:, :, :48, :60], mosaic) < distance(measure, photo[:, :, :48, :60], mosaic)


def test_structural_similarity_is_one_only_for_the_same_picture(mosaic):
    assert measures.ssim(mosaic, mosaic) == pytest.approx(1, abs=1e-5)
    noisy = (mosaic + 0.1 * torch.randn(mosaic.shape, generator=torch.Generator().manual_seed(0))).clamp(0, 1)
    assert 0.3 < measures.ssim(noisy, mosaic) < 0.95
    assert measures.ssim(1 - mosaic, mosaic) < 0


def test_structural_similarity_of_constants_is_the_ratio_of_the_formula():
    low, high = torch.full((1, 3, 16, 16), 0.25), torch.full((1, 3, 16, 16), 0.75)
    expected = (2 * 0.25 * 0.75 + 1e-4) / (0.25**2 + 0.75**2 + 1e-4)
    assert measures.ssim(low, high) == pytest.approx(expected, abs=1e-4)


def test_content_error_grows_from_a_change_of_light_to_another_picture(mosaic, photo):
    network = random_teacher(0)
    features = [network(picture)["relu4_1"] for picture in (mosaic, mosaic * 0.8, photo)]
    assert measures.content_error(features[0], features[0]) == pytest.approx(0, abs=1e-6)
    assert measures.content_error(features[1], features[0]) < 0.5 * measures.content_error(features[2], features[0])
    assert measures.unrelated([features[0], features[2]]) == pytest.approx(
        measures.content_error(features[0], features[2])
    )


def test_a_missing_teacher_is_no_error(tmp_path):
    assert measures.teacher_statistics(tmp_path) is None
