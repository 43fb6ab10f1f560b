# SPDX-License-Identifier: GPL-3.0-or-later
"""What training needs, as small as can be: pictures, a teacher that knows nothing, painters of a few channels."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from core.engine.device import Device
from core.engine.encoder import Encoder
from core.engine.models import Models
from core.engine.painter import SHAPES, Shape
from core.training import loop
from core.training.data import held_out
from core.training.paint import Pupil

torch.set_num_threads(1)  # pictures this small gain nothing by more

TINY = {"fast": Shape(width=16, blocks=1, half=16, full=8), "fine": Shape(width=24, blocks=2, half=24, full=12)}
VGG = {0: (3, 64), 2: (64, 64), 5: (64, 128), 7: (128, 128), 10: (128, 256)}
DISTILLED = {0: (3, 16), 2: (16, 16), 5: (16, 32), 7: (32, 32), 10: (32, 64), 12: (64, 64), 14: (64, 64), 16: (64, 64)}
DISTILLED |= {19: (64, 128)}


@pytest.fixture(scope="session", autouse=True)
def no_curves() -> Iterator[None]:
    """Drawing a curve takes longer than what is learnt here; `plot` itself has its own test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "plot", lambda folder: None)
        yield


@pytest.fixture(scope="module")
def tiny() -> Iterator[None]:
    """Makes the painters of both qualities tiny."""
    with pytest.MonkeyPatch.context() as patch:
        for quality, shape in TINY.items():
            patch.setitem(SHAPES, quality, shape)
        yield


@pytest.fixture
def models(tiny, tmp_path) -> Models:
    """Networks of tiny painters that have learnt nothing."""
    folder = tmp_path / "weights"
    folder.mkdir()
    save_file(Encoder().state_dict(), folder / "encoder.safetensors")
    for quality in TINY:
        save_file(Pupil(quality).state_dict(), folder / f"{quality}.safetensors")
    return Models(Device(torch.device("cpu"), torch.float32, "processor"), folder)


def _layers(shapes: dict[int, tuple[int, int]], random: torch.Generator) -> dict[str, torch.Tensor]:
    weights = {}
    for index, (inputs, outputs) in shapes.items():
        scale = (2 / (9 * inputs)) ** 0.5 / (100 if index == 0 else 1)  # the first layer sees 0..255
        weights[f"features.{index}.weight"] = scale * torch.randn(outputs, inputs, 3, 3, generator=random)
        weights[f"features.{index}.bias"] = torch.zeros(outputs)
    return weights


@pytest.fixture(scope="session")
def teachers(tmp_path_factory) -> Path:
    """A folder with the teacher's files, their numbers random."""
    folder, random = tmp_path_factory.mktemp("teacher"), torch.Generator().manual_seed(0)
    save_file(_layers(VGG, random), folder / "vgg19_to_relu3_1.safetensors")
    maps = {
        "aux.relu4_1.weight": torch.randn(512, 128, 1, 1, generator=random) / 8,
        "aux.relu4_1.bias": torch.zeros(512),
    }
    save_file(_layers(DISTILLED, random) | maps, folder / "vgg19_distilled_to_relu5_1.safetensors")
    return folder


def _picture(random: np.random.Generator) -> np.ndarray:
    """Waves of a dark and a bright color, (56, 64, 3) uint8."""
    down, across = np.mgrid[:56, :64]
    waves = np.sin(down * random.uniform(0.1, 2) + across * random.uniform(0.1, 2))[..., None] * 0.5 + 0.5
    return (255 * (waves * random.uniform(0.7, 1, 3) + (1 - waves) * random.uniform(0, 0.4, 3))).astype(np.uint8)


@pytest.fixture(scope="session")
def data(tmp_path_factory) -> Path:
    """Training pictures, content and style, of each kind six to learn from and two held out."""
    folder, random = tmp_path_factory.mktemp("pictures") / "train", np.random.default_rng(0)
    for kind in ("content", "style"):
        (folder / kind).mkdir(parents=True)
        wanted = {False: 6, True: 2}
        for path in (folder / kind / f"{kind}_{index}.png" for index in range(1000)):
            if wanted[held_out(path)]:
                wanted[held_out(path)] -= 1
                Image.fromarray(_picture(random)).save(path)
    return folder
