# SPDX-License-Identifier: GPL-3.0-or-later
"""Lays repainted textures over the originals in materials: by nodes that can be switched, and taken out again."""

from collections.abc import Iterable
from dataclasses import dataclass

from bpy.types import Image, Node, NodeSocket, NodeTree

from .material_textures import MARK
from .nodes import socket

_SWITCH, _PART = "switch", "part"
_MIX, _BUMP, _ROUGHNESS = "mix", "bump", "roughness"
_THROUGH = {
    _MIX: ("A_Color", "Result_Color"),
    _BUMP: ("Normal", "Normal"),
    _ROUGHNESS: ("Value_002", "Value"),
}
"""The added nodes that lie between two of the artist's: the input that takes what was there, and the output."""

_PLACING = ("interpolation", "extension", "projection", "projection_blend")
"""How an image texture node places its picture."""


@dataclass(frozen=True)
class Relief:
    """How the paint of a texture stands out."""

    image: Image
    """Red is the height, green what is added to roughness; both are 0.5 where nothing changes, and twice as steep."""
    height: float
    """How high, in Blender's units, the largest height is over the lowest."""


def switch(trees: Iterable[NodeTree], value: float) -> int:
    """Show the originals at 0, the repainted textures at 1; returns how many materials and groups have any."""
    found = [node for tree in trees for node in tree.nodes if node.get(MARK) == _SWITCH]
    for node in found:
        node.outputs[0].default_value = value
    return len(found)


def lay_over(ends: list[NodeSocket], image: Image, like: Node | None = None, uv_map: str = "") -> Node:
    """Show an image over what feeds these inputs, or over their own color; what was laid over that before is replaced.

    :param like: the image texture node whose way of placing its picture is taken over.
    :param uv_map: the UV map by which the picture is placed, where there is no such node.
    :returns: the node that shows the image.
    """
    tree = ends[0].id_data
    mix = next(filter(None, map(_mix, ends)), None)
    if mix is None:
        mix = _between(ends[0], "ShaderNodeMix", _MIX)
        tree.links.new(_switch(tree), socket(mix.inputs, "Factor_Float"))
        tree.links.new(_picture(tree, like, mix, uv_map).outputs["Color"], socket(mix.inputs, "B_Color"))
    for end in ends:
        if end.node != mix:
            tree.links.new(socket(mix.outputs, "Result_Color"), end)
    picture = socket(mix.inputs, "B_Color").links[0].from_node
    picture.image = image
    _switch(tree).default_value = 1.0
    return picture


def emboss(picture: Node, shader: Node, relief: Relief) -> None:
    """Let the paint of a picture stand out of a shader's surface, whose own relief and roughness stay below."""
    flatten(shader)
    tree: NodeTree = picture.id_data
    shown = _picture(tree, picture, picture)
    shown.image, shown.location.y = relief.image, picture.location.y - 300
    split = _new(tree, "ShaderNodeSeparateColor", _PART, shown, (280, 0))
    tree.links.new(shown.outputs["Color"], split.inputs[0])
    if "Normal" in shader.inputs:
        bump = _between(shader.inputs["Normal"], "ShaderNodeBump", _BUMP)
        bump.inputs["Distance"].default_value = relief.height
        tree.links.new(_switch(tree), bump.inputs["Strength"])
        tree.links.new(split.outputs["Red"], bump.inputs["Height"])
    if "Roughness" in shader.inputs:
        change = _new(tree, "ShaderNodeMath", _PART, split, (180, -120))
        change.operation = "MULTIPLY_ADD"
        change.inputs[1].default_value, change.inputs[2].default_value = 2.0, -1.0
        tree.links.new(split.outputs["Green"], change.inputs[0])
        total = _between(shader.inputs["Roughness"], "ShaderNodeMath", _ROUGHNESS)
        tree.links.new(change.outputs[0], total.inputs[0])
        tree.links.new(_switch(tree), total.inputs[1])


