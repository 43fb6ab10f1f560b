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

LIGHT_STEP = 0.18
"""Change of the render, of [0, 1], by which the paint on it has lost two thirds of its hold."""
MOST_GAIN = 2.0
"""Most by which detail is strengthened."""
DETAIL_PX = 3
"""Squares below which lies what is strengthened."""
STROKE_PX = 8
"""Squares over which paint is compared."""
GRAIN_PX = 4
"""Squares over which renders are compared, whose grain must not count."""
LENGTHS = (0.25, 0.6)
"""Pixels of a coat seen in the length of one: so few that it no longer holds, and enough that it holds fully."""
LAG = 0.5
"""How much recent paint is kept where the light changes at once, of what is kept where it does not."""
_KEPT = 0.72
_FORGOTTEN = 1 / 100
"""Of recent paint, while a coat lasts: half as long after it was begun anew nobody sees that it was."""
_NO_DETAIL = 1e-5


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

    def show(self, light: Tensor, recent: Tensor) -> tuple[Tensor, Tensor]:
        """Its colors in the present frame, and how far they hold there (1, 1, H, W).

        Where the light on it has changed evenly its strokes stay, as light or dark as what was painted recently.
        Where the edge of a shadow came or went, or strokes would be drawn long, they do not hold.
        """
        paint, change = look(self.paint, self.at, "bicubic"), light - look(self.light, self.at)
        even, base = trusted(torch.cat([change, recent - paint], 1), self.hold, STROKE_PX).split(3, 1)
        follow = (1 - alike(even)) * base  # in the same light other paint is flicker
        even, follow = enlarged(torch.cat([even, follow], 1), light).split(3, 1)
        return paint + follow, self.hold * alike(local(change - even, self.hold)) * unstretched(self.at)


class Paint:
    """The paint of one shot, from its first frame on or backwards from its last.

    :param warmup: how many frames before it a frame may depend on.
    """

    def __init__(self, warmup: int) -> None:
        self.half = max(1, warmup // 2)
        self.kept = min(_KEPT, _FORGOTTEN ** (1 / (2 * self.half)))
        self.coats: list[Coat] = []
        self.recents: list[Tensor] = []
        """What was painted recently, (1, 3, H, W), once for each coat, begun anew with it: else all that was ever
        painted would leave a trace, and a shot in parts would not be quite the same."""
        self.light = torch.empty(0)

    def begin(self, fresh: Tensor, light: Tensor) -> Tensor:
        """Take a frame (1, 3, H, W) as it is painted: the first one, or the first after a cut."""
        self.coats = [Coat.fresh(fresh, light), Coat.fresh(fresh, light)]
        self.light, self.recents = light, [fresh, fresh]
        return fresh

    def go_on(self, fresh: Tensor, light: Tensor, motion: Motion, index: int) -> Tensor:
        """Paint the next frame.

        :param fresh: the frame as it is painted by itself.
        :param light: the frame as it is rendered.
        :param index: number of the frame within the shot; decides which coat is begun anew.
        """
        phase, at = index % (2 * self.half), places(light) + motion.shift
        before, *recents = look(torch.cat([self.light, *self.recents], 1), at).split(3, 1)
        kept = self.kept * motion.trust * (LAG + (1 - LAG) * alike(local(light - before, motion.trust)))
        self.light, self.recents = light, [fresh + kept * (recent - fresh) for recent in recents]
        for number, coat in enumerate(self.coats):
            if phase == number * self.half:
                self.coats[number], self.recents[number] = Coat.fresh(fresh, light), fresh
            else:
                coat.move(motion)
        older = 1 if phase < self.half else 0
        return sharpened(self._blend(self.recents[older], light, index), fresh)

    def _blend(self, recent: Tensor, light: Tensor, index: int) -> Tensor:
        """Both coats by how long they have been on, over what was painted recently."""
        first = 1 - abs(1 - index % (2 * self.half) / self.half)
        painted, rest = 0, 1
        for coat, weight in zip(self.coats, (first, 1 - first), strict=True):
            paint, hold = coat.show(light, recent)
            painted, rest = painted + weight * hold * paint, rest - weight * hold
        return (painted + rest * recent).clamp(0, 1)


def sharpened(mixed: Tensor, fresh: Tensor) -> Tensor:
    """Give a mixture of paintings (N, 3, H, W) as much detail round about each pixel as a painting has.

    The mean of two patterns has less contrast than either (Heitz & Neyret 2018, eq. 2, who take them to be independent;
    here it is measured how much less).
    """
    detail, whole = (
        painting - enlarged(F.avg_pool2d(painting, DETAIL_PX, ceil_mode=True), painting) for painting in (mixed, fresh)
    )
    energies = [
        F.avg_pool2d(part.square().mean(1, keepdim=True), STROKE_PX, ceil_mode=True) for part in (detail, whole)
    ]
    gain = ((energies[1] + _NO_DETAIL) / (energies[0] + _NO_DETAIL)).sqrt().clamp(1, MOST_GAIN)
    return torch.addcmul(mixed, detail, enlarged(gain - 1, mixed)).clamp(0, 1)


def alike(change: Tensor) -> Tensor:
    """How far two renders that differ by (N, C, H, W) agree: (N, 1, H, W), 1 = wholly."""
    return torch.exp(-(change.abs().mean(1, keepdim=True) / LIGHT_STEP).square())


def unstretched(at: Tensor) -> Tensor:
    """How far paint keeps its shape at places (1, 2, H, W): (1, 1, H, W), 0 = it is drawn to four times its length.

    So it would be where a surface turns towards the camera.
    """
    means = F.avg_pool2d(at, GRAIN_PX, ceil_mode=True)
    least = torch.full_like(means[:, :1], LENGTHS[1])
    for axis in (axis for axis in (2, 3) if means.shape[axis] > 1):
        length = means.diff(dim=axis).norm(dim=1, keepdim=True) / GRAIN_PX
        ends = length.narrow(axis, 0, 1), length.narrow(axis, -1, 1)
        least = least.minimum(torch.cat([ends[0], length], axis)).minimum(torch.cat([length, ends[1]], axis))
    return enlarged(((least - LENGTHS[0]) / (LENGTHS[1] - LENGTHS[0])).clamp(0, 1), at)


def local(change: Tensor, trust: Tensor) -> Tensor:
    """Size of a change about each pixel, grain averaged out, over what is trusted: (N, 1, H, W)."""
    return enlarged(trusted(change.abs().mean(1, keepdim=True), trust, GRAIN_PX), change)


def trusted(batch: Tensor, trust: Tensor, size: int) -> Tensor:
    """Means over squares of `size` pixels, of what is trusted: what was uncovered says nothing of what is beside it."""
    sums = F.avg_pool2d(torch.cat([batch * trust, trust], 1), size, ceil_mode=True)
    return sums[:, :-1] / sums[:, -1:].clamp_min(1e-3)


def enlarged(small: Tensor, like: Tensor) -> Tensor:
    """Means over squares as a smooth picture of the size of another."""
    return F.interpolate(small, like.shape[2:], mode="bilinear", align_corners=False)
