# SPDX-License-Identifier: GPL-3.0-or-later
"""Contact sheets: contents down, references across, to be looked at while a network learns."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.utils import save_image

from .data import Crops


class Pictures(Protocol):
    """Where a sheet takes its pictures from."""

    contents: Crops
    references: Crops


def write_sheet(paint: Callable[[Tensor, Tensor], Tensor], source: Pictures, path: Path, size: int = 224) -> None:
    """Write a PNG of 5 contents by 8 references, always the same ones.

    :param paint: (contents (N, 3, H, W), references (N, 3, H, W)) -> (N, 3, H, W).
    """
    random = torch.Generator().manual_seed(7)
    contents = source.contents.draw(5, size, (0.4, 0.6), random)
    references = source.references.draw(8, size * 3 // 2, (0.6, 0.8), random)
    thumbnails = F.interpolate(references, (size, size), mode="bilinear", antialias=True)
    rows = [torch.cat([torch.ones(1, 3, size, size), thumbnails])]
    for content in contents:
        painted = paint(content.expand(len(references), -1, -1, -1), references)
        rows.append(torch.cat([content[None], painted.float()]))
    save_image(torch.cat(rows), path, nrow=len(references) + 1, padding=2)
