# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests do with materials and their nodes."""

import bpy

from tests.blender.pixels import colors, new_image


def new_material(name: str) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    return material


def shader(material: bpy.types.Material) -> bpy.types.Node:
    return material.node_tree.nodes["Principled BSDF"]


def image_node(tree: bpy.types.NodeTree, image: bpy.types.Image) -> bpy.types.Node:
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    return node


def textured(name: str, image: bpy.types.Image | None = None) -> bpy.types.Material:
    """A material whose base color is an image."""
    material = new_material(name)
    node = image_node(material.node_tree, image or new_image(f"{name}.png", colors()))
    material.node_tree.links.new(node.outputs["Color"], shader(material).inputs["Base Color"])
    return material


def cube(*materials: bpy.types.Material) -> bpy.types.Object:
    """A cube with a UV map, which is active, selected, and shows the first of the materials."""
    bpy.ops.mesh.primitive_cube_add()
    for material in materials:
        bpy.context.object.data.materials.append(material)
    return bpy.context.object


def source(end: bpy.types.NodeSocket) -> bpy.types.Node | None:
    """The node that feeds an input."""
    return end.links[0].from_node if end.is_linked else None


def structure(tree: bpy.types.NodeTree) -> tuple:
    """All that a tree's nodes are and how they are linked, as plain values."""
    nodes = {(node.name, node.bl_idname, *(tuple(node.location))) for node in tree.nodes}
    links = {
        (link.from_node.name, link.from_socket.identifier, link.to_node.name, link.to_socket.identifier)
        for link in tree.links
    }
    return nodes, links
