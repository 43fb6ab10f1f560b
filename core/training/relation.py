# SPDX-License-Identifier: GPL-3.0-or-later
"""Learns which manners look alike from parts of pictures: a few minutes on one processor core."""

from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save
from torch import Tensor

from ..engine.encoder import Encoder
from ..engine.relation import WIDTH, Relation, distances, numbers
from ..engine.style_encoder import reference_moments
from ..engine.tensors import within
from .data import drawn_pictures, held_out, pictures, read

SEEN_PX = 320
"""Longer side at which pictures and parts are looked at."""
PART = 0.6  # of each side of a picture
DRAWN = 2  # pictures of each procedural manner: graphic manners are rare among paintings
STEPS, BATCH, RATE, DECAY = 240, 128, 5e-4, 0.1
NOISE = 0.5
"""Added to what is asked for, in deviations: a few hundred pictures are soon learnt by heart."""
_SHRUNK = 0.3  # share of the mean deviation within pictures in that of each direction


def references(data: Path | None, seed: int = 0) -> list[Tensor]:
    """Pictures (3, H, W) uint8 to learn from: those in `data`/style that are not held out, and drawn ones."""
    drawn = drawn_pictures(SEEN_PX, DRAWN, seed)
    paths = pictures(data / "style") if data else []
    return [*(read(path) for path in paths if not held_out(path)), *drawn]


def views(picture: Tensor, random: torch.Generator) -> list[Tensor]:
    """A picture (3, H, W) uint8, a part of it, and another part from nearer: (1, 3, h, w) in [0, 1] each."""
    full = within(picture[None].float() / 255, round(SEEN_PX / PART))
    whole = within(full, SEEN_PX)
    return [whole, _part(whole, random), within(_part(full, random), SEEN_PX)]


def looks(encoder: Encoder, shown: Sequence[Tensor], seed: int = 0) -> Tensor:
    """What three views of each picture look like to the relation: (pictures, 3, INPUTS)."""
    random = torch.Generator().manual_seed(seed)
    with torch.inference_mode():
        rows = [numbers(reference_moments(encoder, view)) for picture in shown for view in views(picture, random)]
    return torch.cat(rows).unflatten(0, (-1, 3)).clone()


def make(rows: Tensor, seed: int = 0, steps: int = STEPS) -> Relation:
    """The relation in which each view of a picture (pictures, 3, INPUTS) finds another among all pictures.

    Cross-entropy over the distances of a batch (Sohn 2016, N-pair loss), both ways, from a start in closed form.
    """
    random = torch.Generator().manual_seed(seed)
    made, sharpness = _start(rows, random), torch.nn.Parameter(torch.tensor(1.0))
    optimizer = torch.optim.AdamW([*made.parameters(), sharpness], RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0, steps)
    for _ in range(steps):
        chosen = torch.randperm(len(rows), generator=random)[:BATCH]
        one, other = torch.randperm(3, generator=random)[:2]
        asked = rows[chosen, one]
        asked = asked + NOISE * made.scale * torch.randn(asked.shape, generator=random)
        far = torch.cdist(made.place(asked), made.place(rows[chosen, other])).square()
        loss = sum(F.cross_entropy(-sharpness.exp() * way, torch.arange(len(chosen))) for way in (far, far.mT))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return _scaled(made.eval().requires_grad_(False), rows[:, 0])


def write(made: Relation, path: Path) -> None:
    """Write a relation in half precision, whole or not at all."""
    unfinished = path.with_suffix(".tmp")
    unfinished.write_bytes(save({name: tensor.half().contiguous() for name, tensor in made.state_dict().items()}))
    unfinished.replace(path)


def _part(picture: Tensor, random: torch.Generator) -> Tensor:
    (height, width), (high, wide) = picture.shape[2:], (max(1, round(PART * side)) for side in picture.shape[2:])
    top, left = (int(torch.rand((), generator=random) * (room + 1)) for room in (height - high, width - wide))
    return picture[:, :, top : top + high, left : left + wide]


def _start(rows: Tensor, random: torch.Generator) -> Relation:
    """Principal components of all views, each divided by how much it differs within a picture (Fisher 1936)."""
    made, known = Relation(), rows.flatten(0, 1)
    made.center.copy_(known.mean(0))
    made.scale.copy_(known.std(0).clamp_min(0.02))
    standard = made.standard(known)
    directions = torch.linalg.svd(standard, full_matrices=False)[2][:WIDTH]
    seen = (standard @ directions.mT).unflatten(0, rows.shape[:2])
    inner = seen.var(1).mean(0)
    directions = directions / (inner + _SHRUNK * inner.mean()).sqrt()[:, None]
    with torch.no_grad():
        made.basis[: len(directions)] = directions / (standard @ directions.mT).std()
        made.basis[len(directions) :] = 0
        made.hidden.weight.copy_(torch.randn(made.hidden.weight.shape, generator=random) / WIDTH**0.5)
        made.hidden.bias.zero_()
    return made


def _scaled(made: Relation, rows: Tensor) -> Relation:
    """The same relation, two pictures at random 1 apart on average."""
    places = made.place(rows)
    far = torch.cat([distances(places[:index], places[index]) for index in range(1, len(places))]).mean()
    for weight in (made.basis, made.hidden.bias, made.outward.bias):
        weight /= far
    return made
