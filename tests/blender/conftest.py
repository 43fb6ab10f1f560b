# SPDX-License-Identifier: GPL-3.0-or-later
"""The built extension, installed in Blender as a Python module as a user would install it from disk."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent

# Preferences and extensions of its own. Blender reads this as its module is imported; the program has read it already.
_user = tempfile.TemporaryDirectory(prefix="maniera-test-")
if "bpy" not in sys.modules:
    os.environ["BLENDER_USER_RESOURCES"] = _user.name
ENGINE = os.environ.pop("MANIERA_PYTHON", None)
"""The Python that has torch."""

import bpy  # noqa: E402

from tests.blender.extension import MODULE  # noqa: E402


@pytest.fixture(scope="session")
def packed(tmp_path_factory) -> Path:
    """The extension's zip, built by Blender's own tool."""
    folder = tmp_path_factory.mktemp("dist")
    tool = Path(bpy.utils.system_resource("SCRIPTS")) / "addons_core/bl_pkg/cli/blender_ext.py"
    command = [sys.executable, tool, "build", "--source-dir", ROOT, "--output-dir", folder]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (packed,) = folder.glob("*.zip")
    return packed


@pytest.fixture(scope="session", autouse=True)
def installed(packed) -> None:
    bpy.ops.extensions.package_install_files(filepath=str(packed), repo="user_default", enable_on_install=True)
    assert MODULE in bpy.context.preferences.addons


@pytest.fixture
def scene(installed) -> bpy.types.Scene:
    """The scene of an empty file."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return bpy.context.scene


class StandIn:
    """An engine for tests: see stand_in.py."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def order(self, name: str) -> None:
        (self.folder / name).touch()

    def release(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    def told(self, name: str) -> str:
        """What it has said of itself; waits for it."""
        path = self.folder / name
        while not (path.exists() and path.read_text()):
            time.sleep(0.01)
        return path.read_text()


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """An engine that is quick, and does what the test says."""
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{HERE / "stand_in.py"}"\n')
    python.chmod(0o755)
    monkeypatch.setenv("MANIERA_PYTHON", str(python))
    monkeypatch.setenv("STAND_IN", str(tmp_path))
    yield StandIn(tmp_path)
    if bpy.ops.maniera.stop_engine.poll():
        bpy.ops.maniera.stop_engine()


@pytest.fixture
def engine_python() -> str:
    if ENGINE is None:
        pytest.skip("MANIERA_PYTHON does not name a Python with torch")
    return ENGINE


@pytest.fixture
def manner(scene) -> bpy.types.Image:
    """A reference picture, chosen."""
    scene.maniera.source = "PICTURE"
    scene.maniera.reference = bpy.data.images.new("Wave", 8, 8)
    return scene.maniera.reference


def pytest_sessionfinish(session, exitstatus) -> None:
    session.config.exitstatus = exitstatus


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config) -> None:
    """End at once: Blender 4.5 hangs at its end once it has rendered with Cycles."""
    _user.cleanup()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(getattr(config, "exitstatus", 1))
