# SPDX-License-Identifier: GPL-3.0-or-later
"""Stylize Animation: which frames are asked for, and what becomes of them."""

import json
import threading
import time
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.blender.extension import part
from tests.blender.pixels import stored
from tests.blender.test_stylize import refused

BYTE = 1 / 255


@pytest.fixture
def shot(scene, manner, tmp_path):
    """Rendered frames 3 to 8, as far as the stand-in looks at them."""
    scene.frame_start, scene.frame_end = 3, 8
    scene.render.filepath = str(tmp_path / "render" / "scene_####")
    (tmp_path / "render").mkdir()
    for number in range(3, 9):
        (tmp_path / "render" / f"scene_{number:04}.png").touch()
    return tmp_path / "render"


def asked(stand_in) -> dict:
    return json.loads(stand_in.told("requests").splitlines()[-1])


def stylize(reports=()) -> None:
    assert bpy.ops.maniera.stylize_animation() == {"FINISHED"}


@pytest.mark.parametrize(
    "written, pattern",
    [
        ("scene_####", "scene_####.png"),
        ("scene_######_left", "scene_######_left.png"),
        ("shot10_", "shot10_####.png"),
        ("10", "10####.png"),
        ("##", "##.png"),
    ],
)
def test_the_names_of_the_rendered_frames_are_known(scene, tmp_path, written, pattern):
    scene.render.filepath = str(tmp_path / written)
    assert part("operators.shot").render_pattern(scene) == str(tmp_path / pattern)


def test_a_template_in_the_output_path_is_filled_in(scene, tmp_path):
    if bpy.app.version < (5, 0, 0):
        pytest.skip("Blender 4.5 has no templates in paths")
    scene.render.filepath = str(tmp_path / "{resolution_x}_####")
    assert part("operators.shot").render_pattern(scene) == str(tmp_path / "1920_####.png")


def test_the_engine_is_asked_for_the_scenes_frames_as_chosen(scene, shot, stand_in):
    scene.maniera.sequence.coherence, scene.maniera.sequence.warmup = "flow", 8
    scene.maniera.stylize.strength = 0.5
    scene.frame_step = 2
    scene.view_settings.view_transform, scene.view_settings.exposure = "AgX", 0.5
    stylize()
    request = asked(stand_in)
    assert request["input"] == str(shot / "scene_####.png")
    assert request["output"] == str(shot / "stylized" / "scene_####.png")
    assert request["frames"] == request["shot"] == "3-8x2"
    assert request["sequence"] == {"coherence": "flow", "warmup": 8, "depth": "8", "skip_existing": False}
    assert request["settings"]["strength"] == 0.5
    assert not {"vectors", "key"} & set(request)
    view = json.loads(Path(request["view"]).read_text())
    assert Path(view.pop("config")).name == "config.ocio"
    assert view == {"display": "sRGB", "view": "AgX", "look": "None", "exposure": 0.5, "gamma": 1.0}
    (style,) = request["styles"]
    assert bpy.data.images.load(style["path"]).size[:] == scene.maniera.reference.size[:]


def test_a_style_of_the_library_is_named_by_its_file(scene, shot, stand_in):
    scene.maniera.source = "LIBRARY"
    stylize()
    assert asked(stand_in)["styles"][0]["path"].endswith(".safetensors")


def test_other_frames_can_be_named_by_any_one_of_them(scene, shot, stand_in, tmp_path):
    scene.maniera.shot.rendered = str(shot / "scene_0005.png")
    scene.maniera.shot.vectors = str(tmp_path / "passes" / "v2_007.exr")
    scene.maniera.shot.folder = str(tmp_path / "painted")
    scene.maniera.shot.file_format = "OPEN_EXR"
    scene.maniera.shot.use_range, scene.maniera.shot.first, scene.maniera.shot.last = True, 4, 5
    scene.maniera.shot.use_key, scene.maniera.shot.key = True, 5
    stylize()
    request = asked(stand_in)
    assert request["input"] == str(shot / "scene_####.png")
    assert request["vectors"] == str(tmp_path / "passes" / "v2_###.exr")
    assert request["output"] == str(tmp_path / "painted" / "scene_####.exr")
    assert (request["frames"], request["key"]) == ("4-5", 5)


def test_the_result_is_one_image_sequence_that_the_compositor_can_show(scene, shot, stand_in):
    stylize()
    image = bpy.data.images["stylized - Wave"]
    assert image.source == "SEQUENCE" and image.colorspace_settings.name == "sRGB"
    assert bpy.ops.maniera.show_in_compositor() == {"FINISHED"}
    stylize()
    assert sum(image.source == "SEQUENCE" for image in bpy.data.images) == 1


def test_each_frame_of_the_scene_shows_its_own_picture_in_the_compositor(scene, shot, stand_in, tmp_path):
    stylize()
    bpy.ops.maniera.show_in_compositor()
    scene.render.engine, scene.render.resolution_x, scene.render.resolution_y = "BLENDER_WORKBENCH", 64, 36
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    scene.render.filepath, scene.render.dither_intensity = str(tmp_path / "comp_"), 0
    scene.frame_start = 7
    bpy.ops.render.render(animation=True)
    for number in (7, 8):
        seen = stored(bpy.data.images.load(str(tmp_path / f"comp_{number:04}.png")))
        assert np.abs(seen[..., :3] - number / 255).max() < BYTE / 2


