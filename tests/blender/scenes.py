# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests render."""

import bpy


def moving_plane(scene: bpy.types.Scene, last: int = 3) -> None:
    """A lit plane that moves from the middle to the right in frames 1 to `last`: 64 x 36 pixels, Cycles, one sample."""
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.render.resolution_x, scene.render.resolution_y = 64, 36
    scene.frame_start, scene.frame_end = 1, last
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.camera.location.z = 4
    holder = bpy.data.collections.new("Things")
    scene.collection.children.link(holder)
    scene.collection.objects.link(scene.camera)
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy = 5
    scene.collection.objects.link(sun)
    bpy.ops.mesh.primitive_plane_add(size=2)
    plane = bpy.context.object
    plane.keyframe_insert("location", frame=1)
    plane.location.x = 1
    plane.keyframe_insert("location", frame=last)
