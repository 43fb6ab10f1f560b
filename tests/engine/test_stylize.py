# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole way from pixels to pixels, on random networks and on those that are shipped."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from core.engine.brush import Restored, scaled
from core.engine.content import luma
from core.engine.losses import content_distance, covariance_distance, statistics_distance
from core.engine.models import Models
from core.engine.moments import moments
from core.engine.painter import SHAPES
from core.engine.planes import Held
from core.engine.style_encoder import reference_moments
from core.engine.stylize import stylize
from core.errors import Cancelled
from core.progress import Progress, Report
from core.settings import Stylize
from core.training import contents, manners
from core.training.measures import ColorWasserstein, PatchWasserstein


@pytest.fixture
def repaint(models, vector):
    """Repaints pixels by the fast painter in one random manner."""

    def paint(picture: np.ndarray, report: Report | None = None, **settings: object) -> np.ndarray:
        return stylize(models, picture, vector(), Stylize(**settings), report or Report()).pixels

    return paint


@pytest.mark.parametrize("quality", SHAPES)
@pytest.mark.parametrize("size", [(1, 1), (1, 90), (19, 30)])
def test_a_picture_keeps_its_size_and_its_alpha_bit_by_bit(models, pixels, vector, quality, size):
    picture = pixels(*size)
    picture[..., 3] = np.random.default_rng(1).random(size, np.float32)
    picture[0, 0, 3] = 0
    result = stylize(models, picture, vector(quality), Stylize(quality), Report())
    assert result.pixels.shape == picture.shape and result.pixels.dtype == np.float32 and result.cleaned == 0
    assert result.pixels[..., 3].tobytes() == picture[..., 3].tobytes()
    assert result.pixels.min() >= 0 and result.pixels.max() <= 1


def test_a_picture_of_no_pixels_is_no_error(repaint):
    assert repaint(np.zeros((0, 5, 4), np.float32)).shape == (0, 5, 4)


def test_strength_leads_from_the_picture_itself_to_the_painted_one(repaint, pixels):
    picture = pixels(20, 24)
    none, half, full = (repaint(picture, strength=strength) for strength in (0.0, 0.5, 1.0))
    assert np.array_equal(none, picture) and not np.shares_memory(none, picture)
    assert np.allclose(half, (picture + full) / 2, atol=1e-6)
    assert np.abs(repaint(picture, strength=1e-3) - picture).max() < 2 / 255
    assert np.abs(full - picture).mean() > 0.05


def test_the_same_is_painted_again_byte_by_byte(repaint, cpu, networks, pixels, vector):
    picture = pixels(21, 34)
    first = repaint(picture)
    anew = stylize(Models(cpu, networks), picture.copy(), vector(), Stylize(), Report()).pixels
    assert repaint(picture).tobytes() == first.tobytes() == anew.tobytes()


def test_the_input_is_left_alone(repaint, pixels):
    picture = pixels(12, 12) * 3 - 1
    picture[3, 3] = np.nan
    before = picture.tobytes()
    picture.setflags(write=False)
    repaint(picture)
    repaint(picture, strength=0.0)
    assert picture.tobytes() == before


def test_broken_pixels_are_counted_and_spoil_nothing(models, pixels, vector):
    picture = pixels(24, 24)
    picture[2, 3], picture[20, 21, 1], picture[9, 9, 0] = np.nan, np.inf, -np.inf
    result = stylize(models, picture, vector(), Stylize(), Report())
    assert result.cleaned == 3 and np.isfinite(result.pixels).all()
    assert stylize(models, picture, vector(), Stylize(strength=0.0), Report()).cleaned == 3


def test_light_beyond_the_screen_is_painted_as_white_and_below_black_as_black(repaint, pixels):
    picture = 4 * pixels(16, 16) - 1.5
    assert np.array_equal(repaint(picture), repaint(picture.clip(0, 1)))


