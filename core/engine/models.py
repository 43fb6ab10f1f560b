# SPDX-License-Identifier: GPL-3.0-or-later
"""The trained networks: read from their files, checked, and kept while the process lives."""

import hashlib
from functools import cache, cached_property
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ..errors import UserError
from .compact import full
from .device import Device
from .encoder import Encoder
from .painter import SHAPES, Painter
from .relation import Relation
from .style_encoder import StyleEncoder

WEIGHTS = Path(__file__).parents[1] / "weights"
RELATION = "relation.safetensors"


class Models:
    """The networks on one device, each read when it is first asked for."""

    def __init__(self, device: Device, folder: Path = WEIGHTS) -> None:
        self.device, self.folder = device, folder

    @cached_property
    @torch.inference_mode(False)  # whoever asks first: what was made in inference mode can never be learnt through
    def encoder(self) -> Encoder:
        """The perceptual encoder, in single precision: moments need it."""
        return self._ready(Encoder(), read_weights(self.folder / "encoder.safetensors"))

    @cached_property
    @torch.inference_mode(False)
    def relation(self) -> Relation:
        """How alike manners look, in single precision."""
        return self._ready(Relation(), read_weights(self.folder / RELATION))

    @cache  # noqa: B019 - one Models lives as long as the process
    @torch.inference_mode(False)
    def painter(self, quality: str) -> Painter:
        """The painter `quality` in the device's number format, its last layer in single precision."""
        painter = self._ready(Painter(SHAPES[quality]), self._part(quality, "painter.")).to(self.device.dtype)
        painter.to_color.float()
        return painter

    @cache  # noqa: B019
    @torch.inference_mode(False)
    def style_encoder(self, quality: str) -> StyleEncoder:
        """The style encoder that feeds the painter `quality`."""
        return self._ready(StyleEncoder(SHAPES[quality].parameters), self._part(quality, "style_encoder."))

    @cached_property
    def network(self) -> str:
        """Id of the networks: styles belong to the networks that they were made with."""
        return network_id(self.folder)

    def _part(self, quality: str, prefix: str) -> dict[str, Tensor]:
        weights = read_weights(self.folder / f"{quality}.safetensors")
        return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}

    def _ready(self, network: nn.Module, weights: dict[str, Tensor]) -> nn.Module:
        try:
            network.load_state_dict(weights)
        except RuntimeError as error:
            raise UserError(
                f"The networks in '{self.folder}' do not fit this version: install Maniera again."
            ) from error
        return network.requires_grad_(False).eval().to(self.device.torch, memory_format=torch.channels_last)


def network_id(folder: Path = WEIGHTS) -> str:
    """A short hash over the files of the networks.

    :raises UserError: one is missing.
    """
    digest = hashlib.sha256()
    for path in (folder / f"{name}.safetensors" for name in ("encoder", *SHAPES)):
        try:
            digest.update(path.read_bytes())
        except OSError as error:
            raise _unreadable(path) from error
    return digest.hexdigest()[:12]


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a weights file, in single precision.

    :raises UserError: the file is missing or broken.
    """
    try:
        return full(load_file(path))
    except (OSError, SafetensorError) as error:
        raise _unreadable(path) from error


def _unreadable(path: Path) -> UserError:
    return UserError(f"The networks in '{path}' cannot be read: install Maniera again.")
