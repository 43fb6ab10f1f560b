# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a crop of a picture finds the picture's style among many: `python -m benchmarks.retrieval FOLDER`.

The library's styles are of whole pictures; searched for is a crop of three fifths of the length of each side, from
another place in each picture. Prints how often its own style comes first and among the first three.
"""

import argparse
from pathlib import Path

import torch

from core.engine import nearest, pictures, style
from core.engine.device import choose
from core.engine.models import Models
from core.engine.tensors import to_batch
from core.settings import Machine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="folder of pictures, each in a manner of its own")
    parser.add_argument("--count", type=int, default=100, help="how many pictures at most (default: 100)")
    arguments = parser.parse_args()
    models = Models(choose(Machine(device="cpu")))
    paths = sorted(path for path in arguments.folder.rglob("*") if path.suffix.lower() in pictures.FORMATS)
    step = max(1, len(paths) // arguments.count)
    random = torch.Generator().manual_seed(0)
    seen = [_seen(models, path, random) for path in paths[::step][: arguments.count]]
    library = torch.stack([whole for whole, _ in seen])
    places = []
    for index, (_, crop) in enumerate(seen):
        far = nearest.distances(library, crop)
        places.append(int((far < far[index]).sum()))
    first, third = (sum(place < among for place in places) / len(places) for among in (1, 3))
    print(f"{len(places)} pictures: own style first {first:.1%}, among the first three {third:.1%}")


@torch.inference_mode()
def _seen(models: Models, path: Path, random: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """The codes of a picture and of a crop of it."""
    whole = to_batch(pictures.read(path).pixels, models.device.torch)
    height, width = whole.shape[2:]
    high, wide = 3 * height // 5, 3 * width // 5
    top, left = (int(torch.rand((), generator=random) * room) for room in (height - high, width - wide))
    parts = whole, whole[:, :, top : top + high, left : left + wide]
    return tuple(nearest.code(models, style.look(models, part)[1.0].moments) for part in parts)


if __name__ == "__main__":
    main()
