# SPDX-License-Identifier: GPL-3.0-or-later
import json
import math

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from core.engine.encoder import Encoder
from core.engine.layers import EDGES
from core.engine.losses import structure_distance
from core.engine.noise import CHANNELS
from core.engine.style_encoder import reference_moments
from core.training import paint, teacher
from core.training.data import held_out, pictures
from core.training.judge import Judge, Weights
from core.training.loop import Plan, Run
from core.training.paint import Pupil, schools, standardise
from core.training.sheet import write_sheet
from core.training.widen import begin


@pytest.fixture(scope="module")
def both(tiny, data):
    torch.manual_seed(0)
    return schools(data, [], Encoder().requires_grad_(False), 32, "cpu")


@pytest.fixture(scope="module")
def judge(teachers):
    return Judge(teacher.distilled(teachers), Weights())


@pytest.fixture(scope="module")
def trained(both, judge, tmp_path_factory):
    """The folder of a run of two steps that was then continued to six, and the sheets that it wrote."""
    folder, sheets = tmp_path_factory.mktemp("run"), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paint, "write_sheet", lambda painter, school, path: sheets.append(path.name))
        for steps in (2, 6):
            paint.train("fast", both, judge, folder, Plan(steps=steps, batch=4, size=32, warmup=2))
    return folder, sheets


def test_losses_fall_in_a_few_dozen_steps(both, judge, tmp_path):
    pupil, lesson = Pupil("fast"), both[0].lesson(4, torch.Generator().manual_seed(0))
    standardise(pupil, both[0], torch.Generator().manual_seed(0))
    learnt = []

    def losses() -> dict[str, torch.Tensor]:
        output = pupil(lesson.content, both[0].look(lesson.reference))
        terms = judge(output, lesson.content, judge.study(lesson.reference))
        learnt.append(sum(terms.values()).item())
        return terms

    Run(pupil, Plan(steps=30, warmup=3), tmp_path).train(losses, losses)
    assert sum(learnt[-3:]) / 3 < 0.85 * learnt[0]


def test_a_run_that_is_continued_counts_on_and_ends_with_a_sheet(trained):
    folder, sheets = trained
    rows = [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["step"] for row in rows] == [2, 6]
    assert all(math.isfinite(value) for row in rows for value in row["held_out"].values())
    assert rows[0]["held_out"].keys() == {"style", "marks", "content", "structure", "color", "variation"}
    assert torch.load(folder / "checkpoint.pt", weights_only=True)["step"] == 6
    assert sheets == ["sheet_000002.png", "sheet_000006.png"]


def test_the_average_that_ships_sees_references_at_the_scale_that_was_learnt_with(trained):
    state = torch.load(trained[0] / "checkpoint.pt", weights_only=True)
    untrained = Pupil("fast").style_encoder
    for part in ("center", "spread"):
        learnt = state["network"][f"style_encoder.{part}"]
        assert torch.equal(state["average"][f"module.style_encoder.{part}"], learnt)
        assert not torch.equal(learnt, getattr(untrained, part))


def test_weights_from_before_there_was_feedback_begin_with_their_own_scale_and_no_correction(both, tmp_path):
    trained = Pupil("fast")
    standardise(trained, both[0], torch.Generator().manual_seed(3))
    old = {name: value for name, value in trained.state_dict().items() if ".feedback." not in name}
    save_file(old, tmp_path / "fast.safetensors")
    pupil = Pupil("fast").requires_grad_(False)
    begin(pupil, tmp_path / "fast.safetensors")
    assert all(torch.equal(pupil.state_dict()[name], value) for name, value in old.items())
    grams = both[0].look(both[0].lesson(2, torch.Generator().manual_seed(4)).reference)
    errors = paint._errors(pupil, both[0], grams)
    assert errors[0].abs().max() > 0.1
    assert torch.equal(pupil.style_encoder(grams, errors), pupil.style_encoder(grams))


def test_what_is_known_of_references_goes_with_them_to_other_contents(both, judge):
    pupil = Pupil("fast").requires_grad_(False)
    lesson = both[0].lesson(4, torch.Generator().manual_seed(5))
    grams, errors, wanted = paint._study(pupil, both[0], judge, lesson.reference)
    others = paint._other_pairs((grams, errors, wanted), paired=False)
    for before, after in zip(
        (*grams, *errors, *wanted.levels), (*others[0], *others[1], *others[2].levels), strict=True
    ):
        assert torch.equal(after, before.roll(-1, 0))


def test_standardised_references_have_a_common_scale(both):
    pupil = Pupil("fast")
    standardise(pupil, both[0], torch.Generator().manual_seed(1))
    reference = both[0].lesson(64, torch.Generator().manual_seed(2)).reference
    style_encoder = pupil.style_encoder
    seen = style_encoder.describe(reference_moments(both[0].encoder, reference))
    scaled = (seen - style_encoder.center) / style_encoder.spread
    assert scaled.mean(0).abs().median() < 0.3 and 0.7 < scaled.std(0).median() < 1.3


