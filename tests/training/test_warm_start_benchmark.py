# SPDX-License-Identifier: GPL-3.0-or-later
"""What a start from what was learnt before saves: how it is counted, and a run from pictures to the table."""

import json
from argparse import Namespace

import numpy as np
import pytest
from safetensors.torch import save_file

from benchmarks import warm_start
from benchmarks.warm_start import AT, steps_to
from core.engine.models import RELATION
from core.engine.relation import Relation

FALLING = 1 - np.array(AT) / 64


@pytest.mark.parametrize(
    ("losses", "wanted", "steps"),
    [
        (FALLING, FALLING[AT.index(16)], 16),
        (FALLING, 1 - 10 / 64, 10),  # nothing was measured there
        (FALLING, 1.5, 0),  # it starts below
        (FALLING, 0.1, AT[-1]),  # never
        (np.where(np.array(AT) == 4, 0.2, FALLING), 0.2, 4),  # for the first time, though it goes up again
    ],
)
def test_steps_are_counted_to_where_a_loss_is_first_reached(losses, wanted, steps):
    assert steps_to(losses, wanted) == pytest.approx(steps)


def test_to_try_a_start_counts_as_a_step():
    found = {name: FALLING[None] for name in ("first sight", "tried")}
    _, _, plain, tried = (line.split("|")[3:-1] for line in warm_start.table([found, found]).splitlines())
    assert [cell.split()[0] for cell in plain] == ["4.0", "8.0", "16.0", "32.0"]
    assert [cell.split()[0] for cell in tried] == ["5.0", "9.0", "17.0", "33.0"]


@pytest.mark.parametrize("again", [False, True])
def test_a_run_tells_how_every_start_goes_on(models, data, tmp_path, monkeypatch, again):
    save_file(Relation().state_dict(), models.folder / RELATION)
    for name, value in {"AT": (0, 1, 2), "MARKS": (1, 2), "TOGETHER": 2, "QUERIES": 1}.items():
        monkeypatch.setattr(warm_start, name, value)
    options = {"train": data, "data": data, "again": again, "quality": "fast", "weights": models.folder, "size": 24}
    text = warm_start.run(Namespace(**options, known=3, styles=2, seeds=1, out=tmp_path / "out"))
    assert f"2 styles, 1 seeds, a library of {5 if again else 3}" in text
    (losses,) = json.loads((tmp_path / "out" / "warm_start.json").read_text(encoding="utf-8"))
    sight, recalled, tried = (np.array(losses[name]) for name in ("first sight", "recalled", "tried"))
    assert sight.shape == (2, 3) and sight[:, 0] == pytest.approx(1) and not np.allclose(sight, recalled)
    assert all(np.array_equal(t, s) or np.array_equal(t, r) for t, s, r in zip(tried, sight, recalled, strict=True))
