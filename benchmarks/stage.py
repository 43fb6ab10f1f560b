# SPDX-License-Identifier: GPL-3.0-or-later
"""What every scene made from code needs: an empty stage, meshes, materials, light, a camera, a render."""

import math
from collections.abc import Sequence
from pathlib import Path

import bpy
from mathutils import Vector

Color = tuple[float, float, float]
"""Scene-linear."""


def clear(seed: int = 0) -> bpy.types.Scene:
    """An empty scene that Cycles renders on the processor, with denoising."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.use_denoising = True
    scene.cycles.seed = seed
    scene.cycles.max_bounces = 3
    scene.cycles.caustics_reflective = scene.cycles.caustics_refractive = False
    return scene


def render(scene: bpy.types.Scene, path: Path, size: tuple[int, int], samples: int) -> None:
    """Render the scene into a PNG or JPEG file, as wide and high as `size`."""
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    scene.cycles.samples = samples
    scene.render.image_settings.file_format = "PNG" if path.suffix == ".png" else "JPEG"
    scene.render.image_settings.quality = 95
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


def place(
    data: bpy.types.ID | None, at: Sequence[float], *, turn: float = 0.0, scale: float | Sequence[float] = 1.0
) -> bpy.types.Object:
    """An object of `data` in the scene, turned by `turn` radians about the vertical."""
    item = bpy.data.objects.new(data.name if data else "Empty", data)
    item.location = at
    item.rotation_euler.z = turn
    item.scale = (scale,) * 3 if isinstance(scale, int | float) else scale
    bpy.context.collection.objects.link(item)
    return item


def aim(item: bpy.types.Object, target: Sequence[float]) -> None:
    """Turn a camera or lamp towards a point."""
    item.rotation_euler = (Vector(target) - item.location).to_track_quat("-Z", "Y").to_euler()


def camera(at: Sequence[float], target: Sequence[float], lens_mm: float = 35.0) -> bpy.types.Object:
    """The scene's camera."""
    data = bpy.data.cameras.new("Camera")
    data.lens = lens_mm
    data.clip_end = 2000
    item = place(data, at)
    aim(item, target)
    bpy.context.scene.camera = item
    return item


def sun(height: float, heading: float, strength: float, color: Color) -> bpy.types.Object:
    """A sun `height` radians above the horizon, in the direction `heading` (0 is +x, counterclockwise)."""
    data = bpy.data.lights.new("Sun", "SUN")
    data.energy, data.color, data.angle = strength, color, math.radians(2)
    item = place(data, (0, 0, 50))
    across = math.cos(height)
    away = Vector((across * math.cos(heading), across * math.sin(heading), math.sin(height)))
    aim(item, item.location - away)
    return item


class Nodes:
    """A short way of writing node trees: `add` makes a node and links what it is fed with."""

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        self.tree = tree
        tree.nodes.clear()

    def add(self, kind: str, inputs: dict | None = None, **properties: object) -> bpy.types.Node:
        """A node; `inputs` maps an input's name or number to a value or to the socket it is linked with."""
        node = self.tree.nodes.new(kind)
        for name, value in properties.items():
            setattr(node, name, value)
        for key, value in (inputs or {}).items():
            if isinstance(value, bpy.types.NodeSocket):
                self.tree.links.new(value, node.inputs[key])
            else:
                node.inputs[key].default_value = (*value, 1.0) if _is_color(node.inputs[key], value) else value
        return node

    def ramp(self, factor: bpy.types.NodeSocket, stops: Sequence[tuple[float, Color]]) -> bpy.types.NodeSocket:
        """A color ramp through (place, color)."""
        node = self.add("ShaderNodeValToRGB", {0: factor})
        elements = node.color_ramp.elements
        while len(elements) < len(stops):
            elements.new(0.5)
        for element, (at, color) in zip(elements, stops, strict=True):
            element.position, element.color = at, (*color, 1.0)
        return node.outputs[0]


def _is_color(socket: bpy.types.NodeSocket, value: object) -> bool:
    return socket.type == "RGBA" and isinstance(value, tuple) and len(value) == 3


def material(
    name: str, color: Color, *, variety: float = 0.3, grain: float = 1.0, roughness: float = 0.9, **more: float
) -> bpy.types.Material:
    """A material whose color wavers in spots `grain` units wide and from object to object.

    `more` are further inputs of the Principled BSDF by name, with `_` for spaces.
    """
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    nodes = Nodes(made.node_tree)
    tint = varied(nodes, color, variety, grain)
    inputs = {"Base Color": tint, "Roughness": roughness} | {key.replace("_", " "): v for key, v in more.items()}
    finish(nodes, nodes.add("ShaderNodeBsdfPrincipled", inputs).outputs[0])
    return made


def varied(nodes: Nodes, color: Color | bpy.types.NodeSocket, variety: float, grain: float) -> bpy.types.NodeSocket:
    """`color`, darker and lighter in spots and from object to object."""
    place_in_world = nodes.add("ShaderNodeNewGeometry").outputs["Position"]
    spots = nodes.add("ShaderNodeTexNoise", {"Vector": place_in_world, "Scale": 1 / grain, "Detail": 4.0}).outputs[0]
    own = nodes.add("ShaderNodeObjectInfo").outputs["Random"]
    both = nodes.add("ShaderNodeMath", {0: spots, 1: own}, operation="ADD").outputs[0]
    value = nodes.add("ShaderNodeMapRange", {0: both, 1: 0.3, 2: 1.7, 3: 1 - variety, 4: 1 + variety}).outputs[0]
    hue = nodes.add("ShaderNodeMapRange", {0: own, 3: 0.5 - variety * 0.06, 4: 0.5 + variety * 0.06}).outputs[0]
    return nodes.add("ShaderNodeHueSaturation", {"Hue": hue, "Value": value, "Color": color}).outputs[0]


def finish(nodes: Nodes, surface: bpy.types.NodeSocket) -> None:
    """Lead a surface to the material's output, through the haze of the distance."""
    haze = bpy.context.scene.get("haze")
    if haze is None:
        nodes.add("ShaderNodeOutputMaterial", {0: surface})
        return
    depth = nodes.add("ShaderNodeCameraData").outputs["View Z Depth"]
    amount = nodes.add("ShaderNodeMapRange", {0: depth, 1: 40.0, 2: 260.0, 3: 0.0, 4: 0.85}).outputs[0]
    air = nodes.add("ShaderNodeEmission", {"Color": tuple(haze)}).outputs[0]
    nodes.add(
        "ShaderNodeOutputMaterial", {0: nodes.add("ShaderNodeMixShader", {0: amount, 1: surface, 2: air}).outputs[0]}
    )


def sky(low: Color, high: Color, strength: float = 1.0) -> None:
    """A sky of two colors: `low` at the horizon, `high` overhead."""
    world = bpy.data.worlds.new("Sky")
    world.use_nodes = True
    bpy.context.scene.world = world
    nodes = Nodes(world.node_tree)
    upward = nodes.add("ShaderNodeSeparateXYZ", {0: nodes.add("ShaderNodeTexCoord").outputs["Generated"]}).outputs["Z"]
    color = nodes.ramp(upward, [(0.0, low), (0.03, low), (0.38, high)])
    background = nodes.add("ShaderNodeBackground", {"Color": color, "Strength": strength}).outputs[0]
    nodes.add("ShaderNodeOutputWorld", {0: background})