def test_what_hides_under_transparency_does_not_bleed(repaint, pixels):
    picture = pixels(24, 32)
    picture[:, 16:, 3] = 0
    other = picture.copy()
    other[:, 16:, :3] = 1, 0, 1
    assert np.array_equal(repaint(picture), repaint(other))


def test_the_colors_stay_where_they_are_to_be_kept(repaint, pixels):
    picture = 0.4 + 0.2 * pixels(20, 20)
    kept, painted = repaint(picture, keep_color=True), repaint(picture)
    batches = [torch.from_numpy(p[..., :3]).permute(2, 0, 1)[None] for p in (picture, kept, painted)]
    chroma = [batch - luma(batch) for batch in batches]
    inside = ((batches[1] > 0) & (batches[1] < 1)).all(1, keepdim=True).expand(-1, 3, -1, -1)
    assert inside.float().mean() > 0.5
    assert torch.allclose(chroma[1][inside], chroma[0][inside], atol=1e-5)
    assert torch.allclose(luma(batches[1])[inside[:, :1]], luma(batches[2])[inside[:, :1]], atol=1e-5)
    assert (chroma[2] - chroma[0]).abs().max() > 0.05


@pytest.mark.parametrize("settings", [{"keep_color": True}, {"keep_color": True, "brush": 0.5}])
def test_the_purest_colors_stay_within_bounds(repaint, pixels, settings):
    painted = repaint(pixels(24, 24).round(), **settings)
    assert painted.min() >= 0 and painted.max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (23, 17)])
def test_brushes_of_all_sizes_paint_and_no_two_the_same(repaint, pixels, size):
    picture = pixels(*size)
    painted = [repaint(picture, brush=brush) for brush in (0.25, 0.7, 1.0, 1.3, 4.0)]
    assert all(p.shape == picture.shape and np.isfinite(p).all() for p in painted)
    assert size == (1, 1) or len({p.tobytes() for p in painted}) == len(painted)


@pytest.mark.parametrize(("paints", "kept"), [(lambda small: small, True), (lambda small: 0 * small, False)])
def test_detail_finer_than_the_brush_comes_back_where_the_paint_follows_the_picture(paints, kept):
    """Tried with a painter that copies and with one that paints all black."""
    line = torch.linspace(0, 64, 64)
    stripes = Held((0.2 + 0.6 * line[:, None] / 64 + line % 2 * 0.1 - 0.05).expand(1, 3, 64, 64))
    small = scaled(stripes, 4.0)
    painted = Restored(stripes, small, Held(paints(small.whole())), coarse=True).whole()
    assert (painted.diff(dim=3).std() > 0.5 * stripes.whole().diff(dim=3).std()) == kept


def test_progress_only_grows_and_ends_with_the_whole(repaint, pixels):
    seen: list[Progress] = []
    repaint(pixels(8, 8), Report(seen.append))
    factors = [progress.factor for progress in seen]
    assert factors[0] == 0 and factors[-1] == 1 and factors == sorted(set(factors))
    assert len(seen) > 5 and {progress.what for progress in seen} == {"Painting"}


def test_a_job_is_cancelled_before_the_next_layer_and_leaves_the_painter_whole(repaint, pixels):
    seen: list[Progress] = []
    with pytest.raises(Cancelled):
        repaint(pixels(8, 8), Report(seen.append, lambda: len(seen) == 3))
    assert len(seen) == 3
    repaint(pixels(8, 8), strength=0.5)
    assert len(seen) == 3  # nobody listens to the next job with the ears of the last
    again: list[Progress] = []
    repaint(pixels(8, 8), Report(again.append))
    assert again[-1].factor == 1 and len(again) == len({progress.done for progress in again})


