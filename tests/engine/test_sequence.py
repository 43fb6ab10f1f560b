# SPDX-License-Identifier: GPL-3.0-or-later
"""`sequence`: from rendered frames to repainted ones, on networks with random weights."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import OpenImageIO
import pytest
from PIL import Image

from core import cli
from core.engine import coherence, finished, models, orders, pictures, requests, sequence
from core.errors import Cancelled
from core.progress import Report
from tests.engine import animation

LAST = 8


@pytest.fixture(scope="session")
def rendered(tmp_path_factory) -> Path:
    """A folder of rendered frames, to be copied, and a picture to paint after."""
    folder = tmp_path_factory.mktemp("rendered")
    animation.write_all(folder / "in", LAST)
    noise = np.random.default_rng(5).integers(0, 256, (30, 40, 3), np.uint8)
    Image.fromarray(noise).save(folder / "manner.png")
    return folder


@pytest.fixture
def maniera(networks, rendered, tmp_path, monkeypatch, capsys):
    """Runs `sequence` in a folder with rendered frames; gives its exit code and what it told."""
    shutil.copytree(rendered, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    engine = models.Models(orders.device.choose(orders.settings.Machine("cpu", "fp32")), networks)
    monkeypatch.setattr(orders, "models_on", lambda chosen: engine)
    sequence._held.clear()

    def run(*words: object, frames: str = f"1-{LAST}", out: str = "out/####.png", source: str = "in/####.exr"):
        own = ["sequence", "--input", source, "--frames", frames, "-o", out, "--style", "manner.png", "--warmup", 4]
        exit_code = cli.main([*map(str, [*own, *words])])
        told = capsys.readouterr()
        return exit_code, told.out, told.err

    return run


@pytest.fixture
def painted(monkeypatch) -> list[int]:
    """The frames that are painted, warm-up included, as they come."""
    numbers: list[int] = []
    add = coherence.Painting.add

    def counted(self, number, *arguments):
        numbers.append(number)
        return add(self, number, *arguments)

    monkeypatch.setattr(coherence.Painting, "add", counted)
    return numbers


def shown(path: str) -> np.ndarray:
    return np.asarray(Image.open(path)).astype(int)


def names(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir() if not path.name.startswith("."))


def states(folder: str) -> dict[str, tuple[int, int]]:
    files = [path for path in Path(folder).iterdir() if not path.name.startswith(".")]
    return {path.name: (path.stat().st_mtime_ns, path.stat().st_ino) for path in files}


def test_all_frames_are_written_and_nothing_else(maniera):
    exit_code, told, _ = maniera("--json")
    result = json.loads(told.splitlines()[-1])
    assert exit_code == 0
    assert (result["written"], result["failed"], result["notes"]) == (f"1-{LAST}", {}, [])
    assert names("out") == [f"{frame:04}.png" for frame in range(1, LAST + 1)]
    assert [path for path in os.listdir("out") if path.startswith(".")] == [".####.png.maniera"]
    assert shown("out/0001.png").shape == (*animation.SIZE, 4)


@pytest.mark.parametrize("more", [(), ("--key", 5)])
def test_several_chunks_are_one_chunk(maniera, more):
    assert maniera(*more)[0] == 0
    for chunk in ("7-8", "1-2", "3,5", "4,6"):
        sequence._held.clear()
        assert maniera("--shot", f"1-{LAST}", *more, frames=chunk, out="chunks/####.png")[0] == 0
    for name in names("out"):
        assert np.abs(shown(f"out/{name}") - shown(f"chunks/{name}")).max() <= 1


def test_paint_sticks_better_than_frame_by_frame(maniera):
    assert maniera("--coherence", "none", out="alone/####.png")[0] == 0
    assert maniera()[0] == 0

    def boil(folder: str) -> float:
        """How much the square's middle changes between frames, seen from the square."""
        squares = []
        for frame in range(1, LAST + 1):
            x, y = animation.place(frame).astype(int) + 4
            squares.append(shown(f"{folder}/{frame:04}.png")[y : y + 6, x : x + 6, :3])
        return float(np.mean([np.square(a - b).mean() for a, b in zip(squares, squares[1:], strict=False)]))

    assert boil("out") < 0.5 * boil("alone")


