# SPDX-License-Identifier: GPL-3.0-or-later
"""What an artist sees and does with animations in Blender's window, where renders run on a thread of their own."""

import pytest

from tests.gui.window import Window

FRAMES = 3


@pytest.fixture
def film(window: Window, tmp_path):
    """The start-up scene with a camera that moves for three frames; the panel in the Output properties is open."""
    window("edit('PROPERTIES')")
    window("properties = region('PROPERTIES', 'WINDOW')[0].spaces.active")
    window("properties.context = 'OUTPUT'")
    window("properties.search_filter = 'Stylize Animation'")
    window("scene = bpy.context.scene")
    window("scene.view_settings.view_transform = 'Standard'")  # the others' files lie where this engine does not look
    window("scene.camera.keyframe_insert('location', frame=1)")
    window("scene.camera.location.x += 0.5")
    window(f"scene.camera.keyframe_insert('location', frame={FRAMES})")
    window("scene.render.engine = 'CYCLES'")
    window("scene.cycles.samples, scene.cycles.use_denoising = 1, False")
    window("scene.render.resolution_x, scene.render.resolution_y = 160, 90")
    window(f"scene.frame_start, scene.frame_end = 1, {FRAMES}")
    window(f"scene.render.filepath = {str(tmp_path / 'film' / '####')!r}")
    window("bpy.context.preferences.view.render_display_type = 'NONE'")
    window.settle()
    return tmp_path / "film"


def painted(film) -> list[str]:
    return sorted(path.name for path in (film / "stylized").glob("????.png"))


def call(window: Window, operator: str) -> None:
    """Do as a button would."""
    window(f"with bpy.context.temp_override(window=window()):\n    bpy.ops.{operator}")


def scroll_down(window: Window) -> None:
    """Bring the end of the panel into sight."""
    left, bottom, right, top = window("bounds('PROPERTIES', 'WINDOW')")
    window(f"simulate('MOUSEMOVE', 'NOTHING', {(left + right) // 2}, {(bottom + top) // 2})")
    for _ in range(12):
        window(f"press('WHEELDOWNMOUSE', {(left + right) // 2}, {(bottom + top) // 2})")
    window.settle()


def test_frames_are_repainted_while_the_next_ones_render(window, film, pictures):
    call(window, "maniera.set_up_passes('INVOKE_DEFAULT')")
    window("scene.maniera.shot.after_render = True")
    call(window, "render.render('INVOKE_DEFAULT', animation=True)")
    window.wait("len([i for i in bpy.data.images if i.source == 'SEQUENCE']) == 1", 240)
    assert painted(film) == [f"{number:04}.png" for number in range(1, FRAMES + 1)]
    assert window("bpy.context.window_manager.maniera.notice") == ""
    scroll_down(window)
    window.screenshot(pictures / "animation.png")


def test_rendered_frames_are_repainted_and_become_a_movie_while_blender_goes_on(window, film, pictures):
    call(window, "maniera.set_up_passes('INVOKE_DEFAULT')")
    call(window, "render.render(animation=True)")
    for operator in ("stylize_animation", "make_movie"):
        call(window, f"maniera.{operator}('INVOKE_DEFAULT')")
        window.wait("not bpy.context.window_manager.maniera.running", 240)
        window.settle()
    assert len(painted(film)) == FRAMES
    assert (film / "stylized" / "stylized.mp4").stat().st_size > 0
    assert window("len(bpy.data.scenes)") == 1
