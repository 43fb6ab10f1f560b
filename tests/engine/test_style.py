# SPDX-License-Identifier: GPL-3.0-or-later
import json
import math
import pickle
import struct
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from core import styles
from core.engine import style
from core.engine.models import network_id
from core.engine.moments import blend
from core.engine.painter import SHAPES
from core.engine.style import Style
from core.engine.style_encoder import reference_moments
from core.engine.tensors import resize
from core.errors import UserError
from core.styles import Card

NETWORK = "0123456789ab"
CARD = Card("Dämmerung", author="A. Maler", references=("ab" * 32,), network=NETWORK, preview=b"\x89PNG")


@pytest.fixture
def dusk(vector) -> Style:
    return Style(CARD, {quality: vector(quality) for quality in SHAPES})


@pytest.fixture
def path(dusk, tmp_path) -> Path:
    path = tmp_path / "dusk.safetensors"
    style.write(dusk, path)
    return path


def read_refused(path: Path) -> str:
    """The one sentence that a style file is refused with."""
    with pytest.raises(UserError) as raised:
        style.read(path, NETWORK)
    sentence = str(raised.value)
    assert str(path) in sentence and sentence.endswith(".") and "\n" not in sentence
    return sentence


def test_a_style_is_read_as_it_was_written(dusk, path):
    read = style.read(path, NETWORK)
    assert replace(read.card, path=None) == CARD
    assert read.vectors.keys() == dusk.vectors.keys()
    assert all(torch.allclose(read.vectors[quality], dusk.vectors[quality], rtol=1e-3) for quality in SHAPES)


def test_a_style_that_cannot_be_written_leaves_the_one_before_and_nothing_else(dusk, path, monkeypatch):
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        style.write(replace(dusk, vectors={}), path)
    assert path.read_bytes() == before and list(path.parent.iterdir()) == [path]


def test_a_style_of_other_networks_is_to_be_learnt_again(path):
    with pytest.raises(UserError, match="Dämmerung.*other networks"):
        style.read(path, "ba9876543210")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_style_with_a_number_that_is_none_is_refused(dusk, path, value):
    dusk.vectors["fine"][3] = value
    style.write(dusk, path)
    assert "wrong numbers" in read_refused(path)


@pytest.mark.parametrize(
    "vectors",
    [
        {},
        {"fast": torch.zeros(SHAPES["fast"].parameters)},
        {quality: torch.zeros(7) for quality in SHAPES},
        {quality: torch.zeros(1, shape.parameters) for quality, shape in SHAPES.items()},
        {quality: torch.zeros(shape.parameters) for quality, shape in SHAPES.items()} | {"more": torch.zeros(1)},
    ],
    ids=["none", "one painter's", "too short", "a batch", "one too many"],
)
def test_a_style_that_does_not_fit_the_painters_is_refused(dusk, path, vectors):
    style.write(replace(dusk, vectors=vectors), path)
    assert "wrong numbers" in read_refused(path)


STEM = "stem.0.weight"
"""A weight of both painters, (width / 2, 12, 3, 3)."""


def changed(dusk: Style, **tensors: torch.Tensor) -> Style:
    """The style with changes of the painter `fast`; an underscore stands for a dot."""
    return replace(dusk, changes={"fast": {name.replace("_", "."): tensor for name, tensor in tensors.items()}})


def test_changes_of_weights_are_read_as_they_were_written(dusk, tmp_path):
    factors = {f"{STEM}.up": torch.randn(32, 4), f"{STEM}.down": torch.randn(4, 108)}
    whole = {STEM: torch.randn(48, 12, 3, 3)}
    style.write(replace(dusk, changes={"fast": factors, "fine": whole}), tmp_path / "more.safetensors")
    read = style.read(tmp_path / "more.safetensors", NETWORK)
    for quality, own in {"fast": factors, "fine": whole}.items():
        assert read.changes[quality].keys() == own.keys()
        assert all(torch.allclose(read.changes[quality][name], own[name], rtol=1e-3, atol=1e-4) for name in own)