def test_the_key_frame_is_a_still_picture_and_paint_goes_both_ways(maniera, painted):
    assert maniera("--key", 5)[0] == 0
    assert painted == [5, 6, 7, 8, 5, 4, 3, 2, 1]
    assert maniera("--coherence", "none", out="alone/####.png")[0] == 0
    assert np.abs(shown("out/0005.png") - shown("alone/0005.png")).max() <= 1
    assert np.abs(shown("out/0001.png") - shown("alone/0001.png")).max() > 1


def test_one_part_and_many_parts_are_read_alike(maniera):
    animation.write_all(Path("old"), LAST, parts=False)
    assert maniera()[0] == 0
    assert maniera(source="old/####.exr", out="other/####.png")[0] == 0
    assert all((shown(f"out/{name}") == shown(f"other/{name}")).all() for name in names("out"))


def test_passes_may_lie_in_other_files(maniera):
    Path("color").mkdir()
    for frame in range(1, LAST + 1):
        pictures.write(Path(f"color/{frame:04}.png"), pictures.read(Path(f"in/{frame:04}.exr")))
    assert maniera()[0] == 0
    assert maniera("--vectors", "in/####.exr", source="color/####.png", out="other/####.png")[0] == 0
    assert np.abs(shown("out/0008.png") - shown("other/0008.png")).mean() < 3


def test_finished_frames_are_skipped_and_others_painted(maniera):
    assert maniera(frames="1-4", out="out/####.png")[0] == 0
    assert maniera("--shot", "1-4", "--skip-existing", frames="1-4")[1].startswith("skipped 1-4")
    before = states("out")
    os.truncate("out/0002.png", 900)
    os.unlink("out/0003.png")
    animation.write(Path("in/0004.exr"), 4, seed=1)
    os.utime("in/0004.exr", (1, 1))
    assert "written 2-4, skipped 1" in maniera("--skip-existing", frames="1-4")[1]
    after = states("out")
    assert [name for name in after if after[name] == before.get(name)] == ["0001.png"]
    assert "written 1-4" in maniera("--skip-existing", "--strength", 0.5, frames="1-4")[1]


def test_what_a_killed_process_has_half_written_is_removed(maniera):
    Path("out").mkdir()
    mine = [Path("out/.0001.123.png"), Path("out/.0002.124.png"), Path("out/.####.png.maniera.0f.tmp")]
    others = [Path("out/.0003.123.png"), Path("out/.0002.0003.123.png")]
    for path in mine + others:
        path.write_bytes(b"half")
    assert maniera(frames="1-2")[0] == 0
    assert not any(path.exists() for path in mine) and all(path.exists() for path in others)


def test_a_frame_that_another_process_has_finished_first_is_written(maniera, monkeypatch):
    replace = os.replace

    def outrun(unfinished: Path, path: Path) -> None:
        replace(unfinished, path)
        replace(unfinished, path)

    monkeypatch.setattr(pictures.os, "replace", outrun)
    assert "written 1-2" in maniera(frames="1-2")[1]
    monkeypatch.setattr(pictures.os, "replace", lambda unfinished, path: replace("nothing", path))
    exit_code, _, reason = maniera("--strength", 0.5, frames="1-2")  # what is there is of another order
    assert exit_code == 4 and "could not be written" in reason


def test_verifying_paints_nothing_and_says_what_is_not_finished(maniera, painted):
    assert maniera(frames="1-3")[0] == 0
    painted.clear()
    assert maniera("--verify", "--shot", "1-3", frames="1-3")[0] == 0
    os.unlink("out/0002.png")
    exit_code, _, reason = maniera("--verify", frames="1-3")
    assert (exit_code, painted) == (4, [])
    assert reason == "The frames 2 are not finished: repaint them.\n"


