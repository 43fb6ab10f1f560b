# SPDX-License-Identifier: GPL-3.0-or-later
"""The best quality: what a painter has painted, optimised pixel by pixel."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..errors import UserError
from ..progress import Report
from ..settings import Optimize
from .models import Models
from .objective import STRIDE, Plan, Weights
from .optimize import Work, optimize
from .planes import Wraps
from .style import Mixture
from .tensors import to_pixels, within

PREVIEW_PX = 768
_TILES_PX = {"cpu": 512, "mps": 1024, "cuda": 2048}


@dataclass
class Finish:
    """What is done to a painted picture after the painter."""

    models: Models
    style: Mixture
    settings: Optimize
    report: Report
    wraps: Wraps = (False, False)
    tile_px: int = 0
    """The largest tiles; 0 leaves that to the device."""
    cancelled: bool = False
    """Whether it ended early, and what had come of it was kept."""

    def __post_init__(self) -> None:
        if not self.style.manner:
            raise UserError(
                "The style knows only what painters need: choose another quality, or learn it again from its pictures."
            )

    @torch.inference_mode(False)
    def __call__(self, content: Tensor, painted: Tensor) -> Tensor:
        """Optimise what was painted of a content, both (1, 3, H, W)."""
        start = painted if self.settings.start == "painter" else content
        device = self.models.device
        manner = {scale: look.to(device.torch) for scale, look in self.style.manner.items()}
        plan = Plan(
            Weights(content=self.settings.content),
            wasserstein=self.settings.distance == "wasserstein",
            wraps=self.wraps,
            tile_px=self.tile_px // STRIDE * STRIDE or _TILES_PX.get(device.torch.type, 512),
            # Half precision has too small a range for gradients.
            dtype=torch.float32 if device.dtype == torch.float32 else torch.bfloat16,
        )
        # What a painter makes can never be differentiated, its copy can.
        work = Work(content.clone(), start.clone(), manner, self.settings.steps, plan)
        done = optimize(self.models.encoder, work, self.report, preview=_preview, keep=self.settings.keep)
        self.cancelled = not done.whole
        return done.picture


def _preview(batch: Tensor) -> np.ndarray:
    batch = within(batch, PREVIEW_PX)
    return to_pixels(batch, np.ones(batch.shape[2:], np.float32))
