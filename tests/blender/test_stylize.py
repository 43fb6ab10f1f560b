# SPDX-License-Identifier: GPL-3.0-or-later
"""Stylize Image and Stylize Render, from the call to the kept picture, with a stand-in for the engine."""

import json
import os
import signal
import threading
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.blender.extension import is_alive, part
from tests.blender.pixels import colors, new_image, seen, stored
from tests.blender.test_images import render, saved_render

BYTE = 1 / 255


def stylize(image: bpy.types.Image) -> bpy.types.Image:
    """Repaint an image; returns the new one."""
    return made_by(lambda: bpy.ops.maniera.stylize_image(image_name=image.name))


def made_by(call) -> bpy.types.Image:
    before = set(bpy.data.images)
    assert call() == {"FINISHED"}
    (made,) = set(bpy.data.images) - before
    return made


def refused(call) -> str:
    """The sentence with which a call fails; no image has been made."""
    before = set(bpy.data.images)
    with pytest.raises(RuntimeError) as failure:
        call()
    assert set(bpy.data.images) == before
    return str(failure.value).strip().removeprefix("Error: ")


@pytest.fixture
def photo(manner) -> bpy.types.Image:
    return new_image("Photo.png", colors())


@pytest.mark.parametrize("kind", [{}, {"float_buffer": True}, {"float_buffer": True, "is_data": True}])
@pytest.mark.parametrize("alpha_mode", ["STRAIGHT", "PREMUL", "CHANNEL_PACKED"])
def test_the_result_has_the_colors_of_the_engine_and_all_else_of_the_original(manner, stand_in, kind, alpha_mode):
    picture = colors()
    if kind == {"float_buffer": True} and alpha_mode != "CHANNEL_PACKED":
        picture[..., :3] *= picture[..., 3:]
    original = new_image("Original", picture, **kind)
    original.alpha_mode = alpha_mode
    before = stored(original)
    result = stylize(original)
    assert result.size[:] == original.size[:]
    assert result.is_float == original.is_float
    assert result.alpha_mode == (alpha_mode if kind or alpha_mode != "PREMUL" else "STRAIGHT")
    assert np.array_equal(stored(result)[..., 3], before[..., 3])
    visible = before[..., 3:] > 0.05
    assert np.abs((seen(result) - (1 - seen(original)))[..., :3] * visible).max() < BYTE / 100
    assert np.array_equal(stored(original), before)


@pytest.mark.parametrize("float_buffer", [False, True])
def test_strength_0_gives_the_original(scene, manner, stand_in, float_buffer):
    original = new_image("Original", np.clip(colors(), 0, 1), float_buffer=float_buffer)
    original.alpha_mode = "CHANNEL_PACKED"
    scene.maniera.stylize.strength = 0
    assert np.abs(seen(stylize(original)) - seen(original)).max() < 2 * BYTE


def test_the_render_is_repainted_as_it_looks_and_keeps_its_alpha(scene, manner, stand_in, tmp_path):
    scene.view_settings.view_transform = "AgX"
    render(scene)
    result = made_by(bpy.ops.maniera.stylize_render)
    wanted = saved_render(scene, tmp_path / "render.png")
    assert result.size[:] == (64, 36)
    shown = seen(result)
    assert np.abs(shown[..., 3] - wanted[..., 3]).max() < 1 / 65535
    assert np.abs((shown - (1 - wanted))[..., :3] * (wanted[..., 3:] == 1)).max() < BYTE / 100


def test_the_engine_is_asked_for_what_is_chosen(scene, manner, photo, stand_in):
    chosen = scene.maniera.stylize
    chosen.strength, chosen.brush, chosen.keep_color, chosen.quality, chosen.seed = 0.5, 2.0, True, "fine", 9
    stylize(photo)
    asked = json.loads(stand_in.told("request"))
    wanted = {"quality": "fine", "strength": 0.5, "brush": 2.0, "keep_color": True, "seed": 9}
    assert asked["settings"].items() >= wanted.items()
    assert asked["machine"] == {"device": "auto", "precision": "auto"}
    assert asked["styles"] == [{"reference": 0, "weight": 1.0}]
    assert asked["shapes"] == [[24, 40, 4], [8, 8, 4]]


def test_a_packed_result_is_there_when_the_file_is_opened_again(photo, stand_in, tmp_path):
    result = stylize(photo)
    name, numbers = result.name, stored(result)
    result.use_fake_user = True
    assert not result.is_dirty
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
    assert np.array_equal(stored(bpy.data.images[name]), numbers)
    assert sorted(path.name for path in tmp_path.glob("*.png")) == []


