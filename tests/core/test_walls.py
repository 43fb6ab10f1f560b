# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may import whom: each rule is proven in an interpreter of its own."""

import ast
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLENDER = {"bpy", "bpy_extras", "gpu", "blf", "bl_ext", "mathutils"}
TORCH = {"torch", "torchvision", "safetensors"}

CHILD = """
import importlib, sys, types

class Wall:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if {refuse}:
            raise ModuleNotFoundError("behind the wall: " + name)

sys.meta_path.insert(0, Wall())
sys.path[:] = [entry for entry in sys.path if entry not in ("", {root!r})]
host = types.ModuleType("host")
host.__path__ = [{root!r}]
sys.modules["host"] = host
for name in {modules!r}:
    importlib.import_module("host." + name)
"""
"""Imports modules as Blender does, where the project lies somewhere inside a package and never at the top."""

ONLY_NUMPY = "top not in sys.stdlib_module_names and top not in ('host', 'numpy')"
NO_BLENDER = f"top in {BLENDER | {'core'}!r}"


def files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def modules(paths: list[Path]) -> list[str]:
    parts = [path.relative_to(ROOT).with_suffix("").parts for path in paths]
    return [".".join(part for part in one if part != "__init__") for one in parts if one[-1] != "__main__"]


def bare(path: Path) -> bool:
    return not {"engine", "training"} & set(path.relative_to(ROOT).parts)


def imports(path: Path) -> Iterator[str]:
    """Every absolute import in a file, also within functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


def run(refuse: str, names: list[str]) -> None:
    script = CHILD.format(refuse=refuse, root=str(ROOT), modules=names)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_wall_stops_what_it_should():
    script = CHILD.format(refuse=ONLY_NUMPY, root=str(ROOT), modules=["core.engine.device"])
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "behind the wall: torch" in done.stderr


def test_core_needs_nothing_but_numpy():
    run(ONLY_NUMPY, modules([path for path in files("core") if bare(path)]))


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="this Python has no torch")
def test_the_engine_needs_no_blender():
    run(NO_BLENDER, modules(files("core/engine")))


@pytest.mark.parametrize("path", files("core"), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_core_never_imports_blender_nor_itself_from_the_top(path):
    assert not {*BLENDER, "core"} & set(imports(path))


@pytest.mark.parametrize(
    "path",
    [path for path in [*files("core", "operators", "panels"), ROOT / "__init__.py"] if bare(path) and path.exists()],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_torch_stays_in_the_engine(path):
    assert not TORCH & set(imports(path))


@pytest.mark.parametrize("path", files("operators", "panels"), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_blenders_side_needs_only_what_blender_ships(path):
    assert set(imports(path)) <= {
        *BLENDER,
        "numpy",
        "addon_utils",
        "bl_operators",
        "rna_prop_ui",
        *sys.stdlib_module_names,
    }
