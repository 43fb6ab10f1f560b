# SPDX-License-Identifier: GPL-3.0-or-later
"""How the worker is asked to repaint the frames of an animation."""

from ..progress import Report
from .orders import Arrays, Fields


def repaint_sequence(fields: Fields, arrays: Arrays, report: Report) -> tuple[Fields, Arrays]:
    """Repaint frames that lie in files, each carrying on the paint of the frames before it.

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

    The shot's frozen state is measured once from the frames of the shot that are there and kept beside the output, as
    .NAME.maniera; whoever comes later, in another process too, takes it from there. It belongs to its order: to other
    styles or settings another is made. The worker remembers the paint of its last request: one that goes on with the
    next frame of the same shot needs no warm-up, so that a render can be followed frame by frame.

    A frame that is missing or broken is told in "failed" and the paint begins anew after it; the others are written.
    Cancelling keeps the frames that are written. `report` counts frames.

    :param fields: the above and "settings": of `settings.Stylize`, "sequence": of `settings.Sequence`,
        "machine": of `settings.Machine`.
    :returns: {"seconds": float, "device": str, "written": frames, "skipped": frames that were finished already (with
        `skip_existing`; as the same order painted them, else they are painted again), "failed": {frame: sentence},
        "notes": [sentence, ...] on cuts, passes that are not there, what the motion was taken from}.
    :raises UserError: "frames" names none, a pattern has no #, the first frame has not the passes that the settings
        ask for, or files cannot be written.
    """
    raise NotImplementedError
