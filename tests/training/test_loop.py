# SPDX-License-Identifier: GPL-3.0-or-later
import json
from itertools import count, islice
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import nn

from core.training.loop import Plan, Run, ahead, plot

PLAN = Plan(steps=20, rate=0.05, warmup=2)


def learn(folder: Path, plan: Plan = PLAN, crash_at: int | None = None) -> Run:
    """Learn to sum four numbers."""
    torch.manual_seed(0)
    run = Run(nn.Linear(4, 1), plan, folder)

    def losses() -> dict[str, torch.Tensor]:
        if run.step == crash_at:
            raise KeyboardInterrupt
        numbers = torch.randn(16, 4, generator=run.random)
        return {"error": (run.network(numbers) - numbers.sum(1, keepdim=True)).square().mean()}

    def held_out() -> dict[str, torch.Tensor]:
        return {"error": (run.average.module.weight - 1).square().mean()}

    run.train(losses, held_out, every=5)
    return run


def log(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]


def test_losses_fall_and_are_written_down(tmp_path):
    learn(tmp_path, Plan(steps=100, rate=0.05, warmup=2))
    rows = log(tmp_path)
    assert [row["step"] for row in rows] == list(range(5, 101, 5))
    for kind in ("trained", "held_out"):
        assert rows[-1][kind]["error"] < 0.3 * rows[0][kind]["error"]
    assert rows[0]["plan"]["steps"] == 100


def test_a_run_that_broke_off_goes_on_and_ends_where_it_would_have_ended(tmp_path):
    whole = learn(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        learn(tmp_path / "broken", crash_at=13)
    assert torch.load(tmp_path / "broken" / "checkpoint.pt", weights_only=True)["step"] == 10
    resumed = learn(tmp_path / "broken")
    assert resumed.step == PLAN.steps and resumed.progress == 1
    assert [row["step"] for row in log(tmp_path / "broken")] == [5, 10, 15, 20]
    for kind in ("network", "average"):
        states = [getattr(run, kind).state_dict() for run in (whole, resumed)]
        assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_a_run_that_has_ended_takes_no_further_step(tmp_path):
    before = learn(tmp_path).network.weight.clone()
    again = learn(tmp_path, crash_at=PLAN.steps)
    assert torch.equal(again.network.weight, before) and len(log(tmp_path)) == 4


def test_a_plan_of_no_time_ends_after_one_step(tmp_path):
    run = learn(tmp_path, Plan(steps=1000, minutes=1e-9))
    assert run.step == 1 and run.checkpoint.exists()


def test_the_rate_rises_then_falls_to_almost_nothing(tmp_path):
    run = Run(nn.Linear(1, 1), Plan(steps=1000, rate=1.0, warmup=100), tmp_path)
    rates = []
    for run.step in range(1000):
        rates.append(run._rate())
    assert rates[0] < 0.02 and max(rates) > 0.95 and rates[-1] < 0.03
    peak = rates.index(max(rates))
    assert rates[: peak + 1] == sorted(rates[: peak + 1]) and rates[peak:] == sorted(rates[peak:], reverse=True)


def test_the_average_follows_the_weights_and_not_where_they_began(tmp_path):
    run = learn(tmp_path, Plan(steps=60, rate=0.05, warmup=2, decay=0.999))
    torch.manual_seed(0)
    began = nn.Linear(4, 1).weight
    average, ended = run.average.module.weight, run.network.weight
    assert 0 < (average - ended).norm() < 0.5 * (average - began).norm()


def test_a_run_leaves_no_unfinished_file(tmp_path):
    learn(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint.pt", "log.jsonl"]


def test_a_step_without_a_finite_gradient_changes_nothing_and_does_not_count_in_the_means(tmp_path):
    run = Run(nn.Linear(1, 1, bias=False), Plan(steps=4, rate=0.05, warmup=1), tmp_path)
    seen = []

    def losses() -> dict[str, torch.Tensor]:
        seen.append(run.network.weight.item())
        return {"error": run.network.weight.mean() * (torch.inf if run.step == 2 else 0) + 3.0}

    run.train(losses, lambda: {"error": torch.tensor(0.0)}, every=4)
    assert len(set(seen)) == 1
    assert log(tmp_path)[0]["trained"] == {"error": 3.0, "left out": 0.25}


def test_what_is_drawn_ahead_comes_in_order():
    assert list(islice(ahead(count().__next__), 5)) == [0, 1, 2, 3, 4]


def test_what_goes_wrong_ahead_is_told():
    drawn = ahead(iter([1, 2]).__next__)
    assert [next(drawn), next(drawn)] == [1, 2]
    with pytest.raises(Exception, match="StopIteration"):
        next(drawn)


@pytest.mark.slow
def test_the_log_is_drawn_as_a_picture(tmp_path):
    learn(tmp_path)
    plot(tmp_path)
    assert Image.open(tmp_path / "curve.png").size > (300, 200)


def test_terms_that_only_some_steps_have_are_averaged_over_those(tmp_path):
    weight = torch.nn.Linear(1, 1)
    values = iter([{"a": 1.0}, {"a": 3.0, "b": 5.0}])

    def losses() -> dict[str, torch.Tensor]:
        return {name: weight.weight.sum() * 0 + value for name, value in next(values).items()}

    Run(weight, Plan(steps=2), tmp_path).train(losses, lambda: {"a": torch.zeros(())})
    (row,) = (json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines())
    assert row["trained"] == {"a": 2.0, "b": 5.0}
