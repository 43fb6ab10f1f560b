# SPDX-License-Identifier: GPL-3.0-or-later
"""Stylize Textures: which textures are found, what is laid over them, and what is left when it is taken away."""

import json

import bpy
import numpy as np
import pytest

from tests.blender.materials import cube, image_node, new_material, shader, source, structure, textured
from tests.blender.pixels import colors, new_image, seen, stored
from tests.blender.test_stylize import Meanwhile, refused

BYTE = 1 / 255


@pytest.fixture
def engine(manner, stand_in):
    return stand_in


def stylize() -> list[bpy.types.Image]:
    """Repaint the textures of the active object; returns the new images by name."""
    before = set(bpy.data.images)
    assert bpy.ops.maniera.stylize_textures() == {"FINISHED"}
    return sorted(set(bpy.data.images) - before, key=lambda image: image.name)


def found(extras: bool = False) -> list[str]:
    """The names of the textures that are listed for the active object."""
    bpy.context.scene.maniera.textures.extras = extras
    bpy.ops.maniera.find_textures()
    return [entry.name for entry in bpy.context.scene.maniera.textures.found]


def refusals() -> dict[str, str]:
    bpy.ops.maniera.find_textures()
    return {entry.name: entry.refusal for entry in bpy.context.scene.maniera.textures.found if entry.refusal}


def shown(material: bpy.types.Material) -> tuple[float, bpy.types.Image, bpy.types.Node]:
    """What the base color of a material mixes: the factor, the repainted image, and the node of the original."""
    mix = source(shader(material).inputs["Base Color"])
    assert mix.bl_idname == "ShaderNodeMix"
    sockets = {socket.identifier: socket for socket in mix.inputs}
    factor = source(sockets["Factor_Float"]).outputs[0].default_value
    return factor, source(sockets["B_Color"]).image, source(sockets["A_Color"])


def link(tree, output, end):
    tree.links.new(output, end)


def test_the_repainted_texture_is_mixed_over_the_original(engine):
    picture = colors()
    material = textured("Wall", new_image("Wall.png", picture))
    cube(material)
    (result,) = stylize()
    factor, image, original = shown(material)
    assert (factor, image, original.image.name) == (1, result, "Wall.png")
    assert result.name == "Wall - Wave" and result.packed_file
    assert np.abs(seen(result)[..., :3] - (1 - picture[..., :3])).max() < 1.5 * BYTE
    assert np.array_equal(stored(result)[..., 3], stored(original.image)[..., 3])
    assert not bpy.ops.maniera.show_in_compositor.poll()  # a texture is no picture of the scene


def test_the_node_of_the_repainted_texture_places_it_as_the_original_is_placed(engine):
    material = textured("Wall")
    tree = material.node_tree
    node = next(node for node in tree.nodes if node.type == "TEX_IMAGE")
    node.interpolation, node.extension = "Closest", "CLIP"
    place = tree.nodes.new("ShaderNodeTexCoord")
    link(tree, place.outputs["Generated"], node.inputs["Vector"])
    cube(material)
    stylize()
    picture = source(next(s for s in source(shader(material).inputs["Base Color"]).inputs if s.identifier == "B_Color"))
    assert (picture.interpolation, picture.extension) == ("Closest", "CLIP")
    assert picture.inputs["Vector"].links[0].from_socket == place.outputs["Generated"]


def test_original_and_stylized_can_be_switched_and_removing_leaves_what_was_there(engine):
    material = textured("Wall")
    cube(material)
    before = structure(material.node_tree)
    stylize()
    bpy.ops.maniera.use_original_textures()
    assert shown(material)[0] == 0
    bpy.ops.maniera.use_stylized_textures()
    assert shown(material)[0] == 1
    assert bpy.ops.maniera.remove_stylized_textures() == {"FINISHED"}
    assert structure(material.node_tree) == before
    assert bpy.ops.maniera.remove_stylized_textures() == {"CANCELLED"}


def test_repainting_again_replaces_what_was_laid_over(engine):
    material = textured("Wall")
    cube(material)
    stylize()
    nodes = structure(material.node_tree)
    (second,) = stylize()
    assert structure(material.node_tree) == nodes
    assert shown(material)[1] == second
    assert np.abs(seen(second) - seen(bpy.data.images["Wall - Wave"])).max() < BYTE / 2