def test_no_picture_is_both_learnt_from_and_examined(both, data):
    for kind, crops in (("content", "contents"), ("style", "references")):
        learnt, examined = (len(getattr(school, crops).pictures) for school in both)
        paths = pictures(data / kind)
        assert (learnt, examined) == (len(paths) - sum(map(held_out, paths)), sum(map(held_out, paths))) == (6, 2)


def test_lessons_are_the_same_for_a_seed_and_some_of_them_tile(both):
    draw = both[0].lesson
    one, again, other = (draw(3, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(one.content, again.content) and torch.equal(one.reference, again.reference)
    assert one.edges == again.edges and not torch.equal(one.content, other.content)
    assert one.content.shape == (3, 3, 32, 32) and len(one.reference) == 3
    assert 1e-4 < (one.seen - one.content).abs().mean() < 0.05  # the pupil sees them with grain
    random = torch.Generator().manual_seed(0)
    lessons = [draw(2, random) for _ in range(60)]
    axes = [edges for lesson in lessons for edges in lesson.edges]
    assert set(axes) == set(EDGES) and axes.count("circular") < 0.35 * len(axes)
    assert 2 < sum(lesson.shift is not None for lesson in lessons) < 30


def test_a_lesson_in_motion_shows_the_same_pictures_moved_on(both):
    random = torch.Generator().manual_seed(0)
    lesson = next(made for _ in range(60) if (made := both[0].lesson(4, random)).shift not in (None, (0, 0)))
    still, moved = lesson.content.chunk(2)
    down, right = lesson.shift
    there = moved[:, :, : 32 - down, : 32 - right]
    assert (
        (still[:, :, down:, right:] - there).abs().mean()
        < 0.06
        < (still[:, :, : 32 - down, : 32 - right] - there).abs().max()
    )


def test_noise_moves_with_what_moves_and_differs_from_picture_to_picture(both):
    noise = both[0]._noise(4, (4, 8), False, torch.Generator().manual_seed(0))  # by one feature down, by two across
    still, moved = noise.chunk(2)
    assert noise.shape == (4, CHANNELS, 8, 8)
    assert torch.equal(still[:, :, 1:, 2:], moved[:, :, :-1, :-2])
    assert (still[0] - still[1]).abs().mean() > 0.1


def test_the_judge_is_content_with_the_reference_and_with_the_content_each_in_its_way(judge, both):
    lesson = both[0].lesson(2, torch.Generator().manual_seed(1), varied=False)
    content, reference = lesson.content, lesson.reference[:, :, :32, :32]
    wanted = judge.study(reference)
    copied, forged = judge(content, content, wanted), judge(reference, content, wanted)
    for term in ("content", "structure"):
        assert copied[term] < 1e-5 < 0.01 < forged[term], term
    for term in ("style", "marks", "color"):
        assert forged[term] < 1e-5 < 1e-3 < copied[term], term


def test_the_judge_tells_a_few_crisp_strokes_from_soft_noise_with_all_their_covariances(judge):
    random = torch.Generator().manual_seed(3)
    starts = (torch.rand(2, 1, 160, 160, generator=random) < 0.004).float()
    strokes = 0.8 - 0.6 * torch.nn.functional.max_pool2d(starts, (3, 11), 1, (1, 5)).expand(-1, 3, -1, -1)
    phase = torch.fft.rfft2(torch.randn(2, 1, 160, 160, generator=random)).sgn()
    phase[..., 0, 0] = 1  # the mean stays
    noise = torch.fft.irfft2(torch.fft.rfft2(strokes).abs() * phase)
    others = strokes.flip(3).roll((5, 9), (2, 3))
    wanted = judge.study(strokes)
    assert judge(others, others, wanted)["marks"] < 0.3 * judge(noise, noise, wanted)["marks"]


def test_structure_is_lost_in_noise_and_kept_in_other_light():
    random = torch.Generator().manual_seed(0)
    photo = torch.nn.functional.interpolate(torch.rand(1, 3, 8, 8, generator=random), (64, 64), mode="bicubic").clamp(
        0, 1
    )
    noise = torch.rand(1, 3, 64, 64, generator=random)
    assert structure_distance(0.9 * photo + 0.1, photo) < 0.05 < 0.5 < structure_distance(noise, photo)


def test_what_the_judge_says_can_be_learnt_from_even_on_flat_pictures(judge, both):
    lesson = both[0].lesson(2, torch.Generator().manual_seed(1))
    flat = torch.full_like(lesson.content, 0.5, requires_grad=True)
    sum(judge(flat, lesson.content, judge.study(lesson.reference)).values()).backward()
    assert flat.grad.isfinite().all() and flat.grad.abs().max() > 0


def test_a_sheet_shows_references_above_and_contents_beside_what_is_painted(both, tmp_path):
    path = tmp_path / "sheet.png"
    write_sheet(lambda content, reference: torch.zeros_like(content), both[1], path, size=16)
    sheet = Image.open(path)
    cell = 16 + 2
    assert sheet.size == (9 * cell + 2, 6 * cell + 2)
    painted = sheet.crop((cell + 2, cell + 2, *sheet.size))
    assert painted.getextrema() == ((0, 0),) * 3
    assert min(high for _, high in sheet.crop((0, cell, cell, sheet.size[1])).getextrema()) > 0