def test_a_render_is_followed_frame_by_frame_without_warm_up(maniera, painted):
    assert maniera()[0] == 0
    whole = {name: shown(f"out/{name}") for name in names("out")}
    sequence._held.clear()
    painted.clear()
    for frame in range(1, LAST + 1):
        assert maniera("--shot", f"1-{LAST}", frames=str(frame))[0] == 0
    assert painted == list(range(1, LAST + 1))
    assert all((shown(f"out/{name}") == picture).all() for name, picture in whole.items())
    assert maniera("--shot", f"1-{LAST}", frames="3")[0] == 0
    assert painted[LAST:] == [1, 2, 3]


def test_missing_and_broken_frames_are_told_and_the_others_written(maniera):
    os.unlink("in/0003.exr")
    os.truncate("in/0006.exr", 3000)
    exit_code, _, reason = maniera()
    assert exit_code == 2
    assert reason.startswith("Not repainted: 3, 6. ")
    assert names("out") == [f"{frame:04}.png" for frame in (1, 2, 4, 5, 7, 8)]
    assert maniera("--coherence", "none", out="alone/####.png")[0] == 2
    assert np.abs(shown("out/0004.png") - shown("alone/0004.png")).max() <= 1  # painted anew


def test_a_shot_that_is_rendered_anew_is_measured_anew(maniera):
    kept = Path("out/.####.png.maniera")

    def render(first: int, seed: int) -> None:
        for frame in range(first, LAST + 1):
            animation.write(Path(f"in/{frame:04}.exr"), frame, seed=seed)
            os.utime(f"in/{frame:04}.exr", (seed, seed))

    assert maniera()[0] == 0
    before = kept.read_bytes()
    render(2, seed=3)  # the first frame stays as it was painted, and the others go with it
    assert maniera("--skip-existing", "--shot", f"1-{LAST}", frames=f"2-{LAST}")[0] == 0
    assert kept.read_bytes() == before
    render(1, seed=4)
    sequence._held.clear()  # as on a farm, where another process prepares the shot
    assert maniera("--skip-existing", "--shot", f"1-{LAST}", frames="1")[0] == 0
    now = kept.read_bytes()
    assert now != before
    assert maniera("--skip-existing")[0] == 0
    assert kept.read_bytes() == now
    assert maniera(out="fresh/####.png")[0] == 0
    assert all((shown(f"out/{name}") == shown(f"fresh/{name}")).all() for name in names("fresh"))


def test_a_cut_is_found_and_told(maniera):
    for frame in range(5, LAST + 1):
        animation.write(Path(f"in/{frame:04}.exr"), frame, seed=9, cut=True)
    exit_code, told, _ = maniera()
    assert exit_code == 0
    assert "Between the frames 4 and 5 the picture changes as at a cut" in told
    assert maniera("--coherence", "none", out="alone/####.png")[0] == 0
    assert np.abs(shown("out/0005.png") - shown("alone/0005.png")).max() <= 1


def test_missing_passes_are_told(maniera):
    animation.write_all(Path("less"), 2, left_out="Object")
    assert "no Cryptomatte or Object Index" in maniera(source="less/####.exr", frames="1-2")[1]
    animation.write_all(Path("less"), 2, left_out="Vector")
    exit_code, _, reason = maniera(source="less/####.exr", frames="1-2")
    assert exit_code == 2 and "has no Vector pass" in reason
    animation.write(Path("less/0003.exr"), 3)  # they were turned on, and the render went on
    assert maniera("--shot", "1-3", source="less/####.exr", frames="3")[0] == 0


def test_motion_is_estimated_for_pictures_without_passes(maniera):
    Path("color").mkdir()
    for frame in (1, 2, 3):
        pictures.write(Path(f"color/{frame:04}.png"), pictures.read(Path(f"in/{frame:04}.exr")))
    exit_code, told, _ = maniera("--coherence", "flow", source="color/####.png", frames="1-3")
    assert exit_code == 0 and "estimated by" in told
    assert maniera("--coherence", "flow", "--vectors", "none/####.exr", source="color/####.png", frames="2")[0] == 0
    assert maniera(source="color/####.png", frames="1-3")[0] == 2


