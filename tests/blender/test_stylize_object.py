# SPDX-License-Identifier: GPL-3.0-or-later
"""Stylize Object: what has no texture gets one that is baked, and everything can be put back."""

import bpy
import numpy as np
import pytest

from tests.blender.materials import cube, new_material, shader, source, structure, textured
from tests.blender.pixels import seen, stored
from tests.blender.test_stylize import Meanwhile, refused

BYTE = 1 / 255
SIZE = 64


@pytest.fixture
def engine(scene, manner, stand_in):
    scene.maniera.textures.bake_size = SIZE
    return stand_in


def plain(name: str, color: tuple[float, float, float]) -> bpy.types.Material:
    """A metal of one color, whose diffuse color would be black."""
    material = new_material(name)
    shader(material).inputs["Base Color"].default_value = (*color, 1)
    shader(material).inputs["Metallic"].default_value = 1
    return material


def procedural(name: str) -> bpy.types.Material:
    """A material whose color changes along the object."""
    material = new_material(name)
    tree = material.node_tree
    place, split = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeSeparateXYZ")
    tree.links.new(place.outputs["Generated"], split.inputs[0])
    tree.links.new(split.outputs["X"], shader(material).inputs["Base Color"])
    return material


def picture(material: bpy.types.Material) -> bpy.types.Node:
    """The node that shows the repainted texture."""
    mix = source(shader(material).inputs["Base Color"])
    return source(next(socket for socket in mix.inputs if socket.identifier == "B_Color"))


def everything() -> dict:
    """What of the file Stylize Object might leave behind."""
    names = ("objects", "meshes", "materials", "images", "node_groups")
    scene = bpy.context.scene
    settings = (scene.render.engine, scene.cycles.samples, bpy.context.object.name, bpy.context.object.mode)
    selected = sorted(found.name for found in bpy.context.selected_objects)
    return {name: sorted(getattr(bpy.data, name).keys()) for name in names} | {"settings": settings, "on": selected}


def test_a_material_without_texture_is_baked_and_repainted(engine):
    material = plain("Gold", (0.8, 0.5, 0.1))
    found = cube(material)
    before = structure(material.node_tree), everything()
    assert bpy.ops.maniera.stylize_object() == {"FINISHED"}
    copy = found.material_slots[0].material
    image = picture(copy).image
    assert copy != material and structure(material.node_tree) == before[0]
    assert image.size[:] == (SIZE, SIZE)
    expected = 1 - np.array([0.906, 0.735, 0.349])  # as sRGB shows the gold, inverted by the stand-in
    covered = np.load(engine.folder / "arrays.npz")["arr_2"]
    rim = (covered.shape[0] - SIZE) // 2, (covered.shape[1] - SIZE) // 2
    inside = covered[rim[0] : rim[0] + SIZE, rim[1] : rim[1] + SIZE] > 0
    assert np.abs(seen(image)[inside][:, :3] - expected).max() < 2 * BYTE
    assert bpy.ops.maniera.remove_stylized_textures() == {"FINISHED"}
    assert found.material_slots[0].material == material
    bpy.data.images.remove(image)
    assert everything() == before[1]


def test_the_bake_lies_where_the_material_shows_it(engine):
    found = cube(procedural("Stripes"))
    bpy.ops.maniera.stylize_object()
    layer, mesh = found.data.uv_layers[0], found.data
    shown = stored(picture(found.material_slots[0].material).image)
    errors = []
    for polygon in mesh.polygons:
        middle = np.mean([layer.uv[corner].vector for corner in polygon.loop_indices], 0)
        texel = shown[int((1 - middle[1]) * SIZE), int(middle[0] * SIZE), 0]
        linear = (polygon.center.x + 1) / 2
        errors.append(texel - (1 - (1.055 * max(linear, 1e-9) ** (1 / 2.4) - 0.055 if linear > 0.0031 else 0)))
    assert np.abs(errors).max() < 0.06


def test_original_shows_the_procedure_itself(engine):
    found = cube(procedural("Stripes"))
    bpy.ops.maniera.stylize_object()
    copy = found.material_slots[0].material
    mix = source(shader(copy).inputs["Base Color"])
    kept = source(next(socket for socket in mix.inputs if socket.identifier == "A_Color"))
    assert kept.bl_idname == "ShaderNodeSeparateXYZ"


