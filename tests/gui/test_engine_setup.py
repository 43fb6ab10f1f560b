# SPDX-License-Identifier: GPL-3.0-or-later
"""Set Up Engine as the artist meets it: a button in the preferences, a question, a bar, and Escape."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gui.window import Window
from tests.wheels import write_wheel, write_wheels

MODULE, EDITOR = "bl_ext.user_default.maniera", "PREFERENCES"
RUNNING = "bpy.context.window_manager.maniera.running"


@pytest.fixture
def wheels(tmp_path) -> Path:
    return write_wheels(tmp_path / "wheels")


@pytest.fixture
def endless(wheels, tmp_path) -> Iterator[None]:
    """Among the wheels is one that keeps the engine's check from ending for as long as the test goes on."""
    stay = tmp_path / "stay"
    stay.touch()
    waiting = f"import os, time\nwhile os.path.exists({str(stay)!r}): time.sleep(0.05)\n"
    write_wheel(wheels, "tqdm", "tqdm", code=waiting)
    yield
    stay.unlink()


@pytest.fixture
def artist(window, wheels) -> Window:
    """A window with the add-on's preferences open, and a folder of wheels chosen in them."""
    window("import os, addon_utils")
    window("os.environ.pop('MANIERA_PYTHON')")
    window(f"bpy.context.preferences.addons[{MODULE!r}].preferences.wheels = {str(wheels)!r}")
    window(f"edit({EDITOR!r})")
    window("bpy.context.preferences.active_section = 'ADDONS'")
    window("bpy.context.window_manager.addon_search = 'Maniera'")
    window(f"info = [addon_utils.module_bl_info(m) for m in addon_utils.modules() if m.__name__ == {MODULE!r}]")
    window("info[0].update(show_expanded=True)")
    window(f"region({EDITOR!r}, 'WINDOW')[0].tag_redraw()")
    window.settle()
    return window


def click(window: Window, operator: str) -> tuple[int, int]:
    x, y = window.find(EDITOR, operator, "WINDOW")
    window(f"press('LEFTMOUSE', {x}, {y})")
    window.settle()
    return x, y


def answer(window: Window, x: int, y: int) -> None:
    """Say yes to the question under the mouse."""
    assert not window(RUNNING)
    window(f"press('RET', {x}, {y})")


def told(window: Window, count: int) -> str:
    """The report that ends the work, of which there are `count` then."""
    window.wait(f"not {RUNNING} and len(reports()) == {count}", 240)
    return window("reports()")[-1]


def environments(window: Window) -> list[Path]:
    folder = window(f"bpy.utils.extension_path_user({MODULE!r}, path='engine', create=True)")
    return list(Path(folder).glob("python-*"))


def test_the_engine_is_set_up_checked_and_removed_by_clicks(artist, pictures):
    artist.screenshot(pictures / "engine-missing.png")
    where = click(artist, "maniera.set_up_engine")
    artist.screenshot(pictures / "engine-question.png")
    answer(artist, *where)
    assert told(artist, 1) == "The engine is set up"
    assert len(environments(artist)) == 1
    click(artist, "maniera.check_engine")
    assert "It computes on Imaginary Card" in told(artist, 2)
    artist.screenshot(pictures / "engine-checked.png")
    answer(artist, *click(artist, "maniera.remove_engine"))
    assert told(artist, 3) == "The engine is removed"
    assert environments(artist) == []


def test_setting_up_can_be_cancelled_and_leaves_nothing(endless, artist, pictures):
    answer(artist, *click(artist, "maniera.set_up_engine"))
    artist.wait(RUNNING)
    while not environments(artist):
        pass
    artist.screenshot(pictures / "engine-progress.png")
    artist.press("ESC", EDITOR)
    assert told(artist, 1) == "Cancelled"
    end = time.monotonic() + 60
    while environments(artist) and time.monotonic() < end:  # what was begun is deleted on a thread
        pass
    assert environments(artist) == []
