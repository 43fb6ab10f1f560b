# SPDX-License-Identifier: GPL-3.0-or-later
"""What an artist sees and does to learn a manner in Blender's window, from the pictures to the repainted render."""

from pathlib import Path

import pytest
from PIL import Image

from core.training import manners
from tests.gui.test_window import held
from tests.gui.window import Blender, Window

IMAGE, TAB = "IMAGE_EDITOR", "Maniera"
ROOT = Path(__file__).parents[2]
RUNNING = "bpy.context.window_manager.maniera.running"
SEEDS = 2, 4, 6
BUILD = "import sys, bpy; sys.path.append({place!r}); import landscape; landscape.build(); "
SAVE = "bpy.ops.wm.save_as_mainfile(filepath={path!r})"


@pytest.fixture
def references(tmp_path) -> Path:
    """A folder of three pictures by the same hand, drawn by rule."""
    folder = tmp_path / "swirls"
    folder.mkdir()
    for seed in SEEDS:
        Image.fromarray(manners.paint("swirls", 384, seed)).save(folder / f"swirls {seed}.png")
    return folder


@pytest.fixture
def valley(blender: Blender, window: Window, tmp_path) -> Window:
    """The window with a render of a landscape in it."""
    path = str(tmp_path / "valley.blend")
    code = BUILD.format(place=str(ROOT / "benchmarks")) + SAVE.format(path=path)
    told = blender.run("--background", "--factory-startup", "--python-exit-code", "1", "--python-expr", code)
    assert told.returncode == 0, told.stdout
    call(window, f"wm.open_mainfile(filepath={path!r}, load_ui=False)")
    window("scene = bpy.context.scene")
    window("scene.render.resolution_x, scene.render.resolution_y, scene.cycles.samples = 560, 316, 4")
    window("bpy.context.preferences.view.render_display_type = 'NONE'")
    call(window, "render.render('INVOKE_DEFAULT')")
    window.wait("not bpy.app.is_job_running('RENDER')", 600)
    window("unfold('MANIERA_PT_image_learning')")
    window.show(IMAGE, TAB)
    window("fill_window()")
    window("display(bpy.data.images['Render Result'])")
    window.settle(20)
    return window


def call(window: Window, operator: str) -> None:
    window(f"with bpy.context.temp_override(window=window()): bpy.ops.{operator}")


def pick(window: Window, folder: Path) -> None:
    """Choose all files of a folder in the file browser that Add Pictures opens."""
    window("bpy.context.preferences.view.filebrowser_display_type = 'SCREEN'")
    window.click(IMAGE, "maniera.add_examples")
    window.wait("any(area.type == 'FILE_BROWSER' for area in window().screen.areas)")
    window("browser = region('FILE_BROWSER', 'WINDOW')[0].spaces.active")
    window(f"browser.params.directory = {str(folder)!r}.encode()")
    window.settle(40)
    window.press("A", "FILE_BROWSER")
    window.settle(10)
    window.press("RET", "FILE_BROWSER")
    window.wait("all(area.type != 'FILE_BROWSER' for area in window().screen.areas)")


def for_the_manual(pictures: Path) -> None:
    """Put the panel while it learns and the window after that side by side, as docs/images/learn.jpg shows them."""
    parts = [("learning.png", (996, 55, 1252, 778)), ("learnt.png", (350, 55, 1252, 778))]
    shown = [Image.open(pictures / name).crop(box) for name, box in parts]
    joined = Image.new("RGB", (sum(part.width for part in shown) + 6, shown[0].height), "white")
    joined.paste(shown[0], (0, 0))
    joined.paste(shown[1], (shown[0].width + 6, 0))
    joined.save(pictures / "learn.jpg", quality=85)


@pytest.mark.timeout(1800)
def test_a_manner_is_learnt_from_three_pictures_and_repaints_the_render(valley, references, pictures):
    window = valley
    pick(window, references)
    window.settle(20)
    assert window("len(scene.maniera.learning.examples)") == len(SEEDS)
    window("scene.maniera.learning.style_name, scene.maniera.learning.practice = 'Swirls', 'RENDER'")
    window("scene.maniera.adapt.steps = 12")
    window.settle()
    window.click(IMAGE, "maniera.learn_style")
    window("from bl_ext.user_default.maniera.operators import learnt_preview")
    window.wait("learnt_preview.icon() > 0", 600)
    (worker,) = window.workers()
    with held(worker):
        window.settle(20)
        window.screenshot(pictures / "learning.png")
    window.wait(f"not {RUNNING}", 900)
    window.settle(20)
    assert window("(scene.maniera.source, scene.maniera.style)") == ["LIBRARY", "Swirls"]
    window.click(IMAGE, "maniera.stylize_render")
    window.wait(f"'Render - Swirls' in bpy.data.images and not {RUNNING}", 240)
    window.settle(20)
    window.screenshot(pictures / "learnt.png")
    for_the_manual(pictures)
    assert window("bpy.data.images['Render - Swirls'].size[:]") == [560, 316]


@pytest.mark.timeout(900)
def test_the_map_of_manners_shows_where_its_sliders_are(window, pictures):
    """The panel stands still meanwhile: a bar that came and went would push the sliders away from the mouse."""
    window("unfold('MANIERA_PT_image_surprise')")
    window.show(IMAGE, TAB)
    window("fill_window()")
    window("chosen = bpy.context.scene.maniera.new_manner")
    x, y = window.find(IMAGE, "x")
    window(f"simulate('LEFTMOUSE', 'PRESS', {x}, {y})")
    for step in range(1, 9):
        window(f"simulate('MOUSEMOVE', 'NOTHING', {x + 5 * step}, {y})")
    window(f"simulate('LEFTMOUSE', 'RELEASE', {x + 40}, {y})")
    window.settle()
    assert window("chosen.x") > 0.5
    window.wait(f"{RUNNING} or chosen.nearest", 240)
    assert not window(RUNNING)
    window.settle(20)
    window.screenshot(pictures / "map.png")
    window.click(IMAGE, "maniera.surprise_me")
    window.wait(f"chosen.way == 'CHANCE' and not {RUNNING}", 240)
    window.click(IMAGE, "maniera.save_as_style")
    window.wait(f"bpy.context.scene.maniera.style_name == 'New Manner' and not {RUNNING}", 240)
    window.settle(20)
    window.screenshot(pictures / "surprise.png")
    assert window("bpy.context.scene.maniera.style") == "New Manner"
