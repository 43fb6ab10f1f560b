# SPDX-License-Identifier: GPL-3.0-or-later
"""What the library knows of practice: what of it counts for a new style, and that no style starts worse for it."""

from dataclasses import replace

import pytest
import torch

from core.engine import adapt as engine
from core.engine import practice, style, warm_start
from core.engine.adapt import Task, adapt
from core.engine.critic import Reference
from core.engine.relation import WIDTH
from core.engine.style import Style
from core.engine.style_encoder import reference_moments
from core.engine.warm_start import Experience, experiences, recalled
from core.progress import Report
from core.settings import Adapt
from core.styles import Card


@pytest.fixture(autouse=True)
def small(monkeypatch):
    for module in (practice, warm_start):
        monkeypatch.setattr(module, "CROP_PX", 32)
    monkeypatch.setattr(engine, "PREVIEW_PX", 48)


@pytest.fixture(scope="module")
def noise(batch) -> list[torch.Tensor]:
    """Pictures of two manners: gray noise, and dark noise in one color."""
    return [batch(48, 48, 1), batch(48, 48, 2) ** 4 * torch.tensor([0.9, 0.1, 0.1])[:, None, None]]


@pytest.fixture
def learnt(models, noise, vector, tmp_path):
    """Writes the style of one of these as if practice had led it somewhere; gives it as it is read."""

    def write(number: int, steps: int = 8) -> Style:
        card = Card(str(number), network=models.network, steps=steps)
        seen = style.from_references(models, [noise[number]], card)
        vectors = {quality: first + vector(quality, number) for quality, first in seen.vectors.items()}
        path = tmp_path / f"{number}.safetensors"
        style.write(replace(seen, vectors=vectors), path)
        return style.read(path, models.network)

    return write


def names(*read: Style) -> list[dict[str, str]]:
    return [{"path": str(one.card.path)} for one in read]


def test_a_picture_that_the_library_knows_starts_where_practice_has_led_its_style(models, noise, learnt):
    one, other = learnt(0), learnt(1)
    known = experiences(models, names(one, other))
    for number, own in enumerate((one, other)):
        found = recalled(models, known, reference_moments(models.encoder, noise[number]))
        far = {s.card.name: (found["fine"] - s.vectors["fine"]).norm().item() for s in (one, other)}
        assert far[own.card.name] == min(far.values())
    alone = recalled(models, known[:1], reference_moments(models.encoder, noise[0]))
    assert all(torch.allclose(alone[quality], one.vectors[quality], atol=0.01) for quality in one.vectors)


def test_styles_made_at_first_sight_and_files_that_cannot_be_read_tell_nothing(models, noise, learnt):
    wanted = [*names(learnt(0, steps=0)), {"path": "nowhere.safetensors"}]
    assert experiences(models, wanted) == []
    assert recalled(models, [], reference_moments(models.encoder, noise[0])) == {}


@pytest.fixture(scope="module")
def task(noise, batch) -> Task:
    return Task([Reference(noise[1])], [batch(48, 64, 5)], painters=["fast"])


def start(models, task: Task) -> practice.Seen:
    return adapt(models, task, Adapt(steps=0), Report()).seen[0]


def led(task: Task, vector: torch.Tensor) -> Task:
    """The task, and the memory of practice that has led from first sight by a vector."""
    return replace(task, experiences=[Experience(torch.zeros(WIDTH), {"fast": vector})])


def test_a_start_nearer_to_the_manner_is_taken_and_one_farther_away_is_not(models, task, vector):
    plain = start(models, task)
    practised = adapt(models, task, Adapt(steps=8), Report()).best
    better = led(task, practised.parameters["style"] - plain.parameters["style"])
    assert start(models, better).loss < plain.loss
    assert start(models, led(task, 20 * vector("fast"))).loss == plain.loss


def test_going_on_from_a_style_starts_at_that_style(models, task, learnt):
    own = learnt(1)
    given = replace(task, start=own, experiences=experiences(models, names(learnt(0))))
    assert torch.equal(start(models, given).parameters["style"], own.vectors["fast"])


def test_the_same_library_and_seed_learn_the_same(models, task, learnt):
    knowing = replace(task, experiences=experiences(models, names(learnt(0))))
    one, again = (adapt(models, knowing, Adapt(steps=1, seed=3), Report()).style.vectors["fast"] for _ in range(2))
    assert torch.equal(one, again)
