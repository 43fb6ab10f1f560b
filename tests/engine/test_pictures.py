# SPDX-License-Identifier: GPL-3.0-or-later
"""Picture files keep what an artist put into them."""

import os
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenImageIO
import pytest
from PIL import Image, ImageCms

from core.engine import pictures
from core.engine.pictures import Picture
from core.errors import PassingError, UserError


def noise(*shape: int, top: int = 255) -> np.ndarray:
    return np.random.default_rng(sum(shape)).integers(0, top + 1, shape)


def save_deep(path: Path, numbers: np.ndarray, kind: str, names: tuple[str, ...] = (), **attributes: object) -> Path:
    spec = OpenImageIO.ImageSpec(numbers.shape[1], numbers.shape[0], numbers.shape[2], kind)
    if names:
        spec.channelnames = names
    for name, value in attributes.items():
        if isinstance(value, bytes):
            spec.attribute(name, f"uint8[{len(value)}]", np.frombuffer(value, np.uint8))
        else:
            spec.attribute(name.replace("__", ":"), value)
    file = OpenImageIO.ImageOutput.create(str(path))
    assert file.open(str(path), spec)
    assert file.write_image(numbers)
    assert file.close()
    return path


def load_deep(path: Path, kind: str = "float") -> np.ndarray:
    as_stored = OpenImageIO.ImageSpec()
    as_stored.attribute("oiio:UnassociatedAlpha", 1)
    file = OpenImageIO.ImageInput.open(str(path), as_stored)
    assert str(file.spec().format) == kind
    return file.read_image(kind)


def copy(source: Path, target: Path) -> Picture:
    """Read and write, as a stylization of strength 0 does."""
    picture = pictures.read(source)
    pictures.write(target, picture)
    return picture


def test_pixels_of_eight_bits_can_be_kept_as_bytes(tmp_path):
    stored = noise(9, 7, 4).astype(np.uint8)
    Image.fromarray(stored).save(tmp_path / "in.png")
    picture = pictures.read(tmp_path / "in.png", as_bytes=True)
    assert picture.pixels.dtype == np.uint8 and np.array_equal(picture.pixels, stored)
    pictures.write(tmp_path / "out.png", picture)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "out.png")), stored)
    pictures.write(tmp_path / "out.exr", picture)
    assert np.abs(pictures.read(tmp_path / "out.exr").pixels[..., 3] - stored[..., 3] / 255).max() < 1e-3


@pytest.mark.parametrize("tiles", [0, 64, 100])
def test_large_files_in_tiles_or_lines_are_read_to_the_last_row(tmp_path, tiles):
    stored = np.random.default_rng(1).random((600, 30, 3), np.float32)
    spec = OpenImageIO.ImageSpec(30, 600, 3, "float")
    spec.tile_width = spec.tile_height = tiles
    file = OpenImageIO.ImageOutput.create("in.exr")
    assert file.open(str(tmp_path / "in.exr"), spec) and file.write_image(stored) and file.close()
    picture = pictures.read(tmp_path / "in.exr")
    pictures.write(tmp_path / "out.exr", picture)
    assert np.allclose(load_deep(tmp_path / "out.exr"), stored, atol=1e-5)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (37, 53)])
def test_bytes_survive_unchanged(tmp_path, suffix, size):
    stored = noise(*size, 4).astype(np.uint8)
    Image.fromarray(stored).save(tmp_path / f"in{suffix}", **pictures.FORMATS[suffix].options)
    picture = copy(tmp_path / f"in{suffix}", tmp_path / f"out{suffix}")
    assert picture.pixels.shape == (*size, 4)
    assert picture.pixels.dtype == np.float32
    assert (np.asarray(Image.open(tmp_path / f"out{suffix}")) == stored).all()


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bits_survive_unchanged(tmp_path, suffix):
    stored = noise(37, 53, 4, top=65535).astype(np.uint16)
    source = save_deep(tmp_path / f"in{suffix}", stored, "uint16", oiio__UnassociatedAlpha=1)
    picture = copy(source, tmp_path / f"out{suffix}")
    assert picture.depth == "uint16"
    assert (load_deep(tmp_path / f"out{suffix}", "uint16") == stored).all()


