# SPDX-License-Identifier: GPL-3.0-or-later
"""`styles import` and `styles export`: what comes into the user's own library and goes out of it."""

from pathlib import Path

import pytest
import torch

from core import cli, styles
from core.engine import models, style
from core.engine.painter import SHAPES
from core.engine.style import Style
from core.styles import Card


@pytest.fixture
def library(networks, tmp_path, monkeypatch) -> Path:
    """The user's own, which has yet to be made; the working folder is an empty one beside it."""
    folder = tmp_path / "own" / "styles"
    monkeypatch.setenv("MANIERA_LIBRARY", str(folder))
    monkeypatch.setattr(models, "WEIGHTS", networks)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return folder


def save(path: str, name: str, number: float = 0.0) -> bytes:
    """Write a style file for the untrained networks; returns its bytes."""
    vectors = {quality: torch.full((shape.parameters,), number) for quality, shape in SHAPES.items()}
    style.write(Style(Card(name, network=models.network_id(models.WEIGHTS)), vectors), Path(path))
    return Path(path).read_bytes()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def run(*words: object) -> int:
    return cli.main(["styles", *map(str, words)])


def test_an_imported_style_is_in_the_library_and_can_be_exported_again(library):
    whole = save("dusk.safetensors", "Dusk")
    assert run("import", "dusk.safetensors") == 0
    assert styles.find("dusk").path == library / "dusk.safetensors"
    assert run("export", "Dusk", "-o", "copy.safetensors") == 0
    Path("folder").mkdir()
    assert run("export", "Dusk", "-o", "folder") == 0
    assert Path("copy.safetensors").read_bytes() == Path("folder/dusk.safetensors").read_bytes() == whole
    assert files(library) == ["dusk.safetensors"]


def test_nothing_is_replaced_unless_that_is_forced(library, capsys):
    former = save("dusk.safetensors", "Dusk")
    assert run("import", "dusk.safetensors") == 0
    later = save("evening.safetensors", "DUSK", 1.0)
    Path("other").mkdir()
    other = save("other/dusk.safetensors", "Dawn")
    assert run("import", "evening.safetensors") == run("import", "other/dusk.safetensors") == 2
    assert run("export", "Dusk", "-o", "evening.safetensors") == 2
    assert Path("evening.safetensors").read_bytes() == later and (library / "dusk.safetensors").read_bytes() == former
    assert run("import", "evening.safetensors", "--force") == 0
    assert (library / "dusk.safetensors").read_bytes() == later and files(library) == ["dusk.safetensors"]
    assert run("import", "other/dusk.safetensors", "--force") == 0
    assert (library / "dusk.safetensors").read_bytes() == other
    assert "--force" in capsys.readouterr().err


def test_a_style_that_does_not_fit_or_has_the_name_of_a_shipped_one_stays_out(library, capsys):
    shipped = styles.library([styles.SHIPPED])[0].name
    save("namesake.safetensors", shipped)
    Path("cut.safetensors").write_bytes(save("whole.safetensors", "Whole")[:-1])
    save("broken.safetensors", "Broken", float("nan"))
    for name in ("namesake", "cut", "broken", "missing"):
        assert run("import", f"{name}.safetensors", "--force") == 2
    assert capsys.readouterr().err.count("\n") == 4
    assert files(library) == []


@pytest.mark.parametrize("words", [["import"], ["export"], ["export", "Dusk"], ["export", "Dusk", "-o", "out.txt"]])
def test_what_is_not_said_is_asked_for(library, words, capsys):
    save("dusk.safetensors", "Dusk")
    assert run("import", "dusk.safetensors") == 0
    assert run(*words) == 2
    assert files(Path()) == ["dusk.safetensors"]
