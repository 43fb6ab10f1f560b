# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine is set up, checked, repaired and removed from Blender, without touching Blender's own Python."""

import subprocess
import sys
from pathlib import Path

import bpy
import pytest

from tests.blender.extension import MODULE, part
from tests.wheels import write_wheels

BUILD = "macos" if sys.platform == "darwin" else "cpu"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    return write_wheels(tmp_path_factory.mktemp("source") / "wheels")


@pytest.fixture
def preferences(scene, monkeypatch):
    """The add-on's preferences, as they are at first."""
    monkeypatch.delenv("MANIERA_PYTHON", raising=False)
    found = bpy.context.preferences.addons[MODULE].preferences
    yield found
    for name in ("wheels", "engine_python", "device", "library", "findings"):
        found.property_unset(name)


def engine_python():
    return part("operators.preferences").engine_python(bpy.context)


def own_packages():
    """What is installed in the Python that Blender runs in."""
    return subprocess.run([sys.executable, "-m", "pip", "list"], capture_output=True, check=True).stdout


def test_without_an_engine_the_user_is_told_what_to_press(preferences):
    bpy.data.images.new("Photo", 8, 8)
    assert not bpy.ops.maniera.stylize_image.poll()
    with pytest.raises(Exception, match="press Set Up Engine"):
        engine_python()


def test_nothing_is_downloaded_while_blender_is_offline(preferences, wheels):
    assert not bpy.app.online_access
    assert not bpy.ops.maniera.set_up_engine.poll()
    preferences.wheels = str(wheels)
    assert bpy.ops.maniera.set_up_engine.poll()


def test_the_engine_is_set_up_checked_repaired_and_removed(preferences, wheels):
    before = own_packages()
    preferences.wheels = str(wheels)
    assert not bpy.ops.maniera.repair_engine.poll() and not bpy.ops.maniera.remove_engine.poll()
    assert bpy.ops.maniera.set_up_engine(build=BUILD) == {"FINISHED"}
    first = engine_python()
    assert Path(bpy.utils.extension_path_user(MODULE)) in first.parents
    bpy.ops.maniera.check_engine()
    assert "torch 2.9.0+cpu" in preferences.findings
    bpy.ops.maniera.repair_engine()
    assert engine_python().is_file() and engine_python() != first and not first.exists()
    bpy.ops.maniera.remove_engine()
    with pytest.raises(Exception, match="not set up"):
        engine_python()
    assert own_packages() == before


def test_what_cannot_be_set_up_says_why(preferences, tmp_path):
    preferences.wheels = str(tmp_path)
    with pytest.raises(RuntimeError, match="holds no wheels"):
        bpy.ops.maniera.set_up_engine(build=BUILD)
    with pytest.raises(Exception, match="not set up"):
        engine_python()


def test_an_existing_python_can_be_chosen_and_checked(preferences):
    preferences.engine_python = sys.executable
    assert engine_python() == Path(sys.executable)
    bpy.ops.maniera.check_engine()
    assert preferences.findings.startswith(f"Python {sys.version.split()[0]}")


def test_a_chosen_python_that_is_gone_is_named(preferences, tmp_path):
    preferences.engine_python = str(tmp_path / "gone")
    with pytest.raises(Exception, match="gone"):
        engine_python()


def test_the_machine_is_chosen_in_the_preferences(preferences):
    machine = part("operators.preferences").machine
    assert machine(bpy.context).device == "auto"
    preferences.device = "cpu"
    assert machine(bpy.context).device == "cpu"


def test_styles_of_ones_own_lie_where_the_preferences_say(preferences, tmp_path):
    folders = part("operators.gallery").library_folders
    assert Path(bpy.utils.extension_path_user(MODULE)) in folders()[-1].parents
    preferences.library = str(tmp_path)
    assert folders()[-1] == tmp_path
