# SPDX-License-Identifier: GPL-3.0-or-later
"""Which meta-learning helps a painter to learn a manner: `python -m benchmarks.meta --train DIR --data DIR`.

Every algorithm learns from the same tasks at the same cost, several times over; then styles that none has seen are
learnt, and the loss is looked at after 0 to 64 steps on contents that none has practised on. The table goes to the
terminal and to out/meta/meta.md, all figures to meta.json, the curves to meta.png.

The painters' weights stay as they are. Learnt are an offset of all style vectors, which is the last bias of the style
encoder, and the step sizes of scale and shift at each point. "none" is what there is without: no offset, one step size.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from core.engine import device
from core.engine.critic import SHARES
from core.engine.models import WEIGHTS, Models
from core.settings import Machine
from core.training import data, manner_tasks
from core.training.data import Crops
from core.training.manner_tasks import Manners
from core.training.meta import ALGORITHMS, Meta, curve
from core.training.paint import School

OUT = Path(__file__).parents[1] / "out" / "meta"
AT = (0, 1, 2, 4, 8, 16, 32, 64)
STYLE, CONTENT = ("style", "color", "patches"), ("content", "structure")
QUERIES = 2  # contents that each learnt style is judged on
RESAMPLED = 2000

Curves = dict[str, np.ndarray]
"""By part of the loss and "all": (seeds, styles, len(AT))."""


def school(folder: Path, size: int, *, most: int | None = None) -> School:
    """The pictures below `folder`/content and `folder`/style, or so many of each, taken from all over."""
    found = [data.pictures(folder / kind) for kind in ("content", "style")]
    chosen = [paths[:: max(1, len(paths) // (most or len(paths) or 1))][:most] for paths in found]
    contents, references = (Crops([data.read(path) for path in paths]) for paths in chosen)
    return School(contents, references, None, size, "cpu")


def measured(manners: Manners, meta: Meta, references: torch.Tensor, seed: int) -> dict[str, np.ndarray]:
    """What is left of each part of the loss of each style after each of AT steps: (styles, len(AT)).

    In shares of the loss at first sight, where "all" is about 1.
    """
    random = torch.Generator().manual_seed(seed)
    queries = [manners.contents(len(references), random) for _ in range(QUERIES)]
    task, practice = manners.task(references, AT[-1], random), manners.practice(references)
    parts = [manner_tasks.losses(practice, parameters, queries) for parameters in curve(meta, task, AT)]
    sight = task.begin(manner_tasks.untrained(manners.quality).start)
    units = manner_tasks.losses(practice, sight, queries)
    gathered = {
        name: np.stack([(share * part[name] / units[name].mean()).numpy() for part in parts], 1)
        for name, share in SHARES.items()
    }
    return {
        "style": sum(gathered[name] for name in STYLE),
        "content": sum(gathered[name] for name in CONTENT),
        "all": sum(gathered.values()),
    }


def area(losses: np.ndarray) -> np.ndarray:
    """The mean of the curve over AT, evenly spaced: a step counts for less the later it comes."""
    return np.trapezoid(losses, axis=-1) / (len(AT) - 1)


def interval(values: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """95 % of the means of (seeds, styles) drawn again with replacement, styles by styles and seeds by seeds."""
    random = np.random.default_rng(seed)
    seeds, styles = values.shape
    drawn = [
        values[random.integers(seeds, size=seeds)][:, random.integers(styles, size=styles)].mean()
        for _ in range(RESAMPLED)
    ]
    return tuple(np.quantile(drawn, [0.025, 0.975]))


def table(curves: dict[str, Curves]) -> str:
    """Markdown: for each algorithm the mean losses, the area, and how it differs from that of "none", pair by pair."""
    head = ["learnt by", "loss", *(f"{count}" for count in AT), "area", "area against none"]
    rows = [head, ["---"] * len(head)]
    for part in ("all", "style", "content"):
        for name, found in curves.items():
            areas, base = area(found[part]), area(curves["none"][part])
            low, high = interval(areas / base - 1)
            change = "" if name == "none" else f"{(areas / base - 1).mean():+.1%} ({low:+.1%} to {high:+.1%})"
            means = (f"{value:.3f}" for value in found[part].mean((0, 1)))
            rows.append([name, part, *means, f"{areas.mean():.3f}", change])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in rows)


def plot(curves: dict[str, Curves], path: Path) -> None:
    """Style and content loss against the number of steps."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, both = pyplot.subplots(1, 2, figsize=(11, 4.5))
    for axes, part in zip(both, ("style", "content"), strict=True):
        for name, found in curves.items():
            axes.plot(range(len(AT)), found[part].mean((0, 1)), marker=".", label=name)
        axes.set(xlabel="steps", ylabel=f"{part} loss", xticks=range(len(AT)), xticklabels=AT)
    both[0].legend()
    figure.savefig(path, dpi=110, bbox_inches="tight")
    pyplot.close(figure)


def compare(manners: Manners, exam: Manners, options: argparse.Namespace) -> dict[str, Curves]:
    """Let every algorithm learn, once for each seed, and look how styles are learnt then."""
    found = {name: [] for name in ("none", *ALGORITHMS)}
    references = squares(exam.school, options.size)
    for seed in range(options.seeds):
        for name, several in found.items():
            start = time.process_time()
            meta = manner_tasks.untrained(options.quality)
            if name != "none":
                meta = manner_tasks.train(manners, ALGORITHMS[name], options.budget, seed)
            learnt = time.process_time()
            several.append(measured(exam, meta, references, seed))
            seconds = f"{learnt - start:.0f} s to learn, {time.process_time() - learnt:.0f} s to look"
            print(f"seed {seed}, {name}: {seconds}, area {area(several[-1]['all']).mean():.3f}", flush=True)
    return {name: {part: np.stack([one[part] for one in s]) for part in s[0]} for name, s in found.items()}


def squares(exam: School, size: int) -> torch.Tensor:
    """The whole of every style, square: (styles, 3, size, size)."""
    side = size * 5 // 4
    shown = [F.interpolate(p[None].float() / 255, (side, side), mode="area") for p in exam.references.pictures]
    return torch.cat(shown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path, required=True, help="folder with content and style to learn from")
    parser.add_argument("--data", type=Path, required=True, help="folder with content and style to be judged on")
    parser.add_argument("--most", type=int, default=200, help="pictures of each kind to learn from, at most")
    parser.add_argument("--quality", choices=["fast", "fine"], default="fast")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of the networks (default: the shipped)")
    parser.add_argument("--size", type=int, default=128, help="pixels on a side")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--budget", type=float, default=600, help="what each algorithm may cost, in passes forward")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    models = Models(device.choose(Machine(device="cpu")), options.weights)
    manners, exam = (
        Manners(models, options.quality, school(folder, options.size, most=most))
        for folder, most in ((options.train, options.most), (options.data, None))
    )
    curves = compare(manners, exam, options)
    options.out.mkdir(parents=True, exist_ok=True)
    text = table(curves)
    print(text)
    (options.out / "meta.md").write_text(text + "\n", encoding="utf-8")
    record = {name: {part: values.tolist() for part, values in found.items()} for name, found in curves.items()}
    (options.out / "meta.json").write_text(json.dumps(record) + "\n", encoding="utf-8")
    plot(curves, options.out / "meta.png")


if __name__ == "__main__":
    main()
