# SPDX-License-Identifier: GPL-3.0-or-later
"""The space of manners: made of many pictures, it holds manners that no picture shows.

A variational autoencoder (Kingma & Welling 2014) over what manners look like to the encoder, and not over the vectors
of the painters: one point of the space paints with both painters, and outlives them, as long as the encoder stays.
"""

import hashlib
from functools import cache
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from ..errors import UserError
from .models import Models
from .portrait import CHANNELS, NUMBERS, SIZES, moments_of, portraits

COVERED = NUMBERS - SIZES[-1] + 2 * CHANNELS[-1]
"""Numbers of a portrait that differ within the space: all but the correlations of the deepest level, which are two
thirds of them and add little to what the style encoders see."""
COORDINATES = 64
"""Directions in which manners differ most (principal components of their portraits)."""
SPREAD = 1.4
"""Manners by chance are drawn so much farther from the mean than those of training lie: what is decoded is tamer."""
HIDDEN = 96
LATENT = 12
"""Of the autoencoder from which new manners are drawn; that of the map has two, x and y."""
FILE = "space.safetensors"


class Autoencoder(nn.Module):
    """Between coordinates (N, COORDINATES) and places (N, L), which are normally distributed."""

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.inward = nn.ModuleList(_layers(COORDINATES, 2 * latent))
        self.outward = nn.ModuleList(_layers(latent, COORDINATES))

    def encode(self, coordinates: Tensor) -> tuple[Tensor, Tensor]:
        """Where manners lie: mean and logarithm of the variance of their places, (N, L) each."""
        mean, variance = _through(self.inward, coordinates).chunk(2, 1)
        return mean, variance.clamp(-8, 4)

    def decode(self, places: Tensor) -> Tensor:
        """The coordinates (N, COORDINATES) of the manners at places (N, L)."""
        return _through(self.outward, places)


class Space(nn.Module):
    """All manners: portraits by their principal components, and two autoencoders over these."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("center", torch.zeros(NUMBERS))
        self.register_buffer("scale", torch.ones(COVERED))
        self.register_buffer("basis", torch.zeros(COORDINATES, COVERED))
        self.sampler = Autoencoder(LATENT)
        self.map = Autoencoder(2)

    def coordinates(self, grams: list[Tensor]) -> Tensor:
        """Moments of references as coordinates (N, COORDINATES) of this space."""
        return (portraits(grams) - self.center)[:, :COVERED] / self.scale @ self.basis.mT

    def moments(self, coordinates: Tensor) -> list[Tensor]:
        """The moments that coordinates (N, COORDINATES) stand for."""
        rows = self.center.repeat(len(coordinates), 1)
        rows[:, :COVERED] += coordinates @ self.basis * self.scale
        return moments_of(rows)

    def draw(self, random: torch.Generator) -> Tensor:
        """The coordinates (1, COORDINATES) of a manner by chance."""
        return self.sampler.decode(SPREAD * torch.randn(1, LATENT, generator=random))

    def at(self, x: float, y: float) -> Tensor:
        """The coordinates (1, COORDINATES) of the manner at a place of the map, x and y in [0, 1].

        What training has seen is spread evenly over the map: its sides are probabilities of the normal distribution.
        """
        return self.map.decode(torch.special.ndtri(torch.tensor([[x, y]]).clamp(0.01, 0.99)))

    def place(self, coordinates: Tensor) -> Tensor:
        """Where on the map manners lie: (N, 2) in [0, 1]."""
        return torch.special.ndtr(self.map.encode(coordinates)[0])


@cache
@torch.inference_mode(False)
def space(models: Models) -> Space:
    """The space of manners that ships, on the processor.

    :raises UserError: it is missing or broken, or was made with another encoder.
    """
    path = models.folder / FILE
    try:
        with safe_open(path, "pt") as file:
            made_with = (file.metadata() or {}).get("encoder")
            weights = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - no dictionary
        weights["basis"] *= weights.pop("step")[:, None]
        found = Space()
        found.load_state_dict(weights)
    except (OSError, SafetensorError, KeyError, RuntimeError) as error:
        raise UserError(f"The space of manners in '{path}' cannot be read: install Maniera again.") from error
    if made_with != encoder_id(models.folder):
        raise UserError(f"The space of manners in '{path}' belongs to another encoder: install Maniera again.")
    return found.requires_grad_(False).eval()


def encoder_id(folder: Path) -> str:
    """A short hash of the encoder, to which a space of manners belongs."""
    return hashlib.sha256((folder / "encoder.safetensors").read_bytes()).hexdigest()[:12]


def packed(made: Space) -> dict[str, Tensor]:
    """The tensors of a space as its file holds them: in half precision, its basis in steps of eight bits."""
    weights = {name: tensor.detach().half().contiguous() for name, tensor in made.state_dict().items()}
    step = made.basis.abs().amax(1) / 127
    steps = (made.basis / step[:, None]).round().to(torch.int8)
    return weights | {"basis": steps, "step": step}


def _layers(inputs: int, outputs: int) -> list[nn.Linear]:
    return [nn.Linear(inputs, HIDDEN), nn.Linear(HIDDEN, HIDDEN), nn.Linear(HIDDEN, outputs)]


def _through(layers: nn.ModuleList, x: Tensor) -> Tensor:
    first, second, last = layers
    return last(F.gelu(second(F.gelu(first(x)))))