def test_what_lies_between_image_and_shader_does_not_hide_the_image(scene):
    material = new_material("Deep")
    tree = material.node_tree
    end = shader(material).inputs["Base Color"]
    for kind in ("ShaderNodeHueSaturation", "ShaderNodeGamma", "ShaderNodeInvert", "ShaderNodeRGBCurve"):
        node = tree.nodes.new(kind)
        link(tree, node.outputs[0], end)
        end = node.inputs["Color"]
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    link(tree, ramp.outputs["Color"], end)
    joined = tree.nodes.new("ShaderNodeCombineColor")
    link(tree, joined.outputs[0], ramp.inputs[0])
    split = tree.nodes.new("ShaderNodeSeparateColor")
    link(tree, split.outputs[1], joined.inputs[2])
    reroute = tree.nodes.new("NodeReroute")
    link(tree, reroute.outputs[0], split.inputs[0])
    link(tree, image_node(tree, new_image("Deep.png", colors())).outputs["Color"], reroute.inputs[0])
    cube(material)
    assert found() == ["Deep.png"]


def test_mixes_show_their_colors_and_not_their_masks(scene):
    material = new_material("Mixed")
    tree = material.node_tree
    mix = tree.nodes.new("ShaderNodeMix")
    mix.data_type = "RGBA"
    link(tree, next(s for s in mix.outputs if s.identifier == "Result_Color"), shader(material).inputs["Base Color"])
    for name, end in (("A", "A_Color"), ("B", "B_Color"), ("Mask", "Factor_Float")):
        socket = next(s for s in mix.inputs if s.identifier == end)
        link(tree, image_node(tree, new_image(f"{name}.png", colors())).outputs["Color"], socket)
    cube(material)
    assert found() == ["A.png", "B.png"]


def test_only_images_of_base_color_are_found_and_other_colors_if_wanted(scene):
    material = textured("Wall")
    tree, principled = material.node_tree, shader(material)
    for name in ("Roughness", "Alpha", "Emission Color"):
        link(tree, image_node(tree, new_image(f"{name}.png", colors())).outputs["Color"], principled.inputs[name])
    image_node(tree, new_image("Idle.png", colors()))
    cube(material)
    assert found() == ["Wall.png"]
    assert found(extras=True) == ["Emission Color.png", "Wall.png"]


def test_an_image_that_is_color_and_data_at_once_is_replaced_as_color_only(engine):
    material = textured("Wall")
    tree, principled = material.node_tree, shader(material)
    node = next(node for node in tree.nodes if node.type == "TEX_IMAGE")
    link(tree, node.outputs["Color"], principled.inputs["Roughness"])
    cube(material)
    stylize()
    assert source(principled.inputs["Roughness"]) == node


@pytest.fixture
def grouped(scene):
    """A material whose image feeds its color from a group in a group; and one with the shader in a group."""
    inner = bpy.data.node_groups.new("Inner", "ShaderNodeTree")
    inner.interface.new_socket(name="Color", in_out="OUTPUT", socket_type="NodeSocketColor")
    link(
        inner,
        image_node(inner, new_image("Inside.png", colors())).outputs[0],
        inner.nodes.new("NodeGroupOutput").inputs[0],
    )
    outer = bpy.data.node_groups.new("Outer", "ShaderNodeTree")
    outer.interface.new_socket(name="Tint", in_out="INPUT", socket_type="NodeSocketColor")
    outer.interface.new_socket(name="Color", in_out="OUTPUT", socket_type="NodeSocketColor")
    end, entry, group = (
        outer.nodes.new(f"{kind}") for kind in ("NodeGroupOutput", "NodeGroupInput", "ShaderNodeGroup")
    )
    group.node_tree = inner
    mix = outer.nodes.new("ShaderNodeMix")
    mix.data_type = "RGBA"
    ends = {s.identifier: s for s in (*mix.inputs, *mix.outputs)}
    link(outer, group.outputs[0], ends["A_Color"])
    link(outer, entry.outputs[0], ends["B_Color"])
    link(outer, ends["Result_Color"], end.inputs[0])
    material = new_material("Grouped")
    tree = material.node_tree
    node = tree.nodes.new("ShaderNodeGroup")
    node.node_tree = outer
    link(tree, image_node(tree, new_image("Outside.png", colors())).outputs[0], node.inputs[0])
    link(tree, node.outputs[0], shader(material).inputs["Base Color"])
    return material, inner, outer


