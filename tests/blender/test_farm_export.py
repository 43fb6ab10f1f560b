# SPDX-License-Identifier: GPL-3.0-or-later
"""Export Farm Job writes all that a farm needs of a scene, and Flamenco's job type finds it."""

import hashlib
import json
import re
import subprocess
from pathlib import Path

import bpy
import pytest

from tests.blender.conftest import ROOT
from tests.blender.extension import part
from tests.blender.test_stylize import refused


@pytest.fixture
def film(scene, manner, tmp_path):
    scene.render.filepath = str(tmp_path / "film" / "shot_####")
    scene.frame_start, scene.frame_end = 3, 8
    part("operators.passes").set_up(scene)
    return tmp_path / "film"


@pytest.fixture
def bundle(film, tmp_path):
    """Where the tests export to."""
    return tmp_path / "job"


def export(folder) -> None:
    assert bpy.ops.maniera.export_farm_job(directory=str(folder)) == {"FINISHED"}


def read(path) -> dict:
    return json.loads(path.read_text())


def digest(path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def parameters(bundle) -> dict:
    values = read(bundle / "parameters.json")
    listed = read(bundle / "parameter_values.json")["parameterValues"]
    assert {one["name"]: one["value"] for one in listed} == values
    return values


def test_the_bundle_gives_values_to_parameters_that_the_template_has(scene, film, bundle):
    original = ROOT / "farm" / "openjd" / "template.yaml"
    export(bundle)
    assert (bundle / "template.yaml").read_bytes() == original.read_bytes()
    declared = original.read_text().partition("\nsteps:")[0]
    assert set(parameters(bundle)) <= set(re.findall(r"^ *- name: (\w+)$", declared, re.MULTILINE))


def test_a_farm_can_read_the_bundle(scene, film, bundle, engine_python):
    openjd = Path(engine_python).with_name("openjd")
    if not openjd.exists():
        pytest.skip("openjd is missing beside the engine's Python; install it with pip install openjd-cli")
    export(bundle)
    command = [openjd, "summary", bundle / "template.yaml", "-p", f"file://{bundle / 'parameters.json'}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Maniera 3-8" in done.stdout


def test_the_bundle_names_frames_and_settings(scene, film, bundle):
    scene.maniera.stylize.quality, scene.maniera.stylize.keep_color = "fine", True
    scene.maniera.stylize.strength, scene.maniera.sequence.warmup = 0.7, 8
    scene.frame_step, scene.render.fps = 2, 30
    export(bundle)
    values = parameters(bundle)
    assert values["Input"] == str(film / "shot_####.exr")
    assert values["Output"] == str(film / "stylized" / "shot_####.png")
    assert values["Frames"] == "3-8:2"
    assert values["FramesPerSecond"] == 30
    assert values["Flags"] == "--quality fine --strength 0.7 --keep-color --warmup 8"


def test_a_style_is_copied_and_known_by_its_hash(scene, film, bundle):
    scene.maniera.source = "LIBRARY"
    export(bundle)
    manifest = read(bundle / "manifest.json")
    assert manifest["style"] == {"style.safetensors": digest(bundle / "style.safetensors")}
    assert manifest["weights"]["fast.safetensors"] == digest(ROOT / "core" / "weights" / "fast.safetensors")


def test_a_picture_is_written_and_replaces_the_style_of_an_export_before(scene, film, bundle):
    scene.maniera.source = "LIBRARY"
    export(bundle)
    scene.maniera.source = "PICTURE"
    export(bundle)
    assert not (bundle / "style.safetensors").exists()
    assert bpy.data.images.load(str(bundle / "style.png")).size[:] == (8, 8)


def test_the_view_comes_with_blenders_configuration_where_it_takes_one(scene, film, bundle):
    scene.view_settings.view_transform = "Standard"
    export(bundle)
    assert "config" not in read(bundle / "view.json") and not (bundle / "colormanagement").exists()
    scene.view_settings.view_transform = "AgX"
    export(bundle)
    view = read(bundle / "view.json")
    assert view["view"] == "AgX"
    assert (bundle / view["config"]).read_bytes() == part("operators.view").config().read_bytes()


def test_flamenco_can_evaluate_every_expression_of_its_job_type(scene, film, bundle):
    export(bundle)
    job_type = (ROOT / "farm" / "flamenco" / "maniera_sequence.js").read_text()
    expressions = dict(re.findall(r'key: "(\w+)"[^}]*?eval: "([^"]+)"', job_type))
    values = {key: eval(text, {"C": bpy.context, "bpy": bpy, "Path": Path}) for key, text in expressions.items()}
    assert values["frames"] == "3-8"
    assert values["bundle"] == str(bundle)
    assert values["style"] == str(bundle / "style.png")
    assert values["rendered_frames"] == str(film / "shot_####.exr")
    assert values["vectors"] == "" and values["flags"] == ""
    assert values["fps"] == 24


def test_nothing_is_written_where_nothing_can_be_painted(scene, film, bundle):
    scene.maniera.reference = None
    assert "Choose a picture" in refused(lambda: export(bundle))
    scene.maniera.reference = bpy.data.images.new("Other", 8, 8)
    assert "choose one that the farm can read" in refused(bpy.ops.maniera.export_farm_job)
    assert not bundle.exists()
