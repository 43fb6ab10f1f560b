# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist sees; draws and never computes."""

from . import animation, learning, menus, sidebar, textures

MODULES = (sidebar, learning, textures, animation, menus)


def register() -> None:
    for module in MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(MODULES):
        module.unregister()
