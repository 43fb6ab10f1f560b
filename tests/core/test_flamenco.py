# SPDX-License-Identifier: GPL-3.0-or-later
"""The job type for Flamenco makes the tasks of a farm, each after those that it needs."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from core import cli, frames

ROOT = Path(__file__).parents[2]
JOB_TYPE = ROOT / "farm" / "flamenco" / "maniera_sequence.js"
SETTINGS = {
    "frames": "1-10",
    "chunk_size": 4,
    "bundle": "/show/job",
    "style": "/show/job/style.safetensors",
    "rendered_frames": "/show/render/scene_####.exr",
    "repainted_frames": "/show/render/stylized/scene_####.png",
    "blendfile": "/show/scene.blend",
    "fps": 24,
}


def submit(**settings) -> dict:
    """What Flamenco's manager makes of a job with these settings."""
    node = shutil.which("node") or shutil.which("nodejs")
    if node is None:
        pytest.skip("node is missing, which runs Flamenco's job types; install it with apt-get install nodejs")
    command = [node, Path(__file__).with_name("flamenco.js"), JOB_TYPE, json.dumps(SETTINGS | settings)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise ValueError(done.stderr)
    return json.loads(done.stdout)


def tasks(**settings) -> dict[str, dict]:
    return {task["name"]: task for task in submit(**settings)["tasks"]}


def words(task: dict) -> list[str]:
    """The arguments of a task's one command."""
    (command,) = task["commands"]
    return command["parameters"]["args"]


def test_frames_are_rendered_then_measured_then_repainted_then_verified_then_joined():
    made = tasks(render_chunk_size=5)
    renders, repaints = ["render-1-5", "render-6-10"], ["repaint-1-4", "repaint-5-8", "repaint-9,10"]
    assert list(made) == [*renders, "measure-shot", *repaints, "verify", "movie"]
    assert made["measure-shot"]["dependencies"] == renders
    assert all(made[name]["dependencies"] == ["measure-shot"] for name in repaints)
    assert made["verify"]["dependencies"] == repaints
    assert words(made["verify"])[-1] == "--verify"
    assert made["movie"]["dependencies"] == ["verify"]


def test_frames_that_are_rendered_already_are_only_repainted():
    made = tasks(render_first=False, make_movie=False)
    assert list(made) == ["measure-shot", "repaint-1-4", "repaint-5-8", "repaint-9,10", "verify"]
    assert made["measure-shot"]["dependencies"] == []


def test_blender_renders_to_where_the_frames_are_looked_for():
    made = tasks(frames="1-3,7")["render-1"]["commands"][0]
    assert made["name"] == "blender-render"
    assert made["parameters"]["blendfile"] == "/show/scene.blend"
    assert made["parameters"]["args"] == ["--render-output", "/show/render/scene_####", "--render-frame", "1"]
    assert words(tasks(render_chunk_size=3)["render-4-6"])[3] == "4..6"


def test_every_frame_is_repainted_once_and_names_the_whole_shot():
    made = tasks(frames="1-3,7-20")
    named = [word for name, task in made.items() if name.startswith("repaint-") for word in [words(task)]]
    painted = [frame for word in named for frame in frames.parse(word[word.index("--frames") + 1])]
    assert painted == [1, 2, 3, *range(7, 21)]
    assert {word[word.index("--shot") + 1] for word in named} == {"1-3,7-20"}


def test_a_task_that_is_tried_again_skips_what_is_done():
    assert "--skip-existing" in words(tasks()["repaint-1-4"])


def test_settings_and_separate_vectors_reach_the_command_line():
    made = words(tasks(flags="--quality fine --coherence flow", vectors="/show/passes/####.exr")["repaint-1-4"])
    assert made[-4:] == ["--quality", "fine", "--coherence", "flow"]
    assert made[made.index("--vectors") + 1] == "/show/passes/####.exr"
    assert made[made.index("--view") + 1] == "/show/job/view.json"


def test_the_command_line_understands_what_it_is_told():
    made = words(tasks(flags="--quality fine --coherence flow --warmup 8", vectors="/show/v_####.exr")["repaint-5-8"])
    assert made[:2] == ["--command", "maniera"]
    assert cli.parser().parse_args(made[2:]).frames == "5-8"


def test_the_movie_is_made_of_the_repainted_frames():
    made = tasks()["movie"]["commands"][0]["parameters"]
    assert made["inputGlob"] == "/show/render/stylized/scene_*.png"
    assert made["outputFile"] == "/show/render/stylized/scene.mp4"
    assert made["fps"] == 24


def test_a_movie_of_frames_that_no_encoder_reads_is_refused():
    with pytest.raises(ValueError, match="turn Make Movie off"):
        submit(repainted_frames="/show/render/stylized/scene_####.exr")


def test_every_setting_is_described_and_known_to_flamenco():
    for setting in submit()["type"]["settings"]:
        assert setting["type"] in {"string", "int32", "float", "bool"}
        assert setting.get("visible", "visible") in {"visible", "submission", "web", "hidden"}
        assert setting.get("description") or setting["visible"] == "hidden"
        known = {"key", "type", "subtype", "label", "description", "default", "required", "visible", "editable"}
        assert set(setting) <= known | {"eval", "evalInfo", "propargs", "choices"}
