# SPDX-License-Identifier: GPL-3.0-or-later
"""The node group that mixes a stylized image over a render, with both looking exactly as they did on the display.

A view such as AgX cannot show every color that a stylized image has, so no scene-linear color stands for it. The group
therefore applies the scene's view to the render by nodes, and the scene itself is set to the plain view in which the
stylized image is shown unchanged. Measured: up to 0.01/255 off with views, looks, exposure, gamma and curves, up to
0.25/255 with white balance.
"""

import json
from typing import Any

import bpy
from bpy.types import CompositorNodeTree, Image, NodeSocket, Scene

from . import nodes

PLAIN = {
    "view_transform": "Standard",
    "look": "None",
    "exposure": 0.0,
    "gamma": 1.0,
    "use_curve_mapping": False,
    "use_white_balance": False,
}
"""The view in which a stylized image is shown as it is."""

MARK = "maniera_view"
IMAGE, FACTOR = "Image", "Factor"


def read_view(scene: Scene) -> dict[str, Any]:
    """How the scene's pictures are shown, as plain values."""
    return {name: getattr(scene.view_settings, name) for name in PLAIN}


def write_view(scene: Scene, view: dict[str, Any]) -> None:
    """Show the scene's pictures so: the view first, which decides the looks that there are."""
    for name in PLAIN:
        setattr(scene.view_settings, name, view[name])


def new() -> CompositorNodeTree:
    """A group with its sockets: the render, the factor, and the mix of both."""
    group = bpy.data.node_groups.new("Maniera", "CompositorNodeTree")
    group.interface.new_socket(name=IMAGE, in_out="INPUT", socket_type="NodeSocketColor")
    factor = group.interface.new_socket(name=FACTOR, in_out="INPUT", socket_type="NodeSocketFloat")
    factor.subtype, factor.min_value, factor.max_value, factor.default_value = "FACTOR", 0.0, 1.0, 1.0
    factor.description = "How much of the stylized image covers the render"
    group.interface.new_socket(name=IMAGE, in_out="OUTPUT", socket_type="NodeSocketColor")
    return group


def fill(group: CompositorNodeTree, scene: Scene, image: Image, view: dict[str, Any]) -> None:
    """Put the image into the group, and make its nodes where there are none for this view."""
    made_for = json.dumps(view)
    picture = next((node for node in group.nodes if node.type == "IMAGE"), None)
    if picture and group.get(MARK) == made_for:
        picture.image = image
        return
    group.nodes.clear()
    render = group.nodes.new("NodeGroupInput")
    picture = nodes.picture(group, image, scene.frame_end)
    picture.location.y = -300
    stylized = nodes.fit_to_render(picture.outputs[IMAGE])
    mix = nodes.mix(_as_shown(render.outputs[IMAGE], scene, view), stylized, "MIX")
    group.links.new(render.outputs[FACTOR], nodes.socket(mix.inputs, "Factor_Float"))
    nodes.after(nodes.socket(mix.outputs, "Result_Color"), "NodeGroupOutput")
    group[MARK] = made_for


def _as_shown(source: NodeSocket, scene: Scene, view: dict[str, Any]) -> NodeSocket:
    """Scene-linear colors that the plain view shows as this view shows `source`; in the order of Blender's display."""
    settings = scene.view_settings
    if view == PLAIN:
        return source
    if view["use_curve_mapping"]:
        source = nodes.curves(source, settings.curve_mapping)
    source = nodes.straight(source)
    if view["use_white_balance"]:
        source = nodes.white_balance(source, settings.white_balance_temperature, settings.white_balance_tint)
    source = nodes.exposure(source, view["exposure"])
    source = nodes.view(source, view["view_transform"], view["look"])
    source = nodes.power(source, 1 / view["gamma"])
    return nodes.premultiplied(nodes.convert(source, "sRGB", nodes.WORKING_SPACE))
