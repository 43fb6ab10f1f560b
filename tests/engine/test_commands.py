# SPDX-License-Identifier: GPL-3.0-or-later
"""`stylize` and its sisters from the command line, on networks with random weights."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core import cli
from core.engine import bench, models, optimize, orders, pictures, style
from core.engine.device import Device
from core.engine.pictures import Picture
from core.engine.style import Style
from core.engine.tensors import to_batch
from core.styles import Card

ROOT = Path(__file__).parents[2]


@pytest.fixture
def maniera(networks, tmp_path, monkeypatch, capsys):
    """Runs a command in an empty folder; gives its exit code and what it told."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(models, "WEIGHTS", networks)
    monkeypatch.setattr(orders, "models_on", lambda chosen: models.Models(chosen, networks))

    def run(*words: object) -> tuple[int, str, str]:
        exit_code = cli.main([*map(str, words)])
        told = capsys.readouterr()
        return exit_code, told.out, told.err

    return run


def save(name: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: object) -> Path:
    noise = np.random.default_rng(len(name)).integers(0, 256, (*size[::-1], 4), np.uint8)
    Image.fromarray(noise).convert(mode).save(name, **options)
    return Path(name)


def files() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (37, 23)])
def test_a_picture_is_repainted_and_keeps_size_and_alpha(maniera, size):
    save("in.png", size, "RGBA")
    save("manner.jpg")
    exit_code, told, _ = maniera("stylize", "in.png", "--style", "manner.jpg", "-o", "out.png")
    assert exit_code == 0
    assert told.startswith("out.png: ")
    before, after = (np.asarray(Image.open(name)) for name in ("in.png", "out.png"))
    assert after.shape == before.shape
    assert (after[..., 3] == before[..., 3]).all()
    assert (after[..., :3] != before[..., :3]).any()


def test_strength_zero_is_the_picture_itself(maniera):
    save("in.png", mode="LA")
    assert maniera("stylize", "in.png", "--style", "in.png", "--strength", 0, "-o", "out.png")[0] == 0
    assert (np.asarray(Image.open("in.png").convert("RGBA")) == np.asarray(Image.open("out.png"))).all()


def test_bit_depth_is_kept_and_broken_pixels_are_counted(maniera):
    pixels = np.random.default_rng(0).random((12, 9, 4), np.float32)
    pixels[..., 3] = 1
    pixels[2, 3, :3] = np.nan
    pixels[5, 6, 1] = np.inf
    pictures.write(Path("in.exr"), Picture(pixels, "float"))
    pictures.write(Path("manner.png"), Picture(np.nan_to_num(pixels.clip(0, 1)), "uint16"))
    exit_code, told, _ = maniera("stylize", "in.exr", "--style", "manner.png", "-o", "out.exr", "--json")
    *progress, result = map(json.loads, told.splitlines())
    assert exit_code == 0
    assert all(line["kind"] == "progress" for line in progress)
    assert progress
    assert (result["kind"], result["output"], result["cleaned"]) == ("result", "out.exr", 2)
    assert result["seconds"] > 0
    assert result["device"]
    written = pictures.read(Path("out.exr"))
    assert written.depth == "float"
    assert np.isfinite(written.pixels).all()


def test_several_pictures_go_into_a_folder_in_order(maniera):
    names = ["b.png", "a.jpg", "c.tif"]
    for name in names:
        save(name)
    Path("out").mkdir()
    exit_code, told, _ = maniera("stylize", *names, "--style", "a.jpg", "-o", "out", "--format", "webp", "--json")
    results = [line for line in map(json.loads, told.splitlines()) if line["kind"] == "result"]
    assert exit_code == 0
    assert [Path(line["output"]).name for line in results] == ["b.webp", "a.webp", "c.webp"]
    assert sorted(os.listdir("out")) == ["a.webp", "b.webp", "c.webp"]
    assert maniera("stylize", "b.png", "--style", "a.jpg", "-o", "out")[0] == 0
    assert (Path("out") / "b.png").exists()


def test_manners_are_mixed_by_weight(maniera):
    save("in.png")
    save("other.png")
    save("third.jpg")
    for style_flag, name in [("other.png", "1"), ("other.png:2,third.jpg:0", "2"), ("other.png,third.jpg", "3")]:
        assert maniera("stylize", "in.png", "--style", style_flag, "-o", f"{name}.webp")[0] == 0
    one, two, three = (np.asarray(Image.open(f"{i}.webp")) for i in "123")
    assert (one == two).all()
    assert (one != three).any()


