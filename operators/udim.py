# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the tiles of a UDIM image as one picture, and keeps a picture as such tiles."""

import itertools
import re
import tempfile
from pathlib import Path

import bpy
import numpy as np
from bpy.types import Image

from ..core.errors import UserError
from . import images, results
from .images import Original
from .uv_islands import Canvas

_FIRST, _ROW = 1001, 10
"""The number of the tile at the origin, and by how much the numbers grow from row to row."""
_LARGEST = 1 << 28
"""Texels of the largest picture: 16 tiles of 4096 x 4096."""
_TOKEN = "<UDIM>"


def common_name(image: Image) -> str:
    """The image's name without the number of a tile."""
    return re.sub(rf"[._]({_TOKEN}|<UVTILE>|u\d+_v\d+|1\d\d\d)(?=\.|$)", "", image.name)


def numbers(image: Image) -> list[int]:
    """The numbers of the tiles that hold a picture."""
    return [tile.number for tile in image.tiles if 0 not in tile.size]


def canvas(image: Image) -> Canvas:
    """The picture that all tiles are together; where there is no tile, it is empty.

    :raises UserError: the tiles do not make one picture.
    """
    sizes = {tuple(tile.size) for tile in image.tiles if 0 not in tile.size}
    if image.is_dirty or not (image.filepath or image.packed_files):
        raise UserError(f"'{image.name}' has tiles that are not saved: save them as files.")
    if not sizes:
        raise UserError(f"'{image.name}' has no pixels: its files may be missing.")
    if len(sizes) > 1:
        raise UserError(f"The tiles of '{image.name}' differ in size: give them all one size.")
    ((width, height),) = sizes
    rows, columns = zip(*(divmod(number - _FIRST, _ROW) for number in numbers(image)), strict=True)
    left, bottom = min(columns), min(rows)
    whole = Canvas(height, width, max(rows) - bottom + 1, max(columns) - left + 1, left, bottom, repeats=False)
    if np.prod(whole.shape, dtype=np.int64) > _LARGEST:
        raise UserError(f"The tiles of '{image.name}' are too large a picture: use smaller ones, or fewer.")
    return whole


def window(canvas: Canvas, number: int) -> tuple[slice, slice]:
    """The rows and the columns of a tile in the picture."""
    row, column = divmod(number - _FIRST, _ROW)
    top, left = (canvas.bottom + canvas.rows - 1 - row) * canvas.height, (column - canvas.left) * canvas.width
    return slice(top, top + canvas.height), slice(left, left + canvas.width)


def pixels(image: Image, whole: Canvas) -> np.ndarray:
    """The numbers that the tiles hold, as one picture (H, W, 4); Blender itself gives those of one tile only."""
    picture = np.zeros((*whole.shape, 4), np.float32)
    with tempfile.TemporaryDirectory() as folder:
        packed = {file.tile_number: file.packed_file for file in image.packed_files}
        for number in numbers(image):
            path = _tile(Path(bpy.path.abspath(image.filepath, library=image.library)), number)
            if number in packed:
                path = Path(folder) / path.name
                path.write_bytes(packed[number].data)
            picture[window(whole, number)] = images.file_pixels(path, image)
    return picture


def place(files: dict[int, bytes], original: Original, manner: str, folder: Path | None) -> Image:
    """A new image of the files of its tiles, which are packed where there is no folder for them."""
    name = Path(results.file_name(original, manner))
    name = name.with_name(f"{name.stem}.{_TOKEN}{name.suffix}")
    if folder:
        image = _load(_save(files, folder / name), min(files), original)
    else:
        with tempfile.TemporaryDirectory() as passing:
            image = _load(_save(files, Path(passing) / name), min(files), original)
            image.pack()
        for file in image.packed_files:
            file.filepath = f"//{_tile(name, file.tile_number)}"
        image.filepath_raw = f"//{name}"
    image.name = name.name.partition(f".{_TOKEN}")[0]
    return image


def _save(files: dict[int, bytes], wanted: Path) -> Path:
    """Save all tiles under a name that is free."""
    stem = wanted.name.partition(f".{_TOKEN}")[0]
    names = itertools.chain([stem], (f"{stem} {number}" for number in itertools.count(2)))
    paths = (wanted.with_name(f"{name}.{_TOKEN}{wanted.suffix}") for name in names)
    path = next(path for path in paths if not any(_tile(path, number).exists() for number in files))
    for number, file in files.items():
        results.write(_tile(path, number), file)
    return path


def _load(path: Path, first: int, original: Original) -> Image:
    image = images.load(_tile(path, first), original)
    image.source = "TILED"
    image.filepath = str(path)  # which makes Blender look for the tiles
    return image


def _tile(path: Path, number: int) -> Path:
    """The file of a tile; Blender knows two ways of numbering."""
    row, column = divmod(number - _FIRST, _ROW)
    name = path.name.replace(_TOKEN, str(number)).replace("<UVTILE>", f"u{column + 1}_v{row + 1}")
    return path.with_name(name)