def flatten(shader: Node) -> None:
    """Take the relief of paint away from a shader."""
    tree: NodeTree = shader.id_data
    for name in ("Normal", "Roughness"):
        for link in shader.inputs[name].links if name in shader.inputs else ():
            if link.from_node.get(MARK) in {_BUMP, _ROUGHNESS}:
                _take_out(link.from_node)
                break
    while idle := [node for node in tree.nodes if node.get(MARK) == _PART and not _is_used(node)]:
        for node in idle:
            tree.nodes.remove(node)


def remove(trees: Iterable[NodeTree]) -> int:
    """Take everything out that was added; returns from how many materials and groups."""
    changed = 0
    for tree in trees:
        added = [node.name for node in tree.nodes if MARK in node]
        for name in added:
            if tree.nodes[name][MARK] in _THROUGH:
                _take_out(tree.nodes[name])
        for node in [node for node in tree.nodes if MARK in node]:
            tree.nodes.remove(node)
        changed += bool(added)
    return changed


def _between(end: NodeSocket, kind: str, mark: str) -> Node:
    """A new node between an input and what feeds it; the input's own value goes through it where nothing does."""
    tree: NodeTree = end.id_data
    node = _new(tree, kind, mark, end.node, (-220, -80 * list(end.node.inputs).index(end) // 4))
    if mark == _MIX:
        node.data_type = "RGBA"
    elif mark == _ROUGHNESS:
        node.operation, node.use_clamp = "MULTIPLY_ADD", True
    entry, leave = _ways(node)
    if end.is_linked:
        tree.links.new(end.links[0].from_socket, entry)
    elif not end.hide_value:
        entry.default_value = end.default_value
    tree.links.new(leave, end)
    return node


def _take_out(node: Node) -> None:
    """Remove a node that lies between two others, and join these again."""
    tree: NodeTree = node.id_data
    entry, leave = _ways(node)
    source = entry.links[0].from_socket if entry.is_linked else None
    for end in [link.to_socket for link in leave.links]:
        if source:
            tree.links.new(source, end)
    tree.nodes.remove(node)


def _is_used(node: Node) -> bool:
    return any(output.is_linked for output in node.outputs)


def _ways(node: Node) -> tuple[NodeSocket, NodeSocket]:
    """Where what was there comes into an added node, and where it comes out."""
    entry, leave = _THROUGH[node[MARK]]
    return socket(node.inputs, entry), socket(node.outputs, leave)


def _mix(end: NodeSocket) -> Node | None:
    """The added node that mixes what feeds an input with a repainted texture: at the input, before it or beside it."""
    nodes = [end.node]
    for link in end.links:
        nodes += [link.from_node, *(other.to_node for other in link.from_socket.links)]
    return next((node for node in nodes if node.get(MARK) == _MIX), None)


def _picture(tree: NodeTree, like: Node | None, beside: Node, uv_map: str = "") -> Node:
    """A new image texture node that places its picture as another one does, or by a UV map."""
    node = _new(tree, "ShaderNodeTexImage", _PART, beside, (-320, -260))
    if like:
        for name in _PLACING:
            setattr(node, name, getattr(like, name))
        for link in like.inputs["Vector"].links:
            tree.links.new(link.from_socket, node.inputs["Vector"])
    elif uv_map:
        place = _new(tree, "ShaderNodeUVMap", _PART, node, (-220, 0))
        place.uv_map = uv_map
        tree.links.new(place.outputs["UV"], node.inputs["Vector"])
    return node


def _switch(tree: NodeTree) -> NodeSocket:
    """The value that switches everything added to a tree."""
    node = next((node for node in tree.nodes if node.get(MARK) == _SWITCH), None)
    if node is None:
        node = tree.nodes.new("ShaderNodeValue")
        node.name = node.label = "Stylized"
        node[MARK] = _SWITCH
        places = [other.location for other in tree.nodes]
        node.location = min(place.x for place in places), max(place.y for place in places) + 120
    return node.outputs[0]


def _new(tree: NodeTree, kind: str, mark: str, beside: Node, shift: tuple[float, float]) -> Node:
    node = tree.nodes.new(kind)
    node[MARK], node.label = mark, "Maniera"
    node.location = beside.location.x + shift[0], beside.location.y + shift[1]
    return node
