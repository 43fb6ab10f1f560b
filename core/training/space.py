# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the space of manners of what many pictures look like to the encoder: some minutes on one processor core."""

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from ..engine.encoder import Encoder
from ..engine.portrait import CHANNELS, SIZES, portraits
from ..engine.space import COORDINATES, COVERED, Autoencoder, Space, encoder_id, packed
from ..engine.style_encoder import reference_moments
from .data import Crops, drawn_pictures, pictures, read, recolor

CROPS, CROP_PX, BATCH = 979, 224, 8
DRAWN = 4  # pictures of each procedural manner, each taken twice: graphic manners are rare among paintings
STEPS, RATE = 2000, 2e-3
NOISE = 0.05
"""How far a decoded manner may be off in each coordinate, where the root mean square of all together is 1: less makes
stronger manners, more makes a smoother space."""


def references(data: Path | None, seed: int = 0) -> list[Tensor]:
    """Pictures (3, H, W) uint8 to learn from: those in `data`/style, where there are such, and drawn ones."""
    drawn = drawn_pictures(CROP_PX * 5 // 4, DRAWN, seed)
    return [*map(read, pictures(data / "style") if data else []), *drawn, *drawn]


def looks(encoder: Encoder, shown: Sequence[Tensor], seed: int = 0, count: int = CROPS) -> list[Tensor]:
    """Moments (`count`, C + 1, C + 1) of crops of pictures in colors of their own, each picture as often as another."""
    random = torch.Generator().manual_seed(seed)
    rounds = [torch.randperm(len(shown), generator=random) for _ in range(-(-count // len(shown)))]
    order, found = torch.cat(rounds), []
    with torch.inference_mode():
        for chosen in order[:count].split(BATCH):
            crops = [Crops([shown[index]]).draw(1, CROP_PX, (0.5, 1.0), random) for index in chosen.tolist()]
            found.append(reference_moments(encoder, recolor(torch.cat(crops), random)))
    return [torch.cat(level) for level in zip(*found, strict=True)]


def make(grams: list[Tensor], seed: int = 0, steps: int = STEPS) -> Space:
    """The space of the manners whose moments these are, and of mixtures of any two of them."""
    random = torch.Generator().manual_seed(seed)
    rows = portraits(grams)
    made = Space()
    made.center.copy_(rows.mean(0))
    centered = rows - made.center
    made.scale.copy_(_scale(centered)[:COVERED])
    _, _, directions = torch.linalg.svd(centered[:, :COVERED] / made.scale, full_matrices=False)
    made.basis.copy_(directions[:COORDINATES])
    spread = made.coordinates(grams).square().sum(1).mean().sqrt()
    made.scale *= spread
    known = torch.cat([made.coordinates(grams), made.coordinates(_mixed(grams, random))])
    for autoencoder in (made.sampler, made.map):
        _train(autoencoder, known, steps, random)
    return made.eval().requires_grad_(False)


def write(made: Space, folder: Path, path: Path) -> None:
    """Write a space that belongs to the encoder in `folder`, whole or not at all."""
    unfinished = path.with_suffix(".tmp")
    unfinished.write_bytes(save(packed(made), {"encoder": encoder_id(folder)}))
    unfinished.replace(path)


def _scale(centered: Tensor) -> Tensor:
    """What to divide portraits by: each level's means and deviations, and its correlations, weigh alike."""
    scales = []
    for part, channels in zip(centered.split(SIZES, 1), CHANNELS, strict=True):
        own, pairs = part[:, : 2 * channels], part[:, 2 * channels :]
        scales.append(own.std(0).clamp_min(0.02) * own.shape[1] ** 0.5)
        scales.append((pairs.square().mean() * pairs.shape[1]).sqrt().expand(pairs.shape[1]))
    return torch.cat(scales)


def _mixed(grams: list[Tensor], random: torch.Generator) -> list[Tensor]:
    """As many mixtures of two as there are manners."""
    count = len(grams[0])
    one, other = torch.randint(count, (2, count), generator=random)
    share = torch.rand(count, 1, 1, generator=random)
    return [torch.lerp(level[one], level[other], share) for level in grams]


def _train(autoencoder: Autoencoder, known: Tensor, steps: int, random: torch.Generator) -> None:
    """Learn to encode and decode coordinates (N, COORDINATES) by the lower bound of Kingma & Welling (2014), eq. 10."""
    for parameter in autoencoder.parameters():
        bound = parameter.shape[-1] ** -0.5
        parameter.data.copy_((2 * torch.rand(parameter.shape, generator=random) - 1) * bound)
    optimizer = torch.optim.Adam(autoencoder.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        shown = known[torch.randint(len(known), (128,), generator=random)]
        mean, variance = autoencoder.encode(shown)
        places = mean + torch.randn(mean.shape, generator=random) * (variance / 2).exp()
        off = (autoencoder.decode(places) - shown).square().sum(1) / (2 * NOISE**2)
        divergence = (mean.square() + variance.exp() - 1 - variance).sum(1) / 2
        optimizer.zero_grad()
        (off + divergence).mean().backward()
        optimizer.step()
        schedule.step()