@pytest.mark.parametrize("float_buffer, suffix", [(False, ".png"), (True, ".exr")])
def test_a_saved_result_is_a_whole_file_and_replaces_no_other(scene, manner, stand_in, tmp_path, float_buffer, suffix):
    original = new_image("Wall/2", colors(), float_buffer=float_buffer)
    scene.maniera.output, scene.maniera.folder = "FILE", str(tmp_path / "new" / "folder")
    first, second = stylize(original), stylize(original)
    assert first.packed_file is None
    assert Path(first.filepath).name == f"2 - Wave{suffix}" or Path(first.filepath).name == f"Wall_2 - Wave{suffix}"
    assert {Path(first.filepath), Path(second.filepath)} == set((tmp_path / "new" / "folder").iterdir())
    assert np.array_equal(stored(first), stored(second))


def test_a_folder_beside_an_unsaved_file_is_refused(scene, photo, stand_in):
    scene.maniera.output = "FILE"
    assert "save that first" in refused(lambda: stylize(photo))


def test_a_folder_that_cannot_be_made_is_refused(scene, photo, stand_in, tmp_path):
    (tmp_path / "taken").touch()
    scene.maniera.output, scene.maniera.folder = "FILE", str(tmp_path / "taken")
    assert "choose another folder" in refused(lambda: stylize(photo))


def test_without_an_engine_the_button_says_what_to_do(photo, monkeypatch):
    monkeypatch.delenv("MANIERA_PYTHON", raising=False)
    assert "The engine is not set up: " in refused(lambda: stylize(photo))


def test_without_a_manner_the_button_says_what_to_do(scene, photo, stand_in):
    scene.maniera.reference = None
    assert "Choose a picture in whose manner to paint" in refused(lambda: stylize(photo))


def test_without_an_image_the_operator_says_what_to_do(manner, stand_in):
    assert refused(bpy.ops.maniera.stylize_image).startswith("There is no image in an Image Editor: ")
    call = bpy.ops.maniera.stylize_image
    assert refused(lambda: call(image_name="Nothing")).startswith("There is no image 'Nothing': ")


def test_without_a_render_the_operator_says_what_to_do(manner, stand_in):
    assert "render" in refused(bpy.ops.maniera.stylize_render)


def test_what_the_engine_refuses_is_one_sentence_and_the_next_job_works(photo, stand_in):
    stand_in.order("refuse")
    assert refused(lambda: stylize(photo)) == "The picture is upside down: turn it round."
    stand_in.release("refuse")
    stylize(photo)


class Meanwhile:
    """Does something while the engine is at work, which goes on until it is told to end, at the latest at the end."""

    def __init__(self, stand_in, act) -> None:
        self._stand_in, self._act = stand_in, act
        stand_in.order("stay")
        stand_in.release("pid")  # of an earlier job
        self._thread = threading.Thread(target=self._wait)

    def _wait(self) -> None:
        worker = int(self._stand_in.told("pid"))
        self._act(worker)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_) -> None:
        self._thread.join()
        self._stand_in.release("stay")


def test_a_killed_worker_is_one_report_and_the_next_job_works(photo, stand_in, capfd):
    with Meanwhile(stand_in, lambda worker: os.kill(worker, signal.SIGKILL)):
        told = refused(lambda: stylize(photo))
    assert told.startswith("The engine stopped unexpectedly (killed")
    assert capfd.readouterr().out.count("The engine stopped unexpectedly") == 1
    assert not bpy.context.window_manager.maniera.running
    stylize(photo)


def test_cancelling_keeps_nothing_and_the_next_job_works(photo, stand_in):
    before = set(bpy.data.images)
    with Meanwhile(stand_in, lambda _: bpy.ops.maniera.cancel()):
        assert bpy.ops.maniera.stylize_image(image_name=photo.name) == {"CANCELLED"}
    assert set(bpy.data.images) == before
    stylize(photo)


def test_an_original_that_was_removed_meanwhile_is_said_so(photo, stand_in):
    def remove(_) -> None:
        bpy.data.images.remove(photo)
        stand_in.release("stay")

    before = set(bpy.data.images) - {photo}
    with Meanwhile(stand_in, remove), pytest.raises(RuntimeError, match="'Photo.png' was removed while"):
        bpy.ops.maniera.stylize_image(image_name="Photo.png")
    assert set(bpy.data.images) == before


def test_a_second_job_is_refused_while_one_is_at_work(photo, stand_in):
    work = part("operators.jobs").Work(iter(()))
    try:
        assert "Maniera is at work" in refused(lambda: stylize(photo))
    finally:
        part("operators.jobs").Work.current = None
        del work
    stylize(photo)


def test_stop_engine_ends_the_worker_and_the_next_job_starts_another(photo, stand_in):
    stylize(photo)
    worker = stand_in.told("pid")
    assert is_alive(worker)
    bpy.ops.maniera.stop_engine()
    assert not is_alive(worker)
    assert not bpy.ops.maniera.stop_engine.poll()
    stylize(photo)


def test_one_undo_takes_the_result_away_again(photo, stand_in):
    bpy.ops.ed.undo_push(message="before")
    name = stylize(photo).name
    bpy.ops.ed.undo_push(message="after")
    bpy.ops.ed.undo()
    assert name not in bpy.data.images
    assert "Photo.png" in bpy.data.images
