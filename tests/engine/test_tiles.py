# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiles are seen by nobody: whatever their size, the picture is the one that is painted as a whole, to the last bit."""

import numpy as np
import pytest
import torch
from torch import Tensor

from core.engine import content, tiles, tiling
from core.engine import stylize as whole_way
from core.engine.device import Device
from core.engine.models import Models
from core.engine.normalisation import Seen
from core.engine.painter import SHAPES, Painter, Shape, Statistics
from core.engine.planes import Held, Plane, boxes
from core.engine.stylize import measure, stylize
from core.engine.tiling import UNIT_PX, Tiling
from core.errors import Cancelled, PassingError
from core.progress import Progress, Report
from core.settings import Stylize

SMALL = Shape(width=16, blocks=2, half=8, full=4)
ALONG = [(False, False), (True, False), (False, True), (True, True)]


@pytest.fixture(scope="module")
def painter() -> Painter:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return Painter(SMALL).requires_grad_(False)


@pytest.fixture(scope="module")
def style() -> Tensor:
    return 0.5 * torch.randn(1, SMALL.parameters, generator=torch.Generator().manual_seed(4))


def painted(painter: Painter, plane: Plane, style: Tensor, side: int, given: Statistics | None = None) -> Tensor:
    """A picture painted in tiles of a side, and asked for in windows of that size."""
    with torch.inference_mode():
        (result,), _ = tiles.paint(painter, [plane], style, Tiling(side), given)
        return put_together(result, side)


def put_together(plane: Plane, side: int) -> Tensor:
    parts = Held(torch.full((1, 3, *plane.size), torch.nan))
    for box in boxes(plane.size, side):
        parts.put(box, plane.window(box))
    return parts.tensor


@pytest.mark.parametrize("wraps", ALONG)
@pytest.mark.parametrize("size", [(70, 131), (96, 64), (5, 200), (33, 3), (1, 1)])
def test_tiles_of_every_size_give_the_whole_bit_by_bit(painter, style, batch, size, wraps):
    plane = Held(batch(*size), wraps)
    whole = painted(painter, plane, style, 4096)
    assert whole.shape[2:] == size and whole.isfinite().all()
    for side in (UNIT_PX, 2 * UNIT_PX, 3 * UNIT_PX):
        assert torch.equal(painted(painter, plane, style, side), whole)


@pytest.mark.parametrize("size", [(70, 131), (5, 200)])
def test_the_whole_is_what_the_painter_itself_paints(painter, style, batch, size):
    with torch.inference_mode():
        assert torch.equal(painted(painter, Held(batch(*size)), style, UNIT_PX), painter(batch(*size), style))


@pytest.mark.parametrize("quality", SHAPES)
def test_the_shipped_shapes_have_no_seams_either(models, batch, vector, quality):
    plane, style = Held(batch(100, 77), (True, False)), vector(quality)[None]
    whole = painted(models.painter(quality), plane, style, 4096)
    assert torch.equal(painted(models.painter(quality), plane, style, UNIT_PX), whole)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_seams_stay_away_however_many_threads_compute(painter, style, batch, threads):
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        whole = painted(painter, Held(batch(130, 90)), style, 4096)
        assert torch.equal(painted(painter, Held(batch(130, 90)), style, UNIT_PX), whole)
    finally:
        torch.set_num_threads(before)


def test_in_sixteen_bits_tiles_differ_by_less_than_a_screen_can_show(batch, vector):
    painter = Painter(SHAPES["fast"]).requires_grad_(False).bfloat16()
    painter.to_color.float()
    plane = Held(batch(100, 77))
    whole, tiled = (painted(painter, plane, vector()[None], side) for side in (4096, UNIT_PX))
    assert (tiled - whole).abs().max() <= 1 / 255


def test_features_in_files_make_no_difference(painter, style, batch, monkeypatch):
    plane = Held(batch(70, 90), (False, True))
    held = painted(painter, plane, style, UNIT_PX)
    monkeypatch.setattr(tiles, "_HELD_BYTES", 0)
    assert torch.equal(painted(painter, plane, style, UNIT_PX), held)


