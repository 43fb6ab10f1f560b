# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension arrives whole, and leaves nothing behind."""

import os
import tempfile
import zipfile

import bpy
import pytest

from tests.blender.extension import MODULE, is_alive
from tests.blender.pixels import colors, new_image

MENUS = ("IMAGE_MT_image", "TOPBAR_MT_render", "VIEW3D_MT_object")


def handlers() -> list[list]:
    """Blender's lists of functions to call when something happens."""
    found = (getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers))
    return [one for one in found if isinstance(one, list)]


def traces() -> dict:
    """What is left of the extension in Blender and on the disk, and how much there is beside it."""
    menus = {name: len(getattr(bpy.types, name)._dyn_ui_initialize()) for name in MENUS}
    owners = (bpy.types.Scene, bpy.types.WindowManager)
    return {
        "classes": [name for name in dir(bpy.types) if name.startswith("MANIERA_")],
        "operators": dir(bpy.ops.maniera),
        "properties": [owner for owner in owners if hasattr(owner, "maniera")],
        "preferences": MODULE in bpy.context.preferences.addons,
        "handlers": [len(found) for found in handlers()],
        "menus": menus,
        "files": sorted(os.listdir(tempfile.gettempdir())),
    }


@pytest.fixture
def disabled(installed):
    bpy.ops.preferences.addon_disable(module=MODULE)
    yield
    bpy.ops.preferences.addon_enable(module=MODULE)


def test_what_is_disabled_leaves_nothing_behind(disabled, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # others, too, write to the machine's
    before = traces()
    assert not before["classes"] and not before["properties"] and not before["operators"]
    for _ in range(2):
        bpy.ops.preferences.addon_enable(module=MODULE)
        assert bpy.context.scene.maniera.stylize.strength == 1
        bpy.ops.preferences.addon_disable(module=MODULE)
        assert traces() == before


def test_only_renders_are_followed_by_handlers(installed):
    own = [function for found in handlers() for function in found if function.__module__.startswith(MODULE)]
    assert {function.__module__.removeprefix(f"{MODULE}.") for function in own} == {"operators.after_render"}


def test_disabling_ends_the_worker(manner, stand_in):
    new_image("Photo", colors())
    bpy.ops.maniera.stylize_image(image_name="Photo")
    worker = stand_in.told("pid")
    assert is_alive(worker)
    bpy.ops.preferences.addon_disable(module=MODULE)
    try:
        assert not is_alive(worker)
    finally:
        bpy.ops.preferences.addon_enable(module=MODULE)


def test_the_zip_holds_what_runs_and_nothing_else(packed):
    with zipfile.ZipFile(packed) as file:
        names = file.namelist()
    folders = {name.split("/")[0] for name in names if "/" in name}
    assert {"core", "operators", "panels"} <= folders
    assert not folders & {"tests", "docs", "benchmarks", "dist", "out", ".ci", ".git", ".venv"}
    assert not [name for name in names if name.startswith("core/training") or "__pycache__" in name or "/." in name]
    assert {"__init__.py", "blender_manifest.toml", "LICENSE", "core/engine/worker.py"} <= set(names)


def test_every_button_and_entry_has_a_tooltip(installed):
    for name in dir(bpy.ops.maniera):
        about = getattr(bpy.ops.maniera, name).get_rna_type()
        assert about.description and not about.description.endswith(".")
        for setting in about.properties:
            assert setting.description or setting.is_hidden or setting.identifier == "rna_type", setting.identifier
