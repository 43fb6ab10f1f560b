# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a part of a picture finds the picture's manner among many: `python -m benchmarks.retrieval FOLDER`.

Compares, on the same views of the same pictures, the distance of what the small painter's style encoder sees, which
nobody has learnt, with relations that are learnt here from one half of the pictures and asked about the other, by each
of several splits. Searched for are a part of three fifths of the length of each side, and another one seen from nearer.
With --shipped the relation that ships is asked about pictures that it was not learnt from.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from core.engine.device import choose
from core.engine.models import Models
from core.engine.relation import Relation, numbers
from core.engine.style_encoder import reference_moments
from core.settings import Machine
from core.training.data import held_out, pictures, read
from core.training.relation import make, views

HEAD = (
    "| distance | pictures | part: first | among three | from nearer: first | among three |\n|---|---|---|---|---|---|"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="+", help="folders of pictures, each in a manner of its own")
    parser.add_argument("--count", type=int, default=740, help="how many pictures at most (default: 740)")
    parser.add_argument("--splits", type=int, default=3, help="how often to halve them (default: 3)")
    parser.add_argument("--shipped", action="store_true", help="ask the relation that ships about held out pictures")
    arguments = parser.parse_args()
    models = Models(choose(Machine(device="cpu")))
    paths = [path for folder in arguments.folder for path in pictures(folder)]
    if arguments.shipped:
        paths = [path for path in paths if held_out(path) or "train" not in path.parts]
    rows, codes = seen(models, paths[:: max(1, len(paths) // arguments.count)][: arguments.count])
    if arguments.shipped:
        among, found = len(rows), {"fixed": shares(codes), "learnt": shares(_placed(models.relation, rows))}
    else:
        among, found = len(rows) // 2, halved(rows, codes, arguments.splits)
    print(HEAD)
    for name, each in found.items():
        print(f"| {name} | {among} | " + " | ".join(f"{share:.1%}" for share in each) + " |")


@torch.inference_mode()
def seen(models: Models, paths: Sequence[Path]) -> tuple[Tensor, Tensor]:
    """Three views of each picture as the relation and as the style encoder see them: (pictures, 3, inputs) each."""
    random, rows, codes = torch.Generator().manual_seed(0), [], []
    for path in paths:
        looks = [reference_moments(models.encoder, view) for view in views(read(path), random)]
        rows.append(torch.cat([numbers(look) for look in looks]))
        codes.append(torch.cat([models.style_encoder("fast").code(look) for look in looks]))
    return torch.stack(rows).clone(), torch.stack(codes).clone()


def halved(rows: Tensor, codes: Tensor, splits: int) -> dict[str, list[float]]:
    """The shares by distance, on average over halves of the pictures that were not learnt from."""
    found: dict[str, list[list[float]]] = {"fixed": [], "learnt": []}
    for seed in range(splits):
        one, other = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed)).chunk(2)
        for asked, taught in ((one, other), (other, one)):
            found["fixed"].append(shares(codes[asked]))
            found["learnt"].append(shares(_placed(make(rows[taught], seed), rows[asked])))
    return {name: torch.tensor(several).mean(0).tolist() for name, several in found.items()}


def shares(points: Tensor) -> list[float]:
    """How often the second and the third of points (pictures, 3, inputs) have their own first, or among three."""
    found = []
    for part in (1, 2):
        far = torch.cdist(points[:, part], points[:, 0])
        before = (far < far.diagonal()[:, None]).sum(1)
        found += [(before < among).float().mean().item() for among in (1, 3)]
    return found


def _placed(relation: Relation, rows: Tensor) -> Tensor:
    return relation.place(rows.flatten(0, 1)).unflatten(0, rows.shape[:2])


if __name__ == "__main__":
    main()
