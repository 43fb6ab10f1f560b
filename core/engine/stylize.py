# SPDX-License-Identifier: GPL-3.0-or-later
"""Repaint one picture: the whole way from pixels to pixels."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..progress import Report
from ..settings import Optimize, Stylize
from .best import Finish
from .layers import Conv
from .models import Models
from .style import Mixture
from .tensors import clean, resize, to_batch, to_pixels

_LUMA = (0.2126, 0.7152, 0.0722)  # Rec. 709


@dataclass(frozen=True)
class Result:
    """A repainted picture."""

    pixels: np.ndarray
    cleaned: int
    """How many pixels of the input held NaN or infinity."""
    cancelled: bool = False
    """Whether it was cancelled, and what had come of it was kept."""


@torch.inference_mode()
def stylize(
    models: Models,
    pixels: np.ndarray,
    style: Mixture | Tensor,
    settings: Stylize,
    report: Report,
    *,
    optimize: Optimize | None = None,
) -> Result:
    """Repaint pixels (H, W, 4), display-referred, straight alpha, in [0, 1]; values outside are clipped.

    :param style: for the painter `settings.painter`; of a style that changes none of its weights, the vector (P,).
    :param optimize: how the best quality is reached; None leaves it at the painter's picture.
    :returns: pixels of the same size; alpha is the input's, bit by bit, wherever that is a number within [0, 1].
    :raises Cancelled: as `report` decides, between any two layers.
    :raises UserError: at the best quality, of a style that knows only what painters need.
    """
    cleaned, broken = clean(pixels)
    if settings.strength == 0 or pixels.size == 0:
        return Result(cleaned.copy(), broken)
    content = to_batch(cleaned, models.device.torch)
    mixture = Mixture(style) if isinstance(style, Tensor) else style
    finish = Finish(models, mixture, optimize, report) if optimize and settings.quality == "best" else None
    painter = mixture.painter(models, settings.painter)

    def paint(picture: Tensor) -> Tensor:
        with _watched(painter, report):
            painted = painter(picture, mixture.vector.to(picture.device)[None])
        return finish(picture, painted) if finish else painted

    painted = _paint_at_scale(paint, content, settings.brush)
    if settings.keep_color:
        painted = content + luma(painted) - luma(content)
    painted = torch.lerp(content, painted, settings.strength).clamp_(0, 1)
    return Result(to_pixels(painted, cleaned[..., 3]), broken, bool(finish and finish.cancelled))


def luma(batch: Tensor) -> Tensor:
    """Luma (N, 1, H, W) of display-referred RGB (N, 3, H, W)."""
    return (batch * batch.new_tensor(_LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)


def _paint_at_scale(paint: Callable[[Tensor], Tensor], content: Tensor, brush: float) -> Tensor:
    """Paint at 1 / `brush` of the size; with a coarser brush the content's fine detail is put back."""
    size = content.shape[2:]
    scaled = tuple(max(1, round(side / brush)) for side in size)
    small = resize(content, scaled)
    painted = paint(small)
    if brush <= 1:
        return resize(painted, size)
    detail = luma(content - resize(small, size))
    return resize(painted, size) + resize(_contrast(small, painted), size) * detail


def _contrast(content: Tensor, painted: Tensor, radius: int = 4) -> Tensor:
    """How strongly (N, 1, H, W) the content's light and dark came through in the paint, 0 to 1.

    The slope of the local linear model of the guided filter (He et al. 2013, eq. 5).
    """
    guide, target = luma(content), luma(painted)

    def local(x: Tensor) -> Tensor:
        return F.avg_pool2d(x, 2 * radius + 1, 1, radius, count_include_pad=False)

    covariance = local(guide * target) - local(guide) * local(target)
    variance = local(guide * guide) - local(guide).square()
    return (covariance / (variance + 1e-3)).clamp(0, 1)


@contextmanager
def _watched(network: nn.Module, report: Report) -> Iterator[None]:
    """Report before every convolution of a network, which is also where a job can be cancelled."""
    layers = [module for module in network.modules() if isinstance(module, Conv)]
    done = iter(range(len(layers)))
    hooks = [
        layer.register_forward_pre_hook(lambda *_: report(next(done), len(layers), "Painting")) for layer in layers
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
    report(len(layers), len(layers), "Painting")
