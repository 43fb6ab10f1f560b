# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the image textures that give materials their colors, through groups, mixes, ramps and whatever lies between."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import bpy
from bpy.types import ID, Material, Node, NodeLink, NodeSocket, NodeTree

from . import nodes

MARK = "maniera"
"""Custom property of the nodes that Maniera has put into a material: what they are for."""

_BASE = {"Base Color", "Color"}
"""Inputs of shaders that take the color of the surface; all their other color inputs are extras."""

_WITHOUT_COLOR = {"BSDF_TRANSPARENT", "HOLDOUT"}
"""Shaders whose color, if any, is not that of a surface."""

_UNTOUCHED = {"Location": (0, 0, 0), "Rotation": (0, 0, 0), "Scale": (1, 1, 1)}
"""Inputs of a Mapping node that changes nothing."""

Path = tuple[Node, ...]
"""The group nodes through which one has come into a group, the outermost first."""


@dataclass(frozen=True)
class Use:
    """An image texture node whose colors a material shows, by names and numbers that outlive a step."""

    image: int
    """Session uid of the image."""
    owner: int
    """Session uid of the material or node group that has the node."""
    node: str
    ends: tuple[tuple[str, str], ...]
    """The inputs that it feeds on the way to a color: names of nodes, identifiers of sockets."""
    shaders: tuple[str, ...]
    """The shader nodes beside it whose color it feeds."""
    uv_map: str | None
    """The UV map by which it lies on a mesh; "" is the one rendered, None where it lies otherwise."""


def uses(material: Material, extras: bool) -> list[Use]:
    """The image textures that feed the material's base color; with `extras` its other colors, too."""
    return [_use(material, node, ends) for node, ends in _walked(material, extras).found.items()]


def owner_tree(uid: int) -> NodeTree | None:
    """The nodes of the material or node group with this session uid."""
    for found in (*bpy.data.materials, *bpy.data.node_groups):
        if found.session_uid == uid:
            return found if isinstance(found, NodeTree) else found.node_tree
    return None


def base_colors(material: Material) -> list[NodeSocket]:
    """The inputs for base color of the material's shaders, but for those inside groups."""
    walk = _walked(material, extras=False)
    return [end for end in walk.colors if end.id_data == material.node_tree]


def ends(use: Use, tree: NodeTree) -> list[NodeSocket]:
    """The inputs of a tree that a use names, as far as they are still there."""
    return [nodes.socket(tree.nodes[name].inputs, found) for name, found in use.ends if name in tree.nodes]


def trees(materials: Iterable[Material]) -> set[NodeTree]:
    """The nodes of materials and of all groups in them."""
    found: set[NodeTree] = set()
    left = [material.node_tree for material in materials if material.node_tree]
    while left:
        tree = left.pop()
        if tree not in found:
            found.add(tree)
            left += [node.node_tree for node in tree.nodes if node.type == "GROUP" and node.node_tree]
    return found


def _walked(material: Material, extras: bool) -> "_Walk":
    walk = _Walk(extras)
    for node in material.node_tree.nodes if material.node_tree else ():
        if node.type == "OUTPUT_MATERIAL" and node.is_active_output:
            walk.shader(node.inputs["Surface"], ())
    return walk


class _Walk:
    """Goes upstream from shaders to images."""

    def __init__(self, extras: bool) -> None:
        self._extras = extras
        self._seen: set[tuple[NodeSocket, Path, Node | None]] = set()
        self.found: dict[Node, set[tuple[NodeSocket, Node]]] = {}
        """Image texture nodes, the inputs that each feeds, and the shaders for which."""
        self.colors: dict[NodeSocket, None] = {}
        """The inputs of shaders from which it went."""

    def shader(self, end: NodeSocket, path: Path) -> None:
        """Follow an input that takes a shader."""
        for link, inside in self._sources(end, path, None):
            shader = link.from_node
            for inner in shader.inputs if shader.type not in _WITHOUT_COLOR else ():
                if inner.type == "SHADER":
                    self.shader(inner, inside)
                elif inner.type == "RGBA" and (self._extras or inner.name in _BASE):
                    self.colors[inner] = None
                    self._color(inner, inside, shader)

    def _color(self, end: NodeSocket, path: Path, shader: Node) -> None:
        """Follow an input that takes a color, on behalf of a shader."""
        for link, inside in self._sources(end, path, shader):
            node = link.from_node
            if node.type == "TEX_IMAGE":
                if node.image and MARK not in node and link.from_socket.name == "Color":
                    self.found.setdefault(node, set()).add((link.to_socket, shader))
            elif node.type == "SHADERTORGB":
                self.shader(node.inputs[0], inside)
            else:
                for inner in _followed(node):
                    self._color(inner, inside, shader)

    def _sources(self, end: NodeSocket, path: Path, shader: Node | None) -> Iterator[tuple[NodeLink, Path]]:
        """The links that truly feed an input, beyond reroutes and the walls of groups, and where that is."""
        if (end, path, shader) in self._seen:
            return
        self._seen.add((end, path, shader))
        for link in end.links:
            node, wanted = link.from_node, link.from_socket.identifier
            if link.is_muted or not link.is_valid:
                continue
            if node.type == "REROUTE":
                yield from self._sources(node.inputs[0], path, shader)
            elif node.type == "GROUP" and node.node_tree:
                for group in (n for n in node.node_tree.nodes if n.type == "GROUP_OUTPUT" and n.is_active_output):
                    yield from self._sources(nodes.socket(group.inputs, wanted), (*path, node), shader)
            elif node.type == "GROUP_INPUT":
                yield from self._sources(nodes.socket(path[-1].inputs, wanted), path[:-1], shader)
            else:
                yield link, path


def _followed(node: Node) -> list[NodeSocket]:
    """The inputs through which colors come into a node: what only chooses or places them is left out."""
    if node.type.startswith("TEX_"):
        return []
    used = [socket for socket in node.inputs if socket.enabled]
    return [socket for socket in used if socket.type == "RGBA"] or used


def _use(material: Material, node: Node, ends: set[tuple[NodeSocket, Node]]) -> Use:
    tree = node.id_data
    owner: ID = material if tree == material.node_tree else tree
    return Use(
        image=node.image.session_uid,
        owner=owner.session_uid,
        node=node.name,
        ends=tuple(sorted({(socket.node.name, socket.identifier) for socket, _ in ends})),
        shaders=tuple(sorted({shader.name for _, shader in ends if shader.id_data == tree})),
        uv_map=_uv_map(node.inputs["Vector"]) if node.projection == "FLAT" else None,
    )


def _uv_map(end: NodeSocket) -> str | None:
    """The UV map that an input takes; "" is the one rendered, None where it takes something else."""
    if not end.is_linked:
        return ""
    source, output = end.links[0].from_node, end.links[0].from_socket.name
    if source.type == "REROUTE":
        return _uv_map(source.inputs[0])
    if source.type == "UVMAP":
        return source.uv_map
    if source.type == "TEX_COORD" and output == "UV":
        return ""
    if source.type == "ATTRIBUTE" and source.attribute_type == "GEOMETRY":
        return source.attribute_name
    if source.type == "MAPPING" and source.vector_type == "POINT" and _changes_nothing(source):
        return _uv_map(source.inputs["Vector"])
    return None


def _changes_nothing(mapping: Node) -> bool:
    sockets = {name: mapping.inputs[name] for name in _UNTOUCHED}
    return all(not s.is_linked and tuple(s.default_value) == _UNTOUCHED[name] for name, s in sockets.items())
