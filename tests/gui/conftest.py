# SPDX-License-Identifier: GPL-3.0-or-later
"""A Blender window with the extension in it; `tests/gui/run` makes what it needs and runs these tests."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gui.window import Blender, Screen, Window

ROOT = Path(__file__).parents[2]
OUT = ROOT / "out" / "gui"


@pytest.fixture(scope="session")
def blender() -> Blender:
    """Blender with the extension installed from its packed form, and nothing else."""
    if "MANIERA_WINDOW" not in os.environ:
        pytest.skip("the tests in a real window are run by tests/gui/run")
    shutil.rmtree(OUT, ignore_errors=True)
    blender = Blender(Path(os.environ["MANIERA_WINDOW"]), OUT / "user", Path(sys.executable))
    built = blender.run("--command", "extension", "build", "--source-dir", str(ROOT), "--output-dir", str(OUT))
    packed = next(OUT.glob("*.zip"), None)
    assert packed, f"the extension was not built:\n{built.stdout}"
    installed = blender.run("--command", "extension", "install-file", "-r", "user_default", "-e", str(packed))
    assert installed.returncode == 0, f"the extension was not installed:\n{installed.stdout}"
    return blender


@pytest.fixture(scope="session")
def screen(blender: Blender) -> Iterator[Screen]:
    screen = Screen(blender, OUT)
    yield screen
    screen.close()


@pytest.fixture
def window(blender: Blender, screen: Screen) -> Iterator[Window]:
    """A window of its own for each test."""
    window = Window(blender, screen, OUT)
    yield window
    window.kill()


@pytest.fixture(scope="session")
def pictures(blender: Blender) -> Path:
    """Where screenshots are kept, to be looked at."""
    return OUT


@pytest.fixture(scope="session")
def report(blender: Blender) -> Iterator[dict]:
    """Measured figures: kept in out/gui/report.json."""
    figures: dict = {}
    yield figures
    (OUT / "report.json").write_text(json.dumps(figures, indent=2))
    print(json.dumps(figures))