@pytest.mark.parametrize("kind", ["half", "float"])
def test_exr_is_shown_as_srgb_and_written_scene_linear(tmp_path, kind):
    light = np.linspace(0, 1, 30, dtype=np.float32).reshape(2, 5, 3)
    alpha = np.full((2, 5, 1), 0.25, np.float32)
    source = save_deep(tmp_path / "in.exr", np.concatenate([light * alpha, alpha], 2), kind)
    picture = copy(source, tmp_path / "out.exr")
    assert picture.depth == kind
    assert picture.pixels[0, 0] == pytest.approx([0, 0.20323, 0.29148, 0.25], abs=2e-3)  # sRGB of 0, 1/29, 2/29
    assert load_deep(tmp_path / "out.exr", kind) == pytest.approx(load_deep(source, kind), abs=5e-4)
    assert (load_deep(tmp_path / "out.exr", kind)[..., 3] == 0.25).all()


def test_light_beyond_white_is_clipped_and_broken_numbers_are_left_to_be_counted(tmp_path):
    light = np.array([[[-1, 0.5, 7.0], [np.nan, np.inf, -np.inf]]], np.float32)
    pixels = pictures.read(save_deep(tmp_path / "in.exr", light, "float")).pixels
    assert pixels[0, 0] == pytest.approx([0, 0.735357, 1, 1], abs=1e-5)
    assert np.isnan(pixels[0, 1, 0])
    assert list(pixels[0, 1, 1:]) == [np.inf, -np.inf, 1]


def test_associated_alpha_of_integers_becomes_straight(tmp_path):
    stored = np.array([[[0x2000, 0x4000, 0x8000, 0x8000]]], np.uint16)
    pixels = pictures.read(save_deep(tmp_path / "in.tif", stored, "uint16")).pixels
    assert pixels[0, 0] == pytest.approx([0.25, 0.5, 1, 0.5], abs=1e-4)


def test_light_without_alpha_is_read_as_it_is(tmp_path):
    light = np.array([[[0.5, 0.5, 0.5, 0.0]]], np.float32)
    assert pictures.read(save_deep(tmp_path / "in.exr", light, "float")).pixels[0, 0, 0] == pytest.approx(0.735357)


def test_combined_pass_is_found_in_a_multilayer_file(tmp_path):
    numbers = noise(3, 4, 8, top=100).astype(np.float32) / 100
    names = [
        f"ViewLayer.{name}" for name in ("Normal.X", "Normal.Y", "Normal.Z", "DiffCol.R", "DiffCol.G", "DiffCol.B")
    ]
    numbers = np.concatenate([numbers, noise(3, 4, 2).astype(np.float32)], 2)
    names = (*(f"ViewLayer.Combined.{c}" for c in "RGBA"), *names)
    path = save_deep(tmp_path / "in.exr", numbers, "float", names)
    alpha = pictures.read(path).pixels[..., 3]
    assert (alpha == numbers[..., 3]).all()


def test_combined_part_is_found_in_a_multipart_file(tmp_path):
    specs, numbers = [], noise(3, 4, 4, top=100).astype(np.float32) / 100
    for layer, letters in (("ViewLayer.Depth", "Z"), ("ViewLayer.Emit", "RGB"), ("ViewLayer.Combined", "RGBA")):
        spec = OpenImageIO.ImageSpec(4, 3, len(letters), "float")
        spec.channelnames = [f"{layer}.{letter}" for letter in letters]
        spec.attribute("oiio:subimagename", layer)
        specs.append(spec)
    file = OpenImageIO.ImageOutput.create("in.exr")
    assert file.open(str(tmp_path / "in.exr"), tuple(specs))
    for index, spec in enumerate(specs):
        if index:
            assert file.open(str(tmp_path / "in.exr"), spec, "AppendSubimage")
        assert file.write_image(numbers[..., -spec.nchannels :])
    file.close()
    picture = pictures.read(tmp_path / "in.exr")
    assert picture.has_alpha
    assert (picture.pixels[..., 3] == numbers[..., 3]).all()


def test_file_of_other_passes_is_refused(tmp_path):
    path = save_deep(tmp_path / "in.exr", np.zeros((2, 2, 3), np.float32), "float", ("N.X", "N.Y", "N.Z"))
    with pytest.raises(UserError, match="holds no colors"):
        pictures.read(path)


@pytest.mark.parametrize(("mode", "alpha"), [("L", False), ("1", False), ("LA", True), ("P", False)])
def test_gray_and_palette_become_color(tmp_path, mode, alpha):
    source = Image.fromarray(noise(9, 11, 4 if alpha else 3).astype(np.uint8)).convert(mode)
    source.save(tmp_path / "in.png")
    picture = copy(tmp_path / "in.png", tmp_path / "out.png")
    written = Image.open(tmp_path / "out.png")
    assert picture.has_alpha == alpha
    assert written.mode == ("RGBA" if alpha else "RGB")
    assert (np.asarray(written) == np.asarray(source.convert(written.mode))).all()