@pytest.mark.cuda
@pytest.mark.parametrize(("dtype", "measure"), [(torch.float32, np.max), (torch.float16, np.mean)])
@pytest.mark.parametrize("quality", SHAPES)
def test_a_graphics_card_paints_what_the_processor_paints(networks, models, pixels, vector, quality, dtype, measure):
    card = replace(models.device, torch=torch.device("cuda:0"), dtype=dtype)
    settings, picture, style = Stylize(quality, brush=1.5), pixels(65, 90), vector(quality)
    there = stylize(Models(card, networks), picture, style, settings, Report()).pixels
    here = stylize(models, picture, style, settings, Report()).pixels
    assert measure(np.abs(there - here)) < 2 / 255
    assert there[..., 3].tobytes() == picture[..., 3].tobytes()


# The networks that are shipped.

KINDS = ("mosaic", "woodcut", "swirls", "impasto")


@pytest.fixture(scope="module", params=SHAPES)
def shipped(request, cpu):
    """The shipped networks and the name of a painter that is among them."""
    return Models(cpu), request.param


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    """A picture made by rule, (128, 128, 4)."""
    pixels = np.ones((128, 128, 4), np.float32)
    pixels[..., :3] = contents.picture(128, 3) / np.float32(255)
    return pixels


def as_batch(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels[..., :3].copy()).permute(2, 0, 1)[None]


@cache
def manner(kind: str) -> torch.Tensor:
    return as_batch(manners.paint(kind, 160, 5) / np.float32(255))


def painted(shipped: tuple[Models, str], scene: np.ndarray, kind: str) -> torch.Tensor:
    models, quality = shipped
    with torch.inference_mode():
        vector = models.style_encoder(quality)(reference_moments(models.encoder, manner(kind)))[0]
    return as_batch(stylize(models, scene, vector, Stylize(quality), Report()).pixels)


def distance(models: Models, picture: torch.Tensor, target: torch.Tensor) -> float:
    """How far apart two manners are, as the shipped encoder sees them."""
    levels = zip(models.encoder(picture), models.encoder(target), strict=True)
    grams = [(moments(a), moments(b)) for a, b in levels]
    return sum((statistics_distance(a, b) + covariance_distance(a, b)).item() for a, b in grams)


@pytest.fixture(scope="module")
def gallery(shipped, scene) -> list[torch.Tensor]:
    """The scene in the manner of each of KINDS."""
    return [painted(shipped, scene, kind) for kind in KINDS]


def test_the_shipped_painters_bring_a_picture_near_to_the_manner_of_a_reference(shipped, scene, gallery):
    before = [distance(shipped[0], as_batch(scene), manner(kind)) for kind in KINDS]
    after = [distance(shipped[0], picture, manner(kind)) for picture, kind in zip(gallery, KINDS, strict=True)]
    assert all(a < 0.6 * b for a, b in zip(after, before, strict=True))


@pytest.mark.parametrize("measure", [ColorWasserstein(), PatchWasserstein()], ids=lambda measure: measure.name)
def test_measures_that_share_no_network_with_the_painters_agree(scene, gallery, measure):
    described = [measure.describe(manner(kind)) for kind in KINDS]
    before = sum(measure.distance(measure.describe(as_batch(scene)), target) for target in described)
    after = sum(measure.distance(measure.describe(p), target) for p, target in zip(gallery, described, strict=True))
    assert after < 0.9 * before


def test_what_is_shown_can_still_be_told_in_every_manner(shipped, scene, gallery):
    encoder = shipped[0].encoder
    shown, other = (encoder(picture)[3] for picture in (as_batch(scene), as_batch(scene).flip(3)))
    for features in (encoder(picture)[3] for picture in gallery):
        assert content_distance(features, shown) < 0.9 * content_distance(features, other)


def test_the_shipped_painters_paint_each_manner_differently_and_none_flat(gallery):
    assert all(picture.isfinite().all() and picture.std() > 0.05 for picture in gallery)
    assert min((a - b).abs().mean() for i, a in enumerate(gallery) for b in gallery[:i]) > 0.02