def test_style_files_paint_what_their_pictures_paint(maniera, networks):
    save("in.png")
    save("manner.png")
    engine = models.Models(Device(torch.device("cpu"), torch.float32, "cpu"), networks)
    batch = to_batch(pictures.read(Path("manner.png")).pixels, torch.device("cpu"))
    learnt = style.from_references(engine, [batch], Card("Manner", network=engine.network))
    style.write(learnt, Path("manner.safetensors"))
    for manner in ("manner.png", "manner.safetensors"):
        assert maniera("stylize", "in.png", "--style", manner, "-o", f"{manner}.webp")[0] == 0
    one, other = (np.asarray(Image.open(f"manner.{kind}.webp"), int) for kind in ("png", "safetensors"))
    assert np.abs(one - other).max() <= 2  # files hold half the digits
    assert maniera("styles", "verify", "manner.safetensors") == (0, "manner.safetensors: whole\n", "")
    broken = {quality: vector * torch.nan for quality, vector in learnt.vectors.items()}
    style.write(Style(learnt.card, broken), Path("manner.safetensors"))
    assert maniera("styles", "verify", "manner.safetensors")[0] == 2


def make_files() -> None:
    save("in.png", mode="RGBA")
    save("in.jpg")
    Path("empty.png").touch()
    Path("text.png").write_text("hello")
    Path("cut.png").write_bytes(Path("in.png").read_bytes()[:200])
    Path("cut.safetensors").write_bytes(bytes(range(200)))
    Path("folder").mkdir()


@pytest.mark.parametrize(
    "words",
    [
        ["none.png", "--style", "in.jpg", "-o", "out.png"],
        ["empty.png", "--style", "in.jpg", "-o", "out.png"],
        ["text.png", "--style", "in.jpg", "-o", "out.png"],
        ["cut.png", "--style", "in.jpg", "-o", "out.png"],
        ["folder", "--style", "in.jpg", "-o", "out.png"],
        ["in.png", "--style", "none.png", "-o", "out.png"],
        ["in.png", "--style", "No Such Style", "-o", "out.png"],
        ["in.png", "--style", "none.safetensors", "-o", "out.png"],
        ["in.png", "--style", "cut.safetensors", "-o", "out.png"],
        ["in.png", "--style", "in.jpg:heavy", "-o", "out.png"],
        ["in.png", "--style", "in.jpg:-1", "-o", "out.png"],
        ["in.png", "--style", "in.jpg:0", "-o", "out.png"],
        ["in.png", "--style", "in.jpg", "-o", "out.gif"],
        ["in.png", "--style", "in.jpg", "-o", "none/out.png"],
        ["in.png", "--style", "in.jpg", "-o", "out.jpg"],
        ["in.png", "--style", "in.jpg", "-o", "in.png"],
        ["in.png", "--style", "in.jpg", "-o", "./folder/../in.png"],
        ["in.png", "--style", "in.jpg", "-o", "in.jpg"],
        ["in.png", "--style", "in.jpg", "-o", "."],
        ["in.png", "in.jpg", "--style", "in.jpg", "-o", "out"],
        ["in.png", "in.jpg", "--style", "in.jpg", "-o", "folder", "--format", "png"],
        ["in.png", "--style", "in.jpg", "-o", "out.png", "--format", "tif"],
        ["in.png", "--style", "in.jpg", "-o", "out.png", "--device", "cuda:99"],
        ["in.png", "--style", "in.jpg", "-o", "out.png", "--device", "cpu", "--precision", "fp16"],
    ],
)
def test_wrong_input_is_one_sentence_and_leaves_no_file(maniera, words):
    make_files()
    before = {name: Path(name).read_bytes() for name in files() if name != "folder"}
    exit_code, told, reason = maniera("stylize", *words)
    assert exit_code == 2
    assert not told
    assert reason.count("\n") == 1
    assert reason.rstrip().endswith(".")
    assert {name: Path(name).read_bytes() for name in files() if name != "folder"} == before
    assert not os.listdir("folder")


def test_hard_link_to_the_input_is_not_overwritten(maniera):
    save("in.png")
    os.link("in.png", "out.png")
    before = Path("in.png").read_bytes()
    assert maniera("stylize", "in.png", "--style", "in.png", "-o", "out.png")[0] == 2
    assert Path("in.png").read_bytes() == before


