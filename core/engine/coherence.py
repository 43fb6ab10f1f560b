# SPDX-License-Identifier: GPL-3.0-or-later
"""Paint the frames of a shot one after the other, and remember of each what the next one needs."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from ..errors import UserError
from ..progress import Report
from . import cuts, flow, motion
from .models import Models
from .motion import Guides, Motion
from .renders import Render
from .shot import Shot
from .style import Mixture
from .stylize import Measured, stylize
from .temporal import Paint
from .tensors import clean, to_batch, to_pixels

MOST_STEP = 4
"""Frames that the rendered motion is believed to go on for, where a scene is rendered in steps."""
_MOVED = 0.02
"""Mean change of a frame, of [0, 1], with which a Vector pass that is all zero cannot be right."""


@dataclass(frozen=True)
class Last:
    """What the next frame needs to know of a frame."""

    number: int
    index: int
    """Its distance from the key, in frames."""
    light: Tensor
    guides: Guides | None


class Painting:
    """The paint on one shot, as far as it has come."""

    def __init__(self, shot: Shot, models: Models, style: Mixture, measured: Measured) -> None:
        self.shot, self.models, self.style, self.measured = shot, models, style, measured
        self.notes: list[str] = []
        self.start()

    def start(self) -> None:
        """Begin with any frame."""
        self.paint = Paint(self.shot.sequence.warmup)
        self.last: Last | None = None
        self.since: int | None = None
        """The index of the frame that was begun with."""

    def skip(self) -> None:
        """Begin anew with the next frame, as the one before it is not there: whoever paints it must."""
        self.last = None

    def rest_of(self, run: list[int], wanted: set[int]) -> list[int]:
        """What is left of a run of frames to paint by going on from where the paint has come to; all, if it cannot."""
        if self.last is None or self.last.number not in run:
            return run
        before = run[: run.index(self.last.number) + 1]
        same_way = self.shot.index(run[-1]) * self.last.index >= 0
        warm = abs(self.since) <= abs(self.shot.index(run[0]))
        return run[len(before) :] if same_way and warm and wanted.isdisjoint(before) else run

    @torch.inference_mode()
    def add(self, number: int, render: Render, report: Report) -> np.ndarray:
        """Paint a frame: pixels (H, W, 4), display-referred, alpha as rendered.

        :raises UserError: it has not the passes that the settings ask for.
        """
        pixels, _ = clean(render.picture.pixels)
        painted = stylize(self.models, pixels, self.style, self.shot.paint, report, measured=self.measured).pixels
        if self.shot.sequence.coherence == "none" or self.shot.paint.strength == 0:
            return painted
        light, fresh = (to_batch(picture, self.models.device.torch) for picture in (pixels, painted))
        now = Last(number, self.shot.index(number), light, self._guides(number, render))
        if self.last is None or abs(now.index - self.last.index) != 1:
            self.since = now.index if self.last or self.since is None else self.since
            moved = None
        else:
            moved = self._motion(now, self.last)
        if moved is None:
            result = self.paint.begin(fresh, light)
        else:
            result = self.paint.go_on(fresh, light, moved, abs(now.index))
        self.last = now
        return to_pixels(result, pixels[..., 3])

    def _guides(self, number: int, render: Render) -> Guides | None:
        if self.shot.sequence.coherence != "passes":
            return None
        if "vector" not in render.passes:
            path = (self.shot.vectors or self.shot.input).file(number)
            raise UserError(f"'{path}' has no Vector pass: turn it on and render again, or estimate the motion.")
        return Guides.of(render, self.models.device.torch)

    def _motion(self, now: Last, last: Last) -> Motion | None:
        """The motion from one frame to the next; None where they do not show the same."""
        if now.light.shape != last.light.shape:
            return None
        step = now.number - last.number
        if now.guides is None or last.guides is None:
            moved, known = flow.from_flow(self._estimator, now.light, last.light), False
        elif abs(step) <= MOST_STEP:
            moved, known = motion.from_passes(now.guides, last.guides, step), now.guides.tell_apart
        else:
            return None
        if cuts.is_cut(now.light, last.light, moved, known=known):
            pair = "{} and {}".format(*sorted((now.number, last.number)))
            self._note(f"Between the frames {pair} the picture changes as at a cut: paint begins anew there.")
            return None
        self._doubt(now, last)
        return moved

    def _doubt(self, now: Last, last: Last) -> None:
        """Say so where the Vector pass is empty though the picture moves, as it is with motion blur."""
        if now.guides and not now.guides.back.any() and (now.light - last.light).abs().mean() > _MOVED:
            self._note("The Vector pass holds no motion: render with motion blur off, or see Set Up Passes.")

    def _note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    @cached_property
    def _estimator(self) -> flow.Estimator:
        estimate, name = flow.estimator(self.models.device.torch)
        self._note(f"The motion was estimated by {name}.")
        return estimate
