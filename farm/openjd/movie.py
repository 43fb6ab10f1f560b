# SPDX-License-Identifier: GPL-3.0-or-later
"""Join PNG frames into a movie beside them: blender -b --python movie.py -- PATTERN FRAMES FPS."""

import os
import re
import sys
from pathlib import Path

import bpy

_FORMAT = {"format": "MPEG4", "codec": "H264", "constant_rate_factor": "HIGH", "ffmpeg_preset": "GOOD"}


def main(pattern: str, frames: str, fps: str) -> None:
    """Write the movie whole or not at all, one picture after the other."""
    path = Path(pattern)
    hashes = re.search(r"#+(?!.*#)", path.name)[0]
    files = [path.with_name(path.name.replace(hashes, str(number).zfill(len(hashes)))) for number in numbers(frames)]
    stem = path.stem.replace(hashes, "").strip("._- ") or path.parent.name
    movie = path.with_name(f"{stem}.mp4")
    unfinished = path.with_name(f".{stem}.{os.getpid()}.mp4")
    scene = shown(files, float(fps))
    write_to(scene, unfinished)
    try:
        bpy.ops.render.render(animation=True, scene=scene.name)
        os.replace(unfinished, movie)
    finally:
        unfinished.unlink(missing_ok=True)
    print(f"Wrote {movie}", flush=True)


def numbers(frames: str) -> list[int]:
    """The frames of a range as the template takes it: 1-120, 1-120:2, 1,5,7-9."""
    found = set()
    for first, last, step in re.findall(r"(\d+)(?:-(\d+)(?:[x:](\d+))?)?", frames):
        found.update(range(int(first), int(last or first) + 1, int(step or 1)))
    return sorted(found)


def shown(files: list[Path], fps: float) -> bpy.types.Scene:
    """A scene that shows the files one after the other, as they are."""
    scene = bpy.data.scenes.new("Movie")
    first = bpy.data.images.load(str(files[0]))
    # H.264 takes no sides that are odd.
    scene.render.resolution_x, scene.render.resolution_y = (side // 2 * 2 for side in first.size)
    scene.render.fps, scene.render.fps_base = round(fps), round(fps) / fps
    scene.frame_start, scene.frame_end = 1, len(files)
    scene.view_settings.view_transform, scene.render.dither_intensity = "Standard", 0.0
    strip = scene.sequence_editor_create().strips.new_image("Frames", str(files[0]), 1, 1)
    for file in files[1:]:
        strip.elements.append(file.name)
    return scene


def write_to(scene: bpy.types.Scene, path: Path) -> None:
    """Have the scene rendered into a movie."""
    form = scene.render.image_settings
    if hasattr(form, "media_type"):  # since Blender 5.0
        form.media_type = "VIDEO"
    form.file_format = "FFMPEG"
    for name, value in _FORMAT.items():
        setattr(scene.render.ffmpeg, name, value)
    scene.render.filepath, scene.render.use_file_extension = str(path), False


if __name__ == "__main__":
    main(*sys.argv[sys.argv.index("--") + 1 :])
