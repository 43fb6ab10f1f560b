# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings are declared once, and the chosen style is known by its name."""

import base64
import json
import struct

import bpy
import pytest

from tests.blender.extension import part

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def settings(installed):
    return part("core.settings")


@pytest.fixture
def properties(installed):
    return part("operators.properties")


@pytest.fixture
def library(installed):
    """The artist's own folder of styles, empty again in the end."""
    gallery = part("operators.gallery")
    folder = gallery.library_folders()[-1]
    yield folder
    for path in folder.iterdir():
        path.unlink()


def write_style(folder, name):
    """A style file that holds no numbers."""
    styles = part("core.styles")
    header = json.dumps({"__metadata__": styles.Card(name, author="N. N.", preview=PNG).to_metadata()}).encode()
    (folder / f"{name}.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)


def choices(group, name):
    return [item.identifier for item in group.bl_rna.properties[name].enum_items]


def test_every_declared_setting_is_a_property_with_its_bounds(scene, settings):
    group = scene.maniera.stylize
    for name, (declared, option) in settings.options(settings.Stylize).items():
        shown = group.bl_rna.properties[name]
        assert (shown.name, shown.description) == (option.label, option.description)
        assert getattr(group, name) == declared.default
        if option.choices:
            assert choices(group, name) == list(option.choices)
        elif option.low is not None:
            assert (shown.hard_min, shown.hard_max) == (option.low, option.high)


def test_a_start_that_would_change_nothing_is_not_offered(scene, settings):
    init = settings.options(settings.Adapt)["init"][1]
    assert choices(scene.maniera.adapt, "init") == [one for one in init.choices if one != "meta"]


def test_the_properties_are_read_back_as_settings(scene, settings, properties):
    assert properties.read(scene.maniera.stylize, settings.Stylize) == settings.Stylize()
    scene.maniera.stylize.brush = 2.5
    scene.maniera.stylize.quality = "fine"
    scene.maniera.stylize.seed = 7
    assert properties.read(scene.maniera.stylize, settings.Stylize) == settings.Stylize("fine", brush=2.5, seed=7)


def test_what_is_chosen_is_saved_with_the_file(scene, tmp_path, manner):
    scene.maniera.stylize.strength = 0.25
    scene.maniera.style_name = "Night"
    path = str(tmp_path / "chosen.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.wm.open_mainfile(filepath=path)
    chosen = bpy.context.scene.maniera
    assert (chosen.stylize.strength, chosen.source, chosen.style_name) == (0.25, "PICTURE", "Night")
    assert chosen.reference.name == "Wave"


def test_a_new_style_is_there_at_once(scene, library):
    write_style(library, "Night")
    scene.maniera.style = "Night"
    assert scene.maniera.style_name == "Night"


def test_the_chosen_style_stays_when_the_library_changes(scene, library):
    write_style(library, "Night")
    scene.maniera.style = "Night"
    for name in ("Aquarelle", "Zebra"):
        write_style(library, name)
    assert scene.maniera.style == "Night"


def test_a_style_that_the_library_lacks_is_shown_as_missing(scene, library):
    write_style(library, "Night")
    scene.maniera.style = "Night"
    (library / "Night.safetensors").unlink()
    assert scene.maniera.style == "Night"
    gallery = part("operators.gallery")
    assert gallery.items(scene.maniera, None)[-1][1] == "Night (missing)"
