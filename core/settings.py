# SPDX-License-Identifier: GPL-3.0-or-later
"""Every setting, declared once: Blender's properties, the command line and the worker's validation come from here."""

from dataclasses import dataclass

from .declared import Option, options, read, setting

__all__ = ["Adapt", "Machine", "Optimize", "Option", "Sequence", "Stylize", "Texture", "options", "read"]


@dataclass(frozen=True)
class Stylize:
    """How one picture is repainted."""

    quality: str = setting(
        "fast",
        "Quality",
        "Which painter repaints the picture",
        choices={
            "fast": ("Fast", "The small painter: for processors, previews and animations"),
            "fine": ("Fine", "The large painter: three times the work, for graphics cards and final pictures"),
            "best": ("Best (Slow)", "The large painter's picture, optimised for minutes: for single pictures"),
        },
    )
    strength: float = setting(
        1.0,
        "Strength",
        "How much of the new manner is laid over the picture: 0 is the picture itself",
        low=0.0,
        high=1.0,
    )
    brush: float = setting(
        1.0, "Brush Scale", "Size of strokes and texture relative to how the painter learnt them", low=0.25, high=4.0
    )
    keep_color: bool = setting(
        False, "Keep Color", "Take light and texture from the manner but the colors from the picture"
    )
    local_color: float = setting(
        1.0,
        "Local Color",
        "How far hues lie where the picture has them: 0 lets the painter spread those of the manner as it likes",
        low=0.0,
        high=1.0,
    )
    seed: int = setting(
        0,
        "Seed",
        "Which parts of a reference picture are studied: 0 takes all of it, any other number parts by chance",
        low=0,
        high=2**31 - 1,
    )
    seamless: str = setting(
        "none",
        "Seamless",
        "Along which axes the result joins at its edges, so that copies of it lie side by side without a seam",
        choices={
            "none": ("None", "The picture ends at its edges"),
            "x": ("X", "Left and right join"),
            "y": ("Y", "Top and bottom join"),
            "xy": ("X and Y", "All edges join"),
            "auto": ("Automatic", "The edges join that join in the picture itself"),
        },
    )
    tile: int = setting(
        0,
        "Tile Size",
        "Largest side in pixels of the parts that are computed at a time: 0 decides by the free memory; the result is"
        " the same",
        low=0,
        high=16384,
    )

    @property
    def painter(self) -> str:
        """The painter that paints at this quality; at the best one its picture is where the optimisation starts."""
        return "fine" if self.quality == "best" else self.quality


@dataclass(frozen=True)
class Optimize:
    """How a picture is optimised at the best quality."""

    size: int = setting(
        0, "Size", "Longer side of the result in pixels: 0 keeps the size of the picture", low=0, high=16384
    )
    steps: int = setting(
        150, "Steps", "How often the pixels are improved, at each of three sizes from coarse to fine", low=1, high=5000
    )
    content: float = setting(
        0.5, "Content", "How firmly the picture's own shapes are kept against the manner", low=0.0, high=10.0
    )
    start: str = setting(
        "painter",
        "Start",
        "Where the optimisation starts",
        choices={
            "painter": ("Painter", "The large painter's picture: bolder colors and forms"),
            "content": ("Picture", "The picture itself: nearer to what it shows"),
        },
    )
    distance: str = setting(
        "moments",
        "Distance",
        "How the manner of two pictures is compared",
        choices={
            "moments": ("Moments", "Means, deviations and covariances one by one, as the painters learnt"),
            "wasserstein": ("Wasserstein", "How far the one distribution must be moved to become the other"),
        },
    )
    keep: bool = setting(
        False, "Keep on Cancel", "When cancelled, keep the picture as far as it has come instead of dropping it"
    )


@dataclass(frozen=True)
class Adapt:
    """How a manner is learnt from a few pictures."""

    steps: int = setting(
        32, "Steps", "How long the painters practice: 0 takes the manner as it is seen at first sight", low=0, high=2000
    )
    scope: str = setting(
        "affine",
        "Scope",
        "What of the painters may change: more comes closer to the manner and makes a larger style file",
        choices={
            "affine": ("Quick", "The scales and shifts of their layers: a style file of 50 KB"),
            "lowrank": ("Better", "A small correction of every layer as well: a style file of half a megabyte"),
            "all": ("Full", "Every number of every layer: a style file of several megabytes"),
        },
    )
    init: str = setting(
        "joint",
        "Start",
        "Where the practice of a new style starts and how long its steps are",
        choices={
            "meta": ("Meta-Learned", "From the manner as seen at first sight, with learnt step sizes if there are any"),
            "joint": ("First Sight", "From the manner as seen at first sight, with one step size for all"),
            "nearest": (
                "Nearest Styles",
                "From first sight and what practice has changed in styles of the library that look alike, where that"
                " is nearer to the manner",
            ),
            "none": ("Blank", "From no manner at all, with one step size for all"),
        },
        unlisted=("meta",),  # no learnt step sizes ship, see docs/adaptation.md
    )
    quality: str = setting(
        "fast",
        "Preview Quality",
        "Which painter practices first and paints the previews; the other one follows",
        choices={"fast": ("Fast", "The small painter"), "fine": ("Fine", "The large painter")},
    )
    seed: int = setting(
        0, "Seed", "Which parts of the pictures are practiced on: the same seed learns the same", low=0, high=2**31 - 1
    )


@dataclass(frozen=True)
class Texture:
    """How a texture is repainted beyond what any picture is."""

    feather: int = setting(
        6,
        "Feather",
        "How many texels from a cut of the UV map on the paint of both its sides is mixed, so that it joins",
        low=0,
        high=32,
    )
    impasto: float = setting(
        0.5, "Impasto", "How far the strokes of the paint stand out in the relief", low=0.0, high=1.0
    )
    gloss: float = setting(
        0.25,
        "Gloss",
        "How much smoother the relief's thick paint is, and how much duller its grooves",
        low=0.0,
        high=1.0,
    )


@dataclass(frozen=True)
class Sequence:
    """How the frames of an animation are repainted beyond what any picture is."""

    coherence: str = setting(
        "passes",
        "Motion",
        "Where the motion that carries the paint from frame to frame is taken from",
        choices={
            "passes": ("Vector Pass", "The exact motion that Blender rendered; needs motion blur off"),
            "flow": ("Estimated", "The motion that is seen in the frames: for footage and renders without passes"),
            "none": ("None", "Every frame by itself, with the shot's frozen statistics"),
        },
    )
    warmup: int = setting(
        20,
        "Warm-Up",
        "How many frames before it a frame may depend on: more of them hold the strokes longer",
        low=2,
        high=96,
    )
    depth: str = setting(
        "8",
        "Color Depth",
        "Bits of each channel of PNG files",
        choices={"8": ("8 Bits", "For screens"), "16": ("16 Bits", "For further work on the colors")},
    )
    skip_existing: bool = setting(
        False, "Skip Existing", "Keep frames that are finished already and were painted in the same way"
    )


@dataclass(frozen=True)
class Machine:
    """What the engine computes on."""

    device: str = setting(
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
    precision: str = setting(
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
