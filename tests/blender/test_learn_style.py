# SPDX-License-Identifier: GPL-3.0-or-later
import json
import time
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.blender.extension import part


@pytest.fixture
def own(scene, tmp_path, monkeypatch) -> Path:
    """The folder of the artist's own styles, empty."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setattr(part("operators.places"), "library", lambda: folder)
    return folder


@pytest.fixture
def examples(scene, own):
    """Three chosen pictures."""
    for number, size in enumerate(((8, 6), (8, 6), (3000, 10))):
        scene.maniera.learning.examples.add().image = bpy.data.images.new(f"Wave {number}", *size)
    return scene.maniera.learning


@pytest.fixture
def learnt(examples, stand_in, scene):
    """A style of the artist's own, chosen."""
    assert bpy.ops.maniera.learn_style() == {"FINISHED"}
    return scene.maniera


def names(folder: Path) -> list[str]:
    return sorted(part("core.styles").read_card(path).name for path in folder.glob("*.safetensors"))


def shipped() -> str:
    """The name of a style that came with Maniera."""
    styles = part("core.styles")
    return styles.library([styles.SHIPPED])[0].name


def test_a_learnt_style_is_in_the_library_and_chosen(scene, own, examples, stand_in):
    scene.maniera.source, examples.style_name = "PICTURE", "Sea/Foam"
    scene.maniera.adapt.steps = 7
    assert bpy.ops.maniera.learn_style() == {"FINISHED"}
    asked = json.loads(stand_in.told("request"))
    assert (asked["settings"]["steps"], asked["references"]) == (7, [{"array": i} for i in range(3)])
    assert asked["shapes"] == [[6, 8, 4], [6, 8, 4], [3, 1000, 4]]  # what is too long is averaged
    assert asked["contents"] == []
    assert len(asked["library"]) == len(part("operators.gallery").request()) - 1  # all but the new one
    assert names(own) == ["Sea/Foam"] and (scene.maniera.source, scene.maniera.style_name) == ("LIBRARY", "Sea/Foam")
    assert part("operators.gallery").chosen_card(scene.maniera).path.parent == own


def test_nothing_that_is_in_the_library_is_replaced(learnt, own):
    assert bpy.ops.maniera.learn_style() == {"FINISHED"}
    assert names(own) == ["My Style", "My Style 2"] and learnt.style_name == "My Style 2"
    assert bpy.ops.maniera.refine_style() == {"FINISHED"}
    assert names(own) == ["My Style", "My Style 2", "My Style 2 Refined"]


def test_refining_goes_on_from_the_chosen_style(learnt, own, stand_in):
    before = part("operators.gallery").chosen_card(learnt).path
    assert bpy.ops.maniera.refine_style() == {"FINISHED"}
    assert json.loads(stand_in.told("request"))["from"] == str(before)


def test_learning_needs_pictures_and_a_name(scene, own, stand_in):
    assert not bpy.ops.maniera.learn_style.poll()
    scene.maniera.learning.examples.add()
    assert not bpy.ops.maniera.learn_style.poll()  # a line without a picture is none
    scene.maniera.learning.examples[0].image = bpy.data.images.new("Wave", 4, 4)
    scene.maniera.learning.style_name = " "
    with pytest.raises(RuntimeError, match="no name"):
        bpy.ops.maniera.learn_style()


@pytest.fixture
def work(scene, own, examples, stand_in, monkeypatch):
    """Learning under way, as a window would do it: the engine shows what it paints, and stays at it."""
    stand_in.order("stay")
    shown = []
    monkeypatch.setattr(part("operators.learnt_preview"), "show", lambda pixels, *name: shown.append(pixels.shape))

    class Operator(part("operators.learn").LearnOperator):
        def wanted_name(self, context: bpy.types.Context) -> str:
            return "Foam"

        def report(self, kind: set[str], text: str) -> None:
            pass

    work = part("operators.jobs").Work(Operator().steps(bpy.context))
    deadline = time.monotonic() + 60
    while (8, 12, 4) not in shown:
        work.advance(0.01)
        assert time.monotonic() < deadline
    yield work
    stand_in.release("stay")
    work.close()


