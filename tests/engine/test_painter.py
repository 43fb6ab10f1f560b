# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from core.engine.layers import set_edges
from core.engine.noise import CHANNELS, Noise
from core.engine.normalisation import Seen, look
from core.engine.painter import SHAPES, STRIDE, Painter, Shape

GFLOP_A_MEGAPIXEL = {"fast": 64, "fine": 320}
SMALL = Shape(width=16, blocks=2, half=8, full=4)
each_quality = pytest.mark.parametrize("quality", SHAPES)


@pytest.fixture
def painter():
    return Painter(SMALL).requires_grad_(False)


def style(seed: int = 0) -> torch.Tensor:
    return 0.5 * torch.randn(1, SMALL.parameters, generator=torch.Generator().manual_seed(seed))


@each_quality
@pytest.mark.parametrize("size", [(1, 1), (1, 400), (31, 1), (17, 30)])
def test_a_picture_of_any_size_is_painted_at_that_size(models, batch, vector, quality, size):
    painted = models.painter(quality)(batch(*size), vector(quality)[None])
    assert painted.shape == (1, 3, *size) and painted.dtype == torch.float32
    assert painted.min() >= 0 and painted.max() <= 1


@each_quality
def test_painters_keep_to_their_budget_of_operations(models, batch, vector, quality):
    with FlopCounterMode(display=False) as counter:
        models.painter(quality)(batch(100, 100), vector(quality)[None])
    assert 0 < 100 * counter.get_total_flops() <= GFLOP_A_MEGAPIXEL[quality] * 1e9


def test_a_texture_that_tiles_still_tiles_when_it_is_painted(painter, batch):
    content, noise, by = batch(32, 24), Noise((8, 6)).whole(), (4, 8)
    moved = content.roll(by, (2, 3)), style(), None, noise.roll([px // STRIDE for px in by], (2, 3))
    reflected = painter(content, style())
    assert (painter(*moved) - reflected.roll(by, (2, 3))).abs().max() > 1e-3
    set_edges(painter, ("circular", "circular"))
    assert torch.allclose(painter(*moved), painter(content, style()).roll(by, (2, 3)), atol=1e-5)


@each_quality
def test_without_noise_a_flat_picture_is_painted_flat(models, vector, quality):
    painter, content = models.painter(quality), torch.full((1, 3, 24, 20), 0.3)
    silent = torch.zeros(1, CHANNELS, 6, 5)
    painted = painter(content, vector(quality)[None], noise=silent)
    assert painted.std((2, 3)).max() < 1e-4  # sub-pixels that differed would leave a checkerboard


@each_quality
def test_flat_places_get_strokes_that_differ_from_place_to_place(models, vector, quality):
    painted = models.painter(quality)(torch.full((1, 3, 64, 64), 0.3), vector(quality)[None])
    cells = painted.unfold(2, STRIDE, STRIDE).unfold(3, STRIDE, STRIDE)  # (1, 3, 16, 16, STRIDE, STRIDE)
    grid, strokes = cells.mean((2, 3)).var(), cells.mean((4, 5)).var()
    assert strokes > 1e-5 and grid < strokes  # what all cells have in common is a grain, which artists mind


def test_every_picture_of_a_batch_is_painted_in_its_own_style(painter, batch):
    contents, styles = torch.cat([batch(12, 16, 1), batch(12, 16, 2)]), torch.cat([style(1), style(2)])
    together = painter(contents, styles)
    alone = torch.cat([painter(contents[i : i + 1], styles[i : i + 1]) for i in range(2)])
    assert torch.allclose(together, alone, atol=1e-5)
    assert (painter(contents, styles.flip(0)) - together).abs().max() > 1e-2


def test_every_part_of_the_style_vector_has_a_say(painter, batch):
    vector = style().requires_grad_()
    painter(batch(16, 16), vector).square().sum().backward()
    said = vector.grad[0] != 0
    ends = torch.tensor([2 * channels for channels in SMALL.points]).cumsum(0)
    assert ends[-1] == len(said) == SMALL.parameters
    assert all(part.any() for half in said.tensor_split(ends[:-1]) for part in half.chunk(2))


def test_sixteen_bits_paint_nearly_the_same_picture(models, batch, vector):
    single = models.painter("fast")
    half = Painter(SHAPES["fast"]).bfloat16()
    half.load_state_dict(single.state_dict())
    half.to_color.float()
    half.to_color.load_state_dict(single.to_color.state_dict())
    content, style = batch(40, 40), vector()[None]
    with torch.no_grad():
        difference = (half(content, style) - single(content, style)).abs()
    assert 0 < difference.mean() < 2 / 255


def test_statistics_that_are_given_take_the_place_of_the_pictures_own(painter, batch):
    seen = []
    hooks = [conv.register_forward_hook(lambda *call: seen.append(look(call[2]))) for conv in normalised(painter)]
    painted = painter(batch(24, 20), style())
    for hook in hooks:
        hook.remove()
    own = tuple(Seen(mean[0], variance[0]) for mean, variance in seen)
    assert torch.allclose(painter(batch(24, 20), style(), own), painted, atol=1e-6)
    part = painter(batch(24, 20)[:, :, :12], style(), own)
    assert not torch.allclose(part, painter(batch(24, 20)[:, :, :12], style()), atol=1e-3)


def normalised(painter: Painter) -> list:
    """The convolutions before the normalisation points."""
    return [painter.stem[1], *(conv for block in painter.blocks for conv in block)]
