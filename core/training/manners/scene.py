# SPDX-License-Identifier: GPL-3.0-or-later
"""What is painted: a random composition in a random palette: regions, their shading, a flow for the brush to follow."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from . import fields
from .fields import Field, Random
from .palettes import palette

LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass
class Forms:
    """Shapes laid over one another: a region's number and its shading from -1 (dark) to 1 (light) for each pixel."""

    size: int
    random: Random
    labels: Field = field(init=False)
    shade: Field = field(init=False)
    count: int = 1

    def __post_init__(self) -> None:
        self.labels = np.zeros((self.size, self.size), np.int32)
        self.shade = 0.4 * self.noise(0.5)
        across, down = fields.coordinates(self.size)
        wobble = self.random.uniform(0.0, 0.02)
        self.x = across / self.size + wobble * self.noise(0.2)
        self.y = down / self.size + wobble * self.noise(0.2)

    def noise(self, cell: float, octaves: int = 2) -> Field:
        """Noise with bumps of `cell` times the picture's side."""
        return fields.noise(self.size, cell * self.size, self.random, octaves)

    def lay(self, mask: Field, shade: Field | float) -> None:
        """Put one more shape on top."""
        self.labels[mask] = self.count
        self.shade = np.where(mask, shade, self.shade)
        self.count += 1

    def ball(
        self, center: tuple[float, float], radii: tuple[float, float], turn: float = 0.0, power: float = 2.0
    ) -> None:
        """A rounded shape lit from the upper left; places and radii in parts of the picture's side."""
        dx, dy = self.x - center[0], self.y - center[1]
        u = (dx * math.cos(turn) + dy * math.sin(turn)) / radii[0]
        v = (dy * math.cos(turn) - dx * math.sin(turn)) / radii[1]
        reach = np.abs(u) ** power + np.abs(v) ** power
        lit = 0.9 * np.sqrt(np.clip(1 - reach, 0, 1)) - 0.55 * (u + v) - 0.4
        self.lay(reach < 1, np.clip(lit, -1, 1))


def landscape(forms: Forms) -> None:
    random = forms.random
    horizon = random.uniform(0.3, 0.6)
    forms.lay(forms.y >= 0, 0.9 * forms.y / horizon - 0.5 + 0.35 * forms.noise(0.25, 3))
    if random.random() < 0.7:
        forms.ball((random.uniform(0.1, 0.9), horizon * random.uniform(0.2, 0.9)), (random.uniform(0.03, 0.1),) * 2)
    for depth in np.linspace(0, 1, random.integers(2, 6)):
        ridge = horizon + 0.5 * depth * (1 - horizon) + random.uniform(0.02, 0.09) * forms.noise(0.3, 3)[0][None]
        forms.lay(forms.y > ridge, np.clip(0.6 - 5 * (forms.y - ridge), -0.6, 0.6) + 0.3 * forms.noise(0.1, 3))
    for _ in range(random.integers(0, 7)):
        height = random.uniform(0.05, 0.25)
        place = (random.random(), random.uniform(horizon, 1) - height / 2)
        forms.ball(place, (height * random.uniform(0.2, 0.6), height), random.normal(0, 0.1))


def still_life(forms: Forms) -> None:
    random = forms.random
    table = random.uniform(0.4, 0.7)
    forms.lay(forms.y > table + random.normal(0, 0.15) * (forms.x - 0.5), 0.8 * (1 - forms.y) + 0.2 * forms.noise(0.3))
    for low in np.sort(random.uniform(table, 1, random.integers(4, 11))):
        radius, place = random.uniform(0.05, 0.18), random.uniform(0.05, 0.95)
        shadow = ((forms.x - place - radius) / radius / 1.6) ** 2 + ((forms.y - low) / radius / 0.5) ** 2 < 1
        forms.shade = np.where(shadow, -0.8, forms.shade)
        tall = radius * random.uniform(0.7, 2.0)
        forms.ball((place, low - tall * 0.8), (radius, tall), power=random.uniform(1.8, 4))


def portrait(forms: Forms) -> None:
    random = forms.random
    x, y, r = 0.5 + random.normal(0, 0.08), random.uniform(0.35, 0.45), random.uniform(0.13, 0.22)
    forms.ball((x + random.normal(0, 0.03), y - 0.1 * r), (1.4 * r, 1.6 * r))
    forms.ball((x, y + 4.0 * r), (2.4 * r, 2.6 * r), power=2.6)
    forms.ball((x, y + 1.3 * r), (0.5 * r, 0.9 * r))
    forms.ball((x, y), (r, 1.3 * r), random.normal(0, 0.1))
    forms.shade += np.where(forms.labels == forms.count - 1, 0.3, 0)
    for side in (-1, 1):
        forms.ball((x + side * 0.4 * r, y - 0.1 * r), (0.2 * r, 0.1 * r))
    forms.ball((x, y + 0.7 * r), (0.3 * r, 0.1 * r))
    forms.ball((x - 0.2 * r, y - 1.1 * r), (1.2 * r, 0.5 * r), random.normal(0, 0.2))


