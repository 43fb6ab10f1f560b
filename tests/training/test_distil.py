# SPDX-License-Identifier: GPL-3.0-or-later
import json

import pytest
import torch

from core.engine.encoder import LEVELS
from core.training import distil
from core.training.distil import Student, Target, errors
from core.training.loop import Plan


def test_a_student_that_says_what_the_teacher_says_makes_no_error():
    student, batch = Student(), torch.rand(2, 3, 32, 32)
    terms = errors(student, student, batch)
    assert len(terms) == 2 * len(LEVELS)
    assert all(term.item() < 1e-6 for term in terms.values())
    assert all(term.item() > 0.01 for term in errors(Student(), student, batch).values())


def test_the_target_has_all_levels_thinned_in_the_channels_of_the_original(teachers):
    features = Target(teachers)(torch.rand(1, 3, 32, 32))
    assert [level.shape[1:] for level in features] == [(64, 8, 8), (128, 8, 8), (256, 8, 8), (512, 4, 4)]


@pytest.mark.slow
def test_the_encoder_learns_and_goes_on_where_it_stopped(data, teachers, tmp_path):
    for steps in (2, 14):
        distil.train(data, teachers, tmp_path, Plan(steps=steps, batch=4, size=32, rate=5e-3, warmup=3), "cpu")
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["step"] for row in rows] == [2, 14]
    assert sum(rows[1]["held_out"].values()) < 0.9 * sum(rows[0]["held_out"].values())
