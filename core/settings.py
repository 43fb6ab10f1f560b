# SPDX-License-Identifier: GPL-3.0-or-later
"""Every setting, declared once: Blender's properties, the command line and the worker's validation come from here."""

import math
import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, TypeVar

from .errors import UserError

Settings = TypeVar("Settings")


@dataclass(frozen=True)
class Option:
    """What is known of one setting beside its name, type and default."""

    label: str
    description: str
    """A tooltip: a sentence without a final period."""
    low: float | None = None
    high: float | None = None
    choices: Mapping[str, tuple[str, str]] | None = None
    """Value: (label, description)."""
    pattern: str | None = None
    """Further values of a choice, as a regular expression."""


def _setting(default: Any, label: str, description: str, **more: Any) -> Any:
    return field(default=default, metadata={"option": Option(label, description, **more)})


@dataclass(frozen=True)
class Stylize:
    """How one picture is repainted."""

    quality: str = _setting(
        "fast",
        "Quality",
        "Which painter repaints the picture",
        choices={
            "fast": ("Fast", "The small painter: for processors, previews and animations"),
            "fine": ("Fine", "The large painter: three times the work, for graphics cards and final pictures"),
            "best": ("Best (Slow)", "The large painter's picture, optimised for minutes: for single pictures"),
        },
    )
    strength: float = _setting(
        1.0,
        "Strength",
        "How much of the new manner is laid over the picture: 0 is the picture itself",
        low=0.0,
        high=1.0,
    )
    brush: float = _setting(
        1.0, "Brush Scale", "Size of strokes and texture relative to how the painter learnt them", low=0.25, high=4.0
    )
    keep_color: bool = _setting(
        False, "Keep Color", "Take light and texture from the manner but the colors from the picture"
    )
    seed: int = _setting(
        0,
        "Seed",
        "Which parts of a reference picture are studied: 0 takes all of it, any other number parts by chance",
        low=0,
        high=2**31 - 1,
    )

    @property
    def painter(self) -> str:
        """The painter that paints at this quality; at the best one its picture is where the optimisation starts."""
        return "fine" if self.quality == "best" else self.quality


@dataclass(frozen=True)
class Optimize:
    """How a picture is optimised at the best quality."""

    size: int = _setting(
        0, "Size", "Longer side of the result in pixels: 0 keeps the size of the picture", low=0, high=16384
    )
    steps: int = _setting(
        150, "Steps", "How often the pixels are improved, at each of three sizes from coarse to fine", low=1, high=5000
    )
    content: float = _setting(
        0.5, "Content", "How firmly the picture's own shapes are kept against the manner", low=0.0, high=10.0
    )
    start: str = _setting(
        "painter",
        "Start",
        "Where the optimisation starts",
        choices={
            "painter": ("Painter", "The large painter's picture: bolder colors and forms"),
            "content": ("Picture", "The picture itself: nearer to what it shows"),
        },
    )
    distance: str = _setting(
        "moments",
        "Distance",
        "How the manner of two pictures is compared",
        choices={
            "moments": ("Moments", "Means, deviations and covariances one by one, as the painters learnt"),
            "wasserstein": ("Wasserstein", "How far the one distribution must be moved to become the other"),
        },
    )
    keep: bool = _setting(
        False, "Keep on Cancel", "When cancelled, keep the picture as far as it has come instead of dropping it"
    )


@dataclass(frozen=True)
class Adapt:
    """How a manner is learnt from a few pictures."""

    steps: int = _setting(
        32, "Steps", "How long the painters practise: 0 takes the manner as it is seen at first sight", low=0, high=2000
    )
    scope: str = _setting(
        "affine",
        "Scope",
        "What of the painters may change: more comes closer to the manner and makes a larger style file",
        choices={
            "affine": ("Quick", "The scales and shifts of their layers: a style file of 50 KB"),
            "lowrank": ("Better", "A small correction of every layer as well: a style file of half a megabyte"),
            "all": ("Full", "Every number of every layer: a style file of several megabytes"),
        },
    )
    init: str = _setting(
        "meta",
        "Start",
        "Where the practice starts and how long its steps are",
        choices={
            "meta": ("Meta-Learned", "From the manner as seen at first sight, with step sizes that were learnt"),
            "joint": ("First Sight", "From the manner as seen at first sight, with one step size for all"),
            "none": ("Blank", "From no manner at all, with one step size for all"),
        },
    )
    quality: str = _setting(
        "fast",
        "Preview Quality",
        "Which painter practises first and paints the previews; the other one follows",
        choices={"fast": ("Fast", "The small painter"), "fine": ("Fine", "The large painter")},
    )
    seed: int = _setting(
        0, "Seed", "Which parts of the pictures are practised on: the same seed learns the same", low=0, high=2**31 - 1
    )


