# SPDX-License-Identifier: GPL-3.0-or-later
"""A stylized image in the compositor looks as it did in the Image Editor, and leaves no trace when it is removed."""

import json

import bpy
import numpy as np
import pytest

from tests.blender.extension import part

WIDTH, HEIGHT = 160, 90
FIVE = bpy.app.version >= (5, 0, 0)
ONE_STEP = 1 / 255


def random_colors(seed, width=WIDTH, height=HEIGHT):
    """Saturated colors of every kind, opaque."""
    picture = np.ones((height, width, 4), np.float32)
    picture[..., :3] = np.round(np.random.default_rng(seed).random((height, width, 3)) * 255) / 255
    return picture


def new_image(name, picture, float_buffer=False):
    height, width = picture.shape[:2]
    image = bpy.data.images.new(name, width, height, alpha=True, float_buffer=float_buffer)
    image.pixels.foreach_set(np.ascontiguousarray(picture[::-1], np.float32).ravel())
    image.update()
    return image


def result(name="Result", seed=1, picture=None):
    """An image that Maniera has made."""
    image = new_image(name, random_colors(seed) if picture is None else picture)
    image["maniera"] = True
    image.pack()
    return image


@pytest.fixture
def scene():
    """A card with bright saturated colors that covers most of a transparent picture."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 2, False
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.render.film_transparent, scene.render.dither_intensity = True, 0.0
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale, camera.location.z = "ORTHO", 16.0, 5.0
    scene.collection.objects.link(camera)
    scene.camera = camera
    bpy.ops.mesh.primitive_plane_add(size=8, rotation=(0, 0, 0.3))
    bpy.context.object.data.materials.append(glowing_colors())
    return scene


def glowing_colors():
    material = bpy.data.materials.new("Card")
    if not FIVE:
        material.use_nodes = True
    nodes = material.node_tree
    nodes.nodes.clear()
    texture = nodes.nodes.new("ShaderNodeTexImage")
    texture.image = new_image("Card", random_colors(7, 8, 8) ** 3 * 4, float_buffer=True)
    glow, end = nodes.nodes.new("ShaderNodeEmission"), nodes.nodes.new("ShaderNodeOutputMaterial")
    nodes.links.new(texture.outputs["Color"], glow.inputs["Color"])
    nodes.links.new(glow.outputs[0], end.inputs[0])
    return material


@pytest.fixture
def render(tmp_path):
    """Renders the scene and returns what its saved picture shows, top row first."""

    def shoot():
        scene = bpy.context.scene
        bpy.ops.render.render()
        settings = scene.render.image_settings
        settings.file_format, settings.color_mode, settings.color_depth = "PNG", "RGBA", "16"
        path = str(tmp_path / "render.png")
        bpy.data.images["Render Result"].save_render(path, scene=scene)
        saved = bpy.data.images.load(path)
        saved.colorspace_settings.name, saved.alpha_mode = "Non-Color", "CHANNEL_PACKED"
        picture = np.empty((saved.size[1], saved.size[0], 4), np.float32)
        saved.pixels.foreach_get(picture.ravel())
        bpy.data.images.remove(saved)
        return picture[::-1]

    return shoot


def tree():
    scene = bpy.context.scene
    return scene.compositing_node_group if FIVE else scene.node_tree


def group_node():
    return next(node for node in tree().nodes if node.type == "GROUP")


def output():
    return next(node for node in tree().nodes if node.bl_idname in {"NodeGroupOutput", "CompositorNodeComposite"})


def set_factor(value):
    group_node().inputs["Factor"].default_value = value


def state():
    """All that showing an image may change, and removing it must put back."""
    scene, nodes = bpy.context.scene, tree()
    view = scene.view_settings
    return json.dumps(
        {
            "nodes": sorted([n.name, n.bl_idname, *n.location] for n in nodes.nodes) if nodes else [],
            "links": sorted([repr(link.from_socket), repr(link.to_socket)] for link in nodes.links) if nodes else [],
            "groups": sorted(bpy.data.node_groups.keys()),
            "switches": [scene.render.use_compositing, FIVE or scene.use_nodes],
            "view": [view.view_transform, view.look, view.exposure, view.gamma],
            "more view": [view.use_curve_mapping, view.use_white_balance],
            # In Blender 4.5 the settings, too, are among them, as soon as somebody has read them.
            "properties": sorted(set(scene.keys()) - {"maniera"}),
        },
        indent=1,
    )


def user_tree():
    """Nodes as an artist has them: the render through an effect to the output, a viewer and a file."""
    scene = bpy.context.scene
    if FIVE:
        nodes = scene.compositing_node_group = bpy.data.node_groups.new("Mine", "CompositorNodeTree")
        nodes.interface.new_socket(name="Image", in_out="OUTPUT", socket_type="NodeSocketColor")
    else:
        scene.use_nodes = True
        nodes = scene.node_tree
        nodes.nodes.clear()
    kinds = ("RLayers", "Exposure", "Viewer", "OutputFile")
    layers, effect, viewer, file = (nodes.nodes.new(f"CompositorNode{kind}") for kind in kinds)
    end = nodes.nodes.new("NodeGroupOutput" if FIVE else "CompositorNodeComposite")
    effect.inputs["Exposure"].default_value = 0.5
    nodes.links.new(layers.outputs["Image"], effect.inputs["Image"])
    nodes.links.new(layers.outputs["Image"], file.inputs[-1])
    nodes.links.new(effect.outputs[0], viewer.inputs[0])
    nodes.links.new(effect.outputs[0], end.inputs[0])
    return nodes


def view(scene, name, look="None", **more):
    scene.view_settings.view_transform = name
    scene.view_settings.look = look
    for key, value in more.items():
        setattr(scene.view_settings, key, value)


VIEWS = [
    pytest.param({"name": "Standard"}, id="Standard"),
    pytest.param({"name": "Filmic"}, id="Filmic"),
    pytest.param({"name": "AgX"}, id="AgX"),
    pytest.param({"name": "AgX", "exposure": 0.7, "gamma": 1.3}, id="AgX with exposure and gamma"),
    pytest.param({"name": "AgX", "use_white_balance": True, "white_balance_temperature": 4000}, id="white balance"),
    pytest.param(
        {"name": "AgX", "look": "AgX - Punchy"},
        id="look",
        marks=pytest.mark.skipif(not FIVE, reason="Blender 4.5 has no nodes for looks"),
    ),
]


@pytest.mark.parametrize("settings", VIEWS)
def test_factor_0_is_the_render_and_factor_1_the_image(scene, render, settings):
    view(scene, **settings)
    plain = render()
    picture = random_colors(1)
    picture[..., 3] = np.round(plain[..., 3] * 255) / 255
    result(picture=picture)
    bpy.ops.maniera.show_in_compositor(factor=0.0)
    assert np.abs(render() - plain).max() < ONE_STEP
    set_factor(1.0)
    shown = render()
    covered = picture[..., 3] > 0.1  # almost transparent colors are rounded more coarsely
    assert covered.any() and not covered.all()
    assert np.abs(shown - picture)[covered].max() < ONE_STEP
    assert np.abs(shown[..., 3] - plain[..., 3]).max() < ONE_STEP


def test_glare_on_a_transparent_background_is_kept(scene, render):
    """Light without alpha, which premultiplied pictures can have."""
    view(scene, "AgX")
    nodes = user_tree()
    glare, effect = nodes.nodes.new("CompositorNodeGlare"), nodes.nodes["Exposure"]
    nodes.links.new(effect.outputs[0], glare.inputs["Image"])
    nodes.links.new(glare.outputs[0], output().inputs[0])
    plain = render()
    assert plain[plain[..., 3] == 0, :3].max() > 0.05
    result()
    bpy.ops.maniera.show_in_compositor(factor=0.0)
    assert np.abs(render() - plain).max() < ONE_STEP


def test_curves_of_the_view_are_kept(scene, render):
    view(scene, "AgX", use_curve_mapping=True)
    curves = scene.view_settings.curve_mapping
    curves.curves[3].points.new(0.5, 0.7)
    curves.curves[0].points.new(0.3, 0.2)
    curves.update()
    plain = render()
    result()
    bpy.ops.maniera.show_in_compositor(factor=0.0)
    assert np.abs(render() - plain).max() < ONE_STEP


def test_what_a_blender_cannot_view_in_the_compositor_is_said_and_the_image_is_right_all_the_same(scene, render):
    view(scene, "AgX", "AgX - Punchy")
    picture = random_colors(1)
    warnings = part("operators.compositor").show(scene, result(picture=picture), 1.0)
    assert [("AgX - Punchy" in warning) for warning in warnings] == ([] if FIVE else [True])
    shown = render()
    covered = shown[..., 3] > 0.99
    assert np.abs(shown - picture)[covered].max() < ONE_STEP


def test_removing_leaves_no_trace_where_there_were_no_nodes(scene):
    view(scene, "Filmic", "High Contrast", exposure=0.3)
    before = state()
    result()
    bpy.ops.maniera.show_in_compositor()
    assert state() != before
    bpy.ops.maniera.remove_from_compositor()
    assert state() == before


def test_existing_nodes_are_extended_and_put_back(scene, render):
    view(scene, "AgX", exposure=-0.2)
    user_tree()
    before, plain = state(), render()
    result()
    bpy.ops.maniera.show_in_compositor(factor=0.0)
    assert np.abs(render() - plain).max() < ONE_STEP  # the artist's effect is still in it
    assert output().inputs[0].links[0].from_node == group_node()
    viewer = next(node for node in tree().nodes if node.type == "VIEWER")
    assert viewer.inputs[0].links[0].from_node == group_node()
    bpy.ops.maniera.remove_from_compositor()
    assert state() == before


def test_nodes_that_were_switched_off_stay_out_of_the_picture(scene, render):
    user_tree()
    scene.render.use_compositing = False
    before, plain = state(), render()
    result()
    bpy.ops.maniera.show_in_compositor(factor=0.0)
    assert np.abs(render() - plain).max() < ONE_STEP
    bpy.ops.maniera.remove_from_compositor()
    assert state() == before


def test_showing_again_replaces_the_image_and_keeps_the_factor(scene):
    view(scene, "AgX")
    before = state()
    result("First", 1)
    result("Second", 2)
    bpy.ops.maniera.show_in_compositor(image_name="First", factor=0.25)
    once = state()
    bpy.ops.maniera.show_in_compositor(image_name="Second")
    assert state() == once
    assert group_node().inputs["Factor"].default_value == 0.25
    images = [node.image.name for node in group_node().node_tree.nodes if node.type == "IMAGE"]
    assert images == ["Second"]
    bpy.ops.maniera.remove_from_compositor()
    assert state() == before


def test_the_last_result_is_shown_where_none_is_named(scene):
    result("Older")
    result("Newer")
    new_image("Not Mine", random_colors(3))
    bpy.ops.maniera.show_in_compositor()
    assert [node.image.name for node in group_node().node_tree.nodes if node.type == "IMAGE"] == ["Newer"]


def test_the_factor_can_be_animated(scene):
    result()
    bpy.ops.maniera.show_in_compositor()
    factor = group_node().inputs["Factor"]
    for frame, value in ((1, 0.0), (11, 1.0)):
        factor.default_value = value
        factor.keyframe_insert("default_value", frame=frame)
    bpy.ops.maniera.show_in_compositor()
    scene.frame_set(6)
    assert 0.4 < group_node().inputs["Factor"].default_value < 0.6


def test_a_node_that_the_artist_has_added_since_stays(scene):
    user_tree()
    result()
    bpy.ops.maniera.show_in_compositor()
    nodes, end = tree(), output()
    blur = nodes.nodes.new("CompositorNodeBlur")
    nodes.links.new(group_node().outputs[0], blur.inputs["Image"])
    nodes.links.new(blur.outputs[0], end.inputs[0])
    bpy.ops.maniera.show_in_compositor()
    assert output().inputs[0].links[0].from_node.type == "BLUR"
    bpy.ops.maniera.remove_from_compositor()
    assert output().inputs[0].links[0].from_node.type == "BLUR"
    assert tree().nodes["Blur"].inputs["Image"].links[0].from_node.type == "EXPOSURE"


def test_nodes_that_were_made_for_the_image_stay_where_the_artist_has_built_on_them(scene):
    result()
    bpy.ops.maniera.show_in_compositor()
    nodes = tree()
    glare, layers = nodes.nodes.new("CompositorNodeGlare"), group_node().inputs[0].links[0].from_node
    nodes.links.new(layers.outputs["Image"], glare.inputs["Image"])
    nodes.links.new(glare.outputs[0], group_node().inputs[0])
    bpy.ops.maniera.remove_from_compositor()
    assert sorted(node.type for node in tree().nodes) == sorted(["R_LAYERS", "GLARE", output().type])
    assert output().inputs[0].links[0].from_node.type == "GLARE"
    assert not bpy.ops.maniera.remove_from_compositor.poll()


def test_removing_works_where_the_node_was_deleted_by_hand(scene):
    view(scene, "AgX")
    user_tree()
    before = state()
    result()
    bpy.ops.maniera.show_in_compositor()
    group, node = group_node().node_tree, group_node()
    tree().nodes.remove(node)
    bpy.data.node_groups.remove(group)
    bpy.ops.maniera.remove_from_compositor()
    after, before = json.loads(state()), json.loads(before)
    viewer_link = [link for link in before["links"] if "Viewer" in link[1]]
    before["links"].remove(*viewer_link)  # deleting the node cut it, and only the output's link is known
    assert after == before


def test_removing_works_where_the_image_was_deleted(scene):
    view(scene, "AgX")
    before = state()
    image = result()
    bpy.ops.maniera.show_in_compositor()
    bpy.data.images.remove(image)
    bpy.ops.maniera.remove_from_compositor()
    assert state() == before


def test_a_view_that_the_artist_has_chosen_since_stays(scene):
    view(scene, "AgX")
    result()
    bpy.ops.maniera.show_in_compositor()
    view(scene, "Filmic")
    bpy.ops.maniera.remove_from_compositor()
    assert scene.view_settings.view_transform == "Filmic"


def test_showing_again_follows_a_view_chosen_since(scene, render):
    view(scene, "AgX")
    result()
    bpy.ops.maniera.show_in_compositor()
    view(scene, "Filmic")
    bpy.ops.maniera.show_in_compositor(factor=0.0)
    shown = render()
    bpy.ops.maniera.remove_from_compositor()
    assert scene.view_settings.view_transform == "Filmic"
    assert np.abs(shown - render()).max() < ONE_STEP


def test_everything_is_put_back_after_saving_and_opening(scene, render, tmp_path):
    view(scene, "AgX", exposure=0.4)
    user_tree()
    before = state()
    picture = random_colors(1)
    result(picture=picture)
    bpy.ops.maniera.show_in_compositor()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shown.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shown.blend"))
    shown = render()
    covered = shown[..., 3] > 0.99
    assert np.abs(shown - picture)[covered].max() < ONE_STEP
    bpy.ops.maniera.remove_from_compositor()
    assert state() == before


def test_undo_takes_the_image_out_again(scene):
    view(scene, "AgX")
    user_tree()
    result()
    before = state()
    bpy.ops.ed.undo_push(message="Before")
    bpy.ops.maniera.show_in_compositor()
    bpy.ops.ed.undo_push(message="Show in Compositor")
    bpy.ops.ed.undo()
    assert state() == before


def test_the_image_fits_a_render_of_another_size(scene, render):
    halves = np.ones((HEIGHT, WIDTH, 4), np.float32)
    halves[:, : WIDTH // 2, :3], halves[:, WIDTH // 2 :, :3] = (1, 0, 0), (0, 0, 1)
    scene.render.film_transparent = False
    scene.render.resolution_percentage = 50
    result(picture=halves)
    bpy.ops.maniera.show_in_compositor()
    shown = render()
    assert shown.shape == (HEIGHT // 2, WIDTH // 2, 4)
    assert np.abs(shown[2, 2, :3] - (1, 0, 0)).max() < ONE_STEP
    assert np.abs(shown[-3, -3, :3] - (0, 0, 1)).max() < ONE_STEP


def test_an_unknown_image_is_refused_and_nothing_changes(scene):
    result()
    before = state()
    with pytest.raises(RuntimeError, match="no image 'Missing'"):
        bpy.ops.maniera.show_in_compositor(image_name="Missing")
    assert state() == before
