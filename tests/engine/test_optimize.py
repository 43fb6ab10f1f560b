# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels optimised into a manner, on a small encoder that has learnt nothing."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.engine import optimize as module
from core.engine import style
from core.engine.encoder import Encoder
from core.engine.manner import Look
from core.engine.masks import Region, paint
from core.engine.objective import Objective, Plan
from core.engine.optimize import RATE, Canvas, Work, optimize
from core.engine.patches import distribution
from core.engine.style_encoder import reference_moments
from core.engine.stylize import stylize
from core.errors import Cancelled, UserError
from core.progress import Progress, Report
from core.settings import Optimize, Stylize
from core.styles import Card

SCALES = (0.25, 0.5, 1.0)


@pytest.fixture(scope="module")
def encoder():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Encoder((4, 6, 8, 10)).requires_grad_(False)


@pytest.fixture
def work(encoder, batch):
    """Makes work of a few steps: to bring a picture to the manner of darker, coarser noise."""

    def make(height: int = 40, width: int = 56, steps: int = 4, **plan: object) -> Work:
        content, start = batch(height, width), batch(height, width, 1)
        reference = torch.nn.functional.interpolate(batch(24, 24, 2) * 0.5, scale_factor=2)
        manner = dict.fromkeys(SCALES, Look(reference_moments(encoder, reference), distribution(reference)))
        return Work(content, start, manner, steps, Plan(**plan))

    return make


def loss(encoder: Encoder, work: Work, picture: torch.Tensor) -> float:
    return Objective(encoder, work.content, work.manner[1.0], work.plan).gradient(picture)[0]


def cancelled_at(step: int) -> tuple[Report, list[Progress]]:
    seen: list[Progress] = []
    return Report(seen.append, lambda: len(seen) >= step), seen


@pytest.mark.parametrize("wasserstein", [False, True])
def test_a_picture_comes_nearer_to_its_manner_and_keeps_its_size(encoder, work, wasserstein):
    task = work(41, 54, steps=12, wasserstein=wasserstein)
    done = optimize(encoder, task, Report())
    assert done.whole and done.picture.shape == task.content.shape
    assert done.picture.min() >= 0 and done.picture.max() <= 1
    assert loss(encoder, task, done.picture) < 0.6 * loss(encoder, task, task.start)