@pytest.mark.parametrize(
    "tensors",
    [
        {"stem_0_weight": torch.zeros(32, 12, 3)},
        {"stem_0_weight": torch.full((32, 12, 3, 3), math.nan)},
        {"stem_0_weight": torch.full((32, 12, 3, 3), 1e6)},
        {"stem_9_weight": torch.zeros(32, 12, 3, 3)},
        {"stem_0_weight_up": torch.zeros(32, 4)},
        {"stem_0_weight_down": torch.zeros(4, 108)},
        {"stem_0_weight_up": torch.zeros(32, 4), "stem_0_weight_down": torch.zeros(3, 108)},
        {"stem_0_weight_up": torch.zeros(32, 65), "stem_0_weight_down": torch.zeros(65, 108)},
        {"stem_0_weight_up": torch.zeros(32, 0), "stem_0_weight_down": torch.zeros(0, 108)},
        {"stem_0_bias_up": torch.zeros(32, 1), "stem_0_bias_down": torch.zeros(1, 1)},
        {
            "stem_0_weight": torch.zeros(32, 12, 3, 3),
            "stem_0_weight_up": torch.zeros(32, 1),
            "stem_0_weight_down": torch.zeros(1, 108),
        },
    ],
    ids=lambda tensors: "-".join(f"{name}{tuple(tensor.shape)}" for name, tensor in tensors.items()),
)
def test_changes_that_fit_no_weight_are_refused(dusk, path, tensors):
    style.write(changed(dusk, **tensors), path)
    assert "wrong numbers" in read_refused(path)


def test_changes_of_a_painter_that_there_is_not_are_refused(dusk, path):
    style.write(replace(dusk, changes={"huge": {STEM: torch.zeros(32, 12, 3, 3)}}), path)
    assert "wrong numbers" in read_refused(path)


@pytest.mark.parametrize("kept", [0, 7, 8, 100, -1000, -1])
def test_a_style_that_was_cut_off_is_refused(path, kept):
    whole = path.read_bytes()
    path.write_bytes(whole[:kept])
    read_refused(path)


@pytest.mark.parametrize(
    "lie",
    [
        {"dtype": "F32", "shape": [5], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]},
        {"dtype": "Z99", "shape": [2], "data_offsets": [0, 8]},
        {"dtype": "F8_E8M0", "shape": [8], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]},
        {"dtype": "F32", "shape": [2]},
        {"data_offsets": [0, 8]},
    ],
    ids=lambda lie: "-".join(map(str, lie.values())),
)
def test_a_header_that_lies_about_the_numbers_is_refused(path, lie):
    header = json.dumps({"__metadata__": CARD.to_metadata(), "fast": lie}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))
    read_refused(path)


@pytest.mark.parametrize("promised", [1 << 30, 1 << 62])
def test_a_header_that_promises_gigabytes_is_refused_without_reading_them(path, promised):
    with path.open("wb") as file:
        file.write(struct.pack("<Q", promised) + b'{"__metadata__": {')
        file.truncate(2 << 30)  # sparse: takes no room
    tracemalloc.start()
    try:
        read_refused(path)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


