# SPDX-License-Identifier: GPL-3.0-or-later
import hashlib
import json
import signal
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core import cli, styles
from core.engine import adapt, models, orders, practice, rates, style, warm_start
from core.engine.requests import REQUESTS
from core.errors import Cancelled, UserError
from core.progress import Report
from core.settings import Adapt, Machine


@pytest.fixture(autouse=True)
def small(monkeypatch, networks, tmp_path):
    """Small networks that know nothing, small pictures to practise on, and an empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(practice, "CROP_PX", 32)
    monkeypatch.setattr(practice, "BATCH", 1)
    monkeypatch.setattr(warm_start, "CROP_PX", 32)
    monkeypatch.setattr(adapt, "PREVIEW_PX", 48)
    monkeypatch.setattr(models, "WEIGHTS", networks)
    monkeypatch.setattr(orders, "models_on", lambda chosen: models.Models(chosen, networks))


@pytest.fixture
def ask(tmp_path, pixels):
    """Asks to learn a style from arrays; gives what is told and the preview."""

    def ask(report: Report | None = None, arrays: list | None = None, **more: object):
        fields = {
            "settings": asdict(Adapt(steps=1)),
            "machine": asdict(Machine(device="cpu")),
            "name": "Noise",
            "references": [{"array": 0}],
            "contents": [{"array": 1}],
            "output": str(tmp_path / "noise.safetensors"),
        }
        told, (preview,) = REQUESTS["adapt"](
            json.loads(json.dumps(fields | more)), arrays or [pixels(40, 50), pixels(48, 48, 1)], report or Report()
        )
        return told, preview

    return ask


def read(networks, path: str = "noise.safetensors") -> style.Style:

    return style.read(Path(path), models.network_id(networks))


def test_a_learnt_style_tells_of_itself(ask, networks, pixels):
    told, preview = ask(author="A. Maler", licence="CC0-1.0")
    card = read(networks).card
    assert (card.name, card.author, card.licence) == ("Noise", "A. Maler", "CC0-1.0")
    assert card.references == (hashlib.sha256(pixels(40, 50).tobytes()).hexdigest(),)
    assert "1 picture" in card.made and card.preview.startswith(b"\x89PNG")
    assert told["after"] <= told["before"] and not told["cancelled"] and told["steps"] <= 1
    assert preview.shape == (48, 48, 4) and preview.dtype == np.float32


def test_a_quick_style_takes_no_more_than_50_kilobytes(ask, tmp_path):
    ask()
    assert (tmp_path / "noise.safetensors").stat().st_size <= 50_000


def test_pictures_are_read_by_the_engine_too_and_weigh_as_told(ask, networks, pixels):
    Image.fromarray((pixels(30, 30, 3) * 255).astype(np.uint8)).save("manner.png")

    digest = hashlib.sha256(Path("manner.png").read_bytes()).hexdigest()
    both = [{"array": 0, "sha256": "ab" * 32}, {"path": "manner.png", "weight": 3}]
    zero = {"settings": asdict(Adapt(steps=0))}
    ask(references=both, **zero)
    first = read(networks)
    assert first.card.references == ("ab" * 32, digest) and "2 pictures" in first.card.made
    ask(references=both[::-1], **zero)
    assert np.allclose(read(networks).vectors["fast"], first.vectors["fast"], atol=1e-2)
    ask(references=[both[0], {"path": "manner.png"}], **zero)
    assert not np.allclose(read(networks).vectors["fast"], first.vectors["fast"], atol=1e-3)


def test_going_on_from_a_style_notes_the_pictures_of_both(ask, networks, pixels, tmp_path):
    ask()
    ask(
        output=str(tmp_path / "more.safetensors"),
        arrays=[pixels(20, 20, 9), pixels(48, 48, 1)],
        **{"from": "noise.safetensors", "name": "More"},
    )
    before, after = read(networks).card, read(networks, "more.safetensors").card
    assert after.references[:1] == before.references and len(after.references) == 2 and "'Noise'" in after.made


def test_a_cancel_writes_nothing_unless_the_best_so_far_is_wanted(ask, networks, tmp_path):
    seen = []

    def impatient() -> Report:
        seen.clear()
        return Report(lambda progress: seen.extend([1] * (progress.preview is not None)), lambda: len(seen) > 0)

    with pytest.raises(Cancelled):
        ask(impatient())
    assert not list(tmp_path.iterdir())
    told, _ = ask(impatient(), keep=True)
    assert told["cancelled"] and told["steps"] == 0 and read(networks).vectors


def test_a_new_style_profits_by_what_practice_has_made_of_those_of_the_library(ask, networks, tmp_path):
    near = {"init": "nearest"}
    ask(settings=asdict(Adapt(steps=6)))
    assert read(networks).card.steps > 0
    library = [{"path": "noise.safetensors"}, {"path": "nowhere.safetensors"}]
    again = {"output": str(tmp_path / "again.safetensors"), "library": library}
    plain, _ = ask(settings=asdict(Adapt(steps=0)), **again)
    told, _ = ask(settings=asdict(Adapt(steps=0, **near)), **again)
    assert told["before"] < plain["before"] and not told["notes"]
    assert "start nearest" in read(networks, "again.safetensors").card.made


@pytest.mark.parametrize(("init", "sentence"), [("nearest", "no style that was learnt"), ("meta", "step sizes")])
def test_a_start_that_cannot_be_had_is_said_and_not_claimed(ask, networks, monkeypatch, tmp_path, init, sentence):
    monkeypatch.setattr(rates, "FILE", tmp_path / "nowhere.json")
    ask(settings=asdict(Adapt(steps=0)))
    sight = read(networks)
    library = [{"path": "noise.safetensors"}]  # made at first sight, of which nothing can be learnt
    told, _ = ask(settings=asdict(Adapt(steps=0, init=init)), library=library)
    assert sentence in " ".join(told["notes"]) and "start joint" in read(networks).card.made
    assert torch.equal(read(networks).vectors["fine"], sight.vectors["fine"])


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"references": []}, "No picture of the manner"),
        ({"references": [{"path": "nowhere.png"}]}, "nowhere.png"),
        ({"references": [{"array": 0, "weight": 0}]}, "weight"),
        ({"references": [{"array": 0, "weight": -1}]}, "weight"),
        ({"output": "noise.png"}, "safetensors"),
        ({"output": "nowhere/noise.safetensors"}, "nowhere"),
        ({"from": "nowhere.safetensors"}, "nowhere.safetensors"),
        ({"settings": {"scope": "most"}}, "Scope"),
        ({"settings": {"steps": -1}}, "Steps"),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(value),
)
def test_what_cannot_be_learnt_is_said_in_a_sentence(ask, tmp_path, more, sentence):
    with pytest.raises(UserError, match=sentence):
        ask(**more)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("flags", "code"), [(["--keep"], 0), ([], 130)])
def test_an_interrupted_practice_keeps_its_best_where_that_is_asked_for(pixels, monkeypatch, flags, code):
    Image.fromarray((pixels(40, 40) * 255).astype(np.uint8)).save("one.png")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    look = practice.Practice.look

    def interrupted(*arguments: object) -> practice.Seen:
        seen = look(*arguments)
        signal.raise_signal(signal.SIGINT)
        return seen

    monkeypatch.setattr(practice.Practice, "look", interrupted)
    words = ["adapt", "one.png", "--name", "One", "-o", "one.safetensors", "--content", "one.png", "--device", "cpu"]
    try:
        assert cli.main([*words, "--steps", "500", *flags]) == code
    finally:
        signal.signal(signal.SIGINT, before)
    assert Path("one.safetensors").exists() == (code == 0)


def test_the_command_line_learns_a_style_that_the_library_can_take(pixels, capsys):
    for name in ("one", "two", "photo"):
        Image.fromarray((pixels(40, 40, len(name)) * 255).astype(np.uint8)).save(f"{name}.png")
    words = ["adapt", "one.png", "two.png:0.5", "--name", "Pair", "-o", "pair.safetensors", "--steps", "1"]
    words += ["--scope", "lowrank", "--device", "cpu", "--content", "photo.png"]
    assert cli.main([*words, "--json"]) == 0
    *progress, result = map(json.loads, capsys.readouterr().out.splitlines())
    assert result["output"] == "pair.safetensors" and {line["kind"] for line in progress} == {"progress"}
    assert cli.main(["styles", "verify", "pair.safetensors"]) == 0
    assert cli.main(words) == 2 and "--force" in capsys.readouterr().err
    assert cli.main([*words, "--force", "--steps", "0", "--init", "meta"]) == 0
    assert "no learnt step sizes" in capsys.readouterr().out
    assert cli.main([*words[:-2], "--force", "--from", "pair.safetensors", "--steps", "0"]) == 0
    assert styles.find("pair.safetensors").name == "Pair"
