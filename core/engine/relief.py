# SPDX-License-Identifier: GPL-3.0-or-later
"""The relief of the paint: how high the strokes of a repainted texture stand, and what that does to its other maps.

A height map (1, 1, H, W) is 0.5 where no paint stands out; a difference of 1 is HIGH_PX texels high.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..progress import Report
from .content import luma
from .layers import MIRRORED, Edges, pad
from .tensors import resize

HIGH_PX = 8
_STROKE_PX = 8
"""Half of what a stroke is at most wide, at brush scale 1."""
_ALONG_PX = 4
"""How far along a stroke its height is averaged, to each side."""
_FAINT = 0.05
"""Paint that adds less than this to the brightness hardly stands out."""
_EPSILON = 1e-3


def height(
    content: Tensor,
    painted: Tensor,
    brush: float,
    where: Tensor,
    *,
    edges: Edges = MIRRORED,
    report: Report | None = None,
) -> Tensor:
    """How high the paint stands, (1, 1, H, W) in [-1, 1]: light strokes high, dark ones low, 0 on the whole.

    What the painter added, that is, what no local linear model of the content explains (the residual of the guided
    filter, He et al. 2013, eq. 5 to 8): the picture's own edges and shades, which lie in the paint but not on it, make
    no relief. The window is as wide as a stroke, so that wide differences of brightness make none either. Then it is
    averaged along the strokes.

    :param content: the texture (1, 3, H, W) before it was repainted, and `painted` after.
    :param where: (1, 1, H, W), true for texels by which the height is scaled.
    """
    radius = max(1, round(_STROKE_PX * brush))
    margin = 2 * radius + _ALONG_PX
    guide, target = (pad(luma(batch), margin, edges) for batch in (content, painted))
    means = _blur(guide, radius), _blur(target, radius)
    covariance = _blur(guide * target, radius) - means[0] * means[1]
    slope = covariance / (_blur(guide.square(), radius) - means[0].square() + _EPSILON)
    added = target - _blur(slope, radius) * guide - _blur(means[1] - slope * means[0], radius)
    added = _along(added, target, report or Report())[:, :, margin:-margin, margin:-margin]
    return torch.tanh(added / (2 * added[where].std(correction=0) + _FAINT))


def _along(high: Tensor, painted: Tensor, report: Report) -> Tensor:
    """Average (1, 1, H, W) along the strokes that are seen in `painted`, the more the clearer their direction is.

    The direction is that of least change, from the smoothed structure tensor, as where brush strokes are simulated by
    filters (Kyprianidis & Kang 2011); departs from it by following the direction on a straight line, as it is not far.
    """
    x = pad(painted, 1, MIRRORED)
    across, down = (x[:, :, 1:-1, 2:] - x[:, :, 1:-1, :-2]) / 2, (x[:, :, 2:, 1:-1] - x[:, :, :-2, 1:-1]) / 2
    tensor = _blur(torch.cat([across * across, down * down, across * down], 1), 2)
    spread, twist, total = tensor[:, :1] - tensor[:, 1:2], 2 * tensor[:, 2:], tensor[:, :1] + tensor[:, 1:2]
    clear = torch.hypot(spread, twist) / (total + 1e-6)
    angle = torch.atan2(twist, spread) / 2  # of the steepest change
    rows, columns = torch.meshgrid(*(torch.arange(n, dtype=torch.float32) for n in high.shape[2:]), indexing="ij")
    size = torch.tensor(high.shape[:1:-1])
    smooth = torch.zeros_like(high)
    steps = range(-_ALONG_PX, _ALONG_PX + 1)
    for done, step in enumerate(steps):
        report(done, len(steps), "Raising the relief")
        place = torch.stack([columns - step * angle[0, 0].sin(), rows + step * angle[0, 0].cos()], -1)
        grid = (2 * place + 1) / size - 1
        smooth += F.grid_sample(high, grid[None], padding_mode="border", align_corners=False)
    return torch.lerp(high, smooth / len(steps), clear)


def _blur(batch: Tensor, radius: int) -> Tensor:
    """Means of (N, C, H, W) over squares of 2 * radius + 1 pixels."""
    wide = pad(batch, radius, MIRRORED)
    return F.avg_pool2d(F.avg_pool2d(wide, (2 * radius + 1, 1), 1), (1, 2 * radius + 1), 1)


def normals(high: Tensor, edges: Edges = MIRRORED) -> Tensor:
    """The tangent-space normals (1, 3, H, W) of a height map, green up."""
    x = pad(high * HIGH_PX, 1, edges)
    across = (x[:, :, 1:-1, 2:] - x[:, :, 1:-1, :-2]) / 2
    down = (x[:, :, 2:, 1:-1] - x[:, :, :-2, 1:-1]) / 2
    return F.normalize(torch.cat([-across, down, torch.ones_like(across)], 1), dim=1)


def reorient(base: Tensor, detail: Tensor) -> Tensor:
    """Normals (1, 3, H, W) of `detail` standing on the surface that `base` describes.

    Reoriented normal mapping (Barré-Brisebois & Hill 2012): the rotation by the shortest arc that brings the normal of
    a flat surface to the base's is done to the detail's.
    """
    axis = base + base.new_tensor([0, 0, 1]).view(1, 3, 1, 1)
    turned = detail * base.new_tensor([-1, -1, 1]).view(1, 3, 1, 1)
    dot = (axis * turned).sum(1, keepdim=True)
    return F.normalize(axis * dot / axis[:, 2:].clamp_min(1e-3) - turned, dim=1)


def normal_map(stored: Tensor, high: Tensor, edges: Edges = MIRRORED) -> Tensor:
    """A normal map (1, 3, H, W) as stored, in [0, 1], with a relief worked in that may have another size."""
    scale = stored.shape[3] / high.shape[3]
    detail = normals(resize(high, stored.shape[2:]) * scale, edges)
    return reorient(F.normalize(stored * 2 - 1, dim=1), detail) / 2 + 0.5


def roughness_change(high: Tensor, gloss: float) -> Tensor:
    """What to add to roughness, (1, 1, H, W): thick paint is smooth, the grooves between its strokes are dull."""
    return gloss * (1 - 2 * high)


def rougher(stored: Tensor, change: Tensor) -> Tensor:
    """A roughness map (1, 3, H, W) as stored, in [0, 1], with a change worked in that may have another size."""
    return (stored + resize(change, stored.shape[2:])).clamp(0, 1)
