# SPDX-License-Identifier: GPL-3.0-or-later
"""Images are read as the artist sees them, and whatever is read leaves no trace."""

from types import SimpleNamespace

import bpy
import numpy as np
import pytest

from tests.blender.extension import part
from tests.blender.pixels import colors, encoded, new_image, seen, stored

SIXTEEN_BITS = 1 / 65535


@pytest.fixture
def images(installed):
    return part("operators.images")


@pytest.fixture
def appearance(installed):
    return part("operators.appearance")


def result_of(steps):
    """What a generator returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def settings_of(scene):
    """Everything that decides how a picture is shown and saved."""
    render = scene.render
    file = render.image_settings
    owners = {"format": file, "view": scene.view_settings, "display": scene.display_settings}
    if file.color_management == "OVERRIDE":
        owners |= {"format's view": file.view_settings, "format's display": file.display_settings}
    values = {
        (owner, prop.identifier): getattr(found, prop.identifier)
        for owner, found in owners.items()
        for prop in found.bl_rna.properties
        if not prop.is_readonly and prop.type != "POINTER"
    }
    return values | {"dither": render.dither_intensity, "path": render.filepath}


def render(scene, transparent=True):
    """A glowing plane before nothing."""
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.render.resolution_x, scene.render.resolution_y = 64, 36
    scene.render.film_transparent = transparent
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    scene.camera.location.z = 4
    bpy.ops.mesh.primitive_plane_add(size=2, rotation=(0, 0, 0.4))
    material = bpy.data.materials.new("Glow")
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    nodes = material.node_tree.nodes
    nodes.clear()
    glow, output = nodes.new("ShaderNodeEmission"), nodes.new("ShaderNodeOutputMaterial")
    position = nodes.new("ShaderNodeTexCoord")
    material.node_tree.links.new(position.outputs["Generated"], glow.inputs["Color"])
    material.node_tree.links.new(glow.outputs[0], output.inputs[0])
    glow.inputs["Strength"].default_value = 1.5
    bpy.context.object.data.materials.append(material)
    bpy.ops.render.render()


def saved_render(scene, path):
    """The render as Blender itself saves it with 16 bits."""
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_mode, settings.color_depth = "PNG", "RGBA", "16"
    scene.render.dither_intensity = 0
    bpy.data.images["Render Result"].save_render(str(path), scene=scene)
    image = bpy.data.images.load(str(path))
    image.colorspace_settings.name = "Non-Color"
    return stored(image)


def test_bytes_are_read_as_they_are_stored(scene, appearance):
    image = new_image("Photo", colors())
    assert np.array_equal(result_of(appearance.read(image, scene)), stored(image))


def test_data_is_read_as_it_is_stored(scene, appearance):
    image = new_image("Mask", colors(), float_buffer=True, is_data=True)
    assert np.array_equal(result_of(appearance.read(image, scene)), stored(image))


@pytest.mark.parametrize("alpha_mode", ["STRAIGHT", "PREMUL", "CHANNEL_PACKED"])
def test_floats_are_read_as_the_image_editor_shows_them(scene, appearance, alpha_mode):
    picture = colors()
    if alpha_mode != "CHANNEL_PACKED":
        picture[..., :3] *= 1.5 * picture[..., 3:]
    image = new_image("Light", picture, float_buffer=True)
    image.alpha_mode = alpha_mode
    read = result_of(appearance.read(image, scene))
    assert np.abs(read - seen(image))[..., :3].max() < 2 * SIXTEEN_BITS
    assert np.array_equal(read[..., 3], picture[..., 3])


def test_floats_that_are_viewed_as_render_go_through_the_scenes_view(scene, appearance):
    scene.view_settings.view_transform = "Standard"
    scene.view_settings.exposure = -1.0
    picture = colors()
    picture[..., 3] = 1
    image = new_image("Light", picture, float_buffer=True)
    image.use_view_as_render = True
    read = result_of(appearance.read(image, scene))
    assert np.abs(read[..., :3] - encoded(picture[..., :3] / 2)).max() < 2 * SIXTEEN_BITS


def test_sixteen_bits_of_a_file_survive(scene, appearance, tmp_path):
    written = new_image("Deep", colors(), float_buffer=True, is_data=True)
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_mode, settings.color_depth = "PNG", "RGBA", "16"
    settings.color_management = "OVERRIDE"
    settings.view_settings.view_transform = "Raw"
    scene.render.dither_intensity = 0
    written.save_render(str(tmp_path / "deep.png"), scene=scene)
    deep = bpy.data.images.load(str(tmp_path / "deep.png"))
    numbers = bpy.data.images.load(str(tmp_path / "deep.png"))
    numbers.colorspace_settings.name = "Non-Color"
    read, wanted = result_of(appearance.read(deep, scene)), stored(numbers)
    assert np.abs((read - wanted) * wanted[..., 3:]).max() < 2 * SIXTEEN_BITS
    assert np.array_equal(read[..., 3], wanted[..., 3])


def test_a_picture_without_color_or_alpha_is_read_too(scene, appearance, images):
    grey = np.random.default_rng(0).random((3, 5, 1), np.float32)

    def give(values):
        values[:] = grey[::-1].ravel()

    image = SimpleNamespace(size=(5, 3), channels=1, pixels=SimpleNamespace(foreach_get=give))
    assert np.array_equal(images.pixels(image), np.concatenate([grey] * 3 + [np.ones_like(grey)], 2))


@pytest.mark.parametrize("look", ["None", "AgX - Punchy"])
def test_the_render_is_read_as_blender_would_save_it(scene, appearance, tmp_path, look):
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = look
    scene.view_settings.exposure, scene.view_settings.gamma = 0.5, 1.2
    render(scene)
    read, wanted = result_of(appearance.read_render(scene)), saved_render(scene, tmp_path / "render.png")
    opaque = wanted[..., 3:] == 1
    assert opaque.any() and not opaque.all()
    assert np.abs((read - wanted) * opaque).max() < 3 * SIXTEEN_BITS
    assert np.abs((read - wanted) * wanted[..., 3:]).max() < 1 / 255
    assert np.abs(read - wanted)[..., 3].max() < SIXTEEN_BITS


@pytest.mark.parametrize("management", ["FOLLOW_SCENE", "OVERRIDE"])
def test_reading_leaves_the_scenes_settings_and_images_as_they_were(scene, appearance, management):
    render(scene)
    light = new_image("Light", colors(), float_buffer=True)
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "MULTI_LAYER_IMAGE"
    settings.file_format, settings.color_depth, settings.exr_codec = "OPEN_EXR_MULTILAYER", "16", "DWAA"
    settings.color_management = management
    if management == "OVERRIDE":
        settings.view_settings.view_transform, settings.view_settings.exposure = "AgX", 0.25
    scene.render.dither_intensity, scene.view_settings.view_transform = 0.7, "Filmic"
    before, images = settings_of(scene), set(bpy.data.images)
    result_of(appearance.read_render(scene))
    result_of(appearance.read(light, scene))
    assert settings_of(scene) == before
    assert set(bpy.data.images) == images


def test_a_failure_leaves_the_scenes_settings_as_they_were(scene, appearance):
    before = settings_of(scene)
    with pytest.raises(Exception, match="no image data|not have any image data|no render"):
        result_of(appearance.read_render(scene))
    assert settings_of(scene) == before


def test_what_cannot_be_read_is_refused_in_a_sentence(scene, images, tmp_path):
    errors = part("core.errors")
    movie = new_image("Film", colors())
    movie.source = "MOVIE"
    sequence = new_image("Shots", colors())
    sequence.source = "SEQUENCE"
    tiles = bpy.data.images.new("Tiles", 8, 8, tiled=True)
    missing = bpy.data.images.new("Missing", 8, 8)
    missing.filepath_raw, missing.source = str(tmp_path / "missing.png"), "FILE"
    for image in (movie, sequence, tiles, missing):
        with pytest.raises(errors.UserError, match=f"^'{image.name}' .*: .*\\.$|missing\\.$"):
            images.describe(image)
