# SPDX-License-Identifier: GPL-3.0-or-later
"""The training teacher: VGG-19's features, as files beside the project or through torchvision."""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn
from torchvision.models import vgg19

LEVELS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
_MEAN = (123.68, 116.779, 103.939)  # of ImageNet, RGB in 0..255: the input that the original network was trained on
_LEVEL_AT = {0: "relu1_1", 5: "relu2_1", 10: "relu3_1", 19: "relu4_1", 28: "relu5_1"}  # index in vgg19().features
_POOL_AT = {4, 9, 18, 27}


class Teacher(nn.Module):
    """VGG-19 or a network distilled from it, frozen; widths come from the weights."""

    def __init__(self, weights: dict[str, Tensor]) -> None:
        super().__init__()
        self.convolutions = nn.ModuleDict()
        self.maps = nn.ModuleDict()
        for name, tensor in weights.items():
            owner, _, kind = name.rpartition(".")
            if kind != "weight":
                continue
            layer = nn.Conv2d(tensor.shape[1], tensor.shape[0], tensor.shape[2])
            layer.weight, layer.bias = (nn.Parameter(weights[f"{owner}.{k}"].float()) for k in ("weight", "bias"))
            place = self.convolutions if owner.startswith("features.") else self.maps
            place[owner.rpartition(".")[2]] = layer
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1))
        self.requires_grad_(False).eval()

    def forward(self, batch: Tensor, until: str = "relu4_1", *, mapped: bool = False) -> dict[str, Tensor]:
        """Features by level of a display-referred batch (N, 3, H, W) in [0, 1].

        :param mapped: through the 1 x 1 maps back to VGG-19's own channels, where the file has them.
        """
        features: dict[str, Tensor] = {}
        x = batch * 255 - self.mean
        for index in sorted(map(int, self.convolutions)):
            if index - 1 in _POOL_AT:
                x = F.max_pool2d(x, 2)
            x = F.relu(self.convolutions[str(index)](F.pad(x, (1, 1, 1, 1), mode="reflect")))
            level = _LEVEL_AT.get(index)
            if level:
                features[level] = F.relu(self.maps[level](x)) if mapped and level in self.maps else x
            if level == until:
                break
        return features


def original(folder: Path) -> Teacher:
    """The original VGG-19 to relu3_1, normalised to mean activation 1 as in Gatys et al. (2016)."""
    return Teacher(load_file(folder / "vgg19_to_relu3_1.safetensors"))


def distilled(folder: Path) -> Teacher:
    """VGG-19 distilled to quarter channels, to relu5_1 (Collaborative Distillation, Wang et al. 2020)."""
    return Teacher(load_file(folder / "vgg19_distilled_to_relu5_1.safetensors"))


def from_torchvision(weights: object | None) -> Teacher:
    """torchvision's VGG-19 (fetched by torchvision where `weights` names a set of theirs; random where it is None).

    It expects RGB divided by the deviation of ImageNet, which is folded into the first layer here.
    """
    state = {f"features.{k}": v for k, v in vgg19(weights=weights).features.state_dict().items()}
    deviation = torch.tensor((0.229, 0.224, 0.225)).view(1, 3, 1, 1) * 255
    return Teacher({**state, "features.0.weight": state["features.0.weight"] / deviation})