def test_a_full_disk_is_told_in_a_sentence(painter, style, batch, monkeypatch, tmp_path):
    monkeypatch.setattr(tiles, "_HELD_BYTES", 0)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "nowhere"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(PassingError, match="TMPDIR"):
        painted(painter, Held(batch(40, 40)), style, UNIT_PX)


def test_where_memory_runs_out_tiles_are_halved_and_the_result_stays(painter, style, batch, monkeypatch):
    plane = Held(batch(200, 150))
    wanted = painted(painter, plane, style, 4096)
    layer, before = painter.blocks[1][1], painter.blocks[1][1].forward

    def short_of_memory(batch: Tensor, **how: object) -> Tensor:
        if batch.shape[2] > 20:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 123456 bytes.")
        return before(batch, **how)

    monkeypatch.setattr(layer, "forward", short_of_memory)
    tiling = Tiling(4 * UNIT_PX)
    with torch.inference_mode():
        (result,), _ = tiles.paint(painter, [plane], style, tiling)
        assert torch.equal(put_together(result, 4096), wanted) and tiling.side_px == 2 * UNIT_PX


def test_what_is_no_lack_of_memory_is_not_tried_again(painter, style, batch, monkeypatch):
    def broken(*_: Tensor) -> Tensor:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(painter.stem[0], "_conv_forward", broken)
    with pytest.raises(RuntimeError, match="shapes"):
        painted(painter, Held(batch(40, 40)), style, UNIT_PX)


def test_tiles_are_whole_units_and_smaller_the_less_memory_is_free(painter, monkeypatch):
    sides = []
    for free in (1 << 40, 1 << 26, 1 << 10):
        monkeypatch.setattr(tiling.room, "free", lambda device, free=free: free)
        sides.append(Tiling.choose(painter, torch.device("cpu")).side_px)
    assert sides == sorted(sides, reverse=True) and len(set(sides)) == 3 and sides[-1] == UNIT_PX
    monkeypatch.setattr(tiling.room, "free", lambda device: 1 << 40)
    assert [Tiling.choose(painter, torch.device("cpu"), px).side_px for px in (1, 100, 256)] == [32, 96, 256]


def test_free_memory_is_known(cpu):
    assert 1 << 20 < tiling.room.free(cpu.torch) < 1 << 50


def test_pictures_measured_together_are_seen_as_one(painter, style, batch):
    one, other = Held(batch(64, 96)), Held(0.5 * batch(64, 96, 1))
    with torch.inference_mode():
        first, second, both = (
            tiles.paint(painter, planes, style, Tiling(UNIT_PX))[1][0] for planes in ([one], [other], [one, other])
        )
    assert torch.allclose(both.mean, (first.mean + second.mean) / 2, atol=1e-6)
    between = ((first.mean - second.mean) / 2).square()
    assert torch.allclose(both.variance, (first.variance + second.variance) / 2 + between, atol=1e-6)


def test_statistics_that_are_given_are_taken(painter, style, batch):
    plane, other = Held(batch(64, 70)), Held(0.5 * batch(64, 70, 1))
    with torch.inference_mode():
        own, others = (tiles.paint(painter, [p], style, Tiling(64))[1] for p in (plane, other))
    assert all(isinstance(seen, Seen) and seen.mean.shape == (16,) for seen in own) and len(own) == 5
    whole = painted(painter, plane, style, 4096)
    assert torch.equal(painted(painter, plane, style, 64, own), whole)
    assert (painted(painter, plane, style, 64, others) - whole).abs().max() > 1e-3


# From pixels to pixels.