def test_images_in_groups_and_through_groups_are_repainted_there(engine, grouped):
    material, inner, outer = grouped
    cube(material)
    before = [structure(tree) for tree in (material.node_tree, inner, outer)]
    assert [image.name for image in stylize()] == ["Inside - Wave", "Outside - Wave"]
    assert (
        source(next(n for n in inner.nodes if n.bl_idname == "NodeGroupOutput").inputs[0]).bl_idname == "ShaderNodeMix"
    )
    bpy.ops.maniera.use_original_textures()
    values = [
        n.outputs[0].default_value for tree in (material.node_tree, inner) for n in tree.nodes if n.type == "VALUE"
    ]
    assert values == [0, 0]
    bpy.ops.maniera.remove_stylized_textures()
    assert [structure(tree) for tree in (material.node_tree, inner, outer)] == before


def test_an_image_that_leaves_a_group_by_two_ways_is_mixed_once(engine):
    group = bpy.data.node_groups.new("Pair", "ShaderNodeTree")
    image, end = image_node(group, new_image("Pair.png", colors())), group.nodes.new("NodeGroupOutput")
    materials = [new_material("First"), new_material("Second")]
    for number, material in enumerate(materials):
        group.interface.new_socket(name=material.name, in_out="OUTPUT", socket_type="NodeSocketColor")
        link(group, image.outputs[0], end.inputs[number])
        node = material.node_tree.nodes.new("ShaderNodeGroup")
        node.node_tree = group
        link(material.node_tree, node.outputs[number], shader(material).inputs["Base Color"])
    cube(*materials)
    before = structure(group)
    stylize()
    assert source(end.inputs[0]) == source(end.inputs[1]) != image
    bpy.ops.maniera.remove_stylized_textures()
    assert structure(group) == before


def test_shaders_in_groups_and_mixes_are_looked_through(scene):
    group = bpy.data.node_groups.new("Shader", "ShaderNodeTree")
    group.interface.new_socket(name="Shader", in_out="OUTPUT", socket_type="NodeSocketShader")
    diffuse = group.nodes.new("ShaderNodeBsdfDiffuse")
    link(group, image_node(group, new_image("Diffuse.png", colors())).outputs[0], diffuse.inputs["Color"])
    link(group, diffuse.outputs[0], group.nodes.new("NodeGroupOutput").inputs[0])
    material = textured("Wall")
    tree = material.node_tree
    node, mix, glass = (
        tree.nodes.new(kind) for kind in ("ShaderNodeGroup", "ShaderNodeMixShader", "ShaderNodeBsdfTransparent")
    )
    node.node_tree = group
    link(tree, image_node(tree, new_image("Glass.png", colors())).outputs[0], glass.inputs["Color"])
    add = tree.nodes.new("ShaderNodeAddShader")
    link(tree, node.outputs[0], add.inputs[0])
    link(tree, glass.outputs[0], add.inputs[1])
    link(tree, shader(material).outputs[0], mix.inputs[1])
    link(tree, add.outputs[0], mix.inputs[2])
    link(tree, mix.outputs[0], tree.nodes["Material Output"].inputs["Surface"])
    cube(material)
    assert found() == ["Diffuse.png", "Wall.png"]


def test_a_texture_that_several_materials_share_is_repainted_once(engine):
    image = new_image("Shared.png", colors())
    first, second = textured("First", image), textured("Second", image)
    cube(first, second)
    (result,) = stylize()
    assert shown(first)[1] == shown(second)[1] == result


@pytest.mark.parametrize("scope, wanted", [("ACTIVE", ["B"]), ("SELECTED", ["A", "B"]), ("SCENE", ["A", "B", "C"])])
def test_the_scope_decides_whose_textures_are_found(scene, scope, wanted):
    objects = {name: cube(textured(name)) for name in "CAB"}
    scene.maniera.textures.scope = scope
    for name in "AB":
        objects[name].select_set(True)
    objects["C"].select_set(False)
    assert found() == [f"{name}.png" for name in wanted]


def test_what_is_not_checked_stays_and_the_choice_is_kept(engine, scene):
    cube(textured("First"), textured("Second"))
    assert found() == ["First.png", "Second.png"]
    scene.maniera.textures.found["First.png"].use = False
    assert [image.name for image in stylize()] == ["Second - Wave"]
    assert [entry.use for entry in scene.maniera.textures.found] == [False, True]
    scene.maniera.textures.found["Second.png"].use = False
    assert refused(bpy.ops.maniera.stylize_textures).startswith("All textures are left out: ")