def test_the_same_work_gives_the_same_bits_and_leaves_its_pictures_alone(encoder, work):
    task = work()
    before = task.content.clone(), task.start.clone()
    first, second = (optimize(encoder, task, Report()).picture for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(task.content, before[0]) and torch.equal(task.start, before[1])


def test_tiles_do_not_show(encoder, work):
    whole, tiled = (optimize(encoder, work(72, 56, steps=3, tile_px=side), Report()).picture for side in (512, 32))
    assert (whole - tiled).abs().max() < 1 / 255


def test_tiles_are_halved_until_they_fit_into_memory(encoder, work):
    task = work(40, 150, steps=2, tile_px=512)
    whole = optimize(encoder, task, Report()).picture
    seen = []

    def allocate(_, inputs):
        seen.append(max(inputs[0].shape[2:]))
        if seen[-1] > 130:
            raise MemoryError

    hook = encoder.register_forward_pre_hook(allocate)
    try:
        tiled = optimize(encoder, task, Report()).picture
        assert (whole - tiled).abs().max() < 1 / 255 and seen[-1] <= 130
        hook.remove()
        hook = encoder.register_forward_pre_hook(lambda *_: (_ for _ in ()).throw(MemoryError))
        with pytest.raises(MemoryError):
            optimize(encoder, task, Report())
    finally:
        hook.remove()


def test_a_texture_that_tiles_still_does(encoder, work):
    plain = work(64, 128, steps=3)
    task = replace(plain, plan=Plan(wraps=(True, True)))
    shift, axes = (64, 64), (2, 3)  # by as much as one number of the smallest pyramid covers
    rolled = replace(task, content=task.content.roll(shift, axes), start=task.start.roll(shift, axes))
    one, other = (optimize(encoder, each, Report()).picture for each in (task, rolled))
    assert torch.allclose(one.roll(shift, axes), other, atol=1e-4)
    assert not torch.allclose(one, optimize(encoder, plain, Report()).picture, atol=1e-4)


@pytest.mark.parametrize("size", [(1, 1), (3, 70)])
def test_the_smallest_pictures_can_be_optimised(encoder, work, size):
    for wraps in (False, True):
        picture = optimize(encoder, work(*size, steps=1, wraps=(wraps, wraps)), Report()).picture
        assert picture.shape[2:] == size and picture.isfinite().all()


def test_progress_only_grows_and_shows_the_picture(encoder, work, monkeypatch):
    monkeypatch.setattr(module, "PREVIEW_S", 0)
    seen: list[Progress] = []
    optimize(encoder, work(), Report(seen.append), preview=lambda picture: picture.numpy())
    factors = [progress.factor for progress in seen]
    assert factors == sorted(factors) and factors[-1] == 1
    shown = [progress.preview for progress in seen if progress.preview is not None]
    assert {picture.shape[2:] for picture in shown} == {(10, 14), (20, 28), (40, 56)}


def test_a_cancel_ends_the_work(encoder, work):
    report, seen = cancelled_at(9)
    with pytest.raises(Cancelled):
        optimize(encoder, work(), report)
    assert len(seen) == 9


@pytest.mark.parametrize("step", [0, 1, 9, 20])
def test_a_cancel_keeps_the_picture_where_that_is_asked_for(encoder, work, step):
    task = work(steps=6)
    done = optimize(encoder, task, cancelled_at(step)[0], keep=True)
    assert not done.whole and done.picture.shape == task.content.shape and done.picture.isfinite().all()
    if step == 20:
        assert loss(encoder, task, done.picture) < loss(encoder, task, task.start)


def test_steps_are_adams(monkeypatch):
    monkeypatch.setattr(module, "LEVELS", 1)
    start = torch.rand(1, 3, 6, 7, generator=torch.Generator().manual_seed(0)) / 2 + 0.25
    canvas, parameter = Canvas(start.clone(), (False, False)), start.clone().requires_grad_()
    canvas.begin((6, 7))
    adam = torch.optim.Adam([parameter], RATE, betas=(0.9, 0.99), eps=1e-8)
    for seed in range(4):
        parameter.grad = torch.randn(start.shape, generator=torch.Generator().manual_seed(seed))
        canvas.step(parameter.grad / 42)
        adam.step()
    assert torch.allclose(canvas.picture, parameter, atol=1e-5)
    assert (canvas.average - start).abs().max() < (canvas.picture - start).abs().max()


# The quality "best": a painter's picture, optimised.


@pytest.fixture(scope="module")
def manner(models, batch):
    learnt = style.from_references(models, [batch(48, 40)], Card("Noise"))
    return style.mix([(learnt, 1.0)], "fine")


def best(models, picture, manner, report=None, **further) -> np.ndarray:
    optimize = Optimize(steps=2, **further)
    return stylize(models, picture, manner, Stylize("best"), report or Report(), optimize=optimize).pixels


def test_the_best_quality_is_not_the_painters_and_keeps_alpha(models, pixels, manner):
    picture = pixels(37, 30)
    picture[..., 3] = np.random.default_rng(1).random((37, 30), np.float32)
    picture[:5, :, 3] = 0
    painted = stylize(models, picture, manner, Stylize("fine"), Report()).pixels
    optimised = best(models, picture, manner)
    assert optimised.shape == picture.shape and np.isfinite(optimised).all()
    assert optimised[..., 3].tobytes() == picture[..., 3].tobytes()
    assert np.abs(optimised - painted).mean() > 0.01
    assert best(models, picture, manner).tobytes() == optimised.tobytes()


def test_the_painters_picture_is_all_where_nothing_is_said_of_optimising(models, pixels, manner):
    picture = pixels(20, 20)
    fine, frame = (stylize(models, picture, manner, Stylize(q), Report()).pixels for q in ("fine", "best"))
    assert np.array_equal(fine, frame)


def test_it_starts_where_it_is_told_to(models, pixels, manner):
    picture = pixels(24, 24)
    starts = [best(models, picture, manner, start=start) for start in ("painter", "content")]
    assert np.abs(starts[0] - starts[1]).mean() > 0.01


def test_a_style_that_knows_only_painters_is_told_apart(models, pixels, vector):
    with pytest.raises(UserError, match="learn it again"):
        best(models, pixels(8, 8), vector("fine"))


def test_a_cancelled_picture_says_so(models, pixels, manner):
    seen: list[Progress] = []

    def optimising() -> bool:
        return sum(progress.what == "Optimizing" for progress in seen) >= 4

    settings, optimize = Stylize("best", strength=0.5), Optimize(steps=20, keep=True)
    report = Report(seen.append, optimising)
    result = stylize(models, pixels(24, 24), manner, settings, report, optimize=optimize)
    assert result.cancelled and np.isfinite(result.pixels).all()


def test_of_several_manners_in_one_picture_those_that_were_not_begun_are_only_painted(models, pixels, manner):
    picture, mask = pixels(24, 24), np.tri(24, dtype=np.float32)
    regions = [Region(manner, None), Region(manner, mask)]
    seen: list[Progress] = []

    def optimising() -> bool:
        return any(progress.what == "Optimizing" for progress in seen)

    wish = Optimize(steps=20, keep=True)
    result = paint(models, picture, regions, Stylize("best"), Report(seen.append, optimising), optimize=wish)
    assert result.cancelled and np.isfinite(result.pixels).all()
    with pytest.raises(Cancelled):
        paint(models, picture, regions, Stylize("best"), Report(cancelled=lambda: True), optimize=wish)


@pytest.mark.cuda
def test_a_graphics_card_optimises_as_the_processor_does(encoder, work):
    here = optimize(encoder, work(), Report()).picture
    task = work()
    manner = {scale: look.to(torch.device("cuda")) for scale, look in task.manner.items()}
    there = replace(task, content=task.content.cuda(), start=task.start.cuda(), manner=manner)
    try:
        assert (optimize(encoder.cuda(), there, Report()).picture.cpu() - here).abs().mean() < 2 / 255
    finally:
        encoder.cpu()
