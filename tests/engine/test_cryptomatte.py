# SPDX-License-Identifier: GPL-3.0-or-later
"""Masks out of renders, on small files in the layouts of Blender 4.5 (one part) and 5.0 (a part for each pass)."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import OpenImageIO
import pytest

from core.engine.cryptomatte import identifier, matte
from core.errors import UserError

IDS = {"Suzanne": 0xCB432898, "Kiste@é": 0x44D942AE, "Plane": 0x4159B52A, "Sun": 0xEE8D1AE3}
"""As Blender 5.0 writes them."""
SHARES = {"Suzanne": [[1, 0.25, 0]], "Kiste@é": [[0, 0.5, 0]], "Plane": [[0, 0.25, 0.75]]}
"""How much of three pixels each thing covers."""


def ranked() -> np.ndarray:
    """The pixels' lists (1, 3, 8): the thing that covers most comes first, four ranks."""
    lists = np.zeros((1, 3, 8), np.float32)
    for x in range(3):
        seen = sorted(SHARES, key=lambda name: -SHARES[name][0][x])
        for rank, name in enumerate(name for name in seen if SHARES[name][0][x]):
            lists[0, x, 2 * rank] = np.uint32(IDS[name]).view(np.float32)
            lists[0, x, 2 * rank + 1] = SHARES[name][0][x]
    return lists


@pytest.fixture(params=["one part", "a part for each pass"])
def render(request, tmp_path) -> Callable[..., Path]:
    """Writes a render with Cryptomatte of objects and their numbers."""

    def write(manifest: object = None, kind: str = "CryptoObject") -> Path:
        lists, layer = ranked(), f"ViewLayer.{kind}"
        parts = [
            ([f"ViewLayer.Combined.{c}" for c in "RGBA"], np.ones((1, 3, 4), np.float32)),
            ([f"{layer}00.{c}" for c in "rgba"], lists[..., :4]),
            ([f"{layer}01.{c}" for c in "rgba"], lists[..., 4:]),
            (["ViewLayer.Object Index.X"], np.array([[[3], [3], [5]]], np.float32)),
        ]
        if request.param == "one part":
            names = [name.replace("Object Index", "IndexOB") for names, _ in parts for name in names]
            parts = [(names, np.concatenate([numbers for _, numbers in parts], 2))]
        specs = [OpenImageIO.ImageSpec(3, 1, len(names), "float") for names, _ in parts]
        for spec, (names, _) in zip(specs, parts, strict=True):
            spec.channelnames = names
        specs[0].attribute("cryptomatte/542cafa/name", layer)
        if manifest is not None:
            specs[0].attribute("cryptomatte/542cafa/manifest", json.dumps(manifest))
        path = tmp_path / "render.exr"
        file = OpenImageIO.ImageOutput.create(str(path))
        assert file.open(str(path), tuple(specs))
        for number, (_, numbers) in enumerate(parts):
            assert number == 0 or file.open(str(path), specs[number], "AppendSubimage")
            assert file.write_image(numbers)
        assert file.close()
        return path

    return write


MANIFEST = {name: f"{number:08x}" for name, number in IDS.items()}


def test_names_have_the_numbers_that_blender_gives_them():
    assert {name: identifier(name) for name in IDS} == IDS


@pytest.mark.parametrize("manifest", [MANIFEST, None, "broken"])
def test_a_thing_is_found_by_name_whether_or_not_the_file_lists_the_names(render, manifest):
    path = render(manifest)
    for name, share in SHARES.items():
        mask = matte(path, "object", name)
        assert mask.dtype == np.float32 and mask.tolist() == share


def test_a_pattern_takes_all_that_fit(render):
    assert matte(render(MANIFEST), "object", "*an*").tolist() == [[1, 0.5, 0.75]]


def test_a_thing_that_is_nowhere_seen_covers_nothing(render):
    assert not matte(render(MANIFEST), "object", "Sun").any()


@pytest.mark.parametrize(("kind", "thing"), [("uCryptoMaterial", "material"), ("crypto_asset", "asset")])
def test_kinds_of_things_are_told_apart_however_a_renderer_writes_them(render, kind, thing):
    path = render(MANIFEST, kind)
    assert matte(path, thing, "Plane").any()
    with pytest.raises(UserError, match="no Cryptomatte of objects"):
        matte(path, "object", "Plane")


def test_a_number_stands_for_all_that_carry_it(render):
    assert matte(render(), "object-index", "3").tolist() == [[1, 1, 0]]


@pytest.mark.parametrize(
    ("thing", "name", "reason"),
    [
        ("object", "Nobody", "knows no object 'Nobody': it has Kiste@é, Plane, Sun, Suzanne."),
        ("object", "X*", r"knows no object 'X\*'"),
        ("material", "Fur", "no Cryptomatte of materials"),
        ("object-index", "first", "is no number"),
        ("material-index", "1", "no pass Material Index"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(render, thing, name, reason):
    with pytest.raises(UserError, match=reason):
        matte(render(MANIFEST), thing, name)


def test_a_missing_or_broken_render_is_said_in_a_sentence(render, tmp_path):
    whole = render().read_bytes()
    (tmp_path / "cut.exr").write_bytes(whole[: len(whole) * 2 // 3])
    for name in ("none.exr", "cut.exr"):
        with pytest.raises(UserError, match=name):
            matte(tmp_path / name, "object", "Plane")