def test_exr_frames_are_linear_and_keep_their_metadata(maniera):
    assert maniera(frames="1-2")[0] == 0
    assert maniera(frames="1-2", out="linear/####.exr")[0] == 0
    file = OpenImageIO.ImageInput.open("linear/0001.exr")
    assert file.spec().getattribute("Scene") == "Square"
    assert file.spec().channelnames == ("R", "G", "B", "A")
    assert str(file.spec().format) == "float"
    seen = pictures.read(Path("linear/0001.exr")).pixels
    assert np.abs(seen - shown("out/0001.png") / 255).max() < 1 / 255
    assert "skipped 1-2" in maniera("--skip-existing", frames="1-2", out="linear/####.exr")[1]


def test_depth_and_view_are_those_that_are_asked_for(maniera):
    assert maniera("--depth", 16, frames="1")[0] == 0
    assert pictures.read(Path("out/0001.png")).depth == "uint16"
    Path("view.json").write_text(json.dumps({"view": "Raw", "exposure": 0.0}))
    assert maniera("--view", "view.json", "--strength", 0, frames="1", out="raw/####.png")[0] == 0
    assert np.abs(shown("raw/0001.png") - animation.colors(1) * 255).max() <= 0.51


def test_frozen_statistics_belong_to_their_order(maniera):
    assert maniera(frames="1-4")[0] == 0
    kept = Path("out/.####.png.maniera").read_bytes()
    one = shown("out/0001.png")
    assert maniera("--shot", "1-4", frames="1")[0] == 0
    assert Path("out/.####.png.maniera").read_bytes() == kept
    assert maniera(frames="1")[0] == 0  # a shot of a single frame
    assert Path("out/.####.png.maniera").read_bytes() != kept
    assert (shown("out/0001.png") != one).any()


def test_cancelling_keeps_what_is_painted(maniera, monkeypatch):
    def cancelled_at_five(done, total, what, preview=None):
        if what == "Frame 5":
            raise Cancelled

    order = {
        "input": "in/####.exr",
        "output": "out/####.png",
        "frames": "1-8",
        "styles": [{"path": "manner.png", "weight": 1}],
    }
    report = Report(lambda progress: cancelled_at_five(progress.done, progress.total, progress.what))
    with pytest.raises(Cancelled):
        requests.REQUESTS["sequence"](order, [], report)
    assert names("out") == [f"{frame:04}.png" for frame in (1, 2, 3, 4)]
    before = states("out")
    assert "written 5-8, skipped 1-4" in maniera("--skip-existing", "--warmup", 20)[1]
    assert {name: state for name, state in states("out").items() if name in before} == before


def test_a_full_disk_can_be_tried_again(maniera, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(finished.png, "encode", full)
    exit_code, _, reason = maniera(frames="1-3")
    assert exit_code == 4 and "could not be written" in reason
    assert names("out") == []


@pytest.mark.parametrize(
    "words",
    [
        ["--frames", "8-1"],
        ["--frames", "20-30"],
        ["--shot", "2-8"],
        ["--key", "9"],
        ["--input", "in/0001.exr"],
        ["--input", "none/####.exr"],
        ["--output", "out/####.gif"],
        ["--output", "in/####.exr"],
        ["--output", "manner.png/####.png"],
        ["--style", "none.png"],
        ["--view", "none.json"],
        ["--view", "manner.png"],
        ["--vectors", "none/####.exr"],
        ["--warmup", "0"],
        ["--depth", "12"],
    ],
)
def test_wrong_input_is_one_sentence_and_writes_nothing(maniera, words):
    before = states("in")
    exit_code, told, reason = maniera(*words)
    assert (exit_code, told) == (2, "")
    assert reason.count("\n") == 1 and reason.endswith(".\n")
    assert states("in") == before
    assert not Path("out").exists() or not os.listdir("out")
