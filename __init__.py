# SPDX-License-Identifier: GPL-3.0-or-later
"""Maniera repaints renders and textures in the manner of a picture."""

from . import operators, panels


def register() -> None:
    operators.register()
    panels.register()


def unregister() -> None:
    panels.unregister()
    operators.unregister()
