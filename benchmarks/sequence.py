# SPDX-License-Identifier: GPL-3.0-or-later
"""How steady repainted animations are: `python -m benchmarks.sequence`, on what `benchmarks/animated.py` has rendered.

Each scene in each manner, once frame by frame, as still pictures, and once as a sequence. A table on the terminal and
as out/sequences/sequence.md, all figures in sequence.json, strips of frames beside them: the render, frame by frame,
as a sequence.

Error 1 and 5: squared difference from what was seen 1 and 5 frames before, where it was seen, relative to frame by
frame and to the render itself. Style: distance from the manner. Sharpness: energy of the finest detail.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from core.engine import motion, orders, pictures, renders, sequence, style, view
from core.engine.motion import Guides
from core.engine.stylize import stylize
from core.engine.tensors import to_batch
from core.progress import Report
from core.settings import Machine, Stylize
from core.training import manners, measures

from .flicker import paths, sharpness, warping_error

OUT = Path(__file__).parents[1] / "out" / "sequences"
SCENES = ("things", "camera", "lights", "eevee")
MANNERS = ("impression", "pointillism", "watercolor")
SHOWN = (0, 5, 11, 17, 23)
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Figures:
    """What became of one scene in one manner; `x` to `y` are ratios."""

    scene: str
    manner: str
    error_1_to_alone: float
    error_1_to_render: float
    error_5_to_alone: float
    error_5_to_render: float
    style_to_alone: float
    sharpness_to_alone: float


@dataclass(frozen=True)
class Scene:
    """An animation as it was rendered."""

    name: str
    pixels: list[np.ndarray]
    guides: list[Guides]

    @classmethod
    def read(cls, name: str) -> "Scene":
        shown_by = view.read(OUT / name / "view.json")
        files = sorted((OUT / name).glob("[0-9]*.exr"))
        read = [renders.read(file, shown_by, motion.WANTED) for file in files]
        return cls(name, [one.picture.pixels for one in read], [Guides.of(one, CPU) for one in read])

    def until(self, count: int) -> "Scene":
        """Its first frames."""
        return Scene(self.name, self.pixels[:count], self.guides[:count])


def alone(scene: Scene, manner: Path) -> list[np.ndarray]:
    """Each frame repainted as a still picture, in the manner of a style file or a picture."""
    models = orders.models_for({"machine": asdict(Machine("cpu"))})
    is_picture = manner.suffix in pictures.FORMATS
    wanted = {"reference": 0, "weight": 1.0} if is_picture else {"path": str(manner), "weight": 1.0}
    references = [pictures.read(manner).pixels] if is_picture else []
    manner = style.mix(orders.styles(models, [wanted], references, 0), "fast")
    return [stylize(models, pixels, manner, Stylize(), Report()).pixels for pixels in scene.pixels]


def as_sequence(scene: Scene, manner: Path) -> list[np.ndarray]:
    """The frames repainted as a sequence, by way of their files."""
    numbers, folder = f"1-{len(scene.pixels)}", OUT / scene.name / manner.stem
    order = {
        "input": str(OUT / scene.name / "####.exr"),
        "output": str(folder / "####.png"),
        "frames": numbers,
        "view": str(OUT / scene.name / "view.json"),
        "styles": [{"path": str(manner), "weight": 1.0}],
        "sequence": {"depth": "16"},
        "machine": {"device": "cpu"},
    }
    sequence.repaint_sequence(order, [], Report())
    return [pictures.read(folder / f"{frame + 1:04}.png").pixels for frame in range(len(scene.pixels))]


def judged(scene: Scene, picture: Path) -> Figures:
    """Repaint a scene in both ways, and compare them; writes the strip."""
    before, after = alone(scene, picture), as_sequence(scene, picture)
    Image.fromarray(strip([scene.pixels, before, after])).save(OUT / f"{scene.name}_{picture.stem}.png")
    shown, still, steady = ([to_batch(pixels, CPU) for pixels in frames] for frames in (scene.pixels, before, after))
    back = {steps: paths(scene.guides, steps) for steps in (1, 5)}
    errors = [[warping_error(frames, back[steps]) for frames in (steady, still, shown)] for steps in (1, 5)]
    distances = [style_distance(frames, to_batch(pictures.read(picture).pixels, CPU)) for frames in (steady, still)]
    ratios = [error[0] / error[place] for error in errors for place in (1, 2)]
    ratios += [distances[0] / distances[1], sharpness(steady) / sharpness(still)]
    return Figures(scene.name, picture.stem, *(round(ratio, 3) for ratio in ratios))


def style_distance(frames: Sequence[torch.Tensor], reference: torch.Tensor) -> float:
    """Mean distance of every fourth frame from the manner, by patches, a random network and colors."""
    kinds = [measures.PatchWasserstein(), measures.RandomNetwork(), measures.ColorWasserstein()]
    found = [kind.distance(kind.describe(frame), kind.describe(reference)) for kind in kinds for frame in frames[::4]]
    return sum(found) / len(found)


def strip(rows: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """Some frames side by side, one row for each way of showing them."""
    chosen = [frame for frame in SHOWN if frame < len(rows[0])]
    picture = np.concatenate([np.concatenate([row[frame] for frame in chosen], 1) for row in rows], 0)
    return (picture[..., :3].clip(0, 1) * 255 + 0.5).astype(np.uint8)


def mean(rows: Sequence[Figures]) -> Figures:
    """Of one scene in several manners."""
    values = np.mean([list(asdict(row).values())[2:] for row in rows], axis=0)
    return Figures(rows[0].scene, "mean", *(round(float(value), 3) for value in values))


def table(rows: Sequence[Figures]) -> str:
    """Markdown, with means of each scene."""
    scenes = [[row for row in rows if row.scene == name] for name in dict.fromkeys(row.scene for row in rows)]
    rows = [row for scene in scenes for row in (*scene, mean(scene))]
    head = ["scene", "manner", "error 1 / alone", "/ render", "error 5 / alone", "/ render", "style", "sharpness"]
    cells = [head, ["---"] * len(head), *([str(value) for value in asdict(row).values()] for row in rows)]
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", default=",".join(SCENES))
    parser.add_argument("--manners", default=",".join(MANNERS), help="kinds that core/training/manners draws")
    given = parser.parse_args()
    rows = []
    for name in given.scenes.split(","):
        scene = Scene.read(name)
        for kind in given.manners.split(","):
            start, picture = time.perf_counter(), OUT / f"{kind}.png"
            Image.fromarray(manners.paint(kind, 256, seed=1_000_001)).save(picture)
            rows.append(judged(scene, picture))
            print(f"{rows[-1]} {time.perf_counter() - start:.0f} s", flush=True)
    (OUT / "sequence.json").write_text(json.dumps([asdict(row) for row in rows], indent=1))
    (OUT / "sequence.md").write_text(table(rows) + "\n")
    print(table(rows))


if __name__ == "__main__":
    main()