def test_the_list_says_size_and_what_cannot_be_repainted(scene, tmp_path):
    materials = [textured("Wall"), textured("Bumps"), textured("Gone"), textured("Clip")]
    bpy.data.images["Bumps.png"].colorspace_settings.name = "Non-Color"
    bpy.data.images["Gone.png"].source, bpy.data.images["Gone.png"].filepath = "FILE", "//gone.png"
    bpy.data.images["Clip.png"].source = "SEQUENCE"
    cube(*materials)
    said = refusals()
    assert scene.maniera.textures.found["Wall.png"].size[:] == (40, 24)
    assert set(said) == {"Bumps.png", "Gone.png", "Clip.png"}
    assert "Non-Color" in said["Bumps.png"]
    assert "is a sequence" in said["Clip.png"]
    assert "missing" in said["Gone.png"]
    assert all(sentence.endswith(".") and ": " in sentence for sentence in said.values())


def test_what_cannot_be_repainted_is_said_and_the_others_are_done(engine, capfd):
    cube(textured("Wall"), textured("Bumps"))
    bpy.data.images["Bumps.png"].colorspace_settings.name = "Non-Color"
    assert [image.name for image in stylize()] == ["Wall - Wave"]
    assert "'Bumps.png' is marked Non-Color" in capfd.readouterr().out


def test_objects_without_textures_are_told_what_to_do(engine):
    cube(new_material("Plain"))
    assert "use Stylize Object" in refused(bpy.ops.maniera.stylize_textures)


@pytest.fixture
def library(engine, tmp_path):
    """A .blend file with a cube and a textured material, of which nothing is in this file."""
    path = str(tmp_path / "library.blend")
    found = cube(textured("Wall"))
    image = bpy.data.images["Wall.png"]
    image.pack()
    bpy.data.libraries.write(path, {found})
    bpy.data.batch_remove([found.data.materials[0], found.data, found, image])
    return path


def test_materials_of_other_files_are_refused(library):
    with bpy.data.libraries.load(library, link=True) as (_, wanted):
        wanted.objects = ["Cube"]
    bpy.context.scene.collection.objects.link(wanted.objects[0])
    bpy.context.scene.maniera.textures.scope = "SCENE"
    told = refused(bpy.ops.maniera.stylize_textures)
    assert "'Wall'" in told and "make it local" in told


def test_images_of_other_files_are_repainted_in_own_materials(library):
    with bpy.data.libraries.load(library, link=True) as (_, wanted):
        wanted.images = ["Wall.png"]
    material = textured("Own", wanted.images[0])
    cube(material)
    (result,) = stylize()
    assert result.library is None and shown(material)[1] == result
    assert result.size[:] == wanted.images[0].size[:]


