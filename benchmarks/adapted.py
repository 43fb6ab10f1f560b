# SPDX-License-Identifier: GPL-3.0-or-later
"""What learning a manner brings: `python -m benchmarks.adapted --data DIR [--teacher DIR]`, on the processor.

Styles that the painters have not been trained on are learnt from one picture each, practised on contents other than
those that are judged. The table compares with the same painters at first sight; sheets are written beside it. Closure
is told for pairs that are optimised: 0 = the photo, 1 = as near to the reference as the optimised picture is.

With --hands DIR, whose folders hold four or more pictures by one hand each: how far the result is from a picture that
was not learnt from, when one, three or five others were.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from core.engine import device, style
from core.engine.adapt import Task as Lesson
from core.engine.adapt import adapt
from core.engine.critic import Reference
from core.engine.models import WEIGHTS, Models
from core.engine.painter import SHAPES
from core.progress import Report
from core.settings import Adapt, Machine, Optimize
from core.training import data

from . import report
from .judge import Figure, Judge, Picture
from .optimized import Optimized, pairs
from .painted import Styles, painter
from .quality import Shown, pictures, show

OUT = Path(__file__).parents[1] / "out" / "adapted"
MARK = Optimize(steps=60, start="content")
COUNTS = (1, 3, 5)
LEAST = 0.05  # of what shares are told: what is nearly nothing doubles easily


class Learnt:
    """The references as styles, each learnt once."""

    def __init__(self, models: Models, contents: Sequence[Picture], settings: Adapt, painters: Sequence[str]) -> None:
        self.models, self.contents, self.settings, self.painters = models, contents, settings, painters
        self.seconds: list[tuple[float, float]] = []
        """Until the first preview of each style came, and until it was learnt."""
        self._known: dict[tuple[str, ...], style.Style] = {}

    def learn(self, references: Sequence[Picture]) -> style.Style:
        """One manner of some references."""
        names = tuple(reference.name for reference in references)
        if names not in self._known:
            start, shown = time.perf_counter(), []
            watched = Report(lambda told: shown.append(time.perf_counter()) if told.preview is not None else None)
            seen, contents = [Reference(r.batch) for r in references], [c.batch for c in self.contents]
            lesson = Lesson(seen, contents, painters=self.painters)
            self._known[names] = adapt(self.models, lesson, self.settings, watched).style
            self.seconds.append((shown[0] - start, time.perf_counter() - start))
        return self._known[names]

    def mixture(self, reference: Picture, quality: str) -> style.Mixture:
        """A reference as a painter is handed it."""
        return style.mix([(self.learn([reference]), 1.0)], quality)


def table(groups: dict[str, list[Figure]], base: Callable[[str], str], kind: str) -> str:
    """Markdown: means over the pairs, and by how much they differ from those of the row that `base` names.

    :param kind: what of each measure is shown: "left_over", or "distance" for that without its floor.
    """
    parts: dict[str, Callable[[Figure], float | None]] = {
        f"{kind.replace('_', ' ')}: {measure}": lambda f, measure=measure: getattr(f, kind)[measure]
        for measure in next(iter(groups.values()))[0].left_over
    }
    parts |= {"SSIM": lambda f: f.ssim, "content error": lambda f: f.content_error}
    rows = [["painter", *parts], ["---"] * (len(parts) + 1)]
    for name, group in groups.items():
        cells = []
        for of in parts.values():
            mine, theirs = (_mean(map(of, figures)) for figures in (group, groups[base(name)]))
            telling = mine is not None and name != base(name) and theirs > LEAST
            cells.append("-" if mine is None else f"{mine:.3f}" + (f" ({mine / theirs - 1:+.0%})" if telling else ""))
        rows.append([name, *cells])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.mean(known) if known else None


def compare(models: Models, options: argparse.Namespace) -> list[Shown]:
    """The painters at first sight and after learning in every scope, on the same pairs, and some pairs optimised."""
    shown, references = pictures(options.data, options.count, options.size)
    practised, _ = pictures(options.data, options.count + options.practised, options.size)
    judge = Judge(shown, references, options.teacher)
    every = pairs(shown, references, len(shown) * len(references))
    ways = {"first sight": Styles(models)}
    for scope in options.scopes:
        settings = Adapt(steps=options.steps, scope=scope, init=options.init)
        ways[scope] = Learnt(models, practised[options.count :], settings, options.painters)
    found = []
    if marks := every[: options.count if options.optimized is None else options.optimized]:
        optimized = Optimized(models, Styles(models), options.out / "optimized", MARK)
        found.append(show("optimized", optimized, judge, marks, []))
    for quality in options.painters:
        for way, styles in ways.items():
            found.append(show(f"{quality}, {way}", painter(models, styles, quality), judge, every, []))
            sheet = report.sheet(shown, references, found[-1])
            sheet.save(options.out / f"sheet_{quality}_{way.replace(' ', '_')}.png")
    for scope in options.scopes:
        first, whole = map(statistics.median, zip(*ways[scope].seconds, strict=True))
        print(f"{scope}: {first:.1f} s to the first preview, {whole:.0f} s to learn: {', '.join(options.painters)}")
    return found


def by_hand(models: Models, options: argparse.Namespace) -> dict[str, list[Figure]]:
    """For every folder: its last picture as the one to come near to, the first one, three or five as references."""
    contents, _ = pictures(options.data, options.count + options.practised, options.size)
    shown, practised = contents[: options.count], contents[options.count :]
    settings = Adapt(steps=options.steps, scope=options.scopes[0], init=options.init)
    learnt = Learnt(models, practised, settings, options.painters[:1])
    found: dict[str, list[Figure]] = {}
    for folder in sorted(path for path in options.hands.iterdir() if path.is_dir()):
        *known, wanted = _by_one(folder, options.size)
        judge = Judge(shown, [wanted], options.teacher)
        for count in (count for count in COUNTS if count <= len(known)):
            one = style.mix([(learnt.learn(known[:count]), 1.0)], options.painters[0])
            name = f"{count} references"
            paint = painter(models, _Always(one), options.painters[0])
            figures = show(name, paint, judge, [(content, wanted) for content in shown], []).figures
            found[name] = found.get(name, []) + figures
    return found


class _Always(Styles):
    """One manner, whatever the reference is that the judge looks at."""

    def __init__(self, mixture: style.Mixture) -> None:
        self._mixture = mixture

    def mixture(self, reference: Picture, quality: str) -> style.Mixture:
        return self._mixture


def _by_one(folder: Path, size: int) -> list[Picture]:
    from PIL import Image

    found = []
    for path in data.pictures(folder):
        image = Image.open(path).convert("RGBA")
        image.thumbnail((size, size), Image.Resampling.LANCZOS)
        found.append(Picture(f"{folder.name} {path.stem}", np.asarray(image, np.float32) / 255))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with content and style pictures (default: procedural ones)")
    parser.add_argument("--hands", type=Path, help="folder of folders with pictures by one hand each")
    parser.add_argument("--teacher", type=Path, help="folder of the training teacher's weights, for two more measures")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of the networks (default: the shipped)")
    parser.add_argument("--painters", nargs="*", default=list(SHAPES))
    parser.add_argument("--scopes", nargs="*", default=["affine"], help="any of affine, lowrank, all")
    parser.add_argument("--init", default=Adapt.init)
    parser.add_argument("--steps", type=int, default=32)
    parser.add_argument("--count", type=int, default=6, help="contents and styles that are judged")
    parser.add_argument("--optimized", type=int, help="how many pairs are optimised (default: each picture once)")
    parser.add_argument("--practised", type=int, default=4, help="further contents, to practise on")
    parser.add_argument("--size", type=int, default=384, help="longer side of the pictures")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    models = Models(device.choose(Machine(device="cpu")), options.weights)
    if options.hands:
        name, figures = "hands", by_hand(models, options)
        text = table(figures, lambda row: "1 references", "distance")
    else:
        name, found = "adapted", compare(models, options)
        figures = {one.name: one.figures for one in found}
        painted = {row: group for row, group in figures.items() if row != "optimized"}
        text = table(painted, lambda row: f"{row.partition(',')[0]}, first sight", "left_over")
        text += "\n\n" + report.closures(found)
    print(text)
    (options.out / f"{name}.md").write_text(text + "\n", encoding="utf-8")
    record = {row: [asdict(figure) for figure in group] for row, group in figures.items()}
    (options.out / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
