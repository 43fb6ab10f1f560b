# SPDX-License-Identifier: GPL-3.0-or-later
"""Repaint the textures of objects in Blender with the built extension, and turn them: out/textures.jpg."""

import math
from pathlib import Path

import installed

OUT = installed.ROOT / "out" / "turntable"
installed.prepare(OUT)

import bpy  # noqa: E402
import pottery  # noqa: E402
from PIL import Image  # noqa: E402
from stage import render  # noqa: E402

STYLE = "Fauvist Dance"
SIZE = (320, 360)
SAMPLES = 16
TURNS = (0.5, 2.0, 3.6, 5.2)
"""Radians; the vase is cut at 0, which faces the camera at half pi."""
GAP = 4


def main() -> None:
    scene = pottery.build()
    before = _turn(scene, "before")
    installed.install()
    chosen = scene.maniera
    chosen.style_name, chosen.textures.relief, chosen.textures.bake_size = STYLE, True, 1024
    for name in ("Vase", "Plinth"):
        bpy.context.view_layer.objects.active = bpy.data.objects[name]
        bpy.ops.maniera.stylize_object()
    _sheet([before, _turn(scene, "after")]).save(installed.ROOT / "out" / "textures.jpg", quality=88)
    print("Wrote out/textures.jpg and, picture by picture, out/turntable/")


def _turn(scene: bpy.types.Scene, name: str) -> list[Path]:
    """Render the objects as they turn."""
    shown = []
    for number, turn in enumerate(TURNS):
        for turned in ("Vase", "Plinth"):
            bpy.data.objects[turned].rotation_euler.z = -math.pi / 2 + turn
        shown.append(OUT / f"{name}_{number}.png")
        render(scene, shown[-1], SIZE, SAMPLES)
    return shown


def _sheet(rows: list[list[Path]]) -> Image.Image:
    """The pictures in rows."""
    width, height = SIZE
    sheet = Image.new("RGB", (len(TURNS) * (width + GAP) - GAP, len(rows) * (height + GAP) - GAP), "white")
    for y, row in enumerate(rows):
        for x, path in enumerate(row):
            sheet.paste(Image.open(path).convert("RGB"), (x * (width + GAP), y * (height + GAP)))
    return sheet


if __name__ == "__main__":
    main()
