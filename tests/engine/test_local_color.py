# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
import torch

from core.engine.content import luma
from core.engine.local_color import Localised, colors, transport
from core.engine.moments import color_moments, covariance_of, mean_of, moments
from core.engine.planes import Box, Held
from core.engine.style import Mixture, from_references
from core.engine.stylize import measure, stylize
from core.progress import Report
from core.settings import Stylize
from core.styles import Card


def picture(seed: int, height: int = 128, width: int = 160, patch: int = 32) -> torch.Tensor:
    """Colored patches."""
    random = torch.Generator().manual_seed(seed)
    patches = torch.rand(1, 3, height // patch, width // patch, generator=random)
    return patches.repeat_interleave(patch, 2).repeat_interleave(patch, 3)


def hue(batch: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.avg_pool2d(batch - luma(batch), 32)


def localised(content: torch.Tensor, painted: torch.Tensor, palette: torch.Tensor, amount: float = 1.0) -> torch.Tensor:
    plane = Localised(Held(content), Held(painted), colors([Held(content)]), color_moments(palette), amount)
    return plane.whole()


def test_colors_are_counted_as_those_of_references_are(batch):
    flat = picture(1)
    assert torch.allclose(colors([Held(flat)]), color_moments(flat), atol=0.01)
    together = colors([Held(flat), Held(picture(2))])
    assert torch.allclose(together, (colors([Held(flat)]) + colors([Held(picture(2))])) / 2, atol=1e-5)


def test_what_counts_nothing_has_no_color():
    left = torch.zeros(1, 1, 128, 160)
    left[..., :64] = 1
    half = colors([Held(picture(1))], [Held(left)])
    assert torch.allclose(half, color_moments(picture(1)[..., :64]), atol=0.02)


def test_what_counts_is_seen_in_large_pictures_too():
    large, top = picture(1, 64, 640), torch.zeros(1, 1, 64, 640)
    top[:, :, :32] = 1
    assert torch.allclose(colors([Held(large)], [Held(top)]), color_moments(large[:, :, :32]), atol=0.02)


def test_transported_colors_have_the_mean_and_the_covariance_that_were_wanted():
    found, wanted = color_moments(picture(1)), color_moments(picture(2) * torch.tensor((0.9, 0.5, 0.2)).view(3, 1, 1))
    matrix, shift = transport(found, wanted)
    led = moments(torch.einsum("ij,njhw->nihw", matrix, picture(1)) + shift.view(3, 1, 1))
    assert torch.allclose(mean_of(led), mean_of(wanted), atol=1e-4)
    assert torch.allclose(covariance_of(led), covariance_of(wanted), atol=2e-3)


def test_colors_that_are_right_are_not_moved():
    matrix, shift = transport(color_moments(picture(1)), color_moments(picture(1)))
    assert torch.allclose(matrix, torch.eye(3), atol=0.02) and shift.abs().max() < 0.02


def test_hues_lie_where_the_content_has_them_and_light_stays_the_painters():
    content, painted = (picture(seed, 256, 256, 128) for seed in (1, 2))
    result = localised(content, painted, content)
    assert (hue(result) - hue(content)).abs().mean() < 0.25 * (hue(painted) - hue(content)).abs().mean()
    assert torch.allclose(luma(result), luma(painted), atol=2e-3)
    half = localised(content, painted, content, 0.5)
    assert torch.allclose(half, (result + painted) / 2, atol=1e-5)


def test_strokes_stay():
    content, flat = picture(1), torch.full((1, 3, 128, 160), 0.5)
    strokes = 0.2 * torch.where(torch.arange(160) % 4 < 2, 1.0, -1.0) * torch.tensor((1.0, 0.0, -1.0)).view(3, 1, 1)
    difference = localised(content, flat + strokes, content) - localised(content, flat, content)
    assert torch.allclose(difference, strokes.expand_as(difference), atol=0.02)


def test_a_gray_picture_gets_no_blotches():
    gray, blotched = torch.linspace(0.2, 0.8, 256).expand(1, 3, 256, 256), picture(3, 256, 256, 128)
    result = localised(gray, blotched, picture(2))
    # What has one light has one hue: each column of the wall is all alike.
    assert hue(result).std(2).max() < 0.3 * hue(blotched).std(2).max()


def test_windows_show_what_the_whole_shows():
    plane = Localised(Held(picture(1)), Held(picture(2)), color_moments(picture(1)), color_moments(picture(3)))
    box = Box(7, 40, 3, 66)
    assert torch.equal(plane.window(box), plane.whole()[:, :, 7:40, 3:66])


def test_what_tiles_goes_on_tiling():
    def made(content: torch.Tensor, painted: torch.Tensor) -> torch.Tensor:
        planes = (Held(part, (True, True)) for part in (content, painted))
        return Localised(*planes, color_moments(picture(1)), color_moments(picture(3))).whole()

    rolled = made(*(part.roll((16, 32), (2, 3)) for part in (picture(1), picture(2))))
    assert torch.allclose(rolled, made(picture(1), picture(2)).roll((16, 32), (2, 3)), atol=1e-5)


@pytest.fixture(scope="module")
def mixture(models) -> Mixture:
    style = from_references(models, [picture(4)], Card("Patches"))
    return Mixture(style.vectors["fast"], manner=style.manner)


def pixels(batch: torch.Tensor) -> np.ndarray:
    return torch.cat([batch, torch.ones_like(batch[:, :1])], 1)[0].permute(1, 2, 0).numpy().copy()


@pytest.mark.parametrize("depth", ["float32", "uint8"])
@pytest.mark.parametrize("brush", [1.0, 1.7])
def test_tiles_make_no_difference(models, mixture, depth, brush):
    source = (
        pixels(picture(5, 192, 208)) if depth == "float32" else (255 * pixels(picture(5, 192, 208))).astype("uint8")
    )
    tiled, whole = (
        stylize(models, source.copy(), mixture, Stylize(tile=tile, brush=brush), Report()).pixels for tile in (64, 4096)
    )
    assert np.array_equal(tiled, whole)
    plain = stylize(models, source.copy(), mixture, Stylize(brush=brush, local_color=0.0), Report()).pixels
    assert not np.array_equal(plain, whole)


def test_a_shot_has_the_colors_of_all_its_frames(models, mixture):
    frames = [pixels(picture(seed)) for seed in (6, 7)]
    shot = measure(models, frames, mixture, Stylize(), Report())
    assert torch.allclose(shot.colors, colors([Held(picture(6)), Held(picture(7))]), atol=1e-5)
    alone = measure(models, frames[:1], mixture, Stylize(), Report())
    own, shared, single = (
        stylize(models, frames[0], mixture, Stylize(), Report(), measured=seen).pixels for seen in (None, shot, alone)
    )
    assert np.allclose(own, single, atol=1e-6) and np.abs(own - shared).max() > 1e-3


def test_a_style_whose_palette_is_not_known_is_painted_as_it_is(models, mixture):
    source = pixels(picture(6))
    bare = Mixture(mixture.vector)
    results = [stylize(models, source, bare, Stylize(local_color=amount), Report()).pixels for amount in (0.0, 1.0)]
    assert np.array_equal(*results)