def test_frames_keep_the_scenes_view_while_the_compositor_shows_them(scene, shot, stand_in):
    scene.view_settings.view_transform = "AgX"
    stylize()
    bpy.ops.maniera.show_in_compositor()
    assert scene.view_settings.view_transform == "Standard"
    stylize()
    assert json.loads(Path(asked(stand_in)["view"]).read_text())["view"] == "AgX"


def test_finished_frames_are_skipped_when_asked(scene, shot, stand_in):
    scene.frame_end = 4
    stylize()
    scene.frame_end, scene.maniera.sequence.skip_existing = 8, True
    times = {path: path.stat().st_mtime_ns for path in (shot / "stylized").glob("scene_*")}
    stylize()
    assert all(path.stat().st_mtime_ns == before for path, before in times.items())
    assert len(list((shot / "stylized").glob("scene_*"))) == 6


def test_a_frame_that_is_missing_is_named_and_the_others_are_painted(scene, shot, stand_in, capfd):
    (shot / "scene_0005.png").unlink()
    stylize()
    told = capfd.readouterr().out
    assert "There is no frame 5: render it." in told
    assert "Frames: 5 repainted, 1 failed" in told
    assert not (shot / "stylized" / "scene_0005.png").exists()


def test_cancelling_keeps_what_is_done(scene, shot, stand_in, capfd):
    shown = bpy.context.window_manager.maniera

    def cancel() -> None:
        while "frames/s" not in shown.text:
            time.sleep(0.01)
        told.append(shown.text)
        bpy.ops.maniera.cancel()

    told = []
    stand_in.order("stay-6")
    canceller = threading.Thread(target=cancel)
    canceller.start()
    assert bpy.ops.maniera.stylize_animation() == {"CANCELLED"}
    canceller.join()
    assert told[0].startswith("Frame 6, ")
    stand_in.release("stay-6")
    assert sorted(path.name for path in (shot / "stylized").glob("scene_*")) == [f"scene_{n:04}.png" for n in (3, 4, 5)]
    assert "Stopped: finished frames are kept" in capfd.readouterr().out
    scene.maniera.sequence.skip_existing = True
    stylize()
    assert len(list((shot / "stylized").glob("scene_*"))) == 6


def test_what_cannot_be_repainted_is_said_before_anything_is_done(scene, shot, stand_in):
    call = bpy.ops.maniera.stylize_animation
    chosen = scene.maniera.shot
    chosen.folder = str(shot)
    assert "not overwritten: choose another folder" in refused(call)
    chosen.folder, chosen.rendered = "", str(shot / "still.png")
    assert "has no frame number in its name" in refused(call)
    chosen.rendered, chosen.folder = "", "//painted"
    assert "save that first" in refused(call)
    chosen.folder, chosen.use_range, chosen.first, chosen.last = "", True, 9, 2
    assert "choose a last frame behind the first" in refused(call)
    if hasattr(scene.render.image_settings, "media_type"):
        scene.render.image_settings.media_type = "VIDEO"
    scene.render.image_settings.file_format = "FFMPEG"
    assert "renders a movie: choose a picture format" in refused(call)
    assert not (stand_in.folder / "requests").exists()


def test_a_view_that_frames_cannot_be_shown_through_is_told(scene, shot, stand_in, capfd):
    scene.view_settings.use_curve_mapping = True
    stylize()
    assert "Curves and white balance of the view are not applied" in capfd.readouterr().out


def test_the_frames_become_a_strip_in_a_scene_of_their_own(scene, shot, stand_in):
    (shot / "scene_0005.png").unlink()
    stylize()
    strips = len(scene.sequence_editor.strips) if scene.sequence_editor else 0
    assert bpy.ops.maniera.add_to_sequencer() == {"FINISHED"}
    made = bpy.data.scenes["Scene Stylized"]
    (strip,) = made.sequence_editor.strips
    assert (strip.frame_final_start, strip.frame_final_end) == (3, 9)
    assert [int(element.filename[6:10]) for element in strip.elements] == [3, 4, 4, 6, 7, 8]
    assert made.view_settings.view_transform == "Standard"
    assert (made.render.resolution_x, made.render.resolution_y) == (64, 36)
    assert (len(scene.sequence_editor.strips) if scene.sequence_editor else 0) == strips
    bpy.ops.maniera.add_to_sequencer()
    assert len(made.sequence_editor.strips) == 2


def test_the_frames_become_a_movie_that_shows_them(scene, shot, stand_in, tmp_path):
    stylize()
    scene.render.fps, scenes = 12, len(bpy.data.scenes)
    assert bpy.ops.maniera.make_movie() == {"FINISHED"}
    assert len(bpy.data.scenes) == scenes
    movie = bpy.data.movieclips.load(str(shot / "stylized" / "scene.mp4"))
    assert (movie.frame_duration, movie.size[:], movie.fps) == (6, (64, 36), 12)
    assert sorted(path.suffix for path in (shot / "stylized").iterdir()).count(".mp4") == 1


def test_without_repainted_frames_there_is_neither_strip_nor_movie(scene, shot):
    scenes = len(bpy.data.scenes)
    for call in (bpy.ops.maniera.add_to_sequencer, bpy.ops.maniera.make_movie):
        assert "press Stylize Animation first" in refused(call)
    assert len(bpy.data.scenes) == scenes