def test_transparent_color_of_a_palette_becomes_alpha(tmp_path):
    source = Image.new("P", (2, 1))
    source.putpalette([255, 0, 0, 0, 0, 255])
    source.putpixel((1, 0), 1)
    source.save(tmp_path / "in.png", transparency=1)
    assert pictures.read(tmp_path / "in.png").pixels.tolist() == [[[1, 0, 0, 1], [0, 0, 1, 0]]]


def test_gray_of_sixteen_bits_becomes_color_of_sixteen_bits(tmp_path):
    stored = noise(5, 7, 1, top=65535).astype(np.uint16)
    copy(save_deep(tmp_path / "in.png", stored, "uint16"), tmp_path / "out.png")
    assert (load_deep(tmp_path / "out.png", "uint16") == stored.repeat(3, axis=2)).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_photos_come_upright(tmp_path, orientation):
    upright = np.arange(40, dtype=np.uint8)[None, :, None].repeat(24, 0).repeat(3, 2) * 6
    upright[:8] //= 2
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = upright.swapaxes(0, 1) if orientation > 4 else upright
    turned = turned[:: -1 if orientation in (3, 4, 7, 8) else 1, :: -1 if orientation in (2, 3, 6, 7) else 1]
    if orientation in (6, 8):  # what is read turned a quarter was stored turned the other way
        turned = turned[::-1, ::-1]
    Image.fromarray(np.ascontiguousarray(turned)).save(tmp_path / "in.jpg", quality=100, subsampling=0, exif=exif)
    deep = np.ascontiguousarray(turned).astype(np.uint16) * 257
    save_deep(tmp_path / "in.tif", deep, "uint16", Orientation=orientation)
    for name in ("in.jpg", "in.tif"):
        pixels = pictures.read(tmp_path / name).pixels[..., :3]
        assert pixels.shape == upright.shape
        assert np.abs(pixels * 255 - upright).max() < 9


def test_cmyk_photo_keeps_its_colors(tmp_path):
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "in.jpg", quality=100)
    red = pictures.read(tmp_path / "in.jpg").pixels[4, 4]
    assert red == pytest.approx([1, 0, 0, 1], abs=0.05)


