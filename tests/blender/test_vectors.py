# SPDX-License-Identifier: GPL-3.0-or-later
"""The Vector pass as Blender renders it, against the motion that camera and objects make: its signs and its order."""

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


def render(scene: bpy.types.Scene, engine: str, path: Path) -> None:
    """Render the second frame with its motion into a multilayer EXR file."""
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
    scene.frame_set(2)
    bpy.ops.render.render(write_still=True)


@pytest.mark.parametrize("engine", ["cycles", pytest.param("eevee", marks=pytest.mark.slow)])
def test_vectors_lead_to_where_things_were_and_will_be(scene, engine_python, tmp_path, engine):
    plane = moving(scene)
    before, now, after = (seen(scene, plane, frame) for frame in (1, 2, 3))
    render(scene, engine, tmp_path / "render.exr")
    command = [engine_python, "-c", READ, str(tmp_path / "render.exr")]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    back, ahead = np.array(json.loads(told))
    columns, rows = now.round().astype(int).T
    assert np.abs(before - now).min() > 0.5  # else a wrong sign would not show
    assert np.abs(back[:, rows, columns].T - (before - now)).max() < 0.3
    assert np.abs(ahead[:, rows, columns].T - (after - now)).max() < 0.3
