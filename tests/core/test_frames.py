# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from core import frames
from core.errors import UserError
from core.frames import Pattern


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("7", (7,)),
        ("1-4", (1, 2, 3, 4)),
        ("1,5,7-9", (1, 5, 7, 8, 9)),
        ("1-20x6", (1, 7, 13, 19)),
        ("1-20:6", (1, 7, 13, 19)),  # as OpenJD writes ranges
        ("9, 3-4, 4", (3, 4, 9)),
        ("-3--1", (-3, -2, -1)),
        ("-1-1", (-1, 0, 1)),
    ],
)
def test_ranges_are_read_as_people_write_them(text, meant):
    assert frames.parse(text) == meant
    assert frames.parse(frames.text(meant)) == meant


@pytest.mark.parametrize("text", ["", "a", "1-", "4-1", "1-9x0", "1,,2", "1-99999999999", "1;2", "0x10"])
def test_what_is_no_range_is_refused_in_a_sentence(text):
    with pytest.raises(UserError, match=r"names no frames.*\.$"):
        frames.parse(text)


def test_ranges_are_told_in_short():
    assert frames.text([9, 1, 2, 3, 5]) == "1-3,5,9"
    assert frames.text([]) == ""


@pytest.mark.parametrize(
    ("pattern", "frame", "name"),
    [
        ("shot_####.exr", 7, "shot_0007.exr"),
        ("shot_####.exr", 12345, "shot_12345.exr"),
        ("shot_####.exr", -7, "shot_-0007.exr"),
        ("take#2_##.png", 3, "take#2_03.png"),
        ("#.png", 12, "12.png"),
    ],
)
def test_files_are_named_as_blender_names_them(tmp_path, pattern, frame, name):
    assert Pattern.read(str(tmp_path / pattern)).file(frame) == tmp_path / name


def test_a_pattern_without_number_is_refused():
    with pytest.raises(UserError, match="####"):
        Pattern.read("folder_##/render.png")


def test_frames_that_are_there_are_found(tmp_path):
    for name in ("a_0001.png", "a_0012.png", "a_12345.png", "a_5.png", "b_0003.png", "a_0004.exr", "a_x.png"):
        (tmp_path / name).touch()
    assert Pattern.read(str(tmp_path / "a_####.png")).found() == (1, 12, 12345)
    assert Pattern.read(str(tmp_path / "none" / "a_####.png")).found() == ()
