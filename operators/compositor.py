# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows a stylized image in the compositor through one node before the output, and puts everything back."""

import json
from typing import Any

import bpy
from bpy.types import Image, Node, NodeSocket, NodeTree, Scene

from ..core.errors import UserError
from . import display_mix, nodes

MEMORY = "maniera_compositor"
"""Custom property of the scene: how it was before, as JSON."""

MARK = "maniera"
"""Custom property of the nodes that were added beside the group."""


def is_shown(scene: Scene) -> bool:
    """Whether there is something for `remove` to put back."""
    return MEMORY in scene or _group_node(scene) is not None


def rendered_view(scene: Scene) -> dict[str, Any]:
    """The view in which the scene's renders are meant to be seen, also while another one shows the image."""
    return _recall(scene).get("view") or display_mix.read_view(scene)


def show(scene: Scene, image: Image, factor: float | None = None) -> list[str]:
    """Mix `image` over the picture that reaches the compositor's output; what is shown already is replaced.

    :param factor: 0 shows the render, 1 the image; None keeps the factor that the node has.
    :returns: what the user should know, in sentences.
    :raises UserError: the nodes or the view cannot be changed.
    """
    tree = nodes.tree(scene)
    if tree and not tree.is_editable:
        raise UserError("The compositor nodes come from another file: make them local, then show the image again.")
    memory = _remember(scene, tree)
    scene[MEMORY] = json.dumps(memory)
    try:
        display_mix.write_view(scene, display_mix.PLAIN)
        tree = tree or nodes.make_tree(scene)
        node = _group_node(scene) or _new_group_node(tree)
        display_mix.fill(node.node_tree, scene, image, memory["view"])
    except TypeError:  # a menu lacks an item
        remove(scene)
        raise UserError(
            "The color management in use lacks the view 'Standard' or the color space 'sRGB': "
            "start Blender with its own color management to show the image."
        ) from None
    _insert(scene, tree, node)
    if factor is not None:
        node.inputs[display_mix.FACTOR].default_value = factor
    return _warnings(tree, memory["view"])


def remove(scene: Scene) -> None:
    """Put back what `show` changed; what the user has changed since stays."""
    memory = _recall(scene)
    tree = nodes.tree(scene)
    if tree:
        _take_out(scene, tree, memory)
    if memory:
        if display_mix.read_view(scene) == display_mix.PLAIN:
            display_mix.write_view(scene, memory["view"])
        if not memory["tree_made"] or not tree or not tree.nodes:
            nodes.set_switches(scene, memory["switches"])
        if memory["tree_made"] and tree and not tree.nodes:
            nodes.delete_tree(scene)
        del scene[MEMORY]


def _recall(scene: Scene) -> dict[str, Any]:
    return json.loads(scene.get(MEMORY, "{}"))


def _remember(scene: Scene, tree: NodeTree | None) -> dict[str, Any]:
    """How the scene is, as far as it is not Maniera that made it so."""
    memory = {"tree_made": tree is None, "switches": nodes.switches(scene), "source": None} | _recall(scene)
    view = display_mix.read_view(scene)
    if view != display_mix.PLAIN or "view" not in memory:
        memory["view"] = view
    link = next((end.links[0] for end in _ends(tree) if end.is_linked), None)
    if link and link.from_node != _group_node(scene):
        memory["source"] = [link.from_node.name, link.from_socket.identifier]
    return memory


def _group_node(scene: Scene) -> Node | None:
    tree = nodes.tree(scene)
    found = (node for node in (tree.nodes if tree else ()) if node.type == "GROUP" and node.node_tree)
    return next((node for node in found if display_mix.MARK in node.node_tree), None)


def _new_group_node(tree: NodeTree) -> Node:
    node = tree.nodes.new("CompositorNodeGroup")
    node.node_tree = display_mix.new()
    node.name = node.label = "Maniera"
    return node


def _insert(scene: Scene, tree: NodeTree, node: Node) -> None:
    """Lead the picture that reaches the output through `node`, unless the user has linked it already."""
    if node.inputs[display_mix.IMAGE].is_linked and node.outputs[0].is_linked:
        return
    was_on = all(nodes.switches(scene).values())
    end = next(iter(_ends(tree)), None) or _marked(tree, nodes.OUTPUT, 500).inputs[0]
    source = end.links[0].from_socket if end.is_linked and was_on else _render_layers(tree, scene)
    viewers = [link.to_socket for link in source.links if link.to_node.type == "VIEWER"]
    tree.links.new(source, node.inputs[display_mix.IMAGE])
    for target in (end, *viewers):
        tree.links.new(node.outputs[0], target)
    node.location = end.node.location.x - 200, end.node.location.y - 160
    nodes.set_switches(scene, dict.fromkeys(nodes.switches(scene), True))


def _ends(tree: NodeTree | None) -> list[NodeSocket]:
    """Where pictures leave the tree, the output that counts first."""
    found = [node for node in (tree.nodes if tree else ()) if node.bl_idname == nodes.OUTPUT and node.inputs]
    return [node.inputs[0] for node in sorted(found, key=lambda node: not getattr(node, "is_active_output", True))]


def _render_layers(tree: NodeTree, scene: Scene) -> NodeSocket:
    """The render itself, for a tree that has not changed it so far."""
    node = next((n for n in tree.nodes if n.type == "R_LAYERS" and MARK in n), None)
    node = node or _marked(tree, "CompositorNodeRLayers", 0)
    node.scene = scene
    return node.outputs["Image"]


def _marked(tree: NodeTree, kind: str, x: float) -> Node:
    node = tree.nodes.new(kind)
    node[MARK], node.location.x = True, x
    return node


def _take_out(scene: Scene, tree: NodeTree, memory: dict[str, Any]) -> None:
    """Join what is before and after the group's node, then remove it and the nodes made with it."""
    if node := _group_node(scene):
        before = node.inputs[display_mix.IMAGE]
        source = before.links[0].from_socket if before.is_linked else None
        after = [link.to_socket for link in node.outputs[0].links]
        group = node.node_tree
        tree.nodes.remove(node)
        for target in after if source and MARK not in source.node else ():
            tree.links.new(source, target)
        if not group.users:
            bpy.data.node_groups.remove(group)
    _restore_link(tree, memory)
    for made in [made for made in tree.nodes if MARK in made and not _is_linked(made)]:
        tree.nodes.remove(made)


def _restore_link(tree: NodeTree, memory: dict[str, Any]) -> None:
    """Link to the output what reached it once, where nothing does now and it still exists."""
    ends = _ends(tree)
    name, identifier = memory.get("source") or ("", "")
    if name in tree.nodes and ends and not any(end.is_linked for end in ends):
        tree.links.new(nodes.socket(tree.nodes[name].outputs, identifier), ends[0])


def _is_linked(node: Node) -> bool:
    return any(socket.is_linked for socket in (*node.inputs, *node.outputs))


def _warnings(tree: NodeTree, view: dict[str, Any]) -> list[str]:
    found = []
    if not nodes.can_view(view["view_transform"], view["look"]):
        missing = view["view_transform"] if view["look"] == "None" else view["look"]
        found.append(
            f"Blender 4.5 has no node for '{missing}': the image is exact, but at factors below 1 the render is "
            "mixed in without it, which changes colors by 10 to 100 of 255 levels."
        )
    if view != display_mix.PLAIN and any(node.type == "OUTPUT_FILE" for node in tree.nodes):
        found.append("File Output nodes save with the view 'Standard' as long as the image is shown.")
    return found
