# SPDX-License-Identifier: GPL-3.0-or-later
import json

import pytest
import torch

from core import cli
from core.engine import models as networks
from core.engine.critic import SHARES
from core.engine.inner import State, inner_step
from core.engine.painter import SHAPES
from core.engine.rates import VECTOR
from core.training import manner_tasks
from core.training.manner_tasks import Manners, untrained
from core.training.meta import ALGORITHMS, curve
from core.training.paint import schools


@pytest.fixture
def manners(models, data) -> Manners:
    school, _ = schools(data, [], models.encoder, 24, "cpu")
    return Manners(models, "fast", school)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_manners_side_by_side_are_learnt_as_each_would_be_alone(manners):
    references = manners.school.references.draw(3, 30, (1, 1), seeded())
    sizes = untrained("fast")
    task = manners.task(references, 1, seeded(1))
    (together,) = curve(sizes, task, [1])
    alone = manners.task(references[1:2], 0, seeded(1))
    begun, random = State.of(alone.begin(sizes.start)), seeded(1)
    practice, rates = manners.practice(references[1:2]), task.rates({"points": sizes.rates["points"].exp()})
    practice.settle(begun.parameters[VECTOR], manners.contents(3, random)[1:2], random)
    manners.contents(3, random), manners.contents(3, random)  # as the task has drawn them before its first step
    after, _ = inner_step(lambda p, b: practice.loss(p, b, random), begun, rates, task.support[0][1:2])
    off = (after.parameters[VECTOR][0] - together[VECTOR][1]).abs()
    assert (off < 1e-4).float().mean() > 0.98  # the first step is a sign, which of a slope of nearly nothing is chance


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_changes_what_it_is_there_to_learn(manners, name):
    algorithm, before = ALGORITHMS[name], untrained("fast")
    meta = manner_tasks.train(manners, algorithm, algorithm.cost, seed=1)
    assert torch.equal(meta.start["offset"], before.start["offset"]) != algorithm.learns_start
    assert torch.equal(meta.rates["points"], before.rates["points"]) != algorithm.learns_rates
    again = manner_tasks.train(manners, algorithm, algorithm.cost, seed=1)
    assert torch.equal(meta.start["offset"], again.start["offset"])
    assert torch.equal(meta.rates["points"], again.rates["points"])


def test_losses_are_told_by_part_and_manner(manners):
    references = manners.school.references.draw(2, 30, (1, 1), seeded())
    practice = manners.practice(references)
    contents = [manners.contents(2, seeded(seed)) for seed in (1, 2)]
    found = manner_tasks.losses(
        practice, manners.task(references, 0, seeded()).begin(untrained("fast").start), contents
    )
    assert found.keys() == SHARES.keys() and all(
        part.shape == (2,) and part.isfinite().all() for part in found.values()
    )


def test_the_file_of_step_sizes_keeps_those_of_the_other_painter(tmp_path):
    path = tmp_path / "adapt.json"
    for quality in SHAPES:
        manner_tasks.write(untrained(quality), quality, path)
    found = json.loads(path.read_text(encoding="utf-8"))
    assert {quality: len(sizes) for quality, sizes in found.items()} == {
        quality: 2 * len(shape.points) for quality, shape in SHAPES.items()
    }
    assert list(tmp_path.iterdir()) == [path]


def test_step_sizes_are_learnt_on_the_command_line(models, data, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(networks, "Models", lambda device: models)
    words = ["train", "meta", "--data", str(data), "--quality", "fast", "--size", "24", "--budget", "22"]
    assert cli.main([*words, "--out", str(tmp_path / "adapt.json"), "--device", "cpu"]) == 0, capsys.readouterr().err
    assert json.loads((tmp_path / "adapt.json").read_text(encoding="utf-8")).keys() == {"fast"}