@pytest.mark.parametrize("way", ["keep", "cancel"])
def test_what_was_learnt_so_far_is_kept_only_if_that_is_wanted(work, own, way):
    getattr(work, way)()
    with pytest.raises(StopIteration if way == "keep" else part("core.errors").Cancelled):
        while True:
            work.advance(0.05)
    assert names(own) == (["Foam"] if way == "keep" else [])


def test_own_styles_are_renamed_duplicated_and_deleted(learnt, own):
    numbers = own.joinpath("my-style.safetensors").read_bytes()[-1000:]
    assert bpy.ops.maniera.rename_style(name="Spray") == {"FINISHED"}
    assert names(own) == ["Spray"] == [learnt.style_name]
    assert bpy.ops.maniera.duplicate_style() == {"FINISHED"}
    assert names(own) == ["Spray", "Spray Copy"] and learnt.style_name == "Spray Copy"
    assert part("operators.gallery").chosen_card(learnt).path.read_bytes()[-1000:] == numbers
    assert bpy.ops.maniera.delete_style() == {"FINISHED"}
    assert names(own) == ["Spray"]


def test_a_name_that_is_taken_is_refused(learnt, own):
    with pytest.raises(RuntimeError, match="already"):
        bpy.ops.maniera.rename_style(name=shipped().upper())
    assert names(own) == ["My Style"]


def test_shipped_styles_stay(scene, own):
    scene.maniera.style_name = shipped()
    assert not bpy.ops.maniera.delete_style.poll() and not bpy.ops.maniera.rename_style.poll()
    assert bpy.ops.maniera.duplicate_style() == {"FINISHED"}
    assert bpy.ops.maniera.delete_style.poll()


def test_styles_go_out_and_come_back(learnt, own, tmp_path):
    file = tmp_path / "out" / "mine.safetensors"
    assert bpy.ops.maniera.export_style(filepath=str(file)) == {"FINISHED"}
    with pytest.raises(RuntimeError, match="exists already"):
        bpy.ops.maniera.export_style(filepath=str(file))
    assert bpy.ops.maniera.import_style(filepath=str(file)) == {"FINISHED"}
    assert names(own) == ["My Style", "My Style 2"] and learnt.style_name == "My Style 2"
    file.write_bytes(b"no style")
    with pytest.raises(RuntimeError, match="mine.safetensors"):
        bpy.ops.maniera.import_style(filepath=str(file))


def test_the_nearest_style_to_a_reference_is_chosen(learnt, own):
    assert not bpy.ops.maniera.find_nearest_style.poll()
    learnt.source, learnt.reference = "PICTURE", bpy.data.images.new("Wave", 4, 4)
    learnt.style_name = shipped()
    assert bpy.ops.maniera.find_nearest_style() == {"FINISHED"}
    assert (learnt.source, learnt.style_name) == ("LIBRARY", "My Style")  # the last of the library


def test_pictures_are_opened_from_files_five_at_most(scene, own, tmp_path):
    for number in range(6):
        image = bpy.data.images.new(f"Tile {number}", 4, 4)
        image.filepath_raw, image.file_format = str(tmp_path / f"{number}.png"), "PNG"
        image.pixels.foreach_set(np.ones(64, np.float32))
        image.save()
    files = [{"name": f"{number}.png"} for number in range(6)]
    assert bpy.ops.maniera.add_examples(directory=str(tmp_path), files=files) == {"FINISHED"}
    assert len(scene.maniera.learning.examples) == 5 and not bpy.ops.maniera.add_example.poll()
    assert bpy.ops.maniera.remove_example() == {"FINISHED"}
    assert [Path(e.image.filepath).name for e in scene.maniera.learning.examples] == [f"{n}.png" for n in range(1, 5)]
