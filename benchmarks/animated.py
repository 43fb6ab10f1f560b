# SPDX-License-Identifier: GPL-3.0-or-later
"""Three short animations made by code, rendered with all passes: moving things, a moving camera, turning lights.

    BLENDER_PYTHON benchmarks/animated.py [--scenes things,camera,lights,eevee] [--frames 24] [--size 384x216]

Writes out/sequences/SCENE/####.exr (multilayer) and view.json beside them; frames that are there are kept.
"""

import argparse
import json
import math
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path

import bpy
import landscape
import still_life
from mathutils import Vector
from stage import aim

OUT = Path(__file__).parents[1] / "out" / "sequences"
SAMPLES = 8


def things(last: int) -> bpy.types.Scene:
    """Things on a table that slide, turn and fall past each other before a camera that stands still."""
    scene = still_life.build(7, [], [])
    rng = random.Random(7)
    roots = [item for item in scene.objects if item.type == "EMPTY"]
    for root in roots[::2]:
        away = Vector((rng.uniform(-1.6, 1.6), rng.uniform(-0.9, 0.9), 0))
        _move(root, "location", root.location.copy(), root.location + away, last)
        spin = Vector((0, 0, rng.uniform(-1.2, 1.2)))
        _move(root, "rotation_euler", Vector(root.rotation_euler), Vector(root.rotation_euler) + spin, last)
    falling = roots[5]
    _move(falling, "location", falling.location + Vector((0, -1, 2.2)), falling.location + Vector((0, -1, 0.1)), last)
    return scene


def camera(last: int) -> bpy.types.Scene:
    """A valley past which the camera travels: near trees uncover what lies behind them."""
    scene = landscape.build()
    eye = scene.camera
    side = eye.matrix_world.to_quaternion() @ Vector((1, 0, -0.35))
    _move(eye, "location", eye.location.copy(), eye.location + 5.0 * side, last)
    turned = Vector(eye.rotation_euler) + Vector((0, 0, math.radians(4)))
    _move(eye, "rotation_euler", Vector(eye.rotation_euler), turned, last)
    return scene


def lights(last: int) -> bpy.types.Scene:
    """Things on a table round which the lamps turn: shadows wander, nothing else moves."""
    scene = still_life.build(19, [], [])
    for index, lamp in enumerate(item for item in scene.objects if item.type == "LIGHT"):
        for frame in range(1, last + 1):
            turn = math.radians(30) * (frame - 1) / (last - 1) * (-1) ** index
            at = Vector((math.cos(0.6 + index * 2 + turn), -math.sin(0.6 + index * 2 + turn), 0)) * 4
            lamp.location = (at.x, at.y, 4.0)
            aim(lamp, (0, 0, 0.5))
            lamp.keyframe_insert("location", frame=frame)
            lamp.keyframe_insert("rotation_euler", frame=frame)
    return scene


def eevee(last: int) -> bpy.types.Scene:
    """The moving things as EEVEE shows them."""
    scene = things(last)
    try:
        scene.render.engine = "BLENDER_EEVEE"
    except TypeError:  # its name in 4.2 to 4.5
        scene.render.engine = "BLENDER_EEVEE_NEXT"
    scene.eevee.taa_render_samples = SAMPLES
    return scene


SCENES: dict[str, Callable[[int], bpy.types.Scene]] = {f.__name__: f for f in (things, camera, lights, eevee)}


def _move(item: bpy.types.Object, path: str, start: Vector, end: Vector, last: int) -> None:
    for frame, value in ((1, start), (last, end)):
        setattr(item, path, value)
        item.keyframe_insert(path, frame=frame)


def passes(scene: bpy.types.Scene) -> None:
    """Turn on what coherent repainting looks at, and write it all into multilayer EXR files."""
    layer = scene.view_layers[0]
    layer.use_pass_z = layer.use_pass_vector = layer.use_pass_position = layer.use_pass_object_index = True
    for index, item in enumerate(scene.objects, 1):
        item.pass_index = index
    form = scene.render.image_settings
    if bpy.app.version >= (5, 0, 0):
        form.media_type = "MULTI_LAYER_IMAGE"
    form.file_format, form.color_depth, form.exr_codec = "OPEN_EXR_MULTILAYER", "32", "ZIP"


def view(scene: bpy.types.Scene) -> dict[str, object]:
    """How Blender shows the scene, as the command `sequence` reads it."""
    shown = scene.view_settings
    config = Path(bpy.utils.system_resource("DATAFILES")) / "colormanagement" / "config.ocio"
    return {
        "config": str(config),
        "display": scene.display_settings.display_device,
        "view": shown.view_transform,
        "look": shown.look,
        "exposure": shown.exposure,
        "gamma": shown.gamma,
    }


def render(name: str, last: int, size: tuple[int, int]) -> None:
    """Render what is not there yet of one animation."""
    bpy.context.preferences.edit.keyframe_new_interpolation_type = "LINEAR"
    scene = SCENES[name](last)
    passes(scene)
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "view.json").write_text(json.dumps(view(scene), indent=1))
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.cycles.samples, scene.cycles.use_animated_seed = SAMPLES, True
    for frame in range(1, last + 1):
        target = folder / f"{frame:04d}.exr"
        if target.exists():
            continue
        scene.frame_set(frame)
        scene.render.filepath = str(folder / "unfinished.exr")
        bpy.ops.render.render(write_still=True)
        os.replace(scene.render.filepath, target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", default=",".join(SCENES))
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--size", default="384x216")
    given = parser.parse_args()
    for name in given.scenes.split(","):
        render(name, given.frames, tuple(map(int, given.size.split("x"))))
    sys.stdout.flush()
    os._exit(0)  # Blender 4.5 hangs at its end once it has rendered with Cycles


if __name__ == "__main__":
    main()