def patches(forms: Forms) -> None:
    bend = forms.random.uniform(0, 0.06) * forms.size * forms.noise(0.3)
    pieces = fields.cells(forms.size, forms.size / forms.random.uniform(2.5, 8), forms.random, bend=bend)
    forms.labels = pieces.index % 97
    forms.count = 97
    forms.shade = 0.6 * forms.noise(0.3, 3)


def waves(forms: Forms) -> None:
    angle = forms.random.uniform(0, math.pi)
    height = (
        forms.x * math.cos(angle) + forms.y * math.sin(angle) + forms.random.uniform(0.03, 0.15) * forms.noise(0.35, 2)
    )
    bands = height * forms.random.uniform(4, 14)
    forms.labels = np.floor(bands).astype(np.int32) % 31
    forms.count = 31
    forms.shade = 1.4 * (bands % 1) - 0.7


def blossoms(forms: Forms) -> None:
    random = forms.random
    forms.lay(forms.noise(0.12) > 0.3, 0.5 * forms.noise(0.1))
    for _ in range(random.integers(5, 18)):
        x, y, radius = random.random(), random.random(), random.uniform(0.04, 0.16)
        distance = np.hypot(forms.x - x, forms.y - y) / radius
        turn = np.arctan2(forms.y - y, forms.x - x) * random.integers(2, 5) + random.uniform(0, 6)
        forms.lay(distance < 0.75 + 0.25 * np.abs(np.cos(turn)), np.clip(1.2 * distance - 0.7, -1, 1))
        forms.ball((x, y), (0.25 * radius,) * 2)


COMPOSITIONS: tuple[Callable[[Forms], None], ...] = (
    landscape,
    still_life,
    portrait,
    patches,
    waves,
    blossoms,
    landscape,
)


class Scene:
    """A composition to be painted.

    `unit` is the size of a small mark in pixels: lengths in the manners are multiples of it.
    """

    def __init__(self, size: int, unit: float, random: Random) -> None:
        self.size, self.unit, self.random = size, unit, random
        self.palette = palette(random)
        forms = Forms(size, random)
        COMPOSITIONS[random.integers(len(COMPOSITIONS))](forms)
        self.labels = forms.labels
        self.shade = np.clip(forms.shade, -1, 1).astype(np.float32)
        self.base = self.palette[random.integers(0, len(self.palette), forms.count)]
        """The flat color of each region: (regions, 3)."""

    @property
    def dark(self) -> Field:
        return self.palette[0]

    @property
    def pale(self) -> Field:
        return self.palette[-1]

    @cached_property
    def flat(self) -> Field:
        """Each region in one color."""
        return self.base[self.labels]

    @cached_property
    def color(self) -> Field:
        """The regions shaded towards the palette's lights and darks, with slow changes of hue: (H, W, 3)."""
        lit = fields.mix(self.flat, self.pale, 0.65 * np.clip(self.shade, 0, 1))
        lit = fields.mix(lit, self.dark, 0.65 * np.clip(-self.shade, 0, 1))
        other = self.palette[self.random.integers(1, len(self.palette))]
        return fields.mix(lit, other, 0.25 * fields.ramp(0, 2, self.noise(60, 2)))

    @cached_property
    def light(self) -> Field:
        """Lightness (H, W), stretched from 0 to 1."""
        luma = self.color @ LUMA
        low, high = np.quantile(luma[::8, ::8], (0.02, 0.98))
        return np.clip((luma - low) / (high - low + 1e-6), 0, 1)

    @cached_property
    def angle(self) -> Field:
        """The direction (radians) that strokes follow: around forms, and in swirls between them."""
        across, down = fields.coordinates(self.size)
        height = self.random.uniform(0.5, 1.5) * fields.noise(self.size, self.size * 0.4, self.random)
        for _ in range(self.random.integers(0, 5)):
            x, y = self.random.random(2) * self.size
            reach = self.random.uniform(0.1, 0.25) * self.size
            height += self.random.choice([-3, 3]) * np.exp(-((across - x) ** 2 + (down - y) ** 2) / 2 / reach**2)
        height += self.random.uniform(0.5, 3) * fields.blur(self.color @ LUMA, self.size * 0.03)
        dx, dy = fields.slope(fields.blur(height, self.size * 0.01))
        return np.arctan2(dx, -dy)

    def noise(self, cell: float, octaves: int = 1) -> Field:
        """Noise with bumps of `cell` units."""
        return fields.noise(self.size, cell * self.unit, self.random, octaves)