@dataclass(frozen=True)
class Texture:
    """How a texture is repainted beyond what any picture is."""

    feather: int = _setting(
        4,
        "Feather",
        "How many texels from a cut of the UV map on the paint of both its sides is mixed, so that it joins",
        low=0,
        high=32,
    )
    impasto: float = _setting(
        0.5, "Impasto", "How far the strokes of the paint stand out in the relief", low=0.0, high=1.0
    )
    gloss: float = _setting(
        0.25,
        "Gloss",
        "How much smoother the relief's thick paint is, and how much duller its grooves",
        low=0.0,
        high=1.0,
    )


@dataclass(frozen=True)
class Sequence:
    """How the frames of an animation are repainted beyond what any picture is."""

    coherence: str = _setting(
        "passes",
        "Motion",
        "Where the motion that carries the paint from frame to frame is taken from",
        choices={
            "passes": ("Vector Pass", "The exact motion that Blender rendered; needs motion blur off"),
            "flow": ("Estimated", "The motion that is seen in the frames: for footage and renders without passes"),
            "none": ("None", "Every frame by itself, with the shot's frozen statistics"),
        },
    )
    warmup: int = _setting(
        16,
        "Warm-Up",
        "How many frames before it a frame may depend on: more of them hold the strokes longer",
        low=2,
        high=96,
    )
    depth: str = _setting(
        "8",
        "Color Depth",
        "Bits of each channel of PNG files",
        choices={"8": ("8 Bits", "For screens"), "16": ("16 Bits", "For further work on the colors")},
    )
    skip_existing: bool = _setting(
        False, "Skip Existing", "Keep frames that are finished already and were painted in the same way"
    )


@dataclass(frozen=True)
class Machine:
    """What the engine computes on."""

    device: str = _setting(
        "auto",
        "Device",
        "What computes: a graphics card where there is one, or the processor",
        choices={
            "auto": ("Automatic", "The first graphics card that works, else the processor"),
            "cpu": ("Processor", "The processor (CPU)"),
            "cuda": ("CUDA / ROCm", "The first NVIDIA or AMD graphics card"),
            "mps": ("Metal", "Apple's graphics processor"),
        },
        pattern=r"cuda:\d{1,2}",
    )
    precision: str = _setting(
        "auto",
        "Precision",
        "Number format of the networks: shorter numbers are faster and need less memory",
        choices={
            "auto": ("Automatic", "32 bits on the processor, 16 bits on graphics cards"),
            "fp32": ("32 Bits", "Single precision: the reference result"),
            "bf16": ("16 Bits (bfloat16)", "Fast on recent processors and graphics cards"),
            "fp16": ("16 Bits (half)", "Fast on graphics cards"),
        },
    )


def options(settings: type) -> dict[str, tuple[Field, Option]]:
    """The settings of a class by name, in the order in which they are declared."""
    return {f.name: (f, f.metadata["option"]) for f in fields(settings)}


def read(settings: type[Settings], values: Mapping[str, Any]) -> Settings:
    """Make `settings` of plain values; what is not named takes its default.

    :raises UserError: a value has the wrong type or is out of bounds, or a name is unknown.
    """
    known = options(settings)
    for name in values:
        if name not in known:
            raise UserError(f"There is no setting '{name}'; the settings are {', '.join(known)}.")
    return settings(**{name: _check(*known[name], value) for name, value in values.items()})


def _check(declared: Field, option: Option, value: Any) -> Any:
    wanted = declared.type
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not wanted:
        raise UserError(f"{option.label} must be {_KINDS[wanted]}, but is {value!r}.")
    if option.choices and value not in option.choices and not re.fullmatch(option.pattern or r"(?!)", value):
        raise UserError(f"{option.label} must be one of {', '.join(option.choices)}, but is '{value}'.")
    if option.low is not None and not (math.isfinite(value) and option.low <= value <= option.high):
        raise UserError(f"{option.label} must be between {option.low:g} and {option.high:g}, but is {value:g}.")
    return value


_KINDS = {float: "a number", int: "a whole number", bool: "true or false", str: "a word"}
