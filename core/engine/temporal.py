# SPDX-License-Identifier: GPL-3.0-or-later
"""Paint that stays on what it was painted on, from frame to frame.

Two coats of paint lie over the shot. Each is one painted frame, seen through places that are carried along with the
motion: colors are looked up once, however long ago they were painted, so that nothing blurs or drifts. The coats are
begun anew by turns and faded into each other; a frame depends on no more frames before it than a coat lasts. What no
coat shows, as it was hidden or the light on it changed, is painted fresh and carried for a shorter time.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .motion import Motion, look, places

LIGHT_STEP = 0.1
"""Change of the render, of [0, 1], by which the paint on it has lost most of its hold."""
CUT = 0.2
"""Share of a frame that must be trusted for it to go on with the one before."""
MOST_GAIN = 1.5
LAG = 0.5
_FORGOTTEN = 1 / 500
_KEPT = 0.7


@dataclass
class Coat:
    """One painted frame, on what moves."""

    paint: Tensor
    """(1, 3, H, W): the frame as painted."""
    light: Tensor
    """(1, 3, H, W): the frame as rendered."""
    at: Tensor
    """(1, 2, H, W): where in it lies what the present frame shows."""
    hold: Tensor
    """(1, 1, H, W) in [0, 1]: whether it lies there at all."""

    @classmethod
    def fresh(cls, paint: Tensor, light: Tensor) -> "Coat":
        return cls(paint, light, places(paint), torch.ones_like(paint[:, :1]))

    def move(self, motion: Motion) -> None:
        """Follow what the coat lies on to the next frame."""
        at = places(self.at) + motion.shift
        smooth, nearest = look(self.at, at), look(self.at, at.round(), "nearest") + at - at.round()
        # Between two things the mean of both places is a place on neither.
        self.at = torch.where((smooth - nearest).abs().amax(1, keepdim=True) < 0.75, smooth, nearest)
        self.hold = look(self.hold, at) * motion.trust

    def show(self, light: Tensor) -> tuple[Tensor, Tensor]:
        """Its colors in the present frame, which is rendered as `light`, and how far they hold there (1, 1, H, W)."""
        paint, before = look(torch.cat([self.paint, self.light], 1), self.at, "bicubic").split(3, 1)
        return paint, self.hold * same_light(light, before, self.hold)


class Paint:
    """The paint of one shot, from its first frame on or backwards from its last.

    :param warmup: how many frames before it a frame may depend on.
    """

    def __init__(self, warmup: int) -> None:
        self.half = max(1, warmup // 2)
        self.kept = min(_KEPT, _FORGOTTEN ** (1 / (2 * self.half)))
        self.coats: list[Coat] = []
        self.light = self.result = torch.empty(0)

    def begin(self, fresh: Tensor, light: Tensor) -> Tensor:
        """Take a frame (1, 3, H, W) as it is painted: the first one, or the first after a cut."""
        self.coats = [Coat.fresh(fresh, light), Coat.fresh(fresh, light)]
        self.light, self.result = light, fresh
        return fresh

    def go_on(self, fresh: Tensor, light: Tensor, motion: Motion, index: int) -> Tensor:
        """Paint the next frame.

        :param fresh: the frame as it is painted by itself.
        :param light: the frame as it is rendered.
        :param index: number of the frame within the shot; decides which coat is begun anew.
        """
        for number, coat in enumerate(self.coats):
            if index % (2 * self.half) == number * self.half:
                self.coats[number] = Coat.fresh(fresh, light)
            else:
                coat.move(motion)
        at = places(light) + motion.shift
        before, result = look(torch.cat([self.light, self.result], 1), at).split(3, 1)
        alike = LAG + (1 - LAG) * same_light(light, before, motion.trust)
        recent = fresh + self.kept * motion.trust * alike * (result - fresh)
        self.light, self.result = light, self._blend(recent, light, index)
        return sharpened(self.result, fresh)

    def _blend(self, recent: Tensor, light: Tensor, index: int) -> Tensor:
        """Both coats by how long they have been on, over what was painted recently."""
        first = 1 - abs(1 - index % (2 * self.half) / self.half)
        painted, rest = 0, 1
        for coat, weight in zip(self.coats, (first, 1 - first), strict=True):
            paint, hold = coat.show(light)
            painted, rest = painted + weight * hold * paint, rest - weight * hold
        return (painted + rest * recent).clamp(0, 1)


def sharpened(mixed: Tensor, fresh: Tensor) -> Tensor:
    """Give a mixture of paintings (N, 3, H, W) as much detail round about each pixel as a painting has.

    The mean of two patterns has less contrast than either (Heitz & Neyret 2018, eq. 2, who know their mean and take it
    to be independent; here both energies are measured).
    """
    base, energies = blurred(mixed), []
    for painting, smooth in ((mixed, base), (fresh, blurred(fresh))):
        energies.append(F.avg_pool2d((painting - smooth).square().mean(1, keepdim=True), 15, 1, 7, count_include_pad=False))
    gain = ((energies[1] + 1e-5) / (energies[0] + 1e-5)).sqrt().clamp(1, MOST_GAIN)
    return torch.addcmul(base, mixed - base, gain).clamp(0, 1)


def blurred(batch: Tensor) -> Tensor:
    """Without what is finer than about three pixels."""
    for _ in range(2):
        batch = F.avg_pool2d(batch, 3, 1, 1, count_include_pad=False)
    return batch


def same_light(light: Tensor, before: Tensor, trust: Tensor) -> Tensor:
    """How far two renders (N, 3, H, W) of the same places agree: (N, 1, H, W), 1 = wholly.

    Grain is averaged out, over what is trusted alone: what was uncovered says nothing of the light beside it.
    """
    change = (light - before).abs().mean(1, keepdim=True)
    around = F.avg_pool2d(torch.cat([change * trust, trust], 1), 5, 1, 2, count_include_pad=False)
    return torch.exp(-(around[:, :1] / (LIGHT_STEP * around[:, 1:]).clamp_min(1e-4)).square())
