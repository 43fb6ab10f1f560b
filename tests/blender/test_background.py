# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender without a window: the command line, scripts, and the real engine."""

import re
import subprocess
import sys

import bpy
import numpy as np
import pytest

from tests.blender.extension import MODULE, is_alive, part
from tests.blender.pixels import colors, new_image, seen, stored
from tests.blender.scenes import moving_plane


@pytest.fixture
def command(scene):
    """What `blender --command maniera` does with its arguments."""
    return part("operators.command_line").run


@pytest.fixture
def recorder(tmp_path, monkeypatch):
    """A Python that writes down how it was called, and ends with the exit code 7."""
    python = tmp_path / "python"
    told = 'pwd; echo "$PYTHONPATH"; echo "$MANIERA_LIBRARY"; printf "%s\\n" "$@"'
    python.write_text(f'#!/bin/sh\n({told}) > "{tmp_path}/called"\nexit 7\n')
    python.chmod(0o755)
    monkeypatch.setenv("MANIERA_PYTHON", str(python))
    return tmp_path / "called"


@pytest.fixture
def engine(engine_python, manner, monkeypatch):
    """The real engine, which a test in this file alone waits for."""
    monkeypatch.setenv("MANIERA_PYTHON", engine_python)
    yield
    bpy.ops.maniera.stop_engine()


def test_the_command_line_hands_everything_to_the_engines_python(command, recorder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command(["stylize", "a picture.png", "--style", "Night"]) == 7
    where, path, library, *arguments = recorder.read_text().splitlines()
    assert where == str(tmp_path)
    assert path == str(part("operators.places").ROOT)
    assert library == str(part("operators.places").library())
    assert arguments == ["-m", "core", "stylize", "a picture.png", "--style", "Night"]


def test_the_command_line_without_an_engine_says_what_to_do(command, monkeypatch, capsys):
    monkeypatch.delenv("MANIERA_PYTHON", raising=False)
    assert command(["info"]) == 2
    assert capsys.readouterr().err.startswith("The engine is not set up: ")


def test_the_command_line_does_without_an_engine_what_sets_one_up(command, monkeypatch, tmp_path):
    monkeypatch.delenv("MANIERA_PYTHON", raising=False)
    assert command(["engine", "remove", str(tmp_path / "nothing")]) == 0


def test_the_command_line_has_every_command_in_blender_too(command, engine_python, monkeypatch, capfd):
    monkeypatch.setenv("MANIERA_PYTHON", engine_python)
    assert command(["--help"]) == 0
    told = capfd.readouterr().out
    assert {"stylize", "styles", "info", "engine", "sequence"} <= set(re.findall(r"^    (\w+) ", told, re.MULTILINE))


def test_the_command_line_runs_from_the_installed_extension(command, engine_python, monkeypatch):
    monkeypatch.setenv("MANIERA_PYTHON", engine_python)
    assert command(["styles", "list"]) == 0
    assert command(["styles", "show", "No Such Style"]) == 2


def test_a_script_stylizes_and_ends_and_so_does_the_worker(stand_in, tmp_path):
    script = f"""
import bpy
bpy.ops.preferences.addon_enable(module={MODULE!r})
bpy.context.scene.maniera.source = "PICTURE"
bpy.context.scene.maniera.reference = bpy.data.images.new("Wave", 8, 8)
bpy.data.images.new("Photo", 32, 16)
bpy.ops.maniera.stylize_image(image_name="Photo")
bpy.data.images["Photo - Wave"].save(filepath={str(tmp_path / "kept.png")!r})
"""
    program = bpy.app.binary_path
    blender = [program, "-b", "--python-exit-code", "1", "--python-expr"] if program else [sys.executable, "-c"]
    done = subprocess.run([*blender, script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert bpy.data.images.load(str(tmp_path / "kept.png")).size[:] == (32, 16)
    assert not is_alive(stand_in.told("pid"))


def test_the_engine_repaints_and_keeps_alpha(engine, manner):
    manner.generated_type = "COLOR_GRID"
    original = new_image("Photo", colors(height=48, width=64))
    before = stored(original)
    bpy.ops.maniera.stylize_image(image_name="Photo")
    result = stored(bpy.data.images["Photo - Wave"])
    assert np.abs(result - before)[..., :3].mean() > 0.02
    assert np.array_equal(result[..., 3], before[..., 3])


def test_the_engine_gives_the_original_at_strength_0(scene, engine):
    scene.maniera.stylize.strength = 0
    original = new_image("Photo", colors(height=48, width=64))
    bpy.ops.maniera.stylize_image(image_name="Photo")
    assert np.abs(seen(bpy.data.images["Photo - Wave"]) - seen(original)).max() <= 2 / 255


def test_the_engine_repaints_a_render_as_it_goes_on(scene, engine, tmp_path):
    """With motion blur, for which the vectors are rendered apart."""
    moving_plane(scene)
    scene.view_settings.view_transform = "Standard"  # in the window ring the engine sees none of Blender's files
    scene.render.use_motion_blur = True
    scene.render.filepath = str(tmp_path / "####")
    scene.maniera.source = "LIBRARY"
    bpy.ops.maniera.set_up_passes()
    scene.maniera.shot.after_render = True
    bpy.ops.render.render(animation=True)
    assert bpy.context.window_manager.maniera.notice == ""
    files = [tmp_path / "stylized" / f"{number:04}.png" for number in (1, 2, 3)]
    first, _, last = (stored(bpy.data.images.load(str(file))) for file in files)
    assert first.shape == last.shape == (36, 64, 4)
    assert np.abs(first - last).max() > 0.2
    scene.maniera.sequence.skip_existing = True
    times = [file.stat().st_mtime_ns for file in files]
    bpy.ops.maniera.stylize_animation()  # knows the frames that were painted one by one as its own
    assert [file.stat().st_mtime_ns for file in files] == times
