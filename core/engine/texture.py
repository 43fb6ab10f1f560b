# SPDX-License-Identifier: GPL-3.0-or-later
"""Repaint a texture: a picture that lies on a surface."""

import time

import numpy as np
import torch
from torch import Tensor

from .. import settings
from ..errors import UserError
from ..progress import Report
from . import orders, relief, style
from .islands import Islands
from .layers import Edges
from .models import Models
from .orders import Arrays, Fields
from .stylize import stylize, wraps
from .tensors import clean, to_batch, to_pixels

_CPU = torch.device("cpu")


def repaint_texture(fields: Fields, arrays: Arrays, report: Report) -> tuple[Fields, Arrays]:
    """Repaint the color map of a material as what it is on the surface, and where asked make the paint's relief.

    The first array is the map: pixels (H, W, 4) float32, display-referred, straight alpha, top row first. The tiles of
    a UDIM set come as one picture. Further arrays are named by their place after it, from 0, as references are:

    - "coverage": (H, W) float32 in [0, 1], how much of each texel lies on islands of the UV map, of all objects that
      use the map. Other texels take no part in what the painter measures, and get colors from the islands around them.
    - "cuts": (K, 4) float32, the surface beyond the islands' borders. Each row [row, column, source row, source column]
      is one texel outside the islands, at most 32 from a border that is an inner edge of the surface, and the place on
      the other side of that cut which lies there on the surface, in texels of the same picture. Whole numbers are
      centres of texels; the first two of a row are whole. Sources lie on islands. Needs "coverage".
    - "normal", "roughness": further maps of the material, pixels of any size, numbers as stored; tangent-space normals
      with green up (OpenGL), as Blender's. Asked for as copies that have the relief worked in.

    :param fields: {"settings": of `settings.Stylize`, "machine": of `settings.Machine`, "styles" and "optimize":
        as for "stylize", "texture": of `settings.Texture`, and where wanted "relief": bool and the four numbers above}.
    :returns: {"seconds": float, "device": str, "cleaned": int, "maps": names of the arrays in their order,
        "high_px": float} and of these "color": the repainted map, alpha as it was; with "relief" also "height": (H, W)
        float32 in [0, 1], 0.5 where no paint stands out, a difference of 1 being "high_px" texels high, and
        "roughness_change": (H, W) float32 in [-1, 1], to be added to roughness; then "normal" and "roughness" where
        those were given, in their own sizes.
    :raises UserError: an array has not the shape or the numbers that it must have.
    """
    started = time.monotonic()
    models, surface = orders.models_for(fields), settings.read(settings.Texture, fields["texture"])
    chosen = settings.read(settings.Stylize, fields["settings"])
    pixels, *further = arrays
    cleaned, broken = clean(orders.check_pixels(pixels))
    islands = _islands(cleaned, fields, further)
    report(0, 1, "Reading the style")
    content = islands.extend(to_batch(cleaned, _CPU))
    painted = _painted(models, content, islands, (fields, further), report.part(0, 0.9))
    painted = islands.join(painted, surface.feather)
    report(0.95, 1, "Joining the paint")
    maps = {"color": to_pixels(painted, cleaned[..., 3])}
    if fields.get("relief"):
        edges = tuple("circular" if joins else "reflect" for joins in wraps(cleaned, chosen))
        part = report.part(0.95, 1)
        high = relief.height(content, painted, chosen.brush, islands.inside, edges=edges, report=part)
        high = 0.5 + surface.impasto / 2 * islands.extend(high)
        maps |= _maps(high, surface.gloss, edges, (fields, further))
    known = {"seconds": time.monotonic() - started, "device": models.device.name, "cleaned": broken}
    return known | {"maps": list(maps), "high_px": relief.HIGH_PX}, list(maps.values())


def _islands(pixels: np.ndarray, fields: Fields, further: Arrays) -> Islands:
    """The islands that a request names; what is transparent is none, and where no coverage is named all else is one."""
    size = pixels.shape[:2]
    if "cuts" in fields and "coverage" not in fields:
        raise UserError("Cuts of a UV map need its coverage, too: give both of them.")
    coverage = further[fields["coverage"]] if "coverage" in fields else np.ones(size, np.float32)
    cuts = further[fields["cuts"]] if "cuts" in fields else None
    islands = Islands.read(coverage, cuts, size)
    seen = islands.coverage * torch.from_numpy(pixels[..., 3] > 0)
    return Islands(seen, islands.cuts) if seen.any() else islands


def _painted(models: Models, content: Tensor, islands: Islands, order: tuple[Fields, Arrays], report: Report) -> Tensor:
    """The content (1, 3, H, W) in the manner that a request names, measured on its islands."""
    fields, further = order
    chosen = settings.read(settings.Stylize, fields["settings"])
    manner = style.mix(orders.styles(models, fields["styles"], further, chosen.seed), chosen.painter)
    opaque = to_pixels(content, np.ones(content.shape[2:], np.float32))
    optimize = settings.read(settings.Optimize, fields.get("optimize", {}))
    seen = None if islands.coverage.min() == 1 else islands.coverage[0, 0].numpy()
    return to_batch(stylize(models, opaque, manner, chosen, report, optimize=optimize, emphasis=seen).pixels, _CPU)


def _maps(high: Tensor, gloss: float, edges: Edges, order: tuple[Fields, Arrays]) -> dict[str, np.ndarray]:
    """What the height of the paint (1, 1, H, W) makes of the other maps of the material."""
    fields, further = order
    change = relief.roughness_change(high, gloss)
    maps = {"height": high[0, 0].numpy(), "roughness_change": change[0, 0].numpy()}
    for name in ("normal", "roughness"):
        if name in fields:
            pixels, _ = clean(orders.check_pixels(further[fields[name]]))
            stored = to_batch(pixels, _CPU)
            worked = relief.normal_map(stored, high, edges) if name == "normal" else relief.rougher(stored, change)
            maps[name] = to_pixels(worked, pixels[..., 3])
    return maps
