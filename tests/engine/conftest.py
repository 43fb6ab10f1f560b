# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks of the shipped shapes that have learnt nothing, and pictures to repaint."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from core.engine.device import Device
from core.engine.encoder import Encoder
from core.engine.models import RELATION, Models
from core.engine.painter import SHAPES, Painter
from core.engine.relation import Relation
from core.engine.style_encoder import StyleEncoder

torch.set_num_threads(1)  # pictures this small gain nothing by more


@pytest.fixture(scope="session")
def cpu() -> Device:
    return Device(torch.device("cpu"), torch.float32, "processor")


@pytest.fixture(scope="session")
def networks(tmp_path_factory) -> Path:
    """A folder of weights, random but always the same."""
    folder = tmp_path_factory.mktemp("weights")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        save_file(Encoder().state_dict(), folder / "encoder.safetensors")
        for quality, shape in SHAPES.items():
            parts = {"painter": Painter(shape), "style_encoder": StyleEncoder(shape.parameters)}
            weights = {f"{part}.{name}": t for part, net in parts.items() for name, t in net.state_dict().items()}
            save_file(weights, folder / f"{quality}.safetensors")
        torch.manual_seed(0)  # whatever else there was to draw
        save_file(Relation().state_dict(), folder / RELATION)
    return folder


@pytest.fixture(scope="session")
def models(cpu, networks) -> Models:
    return Models(cpu, networks)


@pytest.fixture(scope="session")
def batch() -> Callable[..., Tensor]:
    """Makes a noisy picture (1, 3, H, W) in [0, 1]."""

    def make(height: int, width: int, seed: int = 0) -> Tensor:
        return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))

    return make


@pytest.fixture(scope="session")
def pixels() -> Callable[..., np.ndarray]:
    """Makes an opaque noisy picture (H, W, 4) float32."""

    def make(height: int, width: int, seed: int = 0) -> np.ndarray:
        picture = np.random.default_rng(seed).random((height, width, 4), np.float32)
        picture[..., 3] = 1
        return picture

    return make


@pytest.fixture(scope="session")
def vector() -> Callable[..., Tensor]:
    """Makes a random style vector (P,), strong enough to change the picture."""

    def make(quality: str = "fast", seed: int = 0) -> Tensor:
        return 0.5 * torch.randn(SHAPES[quality].parameters, generator=torch.Generator().manual_seed(seed))

    return make
