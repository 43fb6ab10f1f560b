# SPDX-License-Identifier: GPL-3.0-or-later
"""Meta-learning on parabolas, of which everything is known in closed form."""

import pytest
import torch

from core.engine.inner import ADAPTIVE, PLAIN, State, inner_step
from core.training.meta import ALGORITHMS, Algorithm, Learner, Meta, Task, curve, outer_gradient

SIZE = 0.1
BENT = torch.tensor([0.5, 2.0, 4.0], dtype=torch.float64)
START = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
OPTIMUM = torch.tensor([0.2, 0.1, -0.7], dtype=torch.float64)


def height(parameters, optimum):
    return 0.5 * (BENT * (parameters["x"] - optimum).square()).sum()


def meta(start=START, size=SIZE) -> Meta:
    return Meta({"x": start}, {"x": torch.full((3,), size, dtype=torch.float64).log()})


def task(optimum=OPTIMUM, steps=4) -> Task:
    return Task(height, [optimum] * steps, optimum)


def left(steps: int) -> torch.Tensor:
    """What plain descent leaves of the way to the optimum."""
    return (1 - SIZE * BENT) ** steps


def test_a_step_changes_nothing_that_it_was_given():
    state = State.of({"x": START.clone()})
    after, loss = inner_step(height, state, {"x": torch.tensor(SIZE)}, OPTIMUM)
    assert torch.equal(state.parameters["x"], START) and state.count == 0
    assert after.count == 1 and not torch.equal(after.parameters["x"], START)
    assert loss == height({"x": START}, OPTIMUM)


def test_plain_steps_go_as_far_as_the_closed_form_says():
    *_, end = curve(meta(), task(steps=9), [0, 4, 9], PLAIN)
    assert torch.allclose(end["x"] - OPTIMUM, left(9) * (START - OPTIMUM), atol=1e-12)


def test_steps_are_those_of_adam_but_for_their_fall():
    wanted = START.clone().requires_grad_()
    adam = torch.optim.Adam([wanted], SIZE, betas=(ADAPTIVE.momentum, ADAPTIVE.memory), eps=0)
    state = State.of({"x": START})
    for count in range(20):
        adam.param_groups[0]["lr"] = SIZE * (1 + count / ADAPTIVE.patience) ** -0.5
        adam.zero_grad()
        height({"x": wanted}, OPTIMUM).backward()
        adam.step()
        state, _ = inner_step(height, state, {"x": torch.tensor(SIZE)}, OPTIMUM)
    assert torch.allclose(state.parameters["x"], wanted, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "steps", "wanted"),
    [
        ("joint", 0, lambda way: BENT * way),
        ("reptile", 4, lambda way: (1 - left(4)) * way),
        ("fomaml", 4, lambda way: BENT * left(4) * way),
        ("maml", 4, lambda way: BENT * left(8) * way),
    ],
)
def test_the_gradient_of_the_start_is_the_analytic_one(name, steps, wanted):
    gradient, loss = outer_gradient(ALGORITHMS[name], meta(), task(), PLAIN)
    assert torch.allclose(gradient.start["x"], wanted(START - OPTIMUM), atol=1e-6, rtol=0) and not gradient.rates
    if name != "reptile":
        assert torch.isclose(loss, height({"x": OPTIMUM + left(steps) * (START - OPTIMUM)}, OPTIMUM))


def test_the_gradient_of_the_step_sizes_is_the_analytic_one():
    gradient, _ = outer_gradient(ALGORITHMS["meta-sgd"], meta(), task(), PLAIN)
    way = START - OPTIMUM
    slope = -4 * BENT.square() * left(7) * way.square()
    assert torch.allclose(gradient.rates["x"], SIZE * slope, atol=1e-6, rtol=0)
    assert torch.allclose(gradient.start["x"], BENT * left(8) * way, atol=1e-6, rtol=0)


def test_the_first_order_of_the_step_sizes_is_exact_for_one_step():
    one = Algorithm(steps=1, learns_start=False, learns_rates=True)
    gradient, _ = outer_gradient(one, meta(), task(), PLAIN)
    slope = -BENT.square() * left(1) * (START - OPTIMUM).square()
    assert torch.allclose(gradient.rates["x"], SIZE * slope, atol=1e-6, rtol=0) and not gradient.start


def test_second_order_passes_through_adaptive_steps_too():
    whole = ALGORITHMS["maml"]

    def after(start: torch.Tensor) -> torch.Tensor:
        return outer_gradient(whole, meta(start), task())[1]

    gradient, _ = outer_gradient(whole, meta(), task())
    nudge = 1e-5 * torch.eye(3, dtype=torch.float64)
    slopes = torch.stack([(after(START + n) - after(START - n)) / 2e-5 for n in nudge])
    assert torch.allclose(gradient.start["x"], slopes, atol=1e-6)


@pytest.mark.parametrize("name", [name for name, one in ALGORITHMS.items() if one.learns_start])
def test_the_start_goes_to_the_mean_of_the_optima(name):
    random = torch.Generator().manual_seed(0)
    optima = torch.randn(3, 3, dtype=torch.float64, generator=random)
    learner = Learner(ALGORITHMS[name], meta(), (0.05, 0.0), PLAIN)
    for _ in range(200):
        learner.learn([task(optimum) for optimum in optima])
    assert torch.allclose(learner.meta.start["x"], optima.mean(0), atol=1e-2)


def test_learnt_step_sizes_come_closer_in_as_many_steps():
    random = torch.Generator().manual_seed(1)
    optima = torch.randn(8, 3, dtype=torch.float64, generator=random)
    learner = Learner(ALGORITHMS["step sizes"], meta(), (0.0, 0.1), PLAIN)
    for _ in range(60):
        learner.learn([task(optimum) for optimum in optima[:4]])

    def far(one: Meta) -> float:
        ends = ([*curve(one, task(o), [4], PLAIN)][0] for o in optima[4:])
        return sum(height(end, o).item() for end, o in zip(ends, optima[4:], strict=True))

    assert far(learner.meta) < 0.5 * far(meta())
    best = 1 / BENT  # which reaches the optimum of a parabola in one step
    assert (learner.meta.rates["x"].exp() - best).abs().mean() < (SIZE - best).abs().mean()


def test_a_task_can_begin_and_step_otherwise_than_the_others():
    shifted = Task(
        height,
        [OPTIMUM] * 4,
        OPTIMUM,
        begin=lambda start: {"x": 3 + start["x"]},
        rates=lambda rates: {"x": 0.5 * rates["x"]},
    )
    plain = outer_gradient(ALGORITHMS["maml"], meta(3 + START, SIZE / 2), task(), PLAIN)
    made = outer_gradient(ALGORITHMS["maml"], meta(), shifted, PLAIN)
    assert torch.allclose(made[0].start["x"], plain[0].start["x"]) and torch.isclose(made[1], plain[1])