def test_an_object_without_uv_map_gets_one_and_loses_it_again(engine):
    found = cube(plain("Gold", (0.8, 0.5, 0.1)))
    found.data.uv_layers.remove(found.data.uv_layers[0])
    bpy.ops.maniera.stylize_object()
    assert [layer.name for layer in found.data.uv_layers] == ["Maniera"]
    place = source(picture(found.material_slots[0].material).inputs["Vector"])
    assert place.uv_map == "Maniera"
    uv = np.array([corner.vector for corner in found.data.uv_layers[0].uv])
    assert uv.min() >= 0 and uv.max() <= 1 and np.ptp(uv) > 0.5
    bpy.ops.maniera.remove_stylized_textures()
    assert not found.data.uv_layers


def test_a_uv_map_that_shows_a_place_twice_is_not_baked_into(engine):
    found = cube(plain("Gold", (0.8, 0.5, 0.1)))
    layer = found.data.uv_layers[0]
    layer.uv.foreach_set("vector", np.tile(np.array([0, 0, 1, 0, 1, 1, 0, 1], np.float32), 6))
    bpy.ops.maniera.stylize_object()
    assert [layer.name for layer in found.data.uv_layers] == ["UVMap", "Maniera"]
    assert found.data.uv_layers["UVMap"].active_render


def test_textures_are_repainted_and_the_rest_is_baked(engine):
    wall, gold = textured("Wall"), plain("Gold", (0.8, 0.5, 0.1))
    found = cube(wall, gold)
    found.data.polygons[0].material_index = 1
    assert bpy.ops.maniera.stylize_object() == {"FINISHED"}
    assert found.material_slots[0].material == wall
    assert picture(wall).image.name == "Wall - Wave"
    copy = found.material_slots[1].material
    assert copy.name == "Gold Stylized" and picture(copy).image.name == "Cube Base Color - Wave"


def test_other_objects_keep_their_material(engine):
    gold = plain("Gold", (0.8, 0.5, 0.1))
    other = cube(gold)
    found = cube(gold)
    bpy.ops.maniera.stylize_object()
    assert other.material_slots[0].material == gold
    assert found.material_slots[0].material != gold


def test_repainting_again_replaces_the_texture_in_the_same_copy(engine):
    found = cube(procedural("Stripes"))
    bpy.ops.maniera.stylize_object()
    copy = found.material_slots[0].material
    first, nodes = picture(copy).image, structure(copy.node_tree)
    bpy.ops.maniera.stylize_object()
    assert found.material_slots[0].material == copy
    assert structure(copy.node_tree) == nodes
    assert picture(copy).image != first
    assert np.array_equal(stored(picture(copy).image), stored(first))


def test_cancelling_leaves_no_trace(engine):
    found = cube(plain("Gold", (0.8, 0.5, 0.1)))
    found.data.uv_layers.remove(found.data.uv_layers[0])
    before = everything()
    engine.order("stay")
    with Meanwhile(engine, lambda _: bpy.ops.maniera.cancel()):
        assert bpy.ops.maniera.stylize_object() == {"CANCELLED"}
    assert everything() == before and not found.data.uv_layers


def test_saving_and_opening_keeps_the_original_material(engine, tmp_path):
    cube(procedural("Stripes"))
    bpy.ops.maniera.stylize_object()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
    assert bpy.ops.maniera.remove_stylized_textures() == {"FINISHED"}
    slot = bpy.data.objects["Cube"].material_slots[0]
    assert slot.material.name == "Stripes"
    assert source(shader(slot.material).inputs["Base Color"]).bl_idname == "ShaderNodeSeparateXYZ"


def test_what_cannot_be_baked_is_said(engine):
    bpy.ops.object.camera_add()
    assert "has no mesh" in refused(bpy.ops.maniera.stylize_object)
    cube()
    assert "has no material" in refused(bpy.ops.maniera.stylize_object)
    cube(plain("Gold", (0.8, 0.5, 0.1)))
    bpy.ops.object.mode_set(mode="EDIT")
    assert "Object Mode" in refused(bpy.ops.maniera.stylize_object)
    bpy.ops.object.mode_set(mode="OBJECT")
