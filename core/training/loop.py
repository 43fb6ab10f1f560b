# SPDX-License-Identifier: GPL-3.0-or-later
"""What every training run shares: schedule, moving average, checkpoints that can be resumed, a log and its plot."""

import json
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import TypeVar

import torch
from torch import Tensor, nn
from tqdm import tqdm

T = TypeVar("T")
Losses = dict[str, Tensor]


@dataclass(frozen=True)
class Plan:
    """How long and how fast a run learns."""

    steps: int
    batch: int = 16
    size: int = 128
    rate: float = 1e-3
    warmup: int = 200
    clip: float = 3.0
    decay: float = 0.999
    seed: int = 0
    minutes: float = math.inf


class Run:
    """One training run in a folder: `checkpoint.pt`, `log.jsonl`, `curve.png`.

    Started again on the same folder it goes on where it stopped. The schedule is a cosine over `plan.steps`, or over
    `plan.minutes` where that ends sooner.
    """

    def __init__(self, network: nn.Module, plan: Plan, folder: Path) -> None:
        self.network, self.plan, self.folder = network, plan, folder
        self.device = next(network.parameters()).device
        self.optimizer = torch.optim.Adam(network.parameters(), lr=plan.rate, betas=(0.9, 0.99))
        self.average = torch.optim.swa_utils.AveragedModel(network, avg_fn=self._averaged, use_buffers=True)
        self.random = torch.Generator().manual_seed(plan.seed)
        self.step, self.seconds = 0, 0.0
        folder.mkdir(parents=True, exist_ok=True)
        if self.checkpoint.exists():
            self._resume()

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    @property
    def progress(self) -> float:
        """How much of the plan is done, 0 to 1."""
        return min(1.0, max(self.step / self.plan.steps, self.seconds / 60 / self.plan.minutes))

    def _averaged(self, average: Tensor, current: Tensor, count: Tensor | int) -> Tensor:
        """An exponential moving average that starts as the plain mean, so that it does not cling to random weights."""
        return torch.lerp(average, current.to(average.dtype), max(1 - self.plan.decay, 1 / (1 + int(count) / 3)))

    def train(self, losses: Callable[[], Losses], held_out: Callable[[], Losses], every: int = 250) -> None:
        """Take steps until the plan is done; `losses` gives named terms whose sum is learnt from.

        Every `every` steps the run is saved and `held_out` is measured with the averaged weights and logged.
        """
        steps: list[dict[str, float]] = []
        start = time.monotonic()
        bar = tqdm(total=100, unit="%", desc=self.folder.name, disable=None)  # None: shown on a terminal only
        while self.progress < 1:
            steps.append(self._step(losses))
            bar.update(100 * self.progress - bar.n)
            now = time.monotonic()
            self.seconds += now - start
            start = now
            if self.step % every == 0 or self.progress >= 1:
                self._record(_means(steps), held_out)
                steps, start = [], time.monotonic()

    def _step(self, losses: Callable[[], Losses]) -> dict[str, float]:
        """Take one step; returns its terms, none where it was left out."""
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate()
        terms = losses()
        self.optimizer.zero_grad(set_to_none=True)
        sum(terms.values()).backward()
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.plan.clip)
        self.step += 1
        if not norm.isfinite():  # a flat picture: each normalisation of next to nothing multiplies the gradient
            return {}
        self.optimizer.step()
        self.average.update_parameters(self.network)
        return {name: value.item() for name, value in terms.items()}

    def _rate(self) -> float:
        warm = min(1.0, (self.step + 1) / self.plan.warmup)
        return self.plan.rate * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * self.progress)))

    def _record(self, trained: dict[str, float], held_out: Callable[[], Losses]) -> None:
        with torch.no_grad():
            measured = {name: value.item() for name, value in held_out().items()}
        row = {"step": self.step, "seconds": round(self.seconds, 1), "rate": self._rate()}
        row |= {"trained": trained, "held_out": measured, "plan": asdict(self.plan)}
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        self.save()
        plot(self.folder)

    def save(self) -> None:
        """Write the checkpoint whole or not at all."""
        state = {"network": self.network.state_dict(), "average": self.average.state_dict()}
        state |= {"optimizer": self.optimizer.state_dict(), "random": self.random.get_state()}
        state |= {"step": self.step, "seconds": self.seconds}
        unfinished = self.checkpoint.with_suffix(".tmp")
        torch.save(state, unfinished)
        unfinished.replace(self.checkpoint)

    def _resume(self) -> None:
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.random.set_state(state["random"].cpu())
        self.step, self.seconds = state["step"], state["seconds"]


def _means(steps: list[dict[str, float]]) -> dict[str, float]:
    """The mean of each term over the steps that had it; as "left out" the share of steps not taken, if any were not."""
    taken = [terms for terms in steps if terms]
    names = dict.fromkeys(name for terms in taken for name in terms)
    means = {name: fmean(terms[name] for terms in taken if name in terms) for name in names}
    left_out = 1 - len(taken) / len(steps)
    return means | ({"left out": left_out} if left_out else {})


def ahead(draw: Callable[[], T]) -> Iterator[T]:
    """Endless results of `draw`, the next one drawn while the last is learnt from."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(draw)
        while True:
            drawn, coming = coming.result(), thread.submit(draw)
            yield drawn


def plot(folder: Path) -> None:
    """Draw `log.jsonl` as `curve.png`: each term, trained dotted and held out solid, against the step."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    figure, axes = pyplot.subplots(figsize=(9, 5))
    for index, name in enumerate(rows[-1]["held_out"]):
        for kind, line in (("trained", ":"), ("held_out", "-")):
            points = [(row["step"], row[kind][name]) for row in rows if name in row[kind]]
            label = name if kind == "held_out" else None
            axes.plot(*zip(*points, strict=True), line, color=f"C{index}", label=label)
    axes.set(xlabel="step", ylabel="loss", yscale="log", title=folder.name)
    axes.legend()
    figure.savefig(folder / "curve.png", dpi=110, bbox_inches="tight")
    pyplot.close(figure)
