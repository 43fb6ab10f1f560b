# SPDX-License-Identifier: GPL-3.0-or-later
"""Mixtures of styles: what the engine is asked for, whatever is repainted."""

import json
from pathlib import Path

import bpy
import pytest

from tests.blender.extension import part
from tests.blender.pixels import colors, new_image


@pytest.fixture
def mixture(scene, stand_in):
    """Two styles of the library, mixed one to three."""
    scene.maniera.style_name = "Woodcut"
    assert bpy.ops.maniera.mix_in_style() == {"FINISHED"}
    mixture = scene.maniera.mixture
    mixture.ingredients[0].style_name = "Etching"
    mixture.weight, mixture.ingredients[0].weight = 0.25, 0.75
    return mixture


def file_of(name: str) -> str:
    styles = part("core.styles")
    return str(styles.find(name, [styles.SHIPPED]).path)


WANTED = [("Woodcut", 0.25), ("Etching", 0.75)]


def test_a_picture_is_painted_in_the_mixture(mixture, stand_in):
    new_image("Photo", colors())
    assert bpy.ops.maniera.stylize_image(image_name="Photo") == {"FINISHED"}
    asked = json.loads(stand_in.told("request"))
    assert asked["styles"] == [{"path": file_of(name), "weight": weight} for name, weight in WANTED]
    assert "Photo - Woodcut + Etching" in bpy.data.images


def test_frames_are_painted_in_the_mixture(scene, mixture, tmp_path):
    scene.render.filepath = str(tmp_path / "####")
    steps = part("operators.shot_order").order(bpy.context, scene, part("operators.shot").read(scene))
    with pytest.raises(StopIteration) as end:
        next(steps)
    fields = end.value.value.fields
    assert fields["styles"] == [{"path": file_of(name), "weight": weight} for name, weight in WANTED]


def test_a_weight_of_nothing_leaves_a_style_out(scene, mixture):
    mixture.weight = 0
    assert part("operators.mixture").read(scene.maniera) == [
        (part("core.styles").read_card(Path(file_of("Etching"))), 0.75)
    ]
    mixture.ingredients[0].weight = 0
    new_image("Photo", colors())
    with pytest.raises(RuntimeError, match="raise one of them"):
        bpy.ops.maniera.stylize_image(image_name="Photo")


def test_styles_are_added_one_after_the_other_and_removed(scene, mixture):
    for _ in range(part("operators.mixture").MOST - 1):
        assert bpy.ops.maniera.mix_in_style() == {"FINISHED"}
    names = [one.style for one in mixture.ingredients]
    assert len({*names, "Woodcut"}) == len(names) + 1  # none comes twice
    assert not bpy.ops.maniera.mix_in_style.poll()
    for _ in names:
        bpy.ops.maniera.remove_from_mixture()
    assert not bpy.ops.maniera.remove_from_mixture.poll()
    assert [card.name for card, _ in part("operators.mixture").read(scene.maniera)] == ["Woodcut"]


def test_a_farm_takes_no_mixture(scene, mixture, tmp_path):
    scene.render.filepath = str(tmp_path / "####")
    with pytest.raises(RuntimeError, match="remove the others"):
        bpy.ops.maniera.export_farm_job(directory=str(tmp_path / "job"))