def wide_profile() -> bytes:
    """Adobe RGB (1998), written down from its published numbers (D50-adapted, gamma 563 / 256)."""
    columns = {
        b"rXYZ": (0.60974, 0.31111, 0.01947),
        b"gXYZ": (0.20528, 0.62567, 0.06087),
        b"bXYZ": (0.14919, 0.06322, 0.74457),
    }
    tags = {
        name: b"XYZ " + bytes(4) + struct.pack(">3i", *(round(x * 65536) for x in xyz)) for name, xyz in columns.items()
    }
    gamma = b"curv" + struct.pack(">IIHxx", 0, 1, 0x0233)
    tags |= {name: gamma for name in (b"rTRC", b"gTRC", b"bTRC")}
    tags[b"wtpt"] = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    tags[b"desc"] = b"desc" + bytes(4) + struct.pack(">I", 5) + b"Wide\0" + bytes(78)
    table, body = struct.pack(">I", len(tags)), b""
    for name, tag in tags.items():
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(body), len(tag))
        body += tag + bytes(-len(tag) % 4)
    head = struct.pack(">I4sI4s4s4s", 132 + len(table) - 4 + len(body), b"lcms", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body


def test_embedded_profiles_are_converted_to_srgb_alike_at_every_depth(tmp_path):
    stored = noise(16, 16, 3).astype(np.uint8) // 2 + 64
    Image.fromarray(stored).save(tmp_path / "in.png", icc_profile=wide_profile())
    save_deep(tmp_path / "in.tif", stored.astype(np.uint16) * 257, "uint16", ICCProfile=wide_profile())
    shallow, deep = (pictures.read(tmp_path / name).pixels[..., :3] * 255 for name in ("in.png", "in.tif"))
    assert np.abs(shallow - stored).max() > 8
    assert np.abs(shallow - deep).max() <= 1.5


def test_pictures_tagged_srgb_stay_bit_identical(tmp_path):
    stored = noise(16, 16, 3).astype(np.uint8)
    deep = noise(16, 16, 3, top=65535).astype(np.uint16)
    tag = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(stored).save(tmp_path / "in.png", icc_profile=tag)
    copy(tmp_path / "in.png", tmp_path / "out.png")
    copy(save_deep(tmp_path / "in.tif", deep, "uint16", ICCProfile=tag), tmp_path / "out.tif")
    assert (np.asarray(Image.open(tmp_path / "out.png")) == stored).all()
    assert (load_deep(tmp_path / "out.tif", "uint16") == deep).all()


def test_broken_profile_is_passed_over(tmp_path):
    Image.new("RGB", (2, 2), (255, 0, 0)).save(tmp_path / "in.png", icc_profile=b"not a profile")
    assert pictures.read(tmp_path / "in.png").pixels[0, 0].tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize(
    ("kind", "suffix", "written"),
    [
        ("uint8", ".exr", "half"),
        ("uint16", ".exr", "float"),
        ("half", ".png", "uint16"),
        ("float", ".png", "uint16"),
        ("float", ".tif", "float"),
        ("uint16", ".webp", "uint8"),
    ],
)
def test_another_format_holds_the_picture_as_nearly_as_it_can(tmp_path, kind, suffix, written):
    pixels = noise(6, 5, 4).astype(np.float32) / 255
    pixels[..., 3].clip(0.5, out=pixels[..., 3])
    pictures.write(tmp_path / f"out{suffix}", Picture(pixels, kind))
    back = pictures.read(tmp_path / f"out{suffix}")
    assert back.depth == written
    assert back.pixels == pytest.approx(pixels, abs=2e-3)


def test_jpeg_takes_opaque_pictures_and_refuses_others(tmp_path):
    opaque = Picture(np.full((8, 8, 4), [0.25, 0.5, 0.75, 1], np.float32))
    pictures.write(tmp_path / "out.jpg", opaque)
    assert pictures.read(tmp_path / "out.jpg").pixels[4, 4] == pytest.approx([0.25, 0.5, 0.75, 1], abs=0.02)
    veiled = replace(opaque, pixels=opaque.pixels * np.float32(0.5))
    with pytest.raises(UserError, match="JPEG has none"):
        pictures.write(tmp_path / "veiled.jpg", veiled)
    assert os.listdir(tmp_path) == ["out.jpg"]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb() -> bytes:
    """A PNG of a few kilobytes that unpacks to 20000 x 20000 pixels."""
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 20000, 20000, 1, 0, 0, 0, 0))
    return start + chunk(b"IDAT", zlib.compress(bytes(2501 * 20000), 1)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"hello", "is no PNG"),
        (bomb(), "20000 x 20000 pixels"),
        (b"\x76\x2f\x31\x01" + b"\0" * 50, "broken or cut short"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, "broken or cut short"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_sentence(tmp_path, content, reason):
    (tmp_path / "in.png").write_bytes(content)
    with pytest.raises(UserError, match=reason) as caught:
        pictures.read(tmp_path / "in.png")
    assert str(caught.value).count("\n") == 0


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".exr"])
@pytest.mark.parametrize("depth", ["uint8", "float"])
def test_pictures_cut_short_are_refused(tmp_path, suffix, depth):
    path = tmp_path / f"in{suffix}"
    pixels = noise(64, 64, 4).astype(np.float32) / 255
    pixels[..., 3] = 1
    pictures.write(path, Picture(pixels, depth))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UserError, match="broken or cut short"):
        pictures.read(path)


def test_missing_file_and_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.png", tmp_path):
        with pytest.raises(UserError, match="cannot be read"):
            pictures.read(path)


@pytest.mark.parametrize("name", ["out.gif", "out", "none/out.png", "file/out.png", "folder.png"])
def test_places_that_cannot_be_written_are_refused(tmp_path, name):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(UserError):
        pictures.write(tmp_path / name, Picture(np.ones((2, 2, 4), np.float32)))
    assert sorted(os.listdir(tmp_path)) == ["file", "folder.png"]


@pytest.mark.parametrize("depth", ["uint8", "uint16"])
def test_failure_while_writing_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, depth):
    (tmp_path / "out.png").write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(PassingError, match="No space left"):
        pictures.write(tmp_path / "out.png", Picture(np.ones((2, 2, 4), np.float32), depth))
    assert os.listdir(tmp_path) == ["out.png"]
    assert (tmp_path / "out.png").read_text() == "old"
