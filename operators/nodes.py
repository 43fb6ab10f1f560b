# SPDX-License-Identifier: GPL-3.0-or-later
"""The compositor's nodes and trees: everything in which Blender 4.5 and 5 differ is here and nowhere else."""

import bpy
from bpy.types import Image, Node, NodeSocket, NodeTree, Scene

FIVE = bpy.app.version >= (5, 0, 0)
OUTPUT = "NodeGroupOutput" if FIVE else "CompositorNodeComposite"
WORKING_SPACE = "scene_linear" if FIVE else "Linear Rec.709"

_VIEW_SPACES = {
    "Standard": "sRGB",
    "AgX": "AgX Base sRGB",
    "Filmic": "Filmic sRGB",
    "Filmic Log": "Filmic Log",
    "Khronos PBR Neutral": "Khronos PBR Neutral sRGB",
    "Raw": "Non-Color",
}
"""The color space that a view transform encodes into, for Blender 4.5, which has no node for views."""


def tree(scene: Scene) -> NodeTree | None:
    """The nodes that composite the scene's renders."""
    return scene.compositing_node_group if FIVE else scene.node_tree


def make_tree(scene: Scene) -> NodeTree:
    """Give the scene compositor nodes: none yet, and an output in which the picture arrives."""
    if FIVE:
        made = bpy.data.node_groups.new("Compositor Nodes", "CompositorNodeTree")
        made.interface.new_socket(name="Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        scene.compositing_node_group = made
    else:
        scene.use_nodes = True
        scene.node_tree.nodes.clear()  # Blender 4.5 fills a new tree
    return tree(scene)


def delete_tree(scene: Scene) -> None:
    """Take away what `make_tree` made; Blender 4.5 keeps the empty tree of a scene."""
    if FIVE:
        bpy.data.node_groups.remove(scene.compositing_node_group)
    else:
        scene.node_tree.nodes.clear()


def switches(scene: Scene) -> dict[str, bool]:
    """What must be on for the compositor to change a render."""
    found = {"use_compositing": scene.render.use_compositing}
    return found if FIVE else found | {"use_nodes": scene.use_nodes}


def set_switches(scene: Scene, values: dict[str, bool]) -> None:
    """Set what `switches` read."""
    scene.render.use_compositing = values["use_compositing"]
    if not FIVE:
        scene.use_nodes = values["use_nodes"]


def socket(sockets: bpy.types.bpy_prop_collection, identifier: str) -> NodeSocket:
    """The socket that has this identifier: names are not unique."""
    return next(found for found in sockets if found.identifier == identifier)


def after(source: NodeSocket, kind: str) -> Node:
    """A new node of a kind, to the right of a socket's node and fed by it through its first color input."""
    nodes: NodeTree = source.id_data
    node = nodes.nodes.new(kind)
    node.location = (source.node.location.x + 220, source.node.location.y)
    nodes.links.new(source, next(inner for inner in node.inputs if inner.type == "RGBA"))
    return node


def convert(source: NodeSocket, before: str, wanted: str) -> NodeSocket:
    """Convert colors from one color space to another."""
    node = after(source, "CompositorNodeConvertColorSpace")
    node.from_color_space, node.to_color_space = before, wanted
    return node.outputs[0]


def can_view(view_transform: str, look: str) -> bool:
    """Whether nodes can apply this view and look: Blender 4.5 knows neither looks nor every view."""
    return FIVE or (look == "None" and view_transform in _VIEW_SPACES)


def view(source: NodeSocket, view_transform: str, look: str) -> NodeSocket:
    """Encode scene-linear colors for a display as this view and look do, without exposure and gamma."""
    if not FIVE:
        return convert(source, WORKING_SPACE, _VIEW_SPACES.get(view_transform, "sRGB"))
    node = after(source, "CompositorNodeConvertToDisplay")
    node.view_settings.view_transform = view_transform
    node.view_settings.look = look
    return node.outputs[0]


def exposure(source: NodeSocket, stops: float) -> NodeSocket:
    """Brighten scene-linear colors by so many stops."""
    node = after(source, "CompositorNodeExposure")
    node.inputs["Exposure"].default_value = stops
    return node.outputs[0]


def power(source: NodeSocket, exponent: float) -> NodeSocket:
    """Raise colors to a power."""
    node = after(source, "ShaderNodeGamma" if FIVE else "CompositorNodeGamma")
    node.inputs["Gamma"].default_value = exponent
    return node.outputs[0]


def white_balance(source: NodeSocket, temperature: float, tint: float) -> NodeSocket:
    """Make a light of this temperature and tint white."""
    node = after(source, "CompositorNodeColorBalance")
    if FIVE:
        node.inputs["Type"].default_value = "White Point"
    else:
        node.correction_method = "WHITEPOINT"
    node.inputs["Input Temperature"].default_value = temperature
    node.inputs["Input Tint"].default_value = tint
    return node.outputs[0]


def curves(source: NodeSocket, wanted: bpy.types.CurveMapping) -> NodeSocket:
    """Apply a copy of these curves in the order of Blender's display: first each channel's, then the common one.

    Two nodes, because one that holds them all begins with the common one since Blender 5.2.
    """
    channels = _curves(source, wanted, range(3))
    channels.inputs["Black Level"].default_value[:3] = wanted.black_level
    channels.inputs["White Level"].default_value[:3] = wanted.white_level
    return _curves(channels.outputs[0], wanted, range(3, 4)).outputs[0]


def _curves(source: NodeSocket, wanted: bpy.types.CurveMapping, numbers: range) -> Node:
    """A node with copies of the curves of these numbers; its others change nothing."""
    node = after(source, "CompositorNodeCurveRGB")
    for name in ("use_clip", "extend", "tone", "clip_min_x", "clip_min_y", "clip_max_x", "clip_max_y"):
        setattr(node.mapping, name, getattr(wanted, name))
    for number in numbers:
        copy, curve = node.mapping.curves[number], wanted.curves[number]
        for _ in range(len(curve.points) - len(copy.points)):
            copy.points.new(0.5, 0.5)
        for point, original in zip(copy.points, curve.points, strict=True):
            point.location, point.handle_type = original.location, original.handle_type
    node.mapping.update()
    return node


def straight(source: NodeSocket) -> NodeSocket:
    """Divide colors by their alpha; light that has none stays as it is."""
    node = after(source, "CompositorNodePremulKey")
    if FIVE:
        node.inputs["Type"].default_value = "To Straight"
    else:
        node.mapping = "PREMUL_TO_STRAIGHT"
    return node.outputs[0]


def premultiplied(source: NodeSocket) -> NodeSocket:
    """Undo `straight`: the node that premultiplies would put out light that has no alpha, such as glare."""
    alpha = after(source, "CompositorNodeSeparateColor").outputs["Alpha"]
    none = _math(alpha, "COMPARE", 0.0, 0.0)
    product = mix(source, _math(alpha, "ADD", none), "MULTIPLY")
    return socket(product.outputs, "Result_Color")


def _math(first: NodeSocket, operation: str, *others: NodeSocket | float) -> NodeSocket:
    tree = first.id_data
    node = tree.nodes.new("ShaderNodeMath" if FIVE else "CompositorNodeMath")
    node.operation, node.location = operation, (first.node.location.x + 220, first.node.location.y - 200)
    for inner, value in zip(node.inputs, (first, *others), strict=False):
        if isinstance(value, NodeSocket):
            tree.links.new(value, inner)
        else:
            inner.default_value = value
    return node.outputs[0]


def mix(below: NodeSocket, above: NodeSocket, blend: str) -> Node:
    """Lay a color over another, whose alpha stays; the factor is 1."""
    tree = below.id_data
    node = tree.nodes.new("ShaderNodeMix")
    node.data_type, node.blend_type = "RGBA", blend
    node.location.x = max(below.node.location.x, above.node.location.x) + 220
    socket(node.inputs, "Factor_Float").default_value = 1.0
    tree.links.new(below, socket(node.inputs, "A_Color"))
    tree.links.new(above, socket(node.inputs, "B_Color"))
    return node


def picture(nodes: NodeTree, image: Image, last_frame: int) -> Node:
    """An image, or an image sequence whose numbers are the scene's frames up to the last."""
    node = nodes.nodes.new("CompositorNodeImage")
    node.image = image
    if image.source in {"SEQUENCE", "MOVIE"}:
        node.frame_duration, node.use_auto_refresh = last_frame, True
    return node


def fit_to_render(source: NodeSocket) -> NodeSocket:
    """Stretch a picture to the size of the render: previews are rendered smaller."""
    node = after(source, "CompositorNodeScale")
    if FIVE:
        node.inputs["Type"].default_value = "Render Size"
        node.inputs["Frame Type"].default_value = "Stretch"
    else:
        node.space, node.frame_method = "RENDER_SIZE", "STRETCH"
    return node.outputs[0]
