# SPDX-License-Identifier: GPL-3.0-or-later
"""How the worker is asked to learn a manner from a few pictures."""

from ..progress import Report
from .orders import Arrays, Fields


def learn(fields: Fields, arrays: Arrays, report: Report) -> tuple[Fields, Arrays]:
    """Learn a style from one or several reference pictures, or go on with one, and write its file.

    A picture is {"path": FILE}, which the worker reads itself, or {"array": INDEX} into `arrays`: pixels (H, W, 4)
    float32, display-referred, straight alpha, top row first. A reference may add {"weight": above 0}, 1 where it is
    not named, and {"sha256": HEX} of the file that an array came from.

    "from": FILE goes on from that style (Refine Style): it is the start, and its references are noted beside the new.

    The progress that `report` passes on carries a preview of the first content from time to time, the first one before
    the first step: the one array of that message, pixels (H, W, 4) float32, at most 384 on a side. With "keep" a cancel
    ends the practice and the best so far is written and answered, without it nothing is written.

    :param fields: {"settings": of `settings.Adapt`, "machine": of `settings.Machine`, "name": str,
        "references": [picture, ...], "contents": [picture, ...], "output": FILE, and where wanted "author": str,
        "licence": str, "from": FILE, "keep": bool}. No contents: a small set that comes with Maniera is painted on.
    :returns: {"output": FILE, "seconds": float, "device": str, "steps": taken by the first painter,
        "cancelled": bool, "before": loss, "after": loss} and the last preview.
    :raises UserError: there is no reference, a picture or style cannot be read, or the file cannot be written.
    """
    raise NotImplementedError