SETTINGS = [
    {},
    {"brush": 2.3, "keep_color": True},
    {"brush": 0.6, "strength": 0.5},
    {"seamless": "xy"},
    {"seamless": "x", "brush": 1.4},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("hole", [False, True])
def test_a_picture_repainted_in_tiles_is_the_same_byte_by_byte(models, pixels, vector, settings, hole, monkeypatch):
    monkeypatch.setattr(content, "_TOP_PX", 16)
    picture = pixels(75, 110)
    if hole:
        picture[20:50, 30:90, 3] = 0
    whole, tiled = (
        stylize(models, picture, vector(), Stylize(tile=tile, **settings), Report()).pixels for tile in (0, UNIT_PX)
    )
    assert tiled.tobytes() == whole.tobytes()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float16])
def test_pictures_of_every_depth_are_repainted_as_they_are(models, pixels, vector, dtype):
    picture = pixels(40, 50)
    top = np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1
    stored = (picture * top).round().astype(dtype) if top > 1 else picture.astype(dtype)
    wanted = stylize(models, stored.astype(np.float32) / np.float32(top), vector(), Stylize(), Report()).pixels
    result = stylize(models, stored, vector(), Stylize(), Report()).pixels
    assert result.dtype == dtype and np.abs(result / top - wanted).max() <= max(0.51 / top, 5e-4 * (top == 1))


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("hole", [False, True])
def test_the_result_can_take_the_place_of_the_picture(models, pixels, vector, settings, hole):
    picture = pixels(75, 70)
    picture[20:50, 30:60, 3] = not hole
    wanted = stylize(models, picture, vector(), Stylize(tile=UNIT_PX, **settings), Report()).pixels
    result = stylize(models, picture, vector(), Stylize(tile=UNIT_PX, **settings), Report(), in_place=True).pixels
    assert result is picture and result.tobytes() == wanted.tobytes()


def test_measured_frames_are_painted_as_alone_by_their_own_statistics(models, pixels, vector):
    picture, settings = pixels(64, 80), Stylize(brush=1.3)
    seen = measure(models, [picture], vector(), settings, Report())
    alone = stylize(models, picture, vector(), settings, Report()).pixels
    assert stylize(models, picture, vector(), settings, Report(), measured=seen).pixels.tobytes() == alone.tobytes()
    shot = measure(models, [picture, 0.3 * pixels(64, 80, 1)], vector(), settings, Report())
    assert np.abs(stylize(models, picture, vector(), settings, Report(), measured=shot).pixels - alone).max() > 1e-3


def test_a_few_parts_give_nearly_the_statistics_of_the_whole(models, pixels, vector, monkeypatch):
    monkeypatch.setattr(whole_way, "SAMPLE_PX", 64)
    picture, style, settings = pixels(200, 240), vector(), Stylize()
    exact, sampled = (measure(models, [picture], style, settings, Report(), sampled=s) for s in (False, True))
    other = measure(models, [0.2 * picture], style, settings, Report())
    painted, nearly, wrong = (
        stylize(models, picture, style, settings, Report(), measured=seen).pixels for seen in (exact, sampled, other)
    )
    assert 0 < np.abs(nearly - painted).mean() < 0.3 * np.abs(wrong - painted).mean()


def test_progress_in_tiles_grows_to_the_whole_and_a_cancel_is_heard_in_each(models, pixels, vector):
    seen: list[Progress] = []
    stylize(models, pixels(70, 70), vector(), Stylize(tile=UNIT_PX), Report(seen.append))
    factors = [progress.factor for progress in seen]
    assert factors == sorted(set(factors)) and factors[0] == 0 and factors[-1] == 1 and len(factors) > 100
    with pytest.raises(Cancelled):
        stylize(models, pixels(70, 70), vector(), Stylize(tile=UNIT_PX), Report(cancelled=lambda: len(seen) > 100))


@pytest.mark.cuda
@pytest.mark.parametrize("quality", SHAPES)
def test_tiles_on_a_graphics_card_differ_by_less_than_a_screen_can_show(networks, pixels, vector, quality):
    card = Models(Device(torch.device("cuda:0"), torch.float16, "card"), networks)
    whole, tiled = (
        stylize(card, pixels(300, 401), vector(quality), Stylize(quality, tile=tile), Report()).pixels
        for tile in (0, 64)
    )
    assert np.abs(whole - tiled).max() <= 1 / 255
