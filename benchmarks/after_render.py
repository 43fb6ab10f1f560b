# SPDX-License-Identifier: GPL-3.0-or-later
"""What Stylize After Render takes from the render.

Once `make zip` has built the extension: `MANIERA_PYTHON=PYTHON_WITH_TORCH BLENDER_PYTHON benchmarks/after_render.py`.
The moving things of `animated.py` are rendered in the background, as `blender -b -a` does, without and with the switch;
each after a first render that loads what is loaded once. Told are the time until all is done, the processor time of
Blender's own process, which the worker has no part in.
"""

import argparse
import time

import installed

OUT = installed.ROOT / "out" / "after_render"
installed.prepare(OUT)

import animated  # noqa: E402
import bpy  # noqa: E402

SIZE = (480, 270)
STYLE = "Wheat Field"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--samples", type=int, default=16)
    chosen = parser.parse_args()
    scene = animated.things(chosen.frames)
    installed.install()
    scene.frame_start, scene.frame_end = 1, chosen.frames
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    scene.cycles.samples, scene.cycles.use_denoising = chosen.samples, False
    scene.maniera.style_name = STYLE
    bpy.ops.maniera.set_up_passes()
    print(f"| {chosen.frames} frames of {SIZE[0]} x {SIZE[1]} | until all is done, s | processor time of Blender, s |")
    print("|---|---|---|")
    for number, (name, switch) in enumerate((("render alone", False), ("with Stylize After Render", True)) * 2):
        seconds, processor = _rendered(scene, name.replace(" ", "_") + str(number), switch)
        if number > 1:
            print(f"| {name} | {seconds:.1f} | {processor:.1f} |", flush=True)
    repainted = sorted(OUT.rglob("stylized/*.png"))
    print(f"{len(repainted)} frames were repainted in {2 * chosen.frames} that were rendered with the switch on.")


def _rendered(scene: bpy.types.Scene, name: str, switch: bool) -> tuple[float, float]:
    """Render the animation; seconds until all is done, and of processor time in this process."""
    scene.maniera.shot.after_render = switch
    scene.render.filepath = str(OUT / name / "####")
    start, processor = time.perf_counter(), time.process_time()
    bpy.ops.render.render(animation=True)
    return time.perf_counter() - start, time.process_time() - processor


if __name__ == "__main__":
    main()
