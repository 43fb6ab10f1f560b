# SPDX-License-Identifier: GPL-3.0-or-later
"""Paint that is carried from frame to frame, on pictures whose motion is known exactly."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from core.engine import flow, motion, temporal
from core.engine.motion import Guides, Motion, look, places
from core.engine.temporal import Paint

STEP = 1 / 255
HEIGHT, WIDTH = 48, 64


def texture(seed: int, height: int = HEIGHT, width: int = WIDTH) -> Tensor:
    """A random picture with detail of three and of twelve pixels."""
    random = torch.Generator().manual_seed(seed)
    sizes = [(height // px + 2, width // px + 2, px) for px in (3, 12)]
    layers = [
        F.interpolate(torch.rand(1, 3, h, w, generator=random), scale_factor=px, mode="bicubic") for h, w, px in sizes
    ]
    return sum(layer[:, :, :height, :width] for layer in layers).div(2).clamp(0, 1)


def moved(picture: Tensor, x: float, y: float) -> Tensor:
    """The picture slid to the right and down, its border continued."""
    return look(picture, places(picture) - picture.new_tensor((x, y)).view(1, 2, 1, 1), "bicubic").clamp(0, 1)


def slide(x: float, y: float) -> Motion:
    """The motion of a picture that has slid so since the frame before."""
    shift = torch.tensor((-x, -y)).view(1, 2, 1, 1).expand(1, 2, HEIGHT, WIDTH)
    return Motion(shift, motion.soften(motion.inside(places(shift) + shift)))


def inner(picture: Tensor, margin: int = 12) -> Tensor:
    return picture[..., margin:-margin, margin:-margin]


def detail(picture: Tensor) -> float:
    return (inner(picture) - F.avg_pool2d(inner(picture, 11), 3, 1)).square().mean().item()


def boiling(picture: Tensor, frame: int) -> Tensor:
    """The picture in paint that is another in every frame."""
    return (0.6 * picture + 0.4 * texture(1000 + frame)).clamp(0, 1)


def test_strokes_stick_to_what_moves():
    scene, paint = texture(0), Paint(16)
    last = paint.begin(boiling(scene, 0), scene)
    for frame in range(1, 8):
        light = moved(scene, 1.4 * frame, -0.7 * frame)
        fresh = boiling(light, frame)
        result = paint.go_on(fresh, light, slide(1.4, -0.7), frame)
        error = inner(result - moved(last, 1.4, -0.7)).square().mean()
        boil = inner(fresh - boiling(light, frame - 1)).square().mean()
        assert error < 0.1 * boil
        last = result


def test_paint_is_as_crisp_after_250_frames_and_does_not_drift():
    scene, paint = texture(0), Paint(12)
    # Paint that lies fast on the scene: what becomes of it is the carrying alone.
    painted = texture(1)
    paint.begin(painted, scene)
    before = 0.0
    for frame in range(1, 251):
        x = 4 * math.sin(frame / 5)
        light, fresh = moved(scene, x, 0), moved(painted, x, 0)
        result = paint.go_on(fresh, light, slide(x - before, 0), frame)
        before = x
    assert detail(result) > 0.95 * detail(fresh)
    assert inner(result - fresh).abs().mean() < 2 * STEP


@pytest.mark.parametrize("warmup", [4, 9, 20])
def test_a_frame_depends_on_its_warm_up_frames_alone(warmup):
    scene, whole, part = texture(0), Paint(warmup), Paint(warmup)
    start = 7
    hidden = torch.ones(1, 1, HEIGHT, WIDTH)
    for frame in range(start + warmup + 12):
        light = moved(scene, frame, 0)
        light[..., 20:30, 20:30] = frame % 5 / 5  # a lamp that flickers
        hidden[..., 10:18] = frame % 3 / 2
        step, fresh = slide(1, 0), boiling(light, frame)
        step = Motion(step.shift, step.trust * hidden)
        results = []
        for paint, first in ((whole, 0), (part, start)):
            if frame >= first:
                results.append(paint.begin(fresh, light) if frame == first else paint.go_on(fresh, light, step, frame))
        if frame >= start + warmup:
            assert torch.equal(*results)


def test_what_was_hidden_is_painted_fresh():
    scene, paint = texture(0), Paint(16)
    paint.begin(boiling(scene, 0), scene)
    nowhere = Motion(torch.zeros(1, 2, HEIGHT, WIDTH), torch.ones(1, 1, HEIGHT, WIDTH))
    nowhere.trust[..., 20:40] = 0
    result = paint.go_on(boiling(scene, 1), scene, nowhere, 1)
    assert (result - boiling(scene, 1))[..., 22:38].abs().max() < 0.03
    assert (result - boiling(scene, 0))[..., :18].abs().max() < 0.03


def test_paint_follows_the_light_but_keeps_its_strokes():
    scene, paint = texture(0), Paint(20)
    still = Motion(torch.zeros(1, 2, HEIGHT, WIDTH), torch.ones(1, 1, HEIGHT, WIDTH))
    paint.begin(boiling(scene, 0), scene)
    for frame in range(1, 9):
        light = scene * (1 - 0.08 * frame)
        fresh = boiling(light, frame)
        result = paint.go_on(fresh, light, still, frame)
    strokes = [picture - F.avg_pool2d(picture, 9, 1, 4) for picture in (result, boiling(scene, 0), fresh)]
    likeness = [F.cosine_similarity(strokes[0].flatten(), other.flatten(), 0) for other in strokes[1:]]
    assert (result.mean() - fresh.mean()).abs() < 0.055 < (boiling(scene, 0).mean() - fresh.mean()).abs()
    assert likeness[0] > likeness[1]


def test_strokes_are_not_drawn_long():
    at = places(texture(0))
    assert temporal.unstretched(at * 0.9).min() == 1
    assert temporal.unstretched(at * 2).min() == 1
    turning = torch.cat([at[:, :1] * torch.where(at[:, :1] < 32, 0.2, 1.0), at[:, 1:]], 1)
    held = temporal.unstretched(turning)
    assert held[..., :24].max() == 0 and held[..., 44:].min() == 1


def test_mixed_paint_gets_the_contrast_of_paint_back():
    one, other = texture(0), texture(1)
    mixed = (one + other) / 2
    assert detail(mixed) < 0.7 * detail(one)
    assert detail(temporal.sharpened(mixed, one)) == pytest.approx(detail(one), rel=0.25)
    assert (temporal.sharpened(one, one) - one).abs().max() < 1e-5


def guides(frame: int) -> Guides:
    """A square of 16 pixels before a wall that stands still; it moves 3 to the right from frame to frame."""
    on = torch.zeros(1, 1, HEIGHT, WIDTH)
    on[..., 16:32, 16 + 3 * frame : 32 + 3 * frame] = 1
    across = torch.tensor((3.0, 0.0)).view(1, 2, 1, 1)
    return Guides(-on * across, on * across, on + 1, 10 - 4 * on)


@pytest.mark.parametrize("step", [1, -1])
def test_passes_tell_where_things_were_and_what_was_hidden(step):
    here, there = guides(2), guides(2 - step)
    found = motion.from_passes(here, there, step)
    assert found.shift[0, :, 24, 30].tolist() == [-3.0 * step, 0]
    uncovered = 21 if step > 0 else 38
    trusted = found.trust[0, 0, 24]
    assert trusted[30] == 1 and trusted[5] == 1 and trusted[60] == 1
    assert trusted[uncovered - 1 : uncovered + 1].max() == 0 if step > 0 else trusted[39] == 0


def test_a_thing_in_the_place_of_another_is_not_trusted():
    here, there = guides(2), guides(1)
    stranger = Guides(here.back, here.ahead, here.identity + 5, here.depth)
    assert motion.from_passes(stranger, there, 1).trust.max() == 0
    farther = Guides(here.back, here.ahead, here.identity, here.depth * 2)
    assert motion.from_passes(farther, there, 1).trust.max() == 0


def test_motion_out_of_the_picture_is_not_trusted():
    still = guides(0)
    away = Guides(still.back + 100, still.ahead - 100, still.identity, still.depth)
    assert motion.from_passes(away, away, 1).trust.max() == 0


def test_the_least_around_is_that_of_pooling():
    for size in ((5, 7), (2, 2), (1, 6), (1, 1)):
        numbers = torch.randn(2, 3, *size)
        assert torch.equal(motion.largest(numbers), F.max_pool2d(numbers, 3, 1, 1))


@pytest.mark.parametrize(("x", "y"), [(0, 0), (2.5, -1.5), (-6, 4)])
def test_motion_is_estimated_where_it_was_not_rendered(x, y):
    there = texture(3, 96, 128)
    here = moved(there, x, y)
    found = flow.from_flow(flow.lucas_kanade, here, there)
    wanted = torch.tensor((-x, -y)).view(1, 2, 1, 1)
    trusted = inner(found.trust, 16) > 0.9
    assert trusted.float().mean() > 0.8
    assert ((inner(found.shift, 16) - wanted).norm(dim=1, keepdim=True) * trusted).median() < 0.25


def test_raft_is_used_where_its_weights_are(tmp_path, monkeypatch):
    raft = pytest.importorskip("torchvision.models.optical_flow").raft_small
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    assert flow.estimator(torch.device("cpu"))[1] == "Lucas-Kanade"
    (tmp_path / "checkpoints").mkdir()
    torch.save(raft(weights=None).state_dict(), tmp_path / "checkpoints" / flow._RAFT)
    estimate, name = flow.estimator(torch.device("cpu"))
    flow._raft.cache_clear()
    assert name == "RAFT"
    assert estimate(texture(0, 40, 50), texture(1, 40, 50)).shape == (1, 2, 40, 50)


def test_numbers_of_cryptomatte_and_index_are_told_apart():
    from core.engine.pictures import Picture
    from core.engine.renders import Render

    ids = np.array([[0, 1e-38, -3e20, np.nan]], np.float32)[..., None]
    shown = Picture(np.zeros((1, 4, 4), np.float32))
    for kind in ("cryptomatte", "object"):
        numbers = ids if kind == "cryptomatte" else np.arange(4, dtype=np.float32)[None, :, None]
        render = Render(None, shown, {"vector": np.zeros((1, 4, 4), np.float32), kind: numbers})
        assert len(Guides.of(render, torch.device("cpu")).identity.unique()) == 4
