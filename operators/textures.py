# SPDX-License-Identifier: GPL-3.0-or-later
"""The textures that materials show as colors, each once, wherever it is used."""

from collections.abc import Iterable
from dataclasses import dataclass

import bpy
import numpy as np
from bpy.types import ID, Image, Material

from . import material_textures, mesh_uvs, texture_pictures
from .material_textures import Use
from .mesh_uvs import Laid

_TEXEL = 0.001
"""How long a texel is taken to be where that is not known."""


@dataclass(frozen=True)
class Texture:
    """An image and its uses in the materials that were asked for."""

    name: str
    library: str
    """The .blend file from which the image is linked; "" is this one."""
    size: tuple[int, int]
    uses: tuple[Use, ...]
    uv_maps: dict[int, frozenset[str | None]]
    """By which UV maps it lies on meshes, by the session uid of the material."""
    closed: tuple[str, ...]
    """The names of materials and groups that show it but cannot be changed."""
    refusal: str | None
    """Why it cannot be repainted, in one sentence."""

    @property
    def image(self) -> Image | None:
        """The image, if it is still there."""
        return bpy.data.images.get((self.name, self.library or None))


def find(materials: Iterable[Material], extras: bool) -> list[Texture]:
    """The textures that feed the base colors of materials, by name; with `extras` their other colors, too."""
    uses: dict[int, dict[Use, None]] = {}
    uv_maps: dict[int, dict[int, frozenset[str | None]]] = {}
    for material in materials:
        for use in material_textures.uses(material, extras):
            uses.setdefault(use.image, {})[use] = None
            maps = uv_maps.setdefault(use.image, {})
            maps[material.session_uid] = maps.get(material.session_uid, frozenset()) | {use.uv_map}
    known = {image.session_uid: image for image in bpy.data.images}
    found = [_texture(known[uid], tuple(uses[uid]), uv_maps[uid]) for uid in uses]
    return sorted(found, key=lambda texture: (texture.name.casefold(), texture.library))


def laid(texture: Texture) -> Laid:
    """How a texture lies on all objects of the file; on no surface where it does not lie by UV maps alone."""
    surfaces, texels = [], []
    for material in bpy.data.materials:
        for uv_map in texture.uv_maps.get(material.session_uid, ()):
            for owner, slots in mesh_uvs.users({material}) if uv_map is not None else ():
                surface = mesh_uvs.surface(owner.data, uv_map, slots)
                surfaces.append(surface)
                texels.append(mesh_uvs.texel_size(owner, surface, texture.size[::-1]) if surface else 0.0)
    known = None not in surfaces and not any(None in maps for maps in texture.uv_maps.values())
    return Laid(surfaces if known else [], float(np.mean(texels)) if texels and known else _TEXEL)


def _texture(image: Image, uses: tuple[Use, ...], uv_maps: dict[int, frozenset[str | None]]) -> Texture:
    owners = {found.session_uid: found for found in (*bpy.data.materials, *bpy.data.node_groups)}
    open_uses = tuple(use for use in uses if not _is_closed(owners[use.owner]))
    closed = tuple(sorted({owners[use.owner].name for use in uses if _is_closed(owners[use.owner])}))
    refusal = texture_pictures.refusal(image)
    if not open_uses and refusal is None:
        refusal = f"'{closed[0]}', which shows '{image.name}', comes from another file: make it local to change it."
    library = image.library.filepath if image.library else ""
    return Texture(image.name, library, tuple(image.size), open_uses, uv_maps, closed, refusal)


def _is_closed(owner: ID) -> bool:
    return not owner.is_editable or owner.override_library is not None
