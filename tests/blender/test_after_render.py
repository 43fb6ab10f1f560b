# SPDX-License-Identifier: GPL-3.0-or-later
"""Stylize After Render: every rendered frame is repainted, and nothing of it stops the render."""

import json
import subprocess
import sys

import bpy
import pytest

from tests.blender.extension import MODULE
from tests.blender.scenes import moving_plane


@pytest.fixture
def film(scene, manner, tmp_path):
    """A scene of three frames with the switch on; returns where its frames go."""
    moving_plane(scene)
    scene.render.filepath = str(tmp_path / "film" / "####")
    scene.maniera.shot.after_render = True
    return tmp_path / "film"


def render() -> None:
    assert bpy.ops.render.render(animation=True) == {"FINISHED"}


def painted(folder) -> list[str]:
    return sorted(path.name for path in (folder / "stylized").glob("????.png"))


def requests(stand_in) -> list[dict]:
    return [json.loads(line) for line in stand_in.told("requests").splitlines()]


def notice() -> str:
    return bpy.context.window_manager.maniera.notice


def test_the_render_ends_with_every_frame_repainted(film, stand_in):
    render()
    assert painted(film) == ["0001.png", "0002.png", "0003.png"]
    asked = requests(stand_in)
    assert [request["frames"] for request in asked] == ["1", "2", "3"]
    assert {request["shot"] for request in asked} == {"1-3"}
    assert bpy.data.images["stylized - Wave"].source == "SEQUENCE"
    assert not bpy.context.window_manager.maniera.running


def test_a_frame_that_is_rendered_again_is_repainted_again(scene, film, stand_in):
    scene.maniera.sequence.skip_existing = True
    render()
    first = (film / "stylized" / "0002.png").stat().st_mtime_ns
    scene.frame_start = scene.frame_end = 2
    render()
    assert (film / "stylized" / "0002.png").stat().st_mtime_ns > first


def test_a_change_in_the_midst_of_a_render_waits_for_the_next(scene, film, stand_in):
    def change(scene, _) -> None:
        scene.maniera.stylize.strength = 0.1

    bpy.app.handlers.render_post.append(change)
    try:
        render()
    finally:
        bpy.app.handlers.render_post.remove(change)
    assert len({request["settings"]["strength"] for request in requests(stand_in)[1:]}) == 1


def test_a_view_that_frames_cannot_be_shown_through_is_told(scene, film, stand_in):
    scene.view_settings.use_curve_mapping = True
    render()
    assert len(painted(film)) == 3
    assert notice().startswith("Curves and white balance of the view are not applied to frames")


def test_without_the_switch_nothing_is_asked(scene, film, stand_in):
    scene.maniera.shot.after_render = False
    render()
    assert not (stand_in.folder / "requests").exists()


def test_a_frame_that_fails_is_reported_and_the_others_are_painted(film, stand_in):
    def spoil(scene, _) -> None:
        if scene.frame_current == 2:
            (film / "0002.png").unlink()

    bpy.app.handlers.render_write.insert(0, spoil)
    try:
        render()
    finally:
        bpy.app.handlers.render_write.remove(spoil)
    assert painted(film) == ["0001.png", "0003.png"]
    assert notice() == "Frame 2 was not repainted: There is no frame 2: render it."


def test_an_engine_that_refuses_does_not_stop_the_render(film, stand_in):
    stand_in.order("refuse")
    render()
    assert len(list(film.glob("*.png"))) == 3
    assert "The picture is upside down: turn it round." in notice()


def test_without_an_engine_the_render_goes_on_and_says_why(film, monkeypatch, capfd):
    monkeypatch.delenv("MANIERA_PYTHON", raising=False)
    render()
    assert len(list(film.glob("*.png"))) == 3
    assert notice().startswith("The engine is not set up: ")
    assert capfd.readouterr().err.count("The engine is not set up: ") == 1


def test_a_movie_is_said_to_have_no_frames(scene, film, stand_in):
    if hasattr(scene.render.image_settings, "media_type"):
        scene.render.image_settings.media_type = "VIDEO"
    scene.render.image_settings.file_format = "FFMPEG"
    render()
    assert notice() == "The scene renders a movie: choose a picture format in the output properties."


def test_what_is_repainted_already_is_not_repainted_again(film, stand_in):
    render()
    bpy.ops.maniera.show_in_compositor()
    render()
    assert len(requests(stand_in)) == 3
    assert notice().startswith("The compositor shows repainted pictures: ")


@pytest.mark.parametrize("written", [False, True])
def test_a_still_picture_is_repainted_as_stylize_render_does(scene, film, stand_in, written):
    scene.frame_set(2)
    bpy.ops.render.render(write_still=written)
    assert bpy.data.images["Render - Wave"].size[:] == (64, 36)
    assert not (stand_in.folder / "requests").exists()


def test_a_still_picture_that_cannot_be_repainted_is_told(scene, film, stand_in):
    stand_in.order("refuse")
    bpy.ops.render.render()
    assert notice() == "The picture is upside down: turn it round."


def test_rendering_a_file_on_the_command_line_gives_repainted_frames(scene, film, stand_in, tmp_path):
    """`blender -b film.blend -a`, with Blender's program where there is one, else as its module."""
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    program = bpy.app.binary_path
    script = f"""
import bpy, os
bpy.ops.preferences.addon_enable(module={MODULE!r})
bpy.ops.wm.open_mainfile(filepath={str(tmp_path / "film.blend")!r})
bpy.ops.render.render(animation=True)
bpy.ops.maniera.stop_engine()
os._exit(0)
"""
    blender = [program, "-b", "--addons", MODULE, str(tmp_path / "film.blend"), "-a"]
    if not program:
        blender = [sys.executable, "-c", script]
    done = subprocess.run(blender, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert painted(film) == ["0001.png", "0002.png", "0003.png"], done.stdout + done.stderr
    assert "3 frames are repainted in" in done.stderr
