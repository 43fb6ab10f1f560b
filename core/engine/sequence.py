# SPDX-License-Identifier: GPL-3.0-or-later
"""How the worker is asked to repaint the frames of an animation.

No pixels cross the wall: fields name files. In a pattern the last run of # in the file's name stands for the frame's
number with as many digits at least ("render_####.exr"). Frames are written as "1-120", "1,5,7-9" or "1-20x2".

- "input": pattern of what was rendered: EXR with one or many layers and parts, or any picture.
- "output": pattern of what is written: .png, or .exr (scene-linear, metadata kept). The folder is made.
- "frames": those to write. Frames that wait in files before them warm the paint up, `warmup` of them at most.
- "shot": all frames between two cuts, to which the frozen statistics belong: "frames" where it is not named. All
  requests for one shot must name the same, however its frames are shared out.
- "key": the frame that is painted as a still picture, and from which paint is carried both ways; the shot's first
  where it is not named.
- "vectors": pattern of EXR files with the passes (Vector, Depth, Object Index, Cryptomatte, Position) where "input"
  does not hold them.
- "view": a JSON file that says how scene-linear frames are shown, Blender's Standard where it is not named:
  {"config": "a config.ocio, from the JSON's folder", "display": "sRGB", "view": "AgX", "look": "None",
  "exposure": 0.0, "gamma": 1.0}. All but "view" may be left out; without "config" only "Standard" and "Raw" are
  known.
- "styles": [{"path": a style file or a picture, "weight": number from 0 on}, ...].
- "settings": of `settings.Stylize`, "sequence": of `settings.Sequence`, "machine": of `settings.Machine`.
- "verify": true where nothing is to be painted; "unfinished" then names the frames that are not there, whole and as
  this order paints them.

The shot's frozen state is measured once from the frames of the shot that are there and kept beside the output, as
.NAME.maniera; whoever comes later, in another process too, takes it from there. It belongs to its order: to other
styles or settings another is made, and so it is where frames were rendered anew and none is finished that is to stay.
The worker remembers the paint of its last request: one that goes on with the next frame of the same shot needs no
warm-up, so that a render can be followed frame by frame.

A frame that is missing or broken is told in "failed" and the paint begins anew after it; the others are written.
Cancelling keeps the frames that are written. Progress counts frames.
"""

import time
from pathlib import Path

from .. import frames, passes
from ..errors import UserError
from ..progress import Report
from . import cryptomatte, finished, frozen, orders, pictures, style
from .coherence import Painting
from .models import Models
from .orders import Arrays, Fields
from .pipeline import Pipeline
from .shot import Shot
from .style import Mixture

_held: dict[str, Painting] = {}
"""The paint of the last request, by what it was asked for: a render is followed frame by frame."""


def repaint_sequence(fields: Fields, arrays: Arrays, report: Report) -> tuple[Fields, Arrays]:
    """Repaint frames that lie in files, each carrying on the paint of the frames before it.

    :param fields: as above.
    :returns: {"seconds": float, "device": str, "written": frames, "skipped": frames that were finished already (with
        `skip_existing`; as the same order painted them, else they are painted again), "unfinished": frames,
        "failed": {frame: sentence}, "notes": [sentence, ...] on cuts, passes that are not there, estimated motion}.
    :raises UserError: "frames" names none, a pattern has no #, the first frame has not the passes that the settings
        ask for, or files cannot be written.
    """
    started = time.monotonic()
    models = orders.models_for(fields)
    shot = Shot.read(fields, models.network)
    asked = frames.parse(fields["frames"])
    _check_places(shot, asked)
    looked_at = shot.sequence.skip_existing or fields.get("verify")
    skipped = {number for number in asked if looked_at and finished.is_finished(shot, number)}
    left = set(asked) - skipped
    result = {"device": models.device.name, "skipped": frames.text(skipped), "written": "", "unfinished": ""}
    result |= {"failed": {}, "notes": []}
    if fields.get("verify"):
        result["unfinished"] = frames.text(left)
    else:
        result |= _repaint(shot, models, left, fields, report) if left else {}
        finished.tidy(shot, set(asked) - set(map(int, result["failed"])))
    return result | {"seconds": time.monotonic() - started}, []


def _repaint(shot: Shot, models: Models, numbers: set[int], fields: Fields, report: Report) -> Fields:
    notes = _missing_passes(shot, numbers)
    painting = _painting(shot, models, numbers, fields, report)
    pipeline = Pipeline(painting, numbers, report)
    pipeline.run(shot.runs(numbers))
    failed = {str(number): pipeline.failed[number] for number in sorted(pipeline.failed)}
    return {"written": frames.text(pipeline.written), "failed": failed, "notes": notes + painting.notes}


def _check_places(shot: Shot, asked: tuple[int, ...]) -> None:
    """Find out before any work whether the frames can be written.

    :raises UserError: they cannot, or would take the place of what is read.
    """
    target = shot.output.file(asked[0])
    for source in (shot.input, shot.vectors):
        if source and source.file(asked[0]).absolute() == target.absolute():
            raise UserError(f"The rendered frames '{source.path}' are not overwritten: choose another name or folder.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The folder '{target.parent}' cannot be made ({error.strerror}): choose another.") from None
    pictures.check(target)


def _missing_passes(shot: Shot, numbers: set[int]) -> list[str]:
    """What the first of some frames that is there lacks, in sentences.

    :raises UserError: it is not there at all, or has no vectors though motion is to be taken from them.
    """
    if shot.sequence.coherence != "passes" or shot.paint.strength == 0:
        return []
    pattern = shot.vectors or shot.input
    files = [pattern.file(number) for number in sorted(numbers)]
    first = next((file for file in files if file.is_file()), files[0])
    known = passes.find(cryptomatte.Passes.find(first).channels) if first.suffix.lower() == ".exr" else {}
    if "vector" not in known:
        raise UserError(
            f"'{first}' has no Vector pass: turn it on in the passes of the view layer and render into multilayer EXR "
            "files, or let the motion be estimated."
        )
    found = []
    if not {"object", "cryptomatte"} & known.keys():
        found.append("There is no Cryptomatte or Object Index: things are told apart by their motion alone.")
    if "depth" not in known:
        found.append("There is no Z pass: what was hidden is found by the motion alone.")
    return found


def _painting(shot: Shot, models: Models, numbers: set[int], fields: Fields, report: Report) -> Painting:
    """The paint of the last request where this one may go on with it, else new paint."""
    key = f"{shot.digest} {shot.input.path} {shot.output.path} {models.device}"
    if key not in _held or numbers == set(shot.numbers):
        _held.clear()
        manner = _manner(models, fields, shot)
        _held[key] = Painting(shot, models, manner, frozen.measured(shot, models, manner, numbers, report))
    painting = _held[key]
    painting.notes.clear()
    return painting


def _manner(models: Models, fields: Fields, shot: Shot) -> Mixture:
    """The styles that are asked for; pictures among them are read here."""
    wanted, references = [], []
    for one in fields["styles"]:
        if Path(one["path"]).suffix.lower() in pictures.FORMATS:
            wanted.append({"reference": len(references), "weight": one["weight"]})
            references.append(pictures.read(Path(one["path"])).pixels)
        else:
            wanted.append(one)
    return style.mix(orders.styles(models, wanted, references, shot.paint.seed), shot.paint.painter)
