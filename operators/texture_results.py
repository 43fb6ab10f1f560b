# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings repainted textures into the materials."""

from bpy.types import Node, Object

from ..core.errors import UserError
from . import material_bake, material_textures, stylized_materials, texture_nodes
from .material_bake import Bake
from .texture_job import Order, Painted
from .texture_nodes import Relief
from .textures import Texture


def show(texture: Texture, painted: Painted, order: Order) -> list[str]:
    """Make images of a repainted texture and lay them over it wherever it is used.

    :returns: what the artist should know, in sentences.
    """
    image, relief = painted.color.place(order.manner.name, order.folder), _relief(painted, order)
    warnings = []
    for use in texture.uses:
        tree = material_textures.owner_tree(use.owner)
        node = tree.nodes.get(use.node) if tree else None
        ends = material_textures.ends(use, tree) if node else []
        if not ends:
            warnings.append(f"A node that showed '{texture.name}' was removed meanwhile: nothing is laid over it.")
            continue
        picture = texture_nodes.lay_over(ends, image, node)
        for name in use.shaders:
            _emboss(picture, tree.nodes.get(name), relief)
        if relief and not use.shaders:
            warnings.append(f"'{texture.name}' feeds its shader from another group of nodes: it has no relief there.")
    return warnings


def dress(found: Object, slots: set[int], made: Bake, painted: Painted, order: Order) -> None:
    """Show a repainted bake in the materials of an object, in copies of them.

    :raises UserError: the object has changed since it was baked.
    """
    if not material_bake.fits(found, slots, made):
        raise UserError(f"'{found.name}' was changed while it was repainted: nothing is kept.")
    material_bake.keep_map(found.data, made)
    image, relief = painted.color.place(order.manner.name, order.folder), _relief(painted, order)
    for material in stylized_materials.take_place(found, slots):
        for color in material_textures.base_colors(material):
            picture = texture_nodes.lay_over([color], image, uv_map=made.uv_map)
            _emboss(picture, color.node, relief)


def _relief(painted: Painted, order: Order) -> Relief | None:
    if painted.relief is None:
        return None
    return Relief(painted.relief.place(order.manner.name, order.folder), painted.height)


def _emboss(picture: Node, shader: Node | None, relief: Relief | None) -> None:
    if shader and relief:
        texture_nodes.emboss(picture, shader, relief)
    elif shader:
        texture_nodes.flatten(shader)
