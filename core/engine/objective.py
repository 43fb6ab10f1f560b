# SPDX-License-Identifier: GPL-3.0-or-later
"""What optimising pixels brings down, and its exact gradient tile by tile.

A picture's distance from a manner and from its content depends on the pixels through sums over them alone: moments of
features, products of features with the content's, waves over patches, squared differences. So the tiles' sums are added
up first; what the loss makes of the total says how much each sum counts, and with that every tile can be differentiated
by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from .encoder import Encoder
from .grid import Tile, grid
from .losses import covariance_distance, statistics_distance, wasserstein_distance
from .manner import Look
from .moments import color_moments, moments, single
from .patches import STRIDES as PATCH_STRIDES
from .patches import patch_distance, projections, waves

Sums = list[Tensor]

CONTENT_LEVEL = 3  # of the encoder: relu4_1
STRIDE = 8
"""Pixels for one feature of relu4_1, across and down."""
REACH = 32
"""How far relu4_1 looks beyond those, rounded up to a multiple of them."""
_EPSILON = 1e-5  # as in torch's instance_norm


@dataclass(frozen=True)
class Weights:
    """How much each part of the loss counts beside the manner's statistics at each level."""

    content: float = 0.5
    covariance: float = 0.5
    color: float = 4.0
    patches: float = 2.0
    variation: float = 0.3


@dataclass(frozen=True)
class Plan:
    """How a loss is computed."""

    weights: Weights = Weights()
    wasserstein: bool = False
    """Whether levels are compared by the Wasserstein distance instead of moment by moment."""
    wraps: tuple[bool, bool] = (False, False)
    """Whether pictures begin anew beyond their borders, along x and along y."""
    tile_px: int = 512
    """A multiple of 8, as must be the sides of pictures along which they wrap."""
    dtype: torch.dtype = torch.float32
    """Of the features; sums are in single precision."""


