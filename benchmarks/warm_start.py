# SPDX-License-Identifier: GPL-3.0-or-later
"""What it saves to start from what was learnt before: `python -m benchmarks.warm_start --train DIR --data DIR`.

Some pictures of --train are learnt and make a library; then the styles of --data, which are none of those, are learnt
from first sight, and from where practice has led the styles of the library that look alike. The table tells after how
many steps each comes to the loss that first sight comes to in 4 to 32, on contents that none has practised on; what it
does not come to counts as 32. It goes to the terminal and to out/warm_start/warm_start.md, losses to warm_start.json.

"tried" is what `--init nearest` does: of both starts the one of less loss; to find out counts as a step, as it takes as
long. With --again the library has learnt the left half of each picture before it is asked about the right one: as if an
artist learns a hand again from other pictures.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.engine import device, manner, style, warm_start
from core.engine.critic import SHARES, Parts
from core.engine.models import WEIGHTS, Models
from core.engine.rates import VECTOR
from core.engine.style import Style
from core.engine.warm_start import Experience
from core.settings import Machine
from core.styles import Card
from core.training import manner_tasks
from core.training.manner_tasks import OFFSET, Manners
from core.training.meta import Meta, curve

from .meta import interval, school, squares

OUT = Path(__file__).parents[1] / "out" / "warm_start"
AT = (0, 1, 2, 4, 6, 8, 12, 16, 24, 32)
MARKS = (4, 8, 16, 32)
TRIAL = 1  # steps
TOGETHER = 8  # styles that are learnt side by side, for the sake of memory
QUERIES = 2  # contents that each learnt style is judged on

Curves = dict[str, np.ndarray]
"""By where was started: the losses of each style after each of AT steps, (styles, len(AT)); 1 is first sight."""


def learnt(manners: Manners, references: Tensor) -> list[Experience]:
    """What practice makes of the manners of (N, 3, H, W), each learnt for as many steps as a quick style."""
    found, random, untrained = [], torch.Generator().manual_seed(0), manner_tasks.untrained(manners.quality)
    for batch in references.split(TOGETHER):
        (ends,) = curve(untrained, manners.task(batch, AT[-1], random), AT[-1:])
        for reference, vector in zip(batch, ends[VECTOR], strict=True):
            known = manner.unpack(manner.pack(style.look(manners.models, reference[None])))
            made = Style(Card("", steps=AT[-1]), {manners.quality: vector}, manner=known)
            found.append(warm_start.experience(manners.models, made))
    return found


def curves(manners: Manners, known: list[Experience], references: Tensor, seed: int) -> Curves:
    """How the learning of (N, 3, H, W) goes on from each start, on the same contents."""
    random = torch.Generator().manual_seed(seed)
    queries = [manners.contents(len(references), random) for _ in range(QUERIES)]
    rates, practice = manner_tasks.untrained(manners.quality).rates, manners.practice(references)
    left, tried = [], []
    for offset in (torch.zeros(()), _recalled(manners, known, references)):
        task = manners.task(references, AT[-1], torch.Generator().manual_seed(seed))
        steps = curve(Meta({OFFSET: offset}, rates), task, AT)
        left.append([manner_tasks.losses(practice, parameters, queries) for parameters in steps])
        tried.append(manner_tasks.losses(practice, task.begin({OFFSET: offset}), task.support[:1]))
    sight, recalled = (np.stack([_total(parts, left[0][0]) for parts in one], 1) for one in left)
    better = _total(tried[1], tried[0]) < _total(tried[0], tried[0])
    return {"first sight": sight, "recalled": recalled, "tried": np.where(better[:, None], recalled, sight)}


def _recalled(manners: Manners, known: list[Experience], references: Tensor) -> Tensor:
    """From first sight to the start that is recalled, for each of (N, 3, H, W): (N, P)."""
    rows = []
    for reference in references:
        grams = style.look(manners.models, reference[None])[1.0].moments
        sight = style.vectors_of(manners.models, grams)[manners.quality]
        rows.append(warm_start.recalled(manners.models, known, grams)[manners.quality] - sight)
    return torch.stack(rows)


def _total(parts: Parts, units: Parts) -> np.ndarray:
    """The loss of each style, of which `units` are 1."""
    return sum(share * parts[name] / units[name] for name, share in SHARES.items()).numpy()


def steps_to(losses: np.ndarray, wanted: float) -> float:
    """After how many steps losses (len(AT),) are first at `wanted`, by lines between those of AT; else the last."""
    reached = np.flatnonzero(losses <= wanted)
    if not len(reached) or reached[0] == 0:
        return float(AT[0] if len(reached) else AT[-1])
    before, after = reached[0] - 1, reached[0]
    share = (losses[before] - wanted) / (losses[before] - losses[after])
    return AT[before] + share * (AT[after] - AT[before])


def table(found: list[Curves]) -> str:
    """Markdown: for each start its loss before the first step, and the steps that it takes to each mark."""
    head = ["start", "loss at the start", *(f"steps to that of {mark}" for mark in MARKS)]
    rows = [head, ["---"] * len(head)]
    for name in found[0]:
        cells = [f"{np.mean([one[name][:, 0] for one in found]):.3f}"]
        for mark in MARKS:
            taken = np.array([_taken(one[name], one["first sight"][:, AT.index(mark)]) for one in found])
            taken += TRIAL * (name == "tried")
            low, high = interval(taken)
            cells.append(f"{taken.mean():.1f} ({low:.1f} to {high:.1f})")
        rows.append([name, *cells])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _taken(losses: np.ndarray, wanted: np.ndarray) -> list[float]:
    return [steps_to(*one) for one in zip(losses, wanted, strict=True)]


def run(options: argparse.Namespace) -> str:
    """Make the library, learn with and without it, and write the table."""
    start = time.perf_counter()
    models = Models(device.choose(Machine(device="cpu")), options.weights)
    taught = school(options.train, options.size, most=options.known)
    exam = school(options.data, options.size, most=options.styles)
    library, shown = squares(taught, options.size), squares(exam, options.size)
    if options.again:
        half = shown.shape[3] // 2
        library, shown = torch.cat([library, shown])[..., :half], shown[..., half:]
    known = learnt(Manners(models, options.quality, taught), library)
    manners = Manners(models, options.quality, exam)
    found = [curves(manners, known, shown, seed) for seed in range(options.seeds)]
    text = f"{table(found)}\n\n{len(shown)} styles, {options.seeds} seeds, a library of {len(known)}; painter "
    text += f"{options.quality}, {options.size} pixels; {time.perf_counter() - start:.0f} s. In brackets 95 %."
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "warm_start.md").write_text(text + "\n", encoding="utf-8")
    record = [{name: losses.tolist() for name, losses in one.items()} for one in found]
    (options.out / "warm_start.json").write_text(json.dumps(record) + "\n", encoding="utf-8")
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path, required=True, help="folder with content and style to learn a library of")
    parser.add_argument("--data", type=Path, required=True, help="folder with content and style to be asked about")
    parser.add_argument("--again", action="store_true", help="the library knows the other half of each picture, too")
    parser.add_argument("--quality", choices=["fast", "fine"], default="fast")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of the networks (default: the shipped)")
    parser.add_argument("--size", type=int, default=128, help="pixels on a side")
    parser.add_argument("--known", type=int, default=16, help="styles of the library, at most")
    parser.add_argument("--styles", type=int, default=12, help="styles that are asked about, at most")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--out", type=Path, default=OUT)
    print(run(parser.parse_args()))


if __name__ == "__main__":
    main()