def test_the_engine_learns_how_the_texture_lies(engine):
    size = 64
    cube(textured("Box", new_image("Box.png", colors(height=size, width=size))))
    stylize()
    asked = json.loads(engine.told("request"))
    arrays = np.load(engine.folder / "arrays.npz")
    picture, reference, coverage, cuts = (arrays[f"arr_{number}"] for number in range(4))
    assert asked["styles"] == [{"reference": 0, "weight": 1.0}]
    assert (asked["coverage"], asked["cuts"]) == (1, 2)
    assert asked["texture"] == {"feather": 6, "impasto": 0.5, "gloss": 0.25}
    height, width = picture.shape[:2]
    assert coverage.shape == (height, width) and coverage.dtype == np.float32
    rim = ((height - size) // 2, (width - size) // 2)
    assert abs(coverage.mean() * height * width / size**2 - 6 / 16) < 0.02
    target = cuts[:, :2].astype(int)
    assert not coverage[tuple(target.T)].any()
    assert coverage[tuple(np.rint(cuts[:, 2:]).astype(int).T)].all()
    inner = picture[rim[0] : height - rim[0], rim[1] : width - rim[1]]
    assert np.array_equal(inner, stored(bpy.data.images["Box.png"]))


@pytest.mark.parametrize("way", ["Generated", "Object"])
def test_where_no_uv_map_is_used_nothing_is_said_of_one(engine, way):
    material = textured("Wall")
    tree = material.node_tree
    node = next(node for node in tree.nodes if node.type == "TEX_IMAGE")
    link(tree, tree.nodes.new("ShaderNodeTexCoord").outputs[way], node.inputs["Vector"])
    cube(material)
    stylize()
    asked = json.loads(engine.told("request"))
    assert "coverage" not in asked and asked["settings"]["seamless"] == "auto"


@pytest.mark.parametrize("chosen, wanted", [("none", "x"), ("y", "xy"), ("auto", "x")])
def test_edges_that_join_on_the_surface_join_in_the_texture(engine, scene, chosen, wanted):
    scene.maniera.stylize.seamless = chosen
    bpy.ops.mesh.primitive_cylinder_add(end_fill_type="NOTHING")
    bpy.context.object.data.materials.append(textured("Tube"))
    stylize()
    assert json.loads(engine.told("request"))["settings"]["seamless"] == wanted


def test_the_relief_becomes_a_bump_and_a_change_of_roughness(engine, scene):
    material = textured("Wall")
    tree, principled = material.node_tree, shader(material)
    bumps = tree.nodes.new("ShaderNodeNormalMap")
    link(tree, bumps.outputs["Normal"], principled.inputs["Normal"])
    principled.inputs["Roughness"].default_value = 0.6
    found = cube(material)
    found.scale = (2, 2, 2)
    bpy.context.view_layer.update()
    before = structure(tree)
    scene.maniera.textures.relief = True
    names = [image.name for image in stylize()]
    assert names == ["Wall - Wave", "Wall Relief - Wave"]
    relief = bpy.data.images[names[1]]
    assert relief.colorspace_settings.name == "Non-Color" and relief.size[:] == (40, 24)
    assert np.abs(stored(relief) - [0.75, 0.375, 0, 1]).max() < 1e-4
    bump, total = source(principled.inputs["Normal"]), source(principled.inputs["Roughness"])
    assert bump.type == "BUMP" and source(bump.inputs["Normal"]) == bumps
    # 8 texels high; a side of the cube is 4 units long and a quarter of the texture wide
    assert bump.inputs["Distance"].default_value == pytest.approx(8 * 4 / np.sqrt(40 / 4 * 24 / 4), rel=1e-3)
    assert total.type == "MATH" and abs(total.inputs[2].default_value - 0.6) < 1e-6
    scene.maniera.textures.relief = False
    stylize()
    assert source(principled.inputs["Normal"]) == bumps and not principled.inputs["Roughness"].is_linked
    bpy.ops.maniera.remove_stylized_textures()
    assert structure(tree) == before


def test_one_undo_takes_everything_away(engine):
    material = textured("Wall")
    cube(material)
    before = structure(material.node_tree)
    bpy.ops.ed.undo_push(message="before")
    stylize()
    bpy.ops.ed.undo_push(message="after")
    bpy.ops.ed.undo()
    assert structure(bpy.data.materials["Wall"].node_tree) == before
    assert "Wall - Wave" not in bpy.data.images
    bpy.ops.ed.redo()
    assert shown(bpy.data.materials["Wall"])[1].name == "Wall - Wave"


def test_saving_and_opening_loses_nothing(engine, tmp_path):
    material = textured("Wall")
    bpy.data.images["Wall.png"].pack()
    cube(material)
    (result,) = stylize()
    numbers, nodes = stored(result), structure(material.node_tree)
    bpy.ops.maniera.use_original_textures()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
    material = bpy.data.materials["Wall"]
    assert structure(material.node_tree) == nodes
    factor, image, original = shown(material)
    assert (factor, original.image.name) == (0, "Wall.png")
    assert np.array_equal(stored(image), numbers)
    assert [entry.name for entry in bpy.context.scene.maniera.textures.found] == ["Wall.png"]
    bpy.ops.maniera.remove_stylized_textures()
    assert source(shader(material).inputs["Base Color"]) == original


def test_cancelling_keeps_nothing(engine):
    material = textured("Wall")
    cube(material, textured("Floor"))
    before, images = structure(material.node_tree), set(bpy.data.images)
    engine.order("stay")
    with Meanwhile(engine, lambda _: bpy.ops.maniera.cancel()):
        assert bpy.ops.maniera.stylize_textures() == {"CANCELLED"}
    assert structure(material.node_tree) == before and set(bpy.data.images) == images


def test_a_texture_is_shown_to_the_engine_without_the_scenes_view(engine, scene):
    scene.view_settings.view_transform = "AgX"
    image = new_image("Wall.png", colors())
    image.use_view_as_render = True
    cube(textured("Wall", image))
    stylize()
    arrays = np.load(engine.folder / "arrays.npz")
    height, width = stored(image).shape[:2]
    sent = arrays["arr_0"]
    down, across = (sent.shape[0] - height) // 2, (sent.shape[1] - width) // 2
    assert np.abs(sent[down : down + height, across : across + width] - stored(image)).max() < 1e-6
