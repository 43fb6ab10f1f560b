# SPDX-License-Identifier: GPL-3.0-or-later
import ast
import json
import math
import re
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from core import styles
from core.errors import UserError
from core.styles import Card

ROOT = Path(__file__).parents[2]
CARD = Card(
    name="Küstenlicht",
    author="A. Maler",
    licence="CC0-1.0",
    references=("ab" * 32,),
    network="0123456789ab",
    made="in one pass",
    steps=32,
    preview=b"\x89PNG and more",
)


def write(path: Path, metadata: dict | None, numbers: bytes = bytes(12), ends: int | None = None) -> Path:
    """A style file as safetensors lays it out, without safetensors."""
    header = {"fast": {"dtype": "F32", "shape": [3], "data_offsets": [0, len(numbers) if ends is None else ends]}}
    encoded = json.dumps(header if metadata is None else {"__metadata__": metadata, **header}).encode()
    path.write_bytes(struct.pack("<Q", len(encoded)) + encoded + numbers)
    return path


def altered(**changes: object) -> dict[str, str]:
    metadata = CARD.to_metadata()
    return metadata | {"maniera": json.dumps(json.loads(metadata["maniera"]) | changes)}


def test_a_card_is_read_as_it_was_written(tmp_path):
    path = write(tmp_path / "light.safetensors", CARD.to_metadata())
    assert styles.read_card(path) == replace(CARD, path=path)


@pytest.mark.parametrize(
    ("metadata", "more"),
    [
        (None, {}),
        ({}, {}),
        ({"maniera": "no JSON"}, {}),
        ({"maniera": "[]"}, {}),
        ({"maniera": "[" * 100_000}, {}),
        (altered(name="\ud800"), {}),
        (altered(steps="many"), {}),
        (altered(format="another"), {}),
        (altered(references=3), {}),
        (altered(version="new"), {}),
        (altered(version=math.inf), {}),
        (CARD.to_metadata() | {"preview": "no base64!"}, {}),
        (CARD.to_metadata(), {"numbers": bytes(11), "ends": 12}),
        (CARD.to_metadata(), {"numbers": bytes(13), "ends": 12}),
        (CARD.to_metadata(), {"ends": "12"}),
    ],
)
def test_what_is_not_a_whole_style_is_refused(tmp_path, metadata, more):
    with pytest.raises(UserError):
        styles.read_card(write(tmp_path / "light.safetensors", metadata, **more))


@pytest.mark.parametrize(
    "content",
    [b"", b"1234", struct.pack("<Q", 1 << 40) + b"{}", struct.pack("<Q", 2) + b"[]", struct.pack("<Q", 3) + b"\xff{}"],
    ids=repr,
)
def test_what_is_no_safetensors_file_is_refused(tmp_path, content):
    path = tmp_path / "light.safetensors"
    path.write_bytes(content)
    with pytest.raises(UserError, match="light.safetensors"):
        styles.read_card(path)


@pytest.mark.parametrize("version", [styles.OLDEST - 1, styles.VERSION + 1])
def test_a_style_of_another_version_says_what_to_update(tmp_path, version):
    with pytest.raises(UserError, match=f"format {version}.*update"):
        styles.read_card(write(tmp_path / "light.safetensors", altered(version=version)))


def test_styles_of_older_versions_are_still_read(tmp_path):
    assert styles.read_card(write(tmp_path / "light.safetensors", altered(version=styles.OLDEST))).name == CARD.name


def test_a_file_of_another_kind_is_not_called_a_style_of_another_version(tmp_path):
    with pytest.raises(UserError, match="not a Maniera style"):
        styles.read_card(write(tmp_path / "light.safetensors", altered(format="another")))


def test_a_file_larger_than_any_style_is_refused_unread(tmp_path):
    path, more = tmp_path / "light.safetensors", styles.FILE_LIMIT
    write(path, CARD.to_metadata(), ends=more)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 12 + more)  # whole, by what its header says
    with pytest.raises(UserError, match="broken or not a style"):
        styles.read_card(path)


def test_a_style_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match="nowhere.safetensors"):
        styles.read_card(tmp_path / "nowhere.safetensors")


def test_the_library_lists_its_folders_in_order_and_leaves_broken_files_out(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, name in ((first, "b"), (first, "a"), (second, "0")):
        folder.mkdir(exist_ok=True)
        write(folder / f"{name}.safetensors", replace(CARD, name=name).to_metadata())
    (first / "broken.safetensors").write_bytes(b"broken")
    (first / "note.txt").write_text("no style")
    assert [card.name for card in styles.library([first, tmp_path / "missing", second])] == ["a", "b", "0"]


def test_a_style_is_found_by_its_name_or_its_file(tmp_path):
    path = write(tmp_path / "light.safetensors", CARD.to_metadata())
    assert styles.find("küstenlicht", [tmp_path]).path == path
    half = write(tmp_path / "half.safetensors", replace(CARD, name="Black/White").to_metadata())
    assert styles.find("Black/White", [tmp_path]).path == half
    assert styles.find(str(path), []).name == CARD.name


def test_a_style_that_is_not_in_the_library_lists_those_that_are(tmp_path):
    write(tmp_path / "light.safetensors", CARD.to_metadata())
    with pytest.raises(UserError, match=CARD.name):
        styles.find("Dusk", [tmp_path])


def test_every_shipped_style_shows_itself_and_says_where_it_is_from():
    cards = styles.library([styles.SHIPPED])
    assert len(cards) == len({card.name.casefold() for card in cards}) == len(list(styles.SHIPPED.iterdir())) >= 12
    for card in cards:
        assert card.preview.startswith(b"\x89PNG") and card.author and card.licence and card.made and card.references


def test_the_styles_that_the_readme_and_the_demonstration_name_are_shipped():
    named = re.findall(r'--style "(.+?)"', (ROOT / "README.md").read_text(encoding="utf-8"))
    (chosen,) = re.findall(r"^STYLES = (.+)$", (ROOT / "benchmarks" / "demo.py").read_text(encoding="utf-8"), re.M)
    named += ast.literal_eval(chosen)
    assert len(named) > 3 and set(named) <= {card.name for card in styles.library([styles.SHIPPED])}


def test_all_that_was_trained_is_small_enough_for_the_repository():
    assert 0 < sum(path.stat().st_size for path in styles.SHIPPED.parent.rglob("*.safetensors")) <= 20e6
