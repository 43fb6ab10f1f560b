# SPDX-License-Identifier: GPL-3.0-or-later
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.engine import adapt as engine
from core.engine import exercises, practice, style
from core.engine.adapt import Learnt, Task, adapt
from core.engine.critic import Critic, Reference
from core.engine.painter import SHAPES
from core.engine.stylize import stylize
from core.errors import Cancelled
from core.progress import Report
from core.settings import Adapt, Stylize
from core.styles import Card

SCOPES = ("affine", "lowrank", "all")


@pytest.fixture(scope="module", autouse=True)
def small():
    """Practice on small parts: networks that know nothing learn as much from them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(practice, "CROP_PX", 32)
        patch.setattr(practice, "BATCH", 1)
        patch.setattr(engine, "PREVIEW_PX", 48)
        yield


@pytest.fixture(scope="module")
def task(batch) -> Task:
    """Learn dark red noise from a picture of it, on lighter noise."""
    red = batch(40, 56, 1) * torch.tensor([0.6, 0.1, 0.1])[:, None, None]
    return Task([Reference(red)], [batch(48, 64, 2)])


@pytest.fixture(scope="module")
def learn(models, task):
    def learn(changed: Task | None = None, report: Report | None = None, **settings) -> Learnt:
        return adapt(models, changed or task, Adapt(**{"steps": 2, **settings}), report or Report())

    return learn


@pytest.fixture(scope="module")
def learnt(learn) -> dict[str, Learnt]:
    return {scope: learn(scope=scope) for scope in SCOPES}


def same(one: style.Style, other: style.Style) -> bool:
    def tensors(style: style.Style) -> dict:
        changes = {(q, name): change for q, own in style.changes.items() for name, change in own.items()}
        return dict(style.vectors) | changes

    ours, theirs = tensors(one), tensors(other)
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize("scope", SCOPES)
def test_what_is_learnt_is_nearer_to_the_manner_than_first_sight(learnt, scope):
    first, *_, last = learnt[scope].seen
    assert (first.step, last.step) == (0, 2) and last.loss < first.loss
    assert learnt[scope].best.loss == last.loss and not learnt[scope].cancelled


def test_it_comes_nearer_where_more_than_the_vector_may_change(learnt):
    assert max(learnt["lowrank"].best.loss, learnt["all"].best.loss) < learnt["affine"].best.loss


def test_both_painters_learn(learn, models, task):
    done = learn(scope="lowrank", steps=4).style
    at_first_sight = style.from_references(models, [task.references[0].batch], Card(""))
    for quality in SHAPES:
        assert not torch.equal(done.vectors[quality], at_first_sight.vectors[quality])
    assert done.changes.keys() == SHAPES.keys()


@pytest.mark.parametrize("scope", SCOPES)
def test_a_learnt_style_paints_what_its_preview_showed_also_from_its_file(learnt, models, task, scope, tmp_path):
    card = Card("Red", network=models.network)
    manner = style.from_references(models, [task.references[0].batch], card).manner
    style.write(replace(learnt[scope].style, card=card, manner=manner), tmp_path / "red.safetensors")
    read = style.read(tmp_path / "red.safetensors", models.network)
    content = np.ones((48, 64, 4), np.float32)
    content[..., :3] = task.contents[0][0].permute(1, 2, 0)
    preview = learnt[scope].best.pixels
    shown = style.within(torch.from_numpy(content).permute(2, 0, 1)[None], 48)[0].permute(1, 2, 0).numpy()
    painted = stylize(models, shown.clip(0, 1), style.mix([(read, 1.0)], "fast"), Stylize(), Report()).pixels
    assert np.abs(painted - preview)[..., :3].max() < 0.01
    plain = stylize(models, shown.clip(0, 1), read.vectors["fast"], Stylize(), Report()).pixels
    assert scope == "affine" or np.abs(plain - preview).max() > 0.02


def test_the_same_seed_learns_the_same_and_another_one_something_else(learnt, learn):
    assert same(learn(scope="lowrank").style, learnt["lowrank"].style)
    assert not same(learn(scope="lowrank", seed=1).style, learnt["lowrank"].style)


def test_no_steps_take_the_manner_as_it_is_seen_at_first_sight(learn, models, task):
    seen = style.from_references(models, [task.references[0].batch], Card(""))
    assert all(torch.allclose(learn(steps=0).style.vectors[q], seen.vectors[q], atol=1e-6) for q in SHAPES)
    assert not learn(steps=0, init="none").style.vectors["fast"].any()


def test_several_references_are_one_manner_by_weight(learn, models, batch):
    one, other = batch(40, 40, 3), batch(30, 50, 4) ** 3

    def seen(*references: tuple) -> torch.Tensor:
        task = Task([Reference(picture, weight) for picture, weight in references], [batch(32, 32)])
        return learn(task, steps=0).style.vectors["fast"]

    both = style.from_references(models, [one, other], Card("")).vectors["fast"]
    assert torch.allclose(seen((one, 2.0), (other, 2.0)), both, atol=1e-5)
    assert torch.allclose(seen((one, 1.0), (other, 1e-9)), seen((one, 1.0)), atol=1e-5)
    assert not torch.allclose(seen((one, 3.0), (other, 1.0)), both, atol=1e-4)


def test_practice_goes_on_from_a_style(learn, learnt, task):
    start = learnt["lowrank"].style
    assert same(learn(replace(task, start=start), steps=0).style, start)
    further = learn(replace(task, start=start), scope="lowrank", steps=6)
    assert np.allclose(further.seen[0].pixels, learnt["lowrank"].best.pixels, atol=1e-3)
    assert further.best.loss < further.seen[0].loss
    whole = learn(replace(task, start=start), scope="all", steps=1)
    assert np.allclose(whole.seen[0].pixels, learnt["lowrank"].best.pixels, atol=1e-3)
    assert set(whole.style.changes["fast"]) == set(learnt["all"].style.changes["fast"])


def test_going_on_from_a_style_starts_there_whatever_start_is_chosen(learn, learnt, task):
    start = learnt["lowrank"].style
    assert same(learn(replace(task, start=start), steps=0, init="none").style, start)


def test_previews_show_the_first_content_and_progress_comes_to_its_end(learn):
    told = []
    done = learn(report=Report(told.append))
    previews = [progress.preview for progress in told if progress.preview is not None]
    assert len(previews) == 2 * len(done.seen) == 6
    assert all(preview.shape == (36, 48, 4) and preview.dtype == np.float32 for preview in previews)
    assert np.array_equal(previews[0], done.seen[0].pixels) and not np.array_equal(previews[0], previews[2])
    assert told[0].done == 0 and told[-1].done == told[-1].total
    assert [progress.done for progress in told] == sorted(progress.done for progress in told)


class Impatient:
    """A report that has had enough after so many calls."""

    def __init__(self, calls: int) -> None:
        self.left = calls

    def __call__(self, *_: object) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled


@pytest.mark.parametrize("calls", [0, 10, 40, 60, 100])
def test_a_cancel_takes_effect_between_any_two_layers(learn, calls):
    impatient = Impatient(calls)
    with pytest.raises(Cancelled):
        learn(report=impatient)
    assert impatient.left == -1


def test_a_cancel_keeps_the_best_so_far_where_that_is_wanted(learn, task, models):
    keeping = replace(task, keep=True)
    with pytest.raises(Cancelled):
        learn(keeping, report=Impatient(10))
    done = learn(keeping, report=Impatient(150))
    assert done.cancelled and done.best.step < 2 and done.style.vectors.keys() == SHAPES.keys()
    at_first_sight = style.from_references(models, [task.references[0].batch], Card(""))
    assert torch.allclose(done.style.vectors["fine"], at_first_sight.vectors["fine"], atol=1e-6)
    assert torch.equal(done.style.vectors["fast"], done.best.parameters["style"])


def test_the_networks_themselves_stay_as_they_are(learn, models):
    before = {name: weight.clone() for name, weight in models.painter("fast").named_parameters()}
    with torch.inference_mode():  # as a worker is in whose painters have painted before
        models.painter("fine")
    learn(scope="all", steps=1)
    assert all(torch.equal(weight, before[name]) for name, weight in models.painter("fast").named_parameters())
    assert not any(layer._forward_hooks for layer in models.encoder.modules())


def test_pictures_to_practise_on_are_drawn_where_none_are_given(learn, task):
    drawn = exercises.drawn(3)
    assert len(drawn) == exercises.DRAWN and all(torch.equal(p, p.clamp(0, 1)) and p.std() > 0.05 for p in drawn)
    assert all(torch.equal(one, other) for one, other in zip(drawn, exercises.drawn(3), strict=True))
    assert not torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[0], exercises.drawn(4)[0])
    assert learn(replace(task, contents=[]), steps=1).seen[0].pixels.shape == (48, 48, 4)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_critic_finds_nothing_to_say_against_the_reference_and_the_content_themselves(models, batch):
    reference, other = batch(64, 64, 5), batch(64, 64, 6) ** 4
    critic = Critic(models.encoder, [Reference(reference)])
    own, strange = (critic.parts(picture, reference, seeded()) for picture in (reference, other))
    assert all(own[part].item() < 1e-6 for part in own.keys() - {"patches"}) and own["patches"].item() < 0.02
    assert all(strange[part].item() > own[part].item() + 1e-3 for part in own)


def test_the_critic_measures_by_what_it_has_seen_first(models, batch):
    reference, content, painted = batch(64, 64, 5), batch(64, 64, 6) ** 4, batch(64, 64, 7) ** 2
    critic = Critic(models.encoder, [Reference(reference)])
    critic.settle(painted, content, seeded())
    assert critic(painted, content, seeded()).item() == pytest.approx(1, rel=1e-4)
    assert critic(reference, content, seeded()).item() != pytest.approx(1, rel=1e-2)


def test_marks_of_another_size_are_a_distance_of_patches(models):
    def stripes(width: int) -> torch.Tensor:
        return ((torch.arange(64) // width) % 2).float().expand(1, 3, 64, 64)

    critic = Critic(models.encoder, [Reference(stripes(2))])
    found = [critic.parts(stripes(width), stripes(2), seeded())["patches"].item() for width in (2, 4, 8)]
    assert found == sorted(found) and found[1] > 2 * found[0]


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (9, 9)])
def test_references_and_contents_of_any_size_can_be_learnt_from(learn, batch, size):
    done = learn(Task([Reference(batch(*size))], [batch(*size, 1)]), steps=1)
    assert np.isfinite(done.best.pixels).all()
