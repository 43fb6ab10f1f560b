# SPDX-License-Identifier: GPL-3.0-or-later
"""How the worker is asked to repaint a texture: a picture that lies on a surface."""

from ..progress import Report
from .orders import Arrays, Fields


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

    :param fields: {"settings": of `settings.Stylize`, "machine": of `settings.Machine`, "styles": as for "stylize",
        "texture": of `settings.Texture`, and where wanted "relief": bool and the four numbers above}.
    :returns: {"seconds": float, "device": str, "cleaned": int, "maps": names of the arrays in their order} and of these
        "color": the repainted map, alpha as it was; with "relief" also "height": (H, W) float32 in [0, 1], 0.5 where no
        paint stands out, a difference of 1 being `relief.HIGH_PX` texels high, and "roughness_change": (H, W) float32,
        to be added to roughness; then "normal" and "roughness" where those were given, in their own sizes.
    :raises UserError: an array has not the shape or the numbers that it must have.
    """
    raise NotImplementedError
