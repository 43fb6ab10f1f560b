# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine is asked for a new manner, and how its answer is shown."""

from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from bpy.types import Context, Scene

from ..core import styles
from ..core.errors import UserError
from ..core.wire import Message
from . import appearance, gallery, learnt_preview, preferences
from .jobs import Request

_LONGEST_PX = 384
"""What is painted as the preview is sent at this length of its longer side at most."""
_NAMED = 2


def request(context: Context, scene: Scene, more: dict[str, Any]) -> Generator[None, None, Request]:
    """Ask for the scene's new manner, painted over the last render where there is one."""
    fields = {
        "machine": asdict(preferences.machine(context)),
        "styles": gallery.request(),
    }
    fields |= scene.maniera.new_manner.origin | more
    pixels = yield from _render(scene)
    return Request("surprise", fields, [] if pixels is None else [pixels])


def show(scene: Scene, answer: Message) -> None:
    """Show the manner that was made, and what it looks like."""
    found = [styles.read_card(Path(one["path"])).name for one in answer.fields["nearest"][:_NAMED]]
    scene.maniera.new_manner.nearest = ", ".join(found) or "no style of the library"
    learnt_preview.show(answer.arrays[0], learnt_preview.NEW)


def _render(scene: Scene) -> Generator[None, None, np.ndarray | None]:
    """The last render, small; None where there is none yet."""
    try:
        pixels = yield from appearance.read_render(scene)
    except UserError:
        return None
    return appearance.smaller(pixels, _LONGEST_PX)
