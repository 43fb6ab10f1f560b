# SPDX-License-Identifier: GPL-3.0-or-later
"""Render a scene and repaint it in three manners, all in Blender with the built extension: out/demo.png."""

import time
from collections.abc import Callable
from pathlib import Path

import installed

ROOT = installed.ROOT
OUT = ROOT / "out" / "demo"
installed.prepare(OUT)

import bpy  # noqa: E402
import landscape  # noqa: E402
from PIL import Image, ImageDraw, ImageFont  # noqa: E402
from stage import render  # noqa: E402

SIZE = (960, 540)
SAMPLES = 10
STYLES = ("Wheat Field", "Fauvist Dance", "Ukiyo-e")
GAP = 6


def main() -> None:
    scene = landscape.build()
    shown = OUT / "render.png"
    tiles = [(_timed("Cycles render", render, scene, shown, SIZE, SAMPLES), shown)]
    installed.install()
    for style in STYLES:
        shown = OUT / f"{style.lower().replace(' ', '_')}.png"
        tiles.append((_timed(style, _repaint, scene, style, shown), shown))
    bpy.ops.maniera.show_in_compositor()
    _timed(f"Render and {STYLES[-1]} in the compositor", render, scene, OUT / "compositor.png", SIZE, SAMPLES)
    _sheet(tiles).save(ROOT / "out" / "demo.png")
    print("Wrote out/demo.png and, picture by picture, out/demo/")


def _timed(what: str, work: Callable[..., None], *arguments: object) -> str:
    """Do a piece of work; print what it was and how long it took, and return that."""
    start = time.perf_counter()
    work(*arguments)
    label = f"{what}, {time.perf_counter() - start:.1f} s"
    print(label, flush=True)
    return label


def _repaint(scene: bpy.types.Scene, style: str, path: Path) -> None:
    """Repaint the render in a style of the library and save the new image."""
    known = set(bpy.data.images)
    scene.maniera.style_name = style
    bpy.ops.maniera.stylize_render()
    (image,) = set(bpy.data.images) - known
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()


def _sheet(tiles: list[tuple[str, Path]]) -> Image.Image:
    """The pictures in two columns, each with its label."""
    width, height = SIZE
    rows = -(-len(tiles) // 2)
    sheet = Image.new("RGB", (2 * width + GAP, rows * height + (rows - 1) * GAP), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(22)
    for number, (label, path) in enumerate(tiles):
        x, y = number % 2 * (width + GAP), number // 2 * (height + GAP)
        sheet.paste(Image.open(path).convert("RGB"), (x, y))
        pen.text((x + 14, y + height - 38), label, "white", font, stroke_width=3, stroke_fill="black")
    return sheet


if __name__ == "__main__":
    main()
