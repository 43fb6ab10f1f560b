# SPDX-License-Identifier: GPL-3.0-or-later
import io

import numpy as np
import pytest

from core import png

PIL = pytest.importorskip("PIL.Image", reason="Pillow reads the files back")


def test_bytes_are_read_back_as_they_were():
    pixels = np.random.default_rng(0).integers(0, 256, (150, 70, 4), dtype=np.uint8)
    shown = (pixels / 255).astype(np.float32)
    read = PIL.open(io.BytesIO(b"".join(png.encode(shown, np.uint8))))
    assert read.mode == "RGBA"
    assert np.array_equal(np.asarray(read), pixels)


def test_sixteen_bits_are_read_back_as_they_were(tmp_path):
    reader = pytest.importorskip("OpenImageIO", reason="Pillow cuts 16 bits down to 8")
    pixels = np.random.default_rng(0).integers(0, 65536, (65, 33, 4), dtype=np.uint16)
    shown = (pixels / 65535).astype(np.float32)
    (tmp_path / "deep.png").write_bytes(b"".join(png.encode(shown, np.uint16)))
    settings = reader.ImageSpec()
    settings["oiio:UnassociatedAlpha"] = 1
    file = reader.ImageInput.open(str(tmp_path / "deep.png"), settings)
    assert np.array_equal(file.read_image(reader.UINT16), pixels)


def test_values_out_of_bounds_do_not_wrap_round():
    shown = np.float32([[[-0.5, 1.5, 0.5, 1]]])
    read = PIL.open(io.BytesIO(b"".join(png.encode(shown, np.uint8))))
    assert read.getpixel((0, 0)) == (0, 255, 128, 255)


def test_notes_are_read_back_from_whole_files_only():
    file = b"".join(png.encode(np.zeros((40, 30, 4), np.float32), np.uint8, {"maniera": "a-1"}))
    assert png.read_notes(file) == {"maniera": "a-1"}
    assert PIL.open(io.BytesIO(file)).text == {"maniera": "a-1"}
    damaged = bytearray(file)
    damaged[-20] ^= 1
    for broken in (b"", file[:8], file[:40], file[:-1], file[:-12], bytes(damaged), b"GIF89a" + file):
        with pytest.raises(ValueError, match="PNG"):
            png.read_notes(broken)
