# SPDX-License-Identifier: GPL-3.0-or-later
"""The quality Best (Slow) in Blender: previews while it runs, and an early end that keeps the picture."""

import json
import time

import bpy
import pytest

from tests.blender.extension import part
from tests.blender.pixels import colors, new_image


@pytest.fixture
def photo(manner) -> bpy.types.Image:
    bpy.context.scene.maniera.stylize.quality = "best"
    yield new_image("Photo.png", colors())
    bpy.context.scene.maniera.stylize.quality = "fast"


@pytest.fixture
def work(photo, stand_in, monkeypatch):
    """A picture being optimised, as a window would do it: the engine shows it, and stays at it."""
    stand_in.order("stay")
    preview = part("operators.learnt_preview")
    shown = []
    monkeypatch.setattr(preview, "show", lambda pixels, name: shown.append((pixels.shape, name)))

    class Operator(part("operators.stylize").StylizeOperator):
        def original(self, context):
            return part("operators.images").describe(photo)

        def read(self, context):
            return part("operators.appearance").read(photo, context.scene)

        def report(self, kind, text):
            pass

    work = part("operators.jobs").Work(Operator().steps(bpy.context))
    deadline = time.monotonic() + 60
    while ((6, 9, 4), preview.OPTIMIZED) not in shown:
        work.advance(0.01)
        assert time.monotonic() < deadline
    yield work
    stand_in.release("stay")
    work.close()


@pytest.mark.parametrize("way", ["keep", "cancel"])
def test_a_picture_that_is_not_done_is_kept_only_if_that_is_wanted(work, way):
    before = set(bpy.data.images)
    assert work.can_keep
    getattr(work, way)()
    with pytest.raises(StopIteration if way == "keep" else part("core.errors").Cancelled):
        while True:
            work.advance(0.05)
    assert len(set(bpy.data.images) - before) == (way == "keep")


@pytest.mark.parametrize("quality", ["fine", "best"])
def test_the_engine_is_told_how_to_optimise_and_only_then_to_keep(photo, stand_in, quality):
    chosen = bpy.context.scene.maniera
    chosen.stylize.quality, chosen.optimize.steps, chosen.optimize.size = quality, 7, 99
    assert bpy.ops.maniera.stylize_image(image_name=photo.name) == {"FINISHED"}
    told = json.loads(stand_in.told("request"))
    assert told["settings"]["quality"] == quality and told["keep"] == (quality == "best")
    assert told["optimize"]["steps"] == 7 and told["optimize"]["keep"]
    assert told["optimize"]["size"] == 0  # the result lies over the original