class Touch:
    """What makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


def test_nothing_in_a_style_file_is_executed(path, tmp_path):
    path.write_bytes(pickle.dumps(Touch(tmp_path / "executed")))
    read_refused(path)
    assert not (tmp_path / "executed").exists()


def test_a_style_of_the_first_version_still_paints(dusk, path, monkeypatch):
    monkeypatch.setattr(styles, "VERSION", styles.OLDEST)
    style.write(dusk, path)
    monkeypatch.undo()
    read = style.read(path, NETWORK)
    assert style.mix([(read, 1.0)], "fine").vector.shape == (SHAPES["fine"].parameters,) and not read.manner


def test_a_file_of_weights_is_no_style(path):
    path.write_bytes(save({"fast": torch.zeros(4)}))
    assert "not a Maniera style" in read_refused(path)


def test_the_shipped_styles_belong_to_the_shipped_networks():
    network = network_id()
    read = [style.read(card.path, network) for card in styles.library()]
    assert len({tuple(one.vectors["fast"].tolist()) for one in read}) == len(read) >= 12


def vectors(models, *references, seed: int = 0) -> torch.Tensor:
    return torch.cat(list(style.from_references(models, references, CARD, seed).vectors.values()))


def test_several_references_make_one_manner_in_any_order(models, batch):
    one, other = batch(20, 30, 1), batch(41, 17, 2) ** 3
    both = vectors(models, one, other)
    assert torch.allclose(vectors(models, other, one), both, atol=1e-6)
    assert (both - vectors(models, one)).abs().max() > 1e-5 < (both - vectors(models, other)).abs().max()
    assert torch.allclose(vectors(models, one, one, one), vectors(models, one), atol=1e-5)


def test_the_manner_of_several_references_is_that_of_their_mean_moments(models, batch):
    pictures = [batch(20, 30, 1), batch(41, 17, 2)]
    seen = [reference_moments(models.encoder, picture) for picture in pictures]
    grams = [blend(list(level)) for level in zip(*seen, strict=True)]
    learnt = style.from_references(models, pictures, CARD)
    assert torch.allclose(learnt.vectors["fast"], models.style_encoder("fast")(grams)[0], atol=1e-6)


def test_a_seed_chooses_parts_and_the_same_ones_each_time(models, batch):
    reference = batch(64, 48)
    whole, first, second = (vectors(models, reference, seed=seed) for seed in (0, 1, 2))
    assert torch.equal(vectors(models, reference, seed=0), whole)
    assert torch.equal(vectors(models, reference, seed=1), first)
    assert not torch.equal(first, second) and not torch.equal(first, whole)


@pytest.mark.parametrize("size", [(1, 1), (1, 600), (9, 9)])
@pytest.mark.parametrize("seed", [0, 5])
def test_references_of_any_size_can_be_studied(models, batch, size, seed):
    assert vectors(models, batch(*size), seed=seed).isfinite().all()


def test_the_grain_of_a_scan_does_not_matter_beyond_the_size_at_which_references_are_studied(models, batch):
    reference = resize(batch(16, 12), (640, 480))
    scan = reference.repeat_interleave(2, 2).repeat_interleave(2, 3)
    far = vectors(models, reference) - vectors(models, batch(64, 48))
    assert (vectors(models, scan) - vectors(models, reference)).norm() < 0.1 * far.norm()


def test_styles_are_mixed_by_the_share_of_their_weights(dusk, vector):
    dawn = Style(CARD, {"fast": vector("fast", 1)})
    mixed = style.mix([(dusk, 3.0), (dawn, 1.0)], "fast").vector
    assert torch.allclose(mixed, 0.75 * dusk.vectors["fast"] + 0.25 * dawn.vectors["fast"], atol=1e-6)
    assert torch.allclose(style.mix([(dusk, 0.3), (dawn, 0.1)], "fast").vector, mixed, atol=1e-6)
    assert torch.equal(style.mix([(dusk, 5.0), (dawn, 0.0)], "fast").vector, dusk.vectors["fast"])


def test_changes_are_mixed_by_the_share_of_their_styles(dusk, models, vector, batch):
    weight = models.painter("fast").stem[0].weight
    whole, factors = torch.randn(32, 12, 3, 3), (torch.randn(32, 2), torch.randn(2, 108))
    one = changed(dusk, stem_0_weight=whole)
    other = changed(dusk, stem_0_weight_up=factors[0], stem_0_weight_down=factors[1])
    mixed = style.mix([(one, 3.0), (other, 1.0), (dusk, 4.0)], "fast").painter(models, "fast")
    wanted = weight + 0.375 * whole + 0.125 * (factors[0] @ factors[1]).view_as(whole)
    assert torch.allclose(mixed.stem[0].weight, wanted, atol=1e-5)
    assert torch.equal(mixed.stem[1].weight, models.painter("fast").stem[1].weight)
    assert style.mix([(dusk, 1.0), (one, 0.0)], "fast").painter(models, "fast") is models.painter("fast")
    assert style.mix([(one, 1.0)], "fine").painter(models, "fine") is models.painter("fine")


@pytest.mark.parametrize("weights", [(0, 0), (2, -1), (-1, -1), (1, math.nan), (1, math.inf), (math.inf, math.inf)])
def test_weights_that_are_no_shares_are_refused(dusk, weights):
    with pytest.raises(UserError, match="weights"):
        style.mix([(dusk, float(weight)) for weight in weights], "fast")
