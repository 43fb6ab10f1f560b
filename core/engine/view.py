# SPDX-License-Identifier: GPL-3.0-or-later
"""How scene-linear colors are shown: Blender's view transforms, through OpenColorIO and Blender's own configuration."""

import json
from functools import cached_property
from pathlib import Path

import numpy as np
import PyOpenColorIO

from ..errors import UserError
from .transfer import to_display, to_linear

_DEFAULTS = {"config": "", "display": "sRGB", "look": "None", "exposure": 0.0, "gamma": 1.0}
_LARGEST = 65504.0  # of a 16-bit float


class View:
    """One view of one scene; the default is Blender's Standard, which needs no configuration."""

    def __init__(self, name: str = "Standard", exposure: float = 0.0, gamma: float = 1.0) -> None:
        self.name, self.exposure, self.gamma = name, exposure, gamma

    def show(self, light: np.ndarray) -> np.ndarray:
        """Scene-linear colors (H, W, 3) float32 as the display has them, in [0, 1]; what is no number stays so."""
        shown = to_display(light * np.float32(2**self.exposure)) if self.name != "Raw" else light.clip(0, 1)
        return shown if self.gamma == 1 else shown ** np.float32(1 / self.gamma)

    def light(self, shown: np.ndarray) -> np.ndarray:
        """Display-referred colors (H, W, 3) as the scene-linear colors that this view shows so, as nearly as it can."""
        shown = shown if self.gamma == 1 else shown ** np.float32(self.gamma)
        return (to_linear(shown) if self.name != "Raw" else shown) / np.float32(2**self.exposure)


class ConfiguredView(View):
    """A view of an OpenColorIO configuration, in the order in which Blender does it: exposure, look, view, gamma.

    Blender's saved files are met to within 0.003 of 1/255.
    """

    def __init__(self, config: PyOpenColorIO.Config, stored: dict) -> None:
        super().__init__(stored["view"], stored["exposure"], stored["gamma"])
        scene = config.getRoleColorSpace("scene_linear")
        gain, plain = 2.0**self.exposure, stored["look"] in ("", "None")
        steps = PyOpenColorIO.GroupTransform()
        steps.appendTransform(PyOpenColorIO.MatrixTransform([gain, 0, 0, 0, 0, gain, 0, 0, 0, 0, gain, 0, 0, 0, 0, 1]))
        if not plain:
            steps.appendTransform(PyOpenColorIO.LookTransform(src=scene, dst=scene, looks=stored["look"]))
        steps.appendTransform(
            PyOpenColorIO.DisplayViewTransform(scene, stored["display"], self.name, looksBypass=not plain)
        )
        steps.appendTransform(PyOpenColorIO.ExponentTransform([1 / self.gamma] * 3 + [1.0]))
        self._config, self._steps = config, steps
        self._shown = self._made(PyOpenColorIO.TRANSFORM_DIR_FORWARD)

    def show(self, light: np.ndarray) -> np.ndarray:
        shown = np.array(light, np.float32, order="C")
        self._shown.applyRGB(shown)
        return np.where(np.isfinite(light), shown.clip(0, 1), light)

    def light(self, shown: np.ndarray) -> np.ndarray:
        light = np.array(shown, np.float32, order="C")
        self._inverse.applyRGB(light)
        return np.nan_to_num(light, nan=0.0).clip(-_LARGEST, _LARGEST)

    @cached_property
    def _inverse(self) -> PyOpenColorIO.CPUProcessor:
        return self._made(PyOpenColorIO.TRANSFORM_DIR_INVERSE)

    def _made(self, direction: PyOpenColorIO.TransformDirection) -> PyOpenColorIO.CPUProcessor:
        return self._config.getProcessor(self._steps, direction).getDefaultCPUProcessor()


def read(path: Path | None) -> View:
    """The view that a JSON file describes, as `sequence` says; Standard where there is no file.

    :raises UserError: the file cannot be read, or names what the configuration does not have.
    """
    if path is None:
        return View()
    try:
        stored = _DEFAULTS | json.loads(path.read_text(encoding="utf-8"))
        numbers = {name: float(stored[name]) for name in ("exposure", "gamma")}
        texts = {name: str(stored[name]) for name in ("config", "display", "view", "look")}
    except OSError as error:
        raise UserError(f"The view '{path}' cannot be read ({error.strerror}): check its name and place.") from None
    except (ValueError, TypeError, KeyError):
        raise UserError(f"'{path}' describes no view: export it again from Blender.") from None
    if not (abs(numbers["exposure"]) <= 64 and 0.01 <= numbers["gamma"] <= 100):
        raise UserError(f"'{path}' has an exposure or gamma without sense: export it again from Blender.")
    return _view(path, texts | numbers)


def _view(path: Path, stored: dict) -> View:
    plain = stored["view"] in ("Standard", "Raw") and stored["look"] in ("", "None")
    if not stored["config"] and plain:
        return View(stored["view"], stored["exposure"], stored["gamma"])
    if not stored["config"]:
        raise UserError(
            f"'{path}' names no color configuration, and without one only Standard is known: export it again."
        )
    file = path.parent / stored["config"]
    if not file.is_file():
        raise UserError(f"The color configuration '{file}' that '{path}' names is not there: export the view again.")
    try:
        return ConfiguredView(PyOpenColorIO.Config.CreateFromFile(str(file)), stored)
    except PyOpenColorIO.Exception as error:
        reason = " ".join(str(error).split())[:160]
        raise UserError(
            f"The view '{stored['view']}' of '{path}' cannot be made ({reason}): export it again."
        ) from None
