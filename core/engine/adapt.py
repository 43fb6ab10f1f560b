# SPDX-License-Identifier: GPL-3.0-or-later
"""Learn a manner from a few pictures: the painters practise it from what the style encoders see at first sight."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ..errors import Cancelled
from ..progress import Report
from ..settings import Adapt
from ..styles import Card
from . import changes, exercises, warm_start
from .critic import Critic, Reference
from .inner import Parameters
from .models import Models
from .painter import SHAPES
from .practice import Course, Practice, Seen, interruptible
from .rates import VECTOR, rates
from .sight import first_sight
from .style import Style, studied
from .tensors import resize, within
from .warm_start import Experience

PREVIEW_PX = 384
PRACTISED_PX = 768
"""Contents are practised on at this length of their longer side, at most."""
LEAST_PX = 32
"""Below it the encoder sees nothing of what a content shows."""


@dataclass(frozen=True)
class Task:
    """What is to be learnt."""

    references: Sequence[Reference]
    contents: Sequence[Tensor] = ()
    """Pictures (1, 3, H, W) to practise on; none: a few that are drawn."""
    start: Style = field(default_factory=lambda: Style(Card(""), {}))
    """The style to go on from; what it lacks is what the style encoders see in the references."""
    experiences: Sequence[Experience] = ()
    """What practice has made of other styles: a new one may start nearer to its manner by that."""
    painters: Sequence[str] = tuple(SHAPES)
    """Which are to learn it."""
    keep: bool = False
    """Whether a cancel ends the practice and not the job: what was best so far is the result."""


@dataclass(frozen=True)
class Learnt:
    """What came of it: the style, and what the previews of the painter that practised first showed."""

    style: Style
    seen: list[Seen]
    cancelled: bool

    @property
    def best(self) -> Seen:
        """The preview whose parameters are the style's."""
        return min(self.seen, key=lambda one: one.loss)


def adapt(models: Models, task: Task, settings: Adapt, report: Report) -> Learnt:
    """Learn a style; the painters practise in turn, `settings.quality` first. The style's card is that of `task.start`.

    The same task, settings and seed give the same style on the processor.

    :raises Cancelled: as `report` decides, between any two layers, unless `task.keep` and there is a preview already.
    """
    device = models.device.torch
    references = [replace(one, batch=studied(one.batch).to(device)) for one in task.references]
    critic = Critic(models.encoder, references)
    contents = [_fitted(content.to(device)) for content in task.contents or exercises.drawn(settings.seed)]
    recalled = {} if task.start.vectors else warm_start.recalled(models, task.experiences, critic.manner)
    style, first, cancelled = task.start, [], False
    clock = _Clock(report, settings, task.painters)
    for quality in clock.order:
        with torch.no_grad():
            sight = first_sight(models, quality, critic.manner)[0]
        practice = Practice(models.painter(quality), critic, style.changes.get(quality))
        start = _start(quality, style.vectors.get(quality), sight, settings)
        sizes = rates(quality, start, settings.init)
        course = Course(contents, within(contents[0], PREVIEW_PX), sight, sizes, settings.steps, settings.seed)
        with interruptible([practice.painter, models.encoder], clock.check):
            seen = _watched(warm_start.run(practice, start, recalled.get(quality), course), clock, task.keep)
        cancelled = cancelled or not seen or seen[-1].step < settings.steps
        best = min(seen, key=lambda one: one.loss).parameters if seen else start
        style, first = _with(style, quality, best), first or seen
        if not first:
            raise Cancelled
    return Learnt(style, first, cancelled)


def _fitted(content: Tensor) -> Tensor:
    """A content at a size at which it can be practised on."""
    content = within(content, PRACTISED_PX)
    return resize(content, tuple(max(LEAST_PX, side) for side in content.shape[2:]))


def _start(quality: str, known: Tensor | None, sight: Tensor, settings: Adapt) -> Parameters:
    """Where a painter's practice starts: at a known vector, first sight or no manner, with changes of nothing."""
    if known is None:
        known = torch.zeros_like(sight) if settings.init == "none" else sight
    begun = changes.start(SHAPES[quality], settings.scope, torch.Generator().manual_seed(settings.seed))
    return {name: value.to(sight.device) for name, value in {VECTOR: known, **begun}.items()}


def _watched(run: Iterator[Seen | None], clock: "_Clock", keep: bool) -> list[Seen]:
    """What a run shows until its end or, with `keep`, until it is cancelled."""
    seen = []
    try:
        for one in run:
            seen += [one] if one else []
            clock.step(one)
    except Cancelled:
        if not keep:
            raise
    return seen


def _with(style: Style, quality: str, learnt: Parameters) -> Style:
    """A style with what a painter has learnt; changes come on top of those that it had."""
    learnt = {name: value.detach().cpu() for name, value in learnt.items()}
    vector = learnt.pop(VECTOR)
    added = changes.together(style.changes.get(quality, {}), learnt, SHAPES[quality])
    return replace(style, vectors=style.vectors | {quality: vector}, changes=style.changes | {quality: added})


class _Clock:
    """How far the painters are, told to the user; a step of the large one counts for more."""

    def __init__(self, report: Report, settings: Adapt, painters: Sequence[str]) -> None:
        self.order = sorted(painters, key=lambda quality: quality != settings.quality)
        self._report = report
        work = [SHAPES[quality].width ** 2 * SHAPES[quality].blocks for quality in self.order]
        self._costs = iter([cost for one in work for cost in (0, *[one] * settings.steps)])
        self._done, self._total = 0, max(1, sum(work) * settings.steps)

    def check(self) -> None:
        """Look whether the user has had enough."""
        self._report(self._done, self._total, "Practicing")

    def step(self, seen: Seen | None) -> None:
        """One more step is done, and was perhaps shown."""
        self._done += next(self._costs)
        self._report(self._done, self._total, "Practicing", seen.pixels if seen else None)
