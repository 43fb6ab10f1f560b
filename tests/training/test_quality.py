# SPDX-License-Identifier: GPL-3.0-or-later
"""The judge of pictures as a whole: what is painted for it, what it keeps, and how its figures are summed up."""

import json
from argparse import Namespace
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import optimized, quality, report
from benchmarks.judge import Figure, Picture, Task
from benchmarks.painted import Styles
from core.settings import Optimize

SIZE = 48


@pytest.fixture(scope="module")
def both():
    return quality.pictures(None, 2, SIZE)


def figure(name, strength=1.0, *, left=0.5, ssim=0.5, content="a", distance=0.5):
    return Figure(name, strength, content, "r", {"patches": left}, {"teacher": distance}, ssim, None)


def shown(name, figures):
    return quality.Shown(name, figures)


def cells(table, painter):
    """The cells of the painter's first row in a table."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("|")]
    return next(row for row in rows if row[0] == painter)


def test_every_picture_comes_up_before_any_does_a_second_time():
    contents, references = ([Picture(f"{kind}{i}", np.zeros((1, 1, 4))) for i in range(5)] for kind in "cr")
    chosen = [(a.name, b.name) for a, b in optimized.pairs(contents, references, 25)]
    assert len(set(chosen)) == 25
    for column in (0, 1):
        assert len({pair[column] for pair in chosen[:5]}) == 5
    assert optimized.pairs(contents, references, 7) == optimized.pairs(contents, references, 25)[:7]


def test_painters_are_compared_where_they_keep_as_much_of_the_content():
    bold = [figure("bold", 1.0, left=0.1, ssim=0.3), figure("bold", 0.5, left=0.5, ssim=0.7)]
    timid = [figure("timid", 1.0, left=0.2, ssim=0.4), figure("timid", 0.5, left=0.5, ssim=0.8)]
    faint = [figure("faint", 1.0, left=0.6, ssim=0.8), figure("faint", 0.5, left=0.8, ssim=0.9)]
    tables = report.text([shown("bold", bold), shown("timid", timid), shown("faint", faint)], (1.0, 0.5))
    equal = tables.partition("equally much")[2]
    assert cells(equal, "bold")[1:] == ["0.300", "0.30"]
    assert cells(equal, "timid")[1:] == ["0.275", "0.40"]
    assert cells(equal, "faint")[1:] == ["-", "0.80"]  # it never goes so far


def test_only_pairs_painted_at_every_strength_count_there():
    figures = [figure("p", 1.0, left=0.2, ssim=0.5), figure("p", 0.5, left=0.6, ssim=0.8)]
    other = figure("p", 1.0, left=0.9, ssim=0.9, content="b")
    assert "0.200" in report.text([shown("p", [*figures, other])], (1.0, 0.5))


def test_it_is_told_where_more_strength_leaves_more_over():
    falling, rising = ([figure("p", 1.0, left=left), figure("p", 0.5, left=0.5)] for left in (0.4, 0.6))
    assert "leaves less over, whoever paints" in report.text([shown("good", falling)], (1.0, 0.5))
    assert "less over: bad by patches." in report.text([shown("good", falling), shown("bad", rising)], (1.0, 0.5))


def test_closure_is_nothing_for_the_photo_and_all_for_the_optimised_picture():
    ways = {"optimized": 0.2, "fine": 0.4, "photo": 1.0}
    tables = report.text([shown(name, [figure(name, distance=far)]) for name, far in ways.items()], (1.0,))
    closure = tables.partition("Closure")[2]
    assert [cells(closure, name)[2] for name in ways] == ["1.00 (1.00)", "0.75 (0.75)", "0.00 (0.00)"]


def test_the_worst_tenth_is_told_beside_the_mean():
    figures = [figure("p", left=i / 10, content=str(i)) for i in range(11)]
    assert cells(report.text([shown("p", figures)], (1.0,)), "p")[3] == "0.50 (0.90)"


def test_an_optimised_picture_is_kept_though_painters_change(models, both, tmp_path, monkeypatch):
    task = Task(both[0][0], both[1][0], 1.0)
    paint = optimized.Optimized(models, Styles(models), tmp_path, Optimize(steps=1))
    first = paint(task)
    (models.folder / "fine.safetensors").unlink()
    again = optimized.Optimized(models, Styles(models), tmp_path, Optimize(steps=1))
    monkeypatch.setattr(again, "_paint", None)
    assert np.array_equal(again(task), first)
    half = again(task._replace(strength=0.5))[..., :3]
    assert np.allclose(half, (first[..., :3] + task.content.pixels[..., :3]) / 2, atol=1e-6)
    assert np.array_equal(again(task._replace(strength=0.0)), task.content.pixels)


@pytest.mark.parametrize("change", ["steps", "content", "encoder"])
def test_other_work_is_optimised_anew(models, both, tmp_path, change):
    task = Task(both[0][0], both[1][0], 1.0)
    settings = Optimize(steps=1)
    optimized.Optimized(models, Styles(models), tmp_path, settings)(task)
    if change == "steps":
        settings = replace(settings, steps=2)
    elif change == "content":
        task = task._replace(content=both[0][1])
    else:
        path = models.folder / "encoder.safetensors"
        path.write_bytes(path.read_bytes() + b" ")
    paint = optimized.Optimized(models, Styles(models), tmp_path, settings)
    assert not (tmp_path / f"{paint._name(task)}.png").exists()


def test_a_run_judges_every_painter_and_gives_the_same_figures_again(models, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(quality, "STRENGTHS", (1.0, 0.5))
    options = Namespace(
        data=None,
        teacher=None,
        weights=models.folder,
        painters=["fast"],
        pairs=None,
        optimized=1,
        steps=1,
        size=SIZE,
        quick=True,
    )
    monkeypatch.setattr(quality, "pictures", lambda folder, count, size, paint=quality.pictures: paint(folder, 2, size))
    for folder in ("one", "two"):
        options.out = tmp_path / folder
        quality.run(options)
    one, two = ((tmp_path / folder / "quality.json").read_bytes() for folder in ("one", "two"))
    assert one == two
    painters = {entry["painter"] for entry in json.loads(one)["figures"]}
    assert painters == {"colors only", "optimized", "fast"}
    assert {"report.html", "quality.md", "sheet_fast.png", "pair_001.jpg"} <= {p.name for p in options.out.iterdir()}
    assert "No teacher's weights" in capsys.readouterr().out