class Objective:
    """The loss of pictures of one size: distance from a manner and from one content.

    After Gatys et al. (2016), with the losses that the painters learn from in place of theirs, and with patches.
    """

    def __init__(self, encoder: Encoder, content: Tensor, manner: Look, plan: Plan) -> None:
        """Look at the content once: (1, 3, H, W) in [0, 1]."""
        self.encoder, self.plan = encoder, plan
        self.manner = Look([_exact(gram) for gram in manner.moments], _exact(manner.patches))
        self.tiles = grid(tuple(content.shape[2:]), plan.tile_px, REACH, plan.wraps)
        with torch.no_grad():
            crops = (tile.cut(content, plan.wraps) for tile in self.tiles)
            self.content = [self._features(c, tile)[CONTENT_LEVEL] for c, tile in zip(crops, self.tiles, strict=True)]
            parts = [_content_sums(f, f) * tile.share(STRIDE) for f, tile in zip(self.content, self.tiles, strict=True)]
            self.content_sums = sum(map(_exact, parts))

    def gradient(self, picture: Tensor, check: Callable[[], None] = lambda: None) -> tuple[float, Tensor]:
        """The loss of a picture (1, 3, H, W) and its gradient; of a tile at a time no more is kept than its sums.

        :param check: called now and then; what it raises ends the computation.
        """
        slopes, wraps = None, self.plan.wraps
        if len(self.tiles) > 1:
            with torch.no_grad():
                parts = [self._sums(tile.cut(picture, wraps), number, check) for number, tile in enumerate(self.tiles)]
            loss, slopes = self._slopes([sum(map(_exact, part)) for part in zip(*parts, strict=True)])
        gradient = torch.zeros_like(picture)
        for number, tile in enumerate(self.tiles):
            with torch.enable_grad():
                crop = tile.cut(picture, wraps).detach().requires_grad_()
                sums = self._sums(crop, number, check)
            if slopes is None:  # one tile is the whole
                loss, slopes = self._slopes([_exact(part.detach()) for part in sums])
            steepness = [slope.to(part) for slope, part in zip(slopes, sums, strict=True)]
            tile.add(torch.autograd.grad(sums, crop, steepness)[0], gradient)
        return loss, gradient

    def _slopes(self, sums: Sums) -> tuple[float, Sums]:
        """The loss that sums make, and how it grows with each of them."""
        with torch.enable_grad():
            sums = [part.requires_grad_() for part in sums]
            loss = self._loss(sums)
        return loss.item(), list(torch.autograd.grad(loss, sums))

    def _sums(self, crop: Tensor, number: int, check: Callable[[], None]) -> Sums:
        """What a tile with its margins adds to the sums: of variation, content, patches, colors and of each level."""
        check()
        tile = self.tiles[number]
        features = self._features(crop, tile)
        content = _content_sums(features[CONTENT_LEVEL], self.content[number]) * tile.share(STRIDE)
        projected = zip(projections(crop), PATCH_STRIDES, strict=True)
        patches = torch.stack([waves(tile.own(part, stride)) * tile.share(stride) for part, stride in projected], 1)
        colors = color_moments(tile.own(crop, 1)) * tile.share(4)
        levels = [moments(part) * tile.share(2**level) for level, part in enumerate(features)]
        check()
        return [_variation(crop, tile) * tile.share(1), content, patches, colors, *levels]

    def _features(self, crop: Tensor, tile: Tile) -> list[Tensor]:
        with torch.autocast(crop.device.type, self.plan.dtype, enabled=self.plan.dtype != torch.float32):
            features = self.encoder(crop)
        return [tile.own(part, 2**level) for level, part in enumerate(features)]

    def _loss(self, sums: Sums) -> Tensor:
        variation, content, patches, colors, *levels = sums
        weights = self.plan.weights
        palette, *manner = self.manner.moments
        loss = weights.color * (statistics_distance(colors, palette) + 0.2 * covariance_distance(colors, palette))
        for gram, target in zip(levels, manner, strict=True):
            if self.plan.wasserstein:
                loss = loss + wasserstein_distance(gram, target)
            else:
                loss = loss + statistics_distance(gram, target)
                loss = loss + weights.covariance * covariance_distance(gram, target)
        loss = loss + weights.patches * patch_distance(patches, self.manner.patches)
        loss = loss + weights.content * _content_distance(content, self.content_sums)
        return (loss + weights.variation * variation).sum()


def _exact(part: Tensor) -> Tensor:
    """Sums as the loss sees them: variances are small differences of them. Not every graphics card has doubles."""
    return part.cpu().double()


def _content_sums(features: Tensor, content: Tensor) -> Tensor:
    """Means (3, C) over the pixels of (1, C, H, W): of features, of their squares, of their products with others."""
    x, y = single(features), single(content)
    return torch.stack([part.mean((0, 2, 3)) for part in (x, x * x, x * y)])


def _content_distance(sums: Tensor, content: Tensor) -> Tensor:
    """`losses.content_distance` from sums alone: the squared error of features brought to mean 0 and deviation 1.

    Written out, it is the variance that each has left after that, minus twice their covariance.
    """
    (mean, square, product), (other_mean, other_square, _) = sums, content
    variance, other = square - mean**2 + _EPSILON, other_square - other_mean**2 + _EPSILON
    covariance = (product - mean * other_mean) / (variance * other).sqrt()
    return (2 - _EPSILON / variance - _EPSILON / other - 2 * covariance).mean()


def _variation(crop: Tensor, tile: Tile) -> Tensor:
    """`losses.total_variation` of what belongs to a tile: with the first row and column after it."""
    rows, columns = tile.box.within(tile.seen)
    below, right = (slice(span.start, span.stop + 1) for span in (rows, columns))
    down = crop[:, :, below, columns].diff(dim=2).square().sum()
    across = crop[:, :, rows, right].diff(dim=3).square().sum()
    return (down + across) / crop[:, :, rows, columns].numel()
