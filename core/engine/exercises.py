# SPDX-License-Identifier: GPL-3.0-or-later
"""What painters practise on: parts of the user's pictures, or of a few that are drawn here by rule."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

DRAWN_PX = 384
DRAWN = 6  # pictures, where the user has given none
_LEAVES = 120


def drawn(seed: int, count: int = DRAWN, size: int = DRAWN_PX) -> list[Tensor]:
    """Pictures (1, 3, size, size) in [0, 1] of shaded discs and boxes before a sky, always the same for a seed."""
    random = torch.Generator().manual_seed(seed)
    return [_leaves(size, random) for _ in range(count)]


def _leaves(size: int, random: torch.Generator) -> Tensor:
    """A dead leaves picture (Lee, Mumford & Huang 2001): flat things of every size that hide one another.

    Their sizes follow a power law, so that edges are as frequent at each scale as in photographs. Departs from it in
    that the things are shaded like bodies in the light, and that clouds lie over all: renders have soft shades, too.
    """
    palette = torch.rand(6, 1, generator=random) * 0.9 + 0.35 * torch.randn(6, 3, generator=random) * 0.5
    near, far = palette[:2, :, None, None]
    picture = torch.lerp(near, far, torch.linspace(0, 1, size)[:, None]).repeat(1, 1, size)
    sun = torch.randn(2, generator=random)
    for radius in _sizes(_LEAVES, random).sort(descending=True).values.tolist():
        _hide(picture, radius * size, palette[2:], sun, random)
    return (picture + 0.06 * _clouds(size, random)).clamp(0, 1)[None]


def _hide(picture: Tensor, radius: float, palette: Tensor, sun: Tensor, random: torch.Generator) -> None:
    """Lay a disc or a box over part of a picture (3, size, size)."""
    size = picture.shape[1]
    y, x, turn, slim, boxy, lit = torch.rand(6, generator=random).tolist()
    top, left = (max(0, int(at * size - 1.5 * radius)) for at in (y, x))
    part = picture[:, top : int(y * size + 1.5 * radius), left : int(x * size + 1.5 * radius)]
    down = (torch.arange(part.shape[1]) + top - y * size)[:, None] / radius
    across = (torch.arange(part.shape[2]) + left - x * size)[None] / radius
    cosine, sine = math.cos(math.pi * turn), math.sin(math.pi * turn)
    along, off = cosine * across + sine * down, (cosine * down - sine * across) / (0.3 + 0.7 * slim)
    inside = torch.maximum(along.abs(), off.abs()) < 1 if boxy < 0.3 else along.square() + off.square() < 1
    color = palette[int(lit * len(palette))] + 0.3 * (boxy - 0.5)
    shade = 1 + 0.25 * (across * sun[0] + down * sun[1])
    part.copy_(torch.where(inside, color[:, None, None] * shade, part))


def _sizes(count: int, random: torch.Generator, least: float = 0.03, most: float = 0.8) -> Tensor:
    """Radii whose frequency falls with their cube, between two bounds."""
    uniform = torch.rand(count, generator=random)
    return (least**-2 + uniform * (most**-2 - least**-2)) ** -0.5


def _clouds(size: int, random: torch.Generator) -> Tensor:
    """Soft noise (1, size, size) around 0, louder at coarser scales."""
    total = torch.zeros(1, 1, size, size)
    for octave in range(2, 7):
        grid = torch.randn(1, 1, 2**octave, 2**octave, generator=random)
        total += F.interpolate(grid, (size, size), mode="bicubic", align_corners=False) / 2 ** (octave - 2)
    return total[0]


def crops(pictures: list[Tensor], count: int, size: int, random: torch.Generator) -> Tensor:
    """A batch (count, 3, size, size) of parts of pictures (1, 3, H, W), flipped at random; small ones shown larger."""
    shown = []
    for _ in range(count):
        chosen, zoom, y, x, flip = torch.rand(5, generator=random).tolist()
        picture = pictures[int(chosen * len(pictures))]
        side = min(round(size / 0.5**zoom), *picture.shape[2:])
        top, left = (int(at * (extent - side + 1)) for at, extent in zip((y, x), picture.shape[2:], strict=True))
        crop = picture[:, :, top : top + side, left : left + side]
        if side != size:
            crop = F.interpolate(crop, (size, size), mode="bilinear", antialias=True, align_corners=False)
        shown.append(crop.flip(3) if flip < 0.5 else crop)
    return torch.cat(shown)
