# SPDX-License-Identifier: GPL-3.0-or-later
"""Training pictures: folders held in memory, and random augmented crops of them."""

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from ..errors import UserError
from . import manners

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
LONGEST_PX = 640
HELD_OUT = 16  # one picture in so many is never trained on


def pictures(folder: Path) -> list[Path]:
    """The pictures below a folder, in a fixed order."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def held_out(path: Path) -> bool:
    """Whether a picture is kept for the held-out curve, decided by its name so that no list is needed."""
    return hashlib.sha256(path.name.encode()).digest()[0] % HELD_OUT == 0


def read(path: Path) -> Tensor:
    """A picture as (3, H, W) uint8, at most LONGEST_PX on a side."""
    with Image.open(path) as image:
        image = image.convert("RGB")
        image.thumbnail((LONGEST_PX, LONGEST_PX), Image.Resampling.LANCZOS)
        return torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous()


def drawn_pictures(size: int, count: int, seed: int) -> list[Tensor]:
    """`count` pictures (3, size, size) uint8 of each manner that is drawn by rule."""
    return [
        torch.tensor(manners.paint(kind, size, seed + number)).permute(2, 0, 1)
        for kind in manners.KINDS
        for number in range(count)
    ]


def tiers(data: Path, paths: Sequence[Path]) -> list[float]:
    """How often each style is drawn: four times as often where the manifest calls it tier A (vivid, graphic)."""
    manifest = data / "manifest.csv"
    if not manifest.exists():
        return [1.0] * len(paths)
    with manifest.open(encoding="utf-8", newline="") as file:
        vivid = {Path(row["file"]).name for row in csv.DictReader(file) if row["note"].startswith("tier A")}
    return [4.0 if path.name in vivid else 1.0 for path in paths]


class Crops:
    """Endless random crops of pictures in memory."""

    def __init__(self, pictures: Sequence[Tensor], weights: Sequence[float] | None = None) -> None:
        if not pictures:
            raise UserError("There are no pictures to learn from, or none is held out: add more pictures.")
        self.pictures = pictures
        self.weights = torch.tensor(weights or [1.0] * len(pictures))

    def draw(self, count: int, size: int, zoom: tuple[float, float], random: torch.Generator) -> Tensor:
        """A batch (count, 3, size, size) float32 in [0, 1], flipped at random.

        :param zoom: least and greatest scale at which a picture is shown (1 = its own pixels); a picture too small is
            shown larger.
        """
        chosen = torch.multinomial(self.weights, count, replacement=True, generator=random)
        return torch.stack([self._crop(self.pictures[i], size, zoom, random) for i in chosen.tolist()])

    def _crop(self, picture: Tensor, size: int, zoom: tuple[float, float], random: torch.Generator) -> Tensor:
        low, high, x, y, flip = *zoom, *torch.rand(3, generator=random).tolist()
        scale = low * (high / low) ** torch.rand((), generator=random).item()
        side = min(round(size / scale), *picture.shape[1:])
        top, left = (int(at * (extent - side + 1)) for at, extent in zip((y, x), picture.shape[1:], strict=True))
        crop = picture[None, :, top : top + side, left : left + side].float() / 255
        if side != size:
            crop = F.interpolate(crop, (size, size), mode="bilinear", antialias=True, align_corners=False)
        return crop[0].flip(2) if flip < 0.5 else crop[0]


def recolor(batch: Tensor, random: torch.Generator) -> Tensor:
    """Change the colors of some styles (N, 3, H, W), so that no palette goes with a texture.

    A quarter have their channels permuted, half a new gamma, a third another saturation; values stay in [0, 1].
    """
    batch = batch.clone()
    for picture in batch:
        permuted, toned, saturated = (torch.rand(3, generator=random) < torch.tensor((0.25, 0.5, 0.33))).tolist()
        if permuted:
            picture.copy_(picture[torch.randperm(3, generator=random)])
        if toned:
            picture.pow_(0.6 * (1.6 / 0.6) ** torch.rand((), generator=random).item())
        if saturated:
            gray = picture.mean(0, keepdim=True)
            picture.copy_(gray + (picture - gray) * (2 * torch.rand((), generator=random).item()))
    return batch.clamp_(0, 1)


def grainy(batch: Tensor, random: torch.Generator) -> Tensor:
    """Contents with grain, fine and 4 pixels coarse, from none to a lot, as renders have it."""
    count, _, height, width = batch.shape
    fine = torch.randn(count, 1, height, width, generator=random)
    coarse = torch.randn(count, 1, -(-height // 4), -(-width // 4), generator=random)
    coarse = coarse.repeat_interleave(4, 2).repeat_interleave(4, 3)[:, :, :height, :width]
    strength = 0.025 * torch.rand(count, 1, 1, 1, generator=random)
    return (batch + strength * (fine + coarse)).clamp(0, 1)