INTERRUPTED = """
import sys, time
from core import cli
from core.engine import requests
def slow(order, arrays, report):
    for step in range(1000):
        report(step, 1000, "Painting")
        time.sleep(0.01)
requests.REQUESTS["stylize"] = slow
sys.argv = ["core", "stylize", "in.png", "--style", "in.png", "-o", "out.png", "--json"]
import runpy
runpy.run_module("core", run_name="__main__")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interruption_ends_with_130_and_leaves_no_file(tmp_path, monkeypatch, number):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    save("in.png")
    command = [sys.executable, "-c", INTERRUPTED]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert json.loads(program.stdout.readline())["kind"] == "progress"
        program.send_signal(number)
        told, reason = program.communicate(timeout=60)
    assert program.returncode == 130
    assert reason == "Cancelled.\n"
    assert json.loads(told.splitlines()[-1])["exit_code"] == 130
    assert files() == ["in.png"]


def test_a_picture_is_optimised_at_the_size_that_is_asked_for(maniera):
    save("in.png", (40, 30), "RGBA")
    save("manner.jpg")
    exit_code, told, _ = maniera(
        "optimize", "in.png", "--style", "manner.jpg", "-o", "out.png", "--steps", 2, "--size", 20, "--json"
    )
    assert exit_code == 0
    result = json.loads(told.splitlines()[-1])
    assert result["kind"] == "result" and not result["cancelled"]
    assert Image.open("out.png").size == (20, 15)


def test_a_file_that_knows_what_its_manner_looks_like_can_be_optimised_to(maniera, networks):
    save("in.png")
    engine = models.Models(Device(torch.device("cpu"), torch.float32, "cpu"), networks)
    learnt = style.from_references(engine, [torch.rand(1, 3, 40, 40)], Card("Manner", network=engine.network))
    style.write(learnt, Path("manner.safetensors"))
    words = ("optimize", "in.png", "--steps", 1, "-o", "out.png", "--style")
    assert maniera(*words, "manner.safetensors")[0] == 0
    style.write(replace(learnt, manner={}), Path("blind.safetensors"))
    exit_code, _, told = maniera(*words, "blind.safetensors")
    assert exit_code == 2 and "learn it again" in told


@pytest.mark.parametrize(("flags", "code"), [(["--keep"], 0), ([], 130)])
def test_an_interrupted_optimisation_keeps_what_it_has_where_that_is_asked_for(maniera, monkeypatch, flags, code):
    save("in.png")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    steps = iter(range(1000))

    def step(canvas, gradient):
        if next(steps) == 3:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(optimize.Canvas, "step", step)
    words = ("optimize", "in.png", "--style", "in.png", "--steps", 500, "-o", "out.png", *flags)
    try:
        assert maniera(*words)[0] == code
    finally:
        signal.signal(signal.SIGINT, before)
    assert Path("out.png").exists() == (code == 0)


def test_info_tells_versions_devices_and_networks(maniera):
    exit_code, told, _ = maniera("info", "--json", "--device", "cpu")
    known = json.loads(told)
    assert exit_code == 0
    assert known["libraries"]["torch"] == torch.__version__.partition("+")[0]
    assert "cpu" in known["devices"]
    assert set(known["networks"]) >= {"encoder", "fast", "fine"}
    assert all(len(digest) == 64 for digest in known["networks"].values())


def test_bench_measures_every_painter_beside_the_yardstick(maniera, networks, monkeypatch):
    monkeypatch.setattr(bench, "SIDE_PX", 96)
    monkeypatch.setattr(bench, "_COUNTED_PX", 96)
    monkeypatch.setattr(bench, "_whole_command", lambda *_: 1.0)
    monkeypatch.setattr(bench, "Models", lambda chosen: models.Models(chosen, networks))
    exit_code, told, reason = maniera("bench", "--json", "--device", "cpu", "--precision", "fp32", "--runs", 1)
    assert (exit_code, reason) == (0, "")
    measured = {row["what"]: row for row in json.loads(told.splitlines()[-1])["measures"]}
    assert all(row["seconds"] > 0 for row in measured.values())
    commands = {f"command, start-up included, {quality}" for quality in ("fast", "fine")}
    assert {"painter, fast", "painter, fine", "Johnson et al. 2016"} | commands == set(measured)
    # By hand from the paper's sizes: a layer 9 x 9 at each end, and of 3 x 3 two down, ten between and two up.
    inner = 32 * 64 / 4 + 64 * 128 / 16 + 10 * 128 * 128 / 16 + 128 * 64 / 4 + 64 * 32
    by_hand = 2e-3 * (2 * 81 * 3 * 32 + 9 * inner)
    assert measured["Johnson et al. 2016"]["gflop"] == pytest.approx(by_hand, rel=1e-3)
    assert measured["painter, fast"]["gflop"] < measured["painter, fine"]["gflop"]


def test_training_names_what_is_missing(maniera, capsys):
    assert maniera("train", "encoder", "--data", "none", "--teacher", ".", "--out", "out", "--steps", 1)[0] == 2
    assert maniera("train", "encoder", "--help")[0] == 0
    assert files() == []
