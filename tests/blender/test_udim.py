# SPDX-License-Identifier: GPL-3.0-or-later
"""UDIM tiles are read, repainted and kept as the one picture that they are on the object."""

import bpy
import numpy as np
import pytest

from tests.blender.extension import part
from tests.blender.materials import cube, shader, source, textured
from tests.blender.pixels import colors, encoded, new_image, stored
from tests.blender.test_stylize import refused

BYTE = 1 / 255
TILES = (1001, 1002, 1012)
HEIGHT, WIDTH = 8, 16


def tiled(folder, sizes=None, **kind) -> bpy.types.Image:
    """An image of tiles with random colors, one of them in a second row."""
    float_buffer = kind.get("float_buffer", False)
    suffix, file_format = ("exr", "OPEN_EXR") if float_buffer else ("png", "PNG")
    for number in TILES:
        height, width = (sizes or {}).get(number, (HEIGHT, WIDTH))
        tile = new_image(f"Tile {number}", colors(number, height, width), **kind)
        tile.file_format = file_format
        tile.save(filepath=str(folder / f"skin.{number}.{suffix}"))
        bpy.data.images.remove(tile)
    image = bpy.data.images.load(str(folder / f"skin.1001.{suffix}"))
    image.source = "TILED"
    image.filepath = str(folder / f"skin.<UDIM>.{suffix}")
    return image


def tile(image: bpy.types.Image, number: int) -> np.ndarray:
    """What a tile shows."""
    udim = part("operators.udim")
    whole = udim.canvas(image)
    picture = udim.pixels(image, whole)[udim.window(whole, number)]
    return picture if not image.is_float else np.concatenate([encoded(picture[..., :3]), picture[..., 3:]], 2)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "files").mkdir()
    return tmp_path / "files"


def repainted(material) -> bpy.types.Image:
    """Repaint the textures of the active object; the image that the material shows now."""
    assert bpy.ops.maniera.stylize_textures() == {"FINISHED"}
    mix = source(shader(material).inputs["Base Color"])
    return source(next(socket for socket in mix.inputs if socket.identifier == "B_Color")).image


@pytest.mark.parametrize("alpha_mode", ["STRAIGHT", "PREMUL", "CHANNEL_PACKED"])
@pytest.mark.parametrize("space", ["sRGB", "Linear Rec.709"])
@pytest.mark.parametrize("float_buffer", [False, True])
def test_tiles_are_read_as_blender_holds_them(scene, folder, alpha_mode, space, float_buffer):
    image = tiled(folder, float_buffer=float_buffer)
    image.alpha_mode, image.colorspace_settings.name = alpha_mode, space
    udim = part("operators.udim")
    whole = udim.canvas(image)
    picture = udim.pixels(image, whole)
    assert np.abs(picture[udim.window(whole, 1001)] - stored(image)).max() < 1e-4  # Blender gives the first tile


@pytest.mark.parametrize("in_file", [False, True])
@pytest.mark.parametrize("output", ["PACKED", "FILE"])
def test_every_tile_is_repainted_and_kept(manner, stand_in, folder, tmp_path, in_file, output):
    image = tiled(folder)
    if in_file:
        image.pack()
        for path in folder.iterdir():
            path.unlink()
    before = {number: tile(image, number) for number in TILES}
    chosen = bpy.context.scene.maniera
    chosen.output, chosen.folder = output, str(tmp_path / "results")
    material = textured("Skin", image)
    cube(material)
    result = repainted(material)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
    result = bpy.data.images["skin - Wave"]
    assert (result.source, [found.number for found in result.tiles]) == ("TILED", list(TILES))
    assert bool(result.packed_files) == (output == "PACKED")
    for number in TILES:
        after = tile(result, number)
        assert np.abs(after[..., :3] - (1 - before[number][..., :3])).max() < 1.5 * BYTE
        assert np.array_equal(after[..., 3], before[number][..., 3])


def test_tiles_of_floats_stay_floats(manner, stand_in, folder):
    image = tiled(folder, float_buffer=True)
    image.alpha_mode = "CHANNEL_PACKED"
    before = {number: tile(image, number) for number in TILES}
    material = textured("Skin", image)
    cube(material)
    result = repainted(material)
    assert result.is_float
    for number in TILES:
        after = tile(result, number)
        assert np.abs(after[..., :3] - (1 - before[number][..., :3])).max() < BYTE


def test_the_engine_sees_the_tiles_as_one_picture(manner, stand_in, folder):
    image = tiled(folder)
    tiles = {number: tile(image, number) for number in TILES}
    material = textured("Skin", image)
    found = cube(material)
    layer = found.data.uv_layers[0]
    uv = np.empty(len(layer.uv) * 2, np.float32)
    layer.uv.foreach_get("vector", uv)
    layer.uv.foreach_set("vector", uv * 1.2)  # over the edge between the first two tiles
    repainted(material)
    arrays = np.load(stand_in.folder / "arrays.npz")
    picture, coverage = arrays["arr_0"], arrays["arr_2"]
    down, across = (picture.shape[0] - 2 * HEIGHT) // 2, (picture.shape[1] - 2 * WIDTH) // 2
    assert down == across == 0 or coverage.shape == picture.shape[:2]
    picture = picture[down : down + 2 * HEIGHT, across : across + 2 * WIDTH]
    coverage = coverage[down : down + 2 * HEIGHT, across : across + 2 * WIDTH]
    assert np.array_equal(picture[HEIGHT:, :WIDTH], tiles[1001])
    assert np.array_equal(picture[HEIGHT:, WIDTH:], tiles[1002])
    assert np.array_equal(picture[:HEIGHT, WIDTH:], tiles[1012])
    assert not picture[:HEIGHT, :WIDTH].any()
    assert coverage[HEIGHT:, WIDTH:].any() and coverage[HEIGHT:, WIDTH - 1 : WIDTH + 1].all(1).any()


def test_tiles_that_differ_in_size_are_refused(manner, stand_in, folder):
    cube(textured("Skin", tiled(folder, {1002: (16, 16)})))
    assert "differ in size" in refused(bpy.ops.maniera.stylize_textures)


def test_tiles_that_are_not_saved_are_refused(manner, stand_in, folder):
    image = bpy.data.images.new("New", 16, 16, tiled=True)
    material = textured("Skin", image)
    cube(material)
    assert "save them" in refused(bpy.ops.maniera.stylize_textures)
    with bpy.context.temp_override(edit_image=image):
        bpy.ops.image.save_as(filepath=str(folder / "new.<UDIM>.png"))
    assert repainted(material).size[:] == (16, 16)


def test_results_never_replace_files(manner, stand_in, folder, tmp_path):
    chosen = bpy.context.scene.maniera
    chosen.output, chosen.folder = "FILE", str(tmp_path / "results")
    material = textured("Skin", tiled(folder))
    cube(material)
    first, second = repainted(material), repainted(material)
    assert first.filepath != second.filepath
    assert len(list((tmp_path / "results").iterdir())) == 2 * len(TILES)
