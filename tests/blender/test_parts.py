# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of a picture in styles of their own: what the engine is asked, from objects, materials and masks."""

import json
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.blender.extension import part
from tests.blender.materials import cube, new_material
from tests.blender.pixels import colors, new_image
from tests.blender.test_images import render
from tests.blender.test_stylize import refused


@pytest.fixture
def parts(scene, manner, stand_in):
    return scene.maniera.parts


def add(parts, kind, thing, style="Woodcut"):
    """Give a thing a style of its own."""
    bpy.ops.maniera.add_part()
    added = parts.parts[-1]
    added.kind, added.style_name = kind, style
    setattr(added, kind.lower(), thing)


def asked(stand_in) -> dict:
    return json.loads(stand_in.told("request"))


def style_file(name: str) -> str:
    return next(str(path) for path in part("core.styles").SHIPPED.glob("*.safetensors") if path.stem == name)


def test_without_parts_nothing_is_said_of_them(parts, stand_in):
    new_image("Photo", colors())
    bpy.ops.maniera.stylize_image(image_name="Photo")
    assert not {"where", "masks"} & set(asked(stand_in))


def test_an_added_part_is_the_active_object_and_can_be_removed(parts):
    found = cube()
    bpy.ops.maniera.add_part()
    assert [one.object for one in parts.parts] == [found]
    bpy.ops.maniera.remove_part(number=0)
    assert not parts.parts and not bpy.ops.maniera.remove_part.poll()


def test_masks_reach_the_engine_as_they_look(parts, stand_in):
    photo, mask = colors(1), colors(2)
    new_image("Photo", photo)
    shown = new_image("Mask", mask)
    parts.within, parts.mask = "MASK", shown
    add(parts, "MASK", new_image("Other", mask[::-1]))
    bpy.ops.maniera.stylize_image(image_name="Photo")
    request = asked(stand_in)
    assert request["where"] == [{"array": 1}]
    assert request["masks"] == [{"styles": [{"path": style_file("woodcut"), "weight": 1.0}], "where": [{"array": 2}]}]
    arrays = np.load(stand_in.folder / "arrays.npz")
    white = mask[..., :3].mean(2) * mask[..., 3]
    assert np.abs(arrays["arr_2"] - white).max() < 1 / 255
    assert np.abs(arrays["arr_3"] - white[::-1]).max() < 1 / 255


def test_what_is_opaque_is_named_without_a_mask(parts, stand_in):
    parts.within = "ALPHA"
    new_image("Photo", colors())
    bpy.ops.maniera.stylize_image(image_name="Photo")
    assert asked(stand_in)["where"] == [{"of": "alpha"}]


def test_things_of_a_render_are_named_with_its_file(scene, parts, stand_in):
    layer = scene.view_layers[0]
    layer.use_pass_cryptomatte_object = layer.use_pass_cryptomatte_material = True
    render(scene)
    plane = bpy.context.object
    group = bpy.data.collections.new("Group")
    group.objects.link(plane)
    group.objects.link(scene.camera)
    add(parts, "OBJECT", plane)
    add(parts, "MATERIAL", plane.material_slots[0].material)
    add(parts, "COLLECTION", group)
    bpy.ops.maniera.stylize_render()
    masks = asked(stand_in)["masks"]
    named = [[(one["of"], one["name"]) for one in mask["where"]] for mask in masks]
    assert named == [[("object", "Plane")], [("material", "Glow")], [("object", "Plane")]]
    (path,) = {one["file"] for mask in masks for one in mask["where"]}
    assert (stand_in.folder / "file").read_bytes()[:4] == b"\x76\x2f\x31\x01"  # as long as it was asked for: an EXR
    assert not Path(path).exists()


def test_a_render_without_cryptomatte_is_told_what_to_do(scene, parts, stand_in):
    render(scene)
    add(parts, "OBJECT", bpy.context.object)
    assert "turn on Cryptomatte Object" in refused(bpy.ops.maniera.stylize_render)


def test_things_are_left_out_where_the_picture_is_no_render(parts, stand_in):
    add(parts, "MATERIAL", new_material("Gold"))
    new_image("Photo", colors())
    bpy.ops.maniera.stylize_image(image_name="Photo")
    assert "masks" not in asked(stand_in)


def test_a_part_of_nothing_is_told_so(parts, stand_in):
    new_image("Photo", colors())
    add(parts, "MASK", None)
    assert "has no mask" in refused(lambda: bpy.ops.maniera.stylize_image(image_name="Photo"))


def test_parts_are_saved_with_the_file(parts, tmp_path):
    add(parts, "OBJECT", cube(), style="Ukiyo-e")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
    (kept,) = bpy.context.scene.maniera.parts.parts
    assert (kept.kind, kept.object.name, kept.style) == ("OBJECT", "Cube", "Ukiyo-e")


def test_the_engine_paints_an_object_in_a_style_of_its_own(scene, parts, engine_python, monkeypatch):
    monkeypatch.setenv("MANIERA_PYTHON", engine_python)
    if bpy.ops.maniera.stop_engine.poll():
        bpy.ops.maniera.stop_engine()
    scene.maniera.source, scene.maniera.style_name = "LIBRARY", "Ukiyo-e"
    scene.view_layers[0].use_pass_cryptomatte_object = True
    render(scene)
    bpy.ops.maniera.stylize_render()
    add(parts, "OBJECT", bpy.context.object)
    bpy.ops.maniera.stylize_render()
    whole, apart = (image for image in bpy.data.images if image.name.startswith("Render - "))
    first, second = (np.array(image.pixels).reshape(36, 64, 4) for image in (whole, apart))
    inside = first[..., 3] == 1
    changed = np.abs(first - second)[..., :3].max(2)
    assert changed[inside].mean() > 0.02
    assert changed[first[..., 3] == 0].max() == 0
