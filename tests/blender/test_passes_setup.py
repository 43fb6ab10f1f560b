# SPDX-License-Identifier: GPL-3.0-or-later
"""Set Up Passes turns on what lets strokes follow the motion, says what it has changed, and changes nothing else."""

import subprocess

import bpy
import pytest

from tests.blender.extension import part
from tests.blender.scenes import moving_plane

NEEDED = ("use_pass_vector", "use_pass_z", "use_pass_cryptomatte_object")


@pytest.fixture
def passes(installed):
    return part("operators.passes")


def test_all_that_is_needed_is_turned_on_and_named(scene, passes):
    moving_plane(scene)
    layer = scene.view_layers[0]
    changed = passes.set_up(scene)
    assert all(getattr(layer, name) for name in NEEDED)
    assert scene.render.image_settings.file_format == "OPEN_EXR_MULTILAYER"
    assert changed == [
        "2 Cryptomatte levels",
        "pass Vector",
        "pass Depth",
        "pass Cryptomatte Object",
        "output as OpenEXR MultiLayer",
    ]
    assert passes.are_set_up(scene)


def test_what_is_on_already_is_not_named(scene, passes):
    moving_plane(scene)
    scene.view_layers[0].use_pass_z = True
    assert not passes.are_set_up(scene)
    assert "pass Depth" not in passes.set_up(scene)
    assert passes.set_up(scene) == []


def test_a_compression_that_the_artist_has_chosen_stays(scene, passes):
    moving_plane(scene)
    passes.set_up(scene)
    scene.render.image_settings.exr_codec = "PIZ"
    passes.set_up(scene)
    assert scene.render.image_settings.exr_codec == "PIZ"


def test_one_undo_takes_everything_back(scene):
    moving_plane(scene)
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.maniera.set_up_passes() == {"FINISHED"}
    bpy.ops.ed.undo_push(message="after")
    bpy.ops.ed.undo()
    scene = bpy.context.scene
    assert not any(getattr(scene.view_layers[0], name) for name in NEEDED)
    assert scene.render.image_settings.file_format == "PNG"


def test_workbench_is_told_to_be_another_engine(scene):
    scene.render.engine = "BLENDER_WORKBENCH"
    with pytest.raises(RuntimeError, match="Workbench renders no motion vectors: choose Cycles or EEVEE"):
        bpy.ops.maniera.set_up_passes()


def test_eevee_with_motion_blur_is_told_to_render_twice(scene, capfd):
    scene.render.engine = "BLENDER_EEVEE" if bpy.app.version >= (5, 0, 0) else "BLENDER_EEVEE_NEXT"
    scene.render.use_motion_blur = True
    bpy.ops.maniera.set_up_passes()
    assert not scene.render.use_motion_blur
    assert len(scene.view_layers) == 1
    assert "once more with motion blur" in capfd.readouterr().out


def test_the_panel_tells_how_to_get_vectors_of_what_is_blurred(scene, passes):
    moving_plane(scene)
    assert passes.advice(scene) == ["Strokes cannot follow the motion yet"]
    passes.set_up(scene)
    assert passes.advice(scene) == []
    scene.camera.data.dof.use_dof = True
    recipe = ["1. Without it, into another folder", "2. Motion Vectors: choose a frame there"]
    recipe.append("3. With it, to repaint these frames")
    assert passes.advice(scene) == ["Depth of field blurs vectors: render twice", *recipe]
    scene.camera.data.dof.use_dof = False
    scene.render.engine = "BLENDER_EEVEE" if bpy.app.version >= (5, 0, 0) else "BLENDER_EEVEE_NEXT"
    scene.render.use_motion_blur = True
    assert passes.advice(scene)[-4:] == ["No vectors with motion blur: render twice", *recipe]
    scene.maniera.shot.vectors = "//without/0001.exr"
    assert passes.advice(scene) == []
    scene.maniera.shot.vectors, scene.maniera.sequence.coherence = "", "flow"
    assert passes.advice(scene) == []


def test_cycles_renders_motion_and_its_blur_in_one_go(scene, passes, engine_python, tmp_path):
    """What is blurred has no vectors: they come from a layer of their own."""
    moving_plane(scene)
    scene.render.use_motion_blur = True
    scene.view_layers[0].layer_collection.children[0].exclude = True
    changed = passes.set_up(scene)
    layer = scene.view_layers["Maniera Motion"]
    assert scene.render.use_motion_blur and not scene.view_layers[0].use_pass_vector
    assert changed[0] == "a view layer 'Maniera Motion' without motion blur"
    assert layer.layer_collection.children[0].exclude
    assert passes.are_set_up(scene)
    scene.render.filepath = str(tmp_path / "####")
    scene.frame_start = scene.frame_end = 2
    bpy.ops.render.render(animation=True)
    assert largest(engine_python, tmp_path / "0002.exr", "Maniera Motion.Vector.X") > 3


def largest(python, path, channel):
    """The largest number in a channel of an EXR file, without its sign."""
    read = """if True:
        import sys, OpenImageIO
        file, part = OpenImageIO.ImageInput.open(sys.argv[1]), 0
        while file.seek_subimage(part, 0):
            names = file.spec().channelnames
            if sys.argv[2] in names:
                print(abs(file.read_image(part, 0, 0, len(names), "float")[..., names.index(sys.argv[2])]).max())
            part += 1"""
    told = subprocess.run([python, "-c", read, path, channel], capture_output=True, text=True, check=True)
    return float(told.stdout)
