# SPDX-License-Identifier: GPL-3.0-or-later
"""A square that slides over a wall, as Blender would render it: frames with all passes, made in a moment."""

from pathlib import Path

import numpy as np
import OpenImageIO

SIZE = (40, 56)
"""Height and width in pixels."""
STEP = np.array((2.0, 1.0))
"""What the square moves from frame to frame: to the right and down."""
SIDE = 14
FAR, NEAR = 10.0, 6.0


def place(frame: int) -> np.ndarray:
    """Where the upper left corner of the square is: x, y."""
    return np.array((6.0, 8.0)) + STEP * (frame - 1)


def colors(frame: int, seed: int = 0) -> np.ndarray:
    """Scene-linear colors (H, W, 4): noise that lies still on the wall and moves with the square."""
    random = np.random.default_rng(seed)
    wall, square = random.random((*SIZE, 3)) * 0.4, random.random((SIDE, SIDE, 3)) * 0.4 + 0.4
    x, y = place(frame).astype(int)
    wall[y : y + SIDE, x : x + SIDE] = square
    return np.dstack([wall, np.ones(SIZE)]).astype(np.float32)


def passes(frame: int) -> dict[str, np.ndarray]:
    """The other passes as Blender writes them: vectors are (previous - here, here - next), with y up."""
    on = np.zeros(SIZE, bool)
    x, y = place(frame).astype(int)
    on[y : y + SIDE, x : x + SIDE] = True
    moved = np.float32([-STEP[0], STEP[1], -STEP[0], STEP[1]])
    return {
        "Depth.Z": np.where(on, NEAR, FAR)[..., None],
        "Object Index.X": np.where(on, 2.0, 1.0)[..., None],
        "Vector.XYZW": on[..., None] * moved,
    }


def write(
    path: Path, frame: int, *, parts: bool = True, left_out: str = "none", seed: int = 0, cut: bool = False
) -> None:
    """Write a frame as multilayer EXR, each pass in a part of its own (Blender 5) or all in one (4.5).

    :param cut: it shows other things.
    """
    layers = {"Combined.RGBA": colors(frame, seed)} | {n: p for n, p in passes(frame).items() if left_out not in n}
    layers = {name: layer + 50 if cut and name == "Object Index.X" else layer for name, layer in layers.items()}
    if not parts:
        layers = {name.replace("Object Index", "IndexOB"): layer for name, layer in layers.items()}
    groups = [[name] for name in layers] if parts else [list(layers)]
    specs = [_spec([layers[name] for name in group], group) for group in groups]
    file = OpenImageIO.ImageOutput.create(str(path))
    assert file.open(str(path), specs)
    for number, group in enumerate(groups):
        if number:
            assert file.open(str(path), specs[number], "AppendSubimage")
        assert file.write_image(np.dstack([layers[name] for name in group]).astype(np.float32))
    assert file.close()


def _spec(layers: list[np.ndarray], names: list[str]) -> OpenImageIO.ImageSpec:
    spec = OpenImageIO.ImageSpec(SIZE[1], SIZE[0], sum(layer.shape[2] for layer in layers), "float")
    spec.channelnames = [f"ViewLayer.{n.partition('.')[0]}.{letter}" for n in names for letter in n.partition(".")[2]]
    spec.attribute("oiio:subimagename", f"ViewLayer.{names[0].partition('.')[0]}")
    spec.attribute("Scene", "Square")
    return spec


def write_all(folder: Path, last: int = 8, **how: object) -> str:
    """Write the frames 1 to `last`; their pattern."""
    folder.mkdir(exist_ok=True)
    for frame in range(1, last + 1):
        write(folder / f"{frame:04}.exr", frame, **how)
    return str(folder / "####.exr")
