# SPDX-License-Identifier: GPL-3.0-or-later
"""Manners that no picture shows: by chance, from the map, and as styles of the library."""

import json
import time
from pathlib import Path

import bpy
import pytest

from tests.blender.extension import part
from tests.blender.test_images import render
from tests.blender.test_learn_style import names


@pytest.fixture
def shown(monkeypatch) -> list[tuple]:
    """The shapes of the previews that were shown."""
    shown: list[tuple] = []
    monkeypatch.setattr(part("operators.learnt_preview"), "show", lambda pixels, *name: shown.append(pixels.shape))
    return shown


@pytest.fixture
def chosen(scene, tmp_path, monkeypatch, stand_in, shown):
    """What is chosen, and an empty folder of the artist's own styles."""
    (tmp_path / "own").mkdir()
    monkeypatch.setattr(part("operators.places"), "library", lambda: tmp_path / "own")
    return scene.maniera.new_manner


def asked(stand_in) -> list[dict]:
    return [json.loads(line) for line in stand_in.told("requests").splitlines()]


def test_every_press_makes_another_manner(chosen, stand_in, shown):
    assert not bpy.ops.maniera.save_as_style.poll()
    for _ in range(2):
        assert bpy.ops.maniera.surprise_me() == {"FINISHED"}
    assert bpy.ops.maniera.surprise_me(seed=7) == {"FINISHED"}
    first, second, third = asked(stand_in)
    assert first["seed"] != second["seed"] and third["seed"] == 7
    assert len(third["styles"]) == len(list(part("core.styles").SHIPPED.glob("*.safetensors")))
    assert shown == [(8, 12, 4)] * 3 and chosen.nearest


def test_the_last_render_is_what_is_painted(chosen, scene, stand_in):
    render(scene)
    scene_size = [36, 64, 4]
    assert bpy.ops.maniera.surprise_me() == {"FINISHED"}
    assert json.loads(stand_in.told("request"))["shapes"] == [scene_size]


def test_a_new_manner_is_saved_as_it_was_shown_and_chosen(chosen, scene, stand_in, tmp_path):
    scene.maniera.source = "PICTURE"
    bpy.ops.maniera.surprise_me(seed=7)
    for _ in range(2):
        assert bpy.ops.maniera.save_as_style() == {"FINISHED"}
    assert asked(stand_in)[-1]["seed"] == 7
    assert names(tmp_path / "own") == ["New Manner", "New Manner 2"]  # nothing is replaced
    assert (scene.maniera.source, scene.maniera.style_name) == ("LIBRARY", "New Manner 2")


def test_sliders_show_the_last_place_and_hold_nothing_up(chosen, scene, stand_in, shown):
    wanderer = part("operators.wandering")._wanderer
    for x in (0.1, 0.2, 0.3):
        chosen.x = x
    assert chosen.way == "MAP"
    deadline = time.monotonic() + 60
    while wanderer.tick() is not None:
        assert not bpy.context.window_manager.maniera.running  # no bar pushes the sliders away
        assert time.monotonic() < deadline
    (only,) = asked(stand_in)
    assert only["place"] == pytest.approx([0.3, 0.5]) and shown == [(8, 12, 4)]
    bpy.ops.maniera.save_as_style()
    assert asked(stand_in)[-1]["place"] == pytest.approx([0.3, 0.5])


def test_the_map_goes_to_the_chosen_style(chosen, scene, stand_in):
    assert bpy.ops.maniera.go_to_style() == {"FINISHED"}
    assert (chosen.x, chosen.y) == (0.25, 0.75)
    scene.maniera.source = "PICTURE"
    assert not bpy.ops.maniera.go_to_style.poll()


def test_a_manner_needs_a_name_to_be_kept(chosen, tmp_path):
    bpy.ops.maniera.surprise_me()
    chosen.style_name = " "
    with pytest.raises(RuntimeError, match="no name"):
        bpy.ops.maniera.save_as_style()
    assert not list(Path(tmp_path / "own").iterdir())
