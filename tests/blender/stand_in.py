# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine without torch and without networks, which inverts colors: run as the worker by the fixture `stand_in`.

Frames of an animation it makes gray, as gray as their numbers.

Its working folder is the extension's, as the real worker's is. $STAND_IN is the folder through which a test tells it to
stay at work (the file `stay`) or to refuse it (`refuse`), and in which it says who it is (`pid`) and what it was asked
(`request`).
"""

import json
import os
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, os.getcwd())

from core import frames, png, styles  # noqa: E402
from core.engine.worker import Engine, main  # noqa: E402
from core.errors import Cancelled, UserError  # noqa: E402
from core.frames import Pattern  # noqa: E402

FOLDER = Path(os.environ["STAND_IN"])


def stylize(fields, arrays, report):
    """Inverts colors, and keeps for the test what it was asked: the fields, the arrays and the render named in them."""
    np.savez(FOLDER / "arrays", *arrays)
    for where in (one for mask in fields.get("masks", ()) for one in mask["where"] if "file" in one):
        shutil.copy(where["file"], FOLDER / "file")
    (FOLDER / "request").write_text(json.dumps(fields | {"shapes": [array.shape for array in arrays]}))
    (FOLDER / "pid").write_text(str(os.getpid()))
    kept = _stay(fields, report, np.full((6, 9, 4), 0.5, "f4") if fields.get("keep") else None)
    if (FOLDER / "refuse").exists():
        raise UserError("The picture is upside down: turn it round.")
    strength = fields["settings"]["strength"]
    result = arrays[0].copy()
    result[..., :3] += strength * (1 - 2 * result[..., :3])
    return {"seconds": 0.0, "device": "stand-in", "cleaned": 0, "cancelled": kept}, [result]


def _stay(fields, report, preview):
    """Stay at work for as long as the test wants, or until a cancel that is to keep what there is; True then."""
    while (FOLDER / "stay").exists():
        try:
            report(1, 2, "Staying", preview)
        except Cancelled:
            if not fields.get("keep"):
                raise
            return True
        time.sleep(0.01)
    return False


def adapt(fields, arrays, report):
    """Copies the style it goes on from, or a shipped one, under the new name."""
    (FOLDER / "request").write_text(json.dumps(fields | {"shapes": [array.shape for array in arrays]}))
    preview = np.full((8, 12, 4), 0.5, "f4")
    kept = _stay(fields, report, preview)
    source = Path(fields.get("from") or next(styles.SHIPPED.glob("*.safetensors")))
    target = Path(fields["output"])
    target.unlink(missing_ok=True)
    styles.rewrite(source, target, replace(styles.read_card(source), name=fields["name"]))
    return {"output": str(target), "seconds": 0.0, "cancelled": kept, "notes": []}, [preview]


def nearest(fields, arrays, report):
    """Finds the last styles first."""
    return {"found": [{"path": one["path"], "distance": 0.5} for one in reversed(fields["styles"])]}, []


def surprise(fields, arrays, report):
    """Makes a gray picture, and of a shipped style the new one."""
    (FOLDER / "request").write_text(json.dumps(fields | {"shapes": [array.shape for array in arrays]}))
    with (FOLDER / "requests").open("a") as requests:
        requests.write(json.dumps(fields) + "\n")
    if "output" in fields:
        source, target = next(styles.SHIPPED.glob("*.safetensors")), Path(fields["output"])
        target.unlink(missing_ok=True)
        styles.rewrite(source, target, replace(styles.read_card(source), name=fields["name"]))
    found = nearest(fields, arrays, report)[0]["found"]
    return {"nearest": found, "place": [0.5, 0.5], "seconds": 0.0}, [np.full((8, 12, 4), 0.5, "f4")]


def survey(fields, arrays, report):
    return {"places": [{"path": one["path"], "place": [0.25, 0.75]} for one in fields["styles"]]}, []


def texture(fields, arrays, report):
    """Answers as `stylize`; the paint stands out by a quarter and is smoother."""
    told, maps = stylize(fields, arrays, report)
    names = ["color"]
    if fields["relief"]:
        height, width, _ = maps[0].shape
        maps += [np.full((height, width), 0.75, "f4"), np.full((height, width), -0.25, "f4")]
        names += ["height", "roughness_change"]
    return told | {"maps": names, "high_px": 8}, maps


def sequence(fields, arrays, report):
    with (FOLDER / "requests").open("a") as requests:
        requests.write(json.dumps(fields) + "\n")
    (FOLDER / "pid").write_text(str(os.getpid()))
    written, skipped, failed = [], [], {}
    numbers = frames.parse(fields["frames"])
    for done, number in enumerate(numbers):
        report(done, len(numbers), f"Frame {number}")
        while (FOLDER / f"stay-{number}").exists():
            (FOLDER / "stays").write_text(str(number))
            report(done, len(numbers), f"Frame {number}")
            time.sleep(0.01)
        if (FOLDER / "refuse").exists():
            raise UserError("The picture is upside down: turn it round.")
        target = Pattern.read(fields["output"]).file(number)
        if not Pattern.read(fields["input"]).file(number).exists():
            failed[str(number)] = f"There is no frame {number}: render it."
        elif fields["sequence"]["skip_existing"] and target.exists():
            skipped.append(number)
        else:
            target.write_bytes(b"".join(png.encode(np.full((36, 64, 4), [*[number / 255] * 3, 1], "f4"), np.uint8)))
            written.append(number)
    told = {"written": frames.text(written), "skipped": frames.text(skipped), "failed": failed, "notes": []}
    return told | {"seconds": 0.0, "device": "stand-in", "unfinished": ""}, []


REQUESTS = {
    "stylize": stylize,
    "adapt": adapt,
    "nearest": nearest,
    "surprise": surprise,
    "map": survey,
    "texture": texture,
    "sequence": sequence,
}
main(lambda: Engine({"versions": {}, "devices": {}}, REQUESTS), *sys.argv[1:2])
