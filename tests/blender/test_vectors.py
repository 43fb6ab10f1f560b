# SPDX-License-Identifier: GPL-3.0-or-later
"""The Vector pass as Blender renders it: its signs and its order, and what it tells where the camera is another."""

import json
import subprocess
from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

ROOT = Path(__file__).parents[2]
SIZE = (96, 54)
ENGINES = {"cycles": ("CYCLES",), "eevee": ("BLENDER_EEVEE", "BLENDER_EEVEE_NEXT")}
ON_THE_PLANE = [Vector((x, y, 0)) for x in (-0.6, 0, 0.6) for y in (-0.6, 0, 0.6)]
READ = """
import json, sys
from pathlib import Path
import torch
from core.engine import motion, renders, view
render = renders.read(Path(sys.argv[1]), view.View(), motion.WANTED)
guides = motion.Guides.of(render, torch.device("cpu"))
print(json.dumps([guides.back[0].tolist(), guides.ahead[0].tolist()]))
"""
CUTS = """
import json, sys
from pathlib import Path
import torch
from core.engine import cuts, motion, renders, tensors, view
files = sorted(Path(sys.argv[1]).iterdir())
frames = [renders.read(file, view.View(), motion.WANTED) for file in files]
light = [tensors.to_batch(frame.picture.pixels, torch.device("cpu")) for frame in frames]
guides = [motion.Guides.of(frame, torch.device("cpu")) for frame in frames]
found = []
for here, there in zip(range(1, len(files)), range(len(files))):
    moved = motion.from_passes(guides[here], guides[there], 1)
    found.append(cuts.is_cut(light[here], light[there], moved, known=guides[here].tell_apart))
print(json.dumps(found))
"""


def moving(scene: bpy.types.Scene) -> bpy.types.Object:
    """A plane and a camera that both move, unevenly and in all directions, in frames 1 to 3."""
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    camera = scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    bpy.ops.mesh.primitive_plane_add(size=2)
    plane = bpy.context.object
    places = {1: ((-0.4, 0.2, 0), (0.1, 0, 5)), 2: ((0.1, 0, 0), (0, 0, 4.8)), 3: ((0.3, -0.5, 0.2), (-0.3, 0.1, 4.7))}
    for frame, (plane.location, camera.location) in places.items():
        plane.keyframe_insert("location", frame=frame)
        camera.keyframe_insert("location", frame=frame)
    return plane


def seen(scene: bpy.types.Scene, plane: bpy.types.Object, frame: int) -> np.ndarray:
    """Where the places on the plane are in the picture: x to the right and y down, the first pixel's middle at 0, 0."""
    scene.frame_set(frame)
    views = [world_to_camera_view(scene, scene.camera, plane.matrix_world @ place) for place in ON_THE_PLANE]
    return np.array([(v.x * SIZE[0] - 0.5, (1 - v.y) * SIZE[1] - 0.5) for v in views])


def set_up(scene: bpy.types.Scene, engine: str, path: Path) -> None:
    """Have frames rendered with their motion into multilayer EXR files."""
    for name in ENGINES[engine]:
        try:
            scene.render.engine = name
            break
        except TypeError:
            continue
    scene.cycles.samples = scene.eevee.taa_render_samples = 4
    layer, form = scene.view_layers[0], scene.render.image_settings
    layer.use_pass_vector = layer.use_pass_z = True
    if bpy.app.version >= (5, 0, 0):
        form.media_type = "MULTI_LAYER_IMAGE"
    form.file_format, form.color_depth = "OPEN_EXR_MULTILAYER", "32"
    scene.render.filepath = str(path)


def told(python: str, script: str, path: Path) -> list:
    """What a script for the engine's Python says of files."""
    command = [python, "-c", script, str(path)]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


@pytest.mark.parametrize("engine", ["cycles", pytest.param("eevee", marks=pytest.mark.slow)])
def test_vectors_lead_to_where_things_were_and_will_be(scene, engine_python, tmp_path, engine):
    plane = moving(scene)
    before, now, after = (seen(scene, plane, frame) for frame in (1, 2, 3))
    set_up(scene, engine, tmp_path / "render.exr")
    scene.frame_set(2)
    bpy.ops.render.render(write_still=True)
    back, ahead = np.array(told(engine_python, READ, tmp_path / "render.exr"))
    columns, rows = now.round().astype(int).T
    assert np.abs(before - now).min() > 0.5  # else a wrong sign would not show
    assert np.abs(back[:, rows, columns].T - (before - now)).max() < 0.3
    assert np.abs(ahead[:, rows, columns].T - (after - now)).max() < 0.3


def yard(scene: bpy.types.Scene) -> None:
    """Blocks on a floor under the sun, and two cameras beside each other: the second takes over in frame 3."""
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy, sun.rotation_euler = 3, (0.6, 0.3, 0)
    scene.collection.objects.link(sun)
    bpy.ops.mesh.primitive_plane_add(size=60)
    for number in range(14):
        place = (3.1 * number % 13 - 6, 4.7 * number % 13 - 6, 0.5)
        bpy.ops.mesh.primitive_cube_add(size=0.6 + number % 5 / 3, location=place, rotation=(0, 0, number))
    for frame, place in ((1, (0, -14, 4)), (3, (4, -13, 4))):
        camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
        scene.collection.objects.link(camera)
        for last, aside in ((1, 0), (5, 0.2)):
            camera.location = Vector(place) + Vector((aside, 0, 0))
            camera.rotation_euler = (-Vector(place)).to_track_quat("-Z", "Y").to_euler()
            camera.keyframe_insert("location", frame=last)
        scene.timeline_markers.new("Cut", frame=frame).camera = scene.camera = camera


def test_a_cut_between_cameras_is_found_though_vectors_know_nothing_of_it(scene, engine_python, tmp_path):
    yard(scene)
    set_up(scene, "cycles", tmp_path / "cut" / "####")
    scene.view_layers[0].use_pass_cryptomatte_object = True
    scene.frame_start, scene.frame_end = 1, 4
    bpy.ops.render.render(animation=True)
    assert told(engine_python, CUTS, tmp_path / "cut") == [False, True, False]
