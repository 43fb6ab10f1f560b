# SPDX-License-Identifier: GPL-3.0-or-later
"""The perceptual encoder: a small network whose features stand in for VGG-19's (Simonyan & Zisserman 2014)."""

import torch.nn.functional as F
from torch import Tensor, nn

from .layers import Conv

LEVELS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
WIDTHS = (16, 32, 64, 128)
_CONVOLUTIONS = (1, 2, 2, 4)  # that lead from one level to the next


class Encoder(nn.Module):
    """VGG-19's layers up to relu4_1 with a quarter of the channels: 30 GFLOP a megapixel instead of 482.

    Trained by `core.training.distil` so that a linear map of each level predicts VGG's (after Wang et al. 2020,
    Collaborative Distillation; trained from nothing here).
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.widths = widths
        self.stages = nn.ModuleList()
        inputs = 3
        for level, (width, count) in enumerate(zip(widths, _CONVOLUTIONS, strict=True)):
            previous = widths[max(level - 1, 0)]
            channels = [inputs] + [previous] * (count - 1) + [width]
            self.stages.append(nn.ModuleList(Conv(a, b) for a, b in zip(channels, channels[1:], strict=False)))
            inputs = width
        for parameter in self.parameters():  # ReLU halves what passes: the usual start would fade out over nine layers
            if parameter.dim() > 1:
                nn.init.kaiming_normal_(parameter, nonlinearity="relu")

    def forward(self, batch: Tensor, levels: int = len(LEVELS)) -> list[Tensor]:
        """Features of a display-referred batch (N, 3, H, W) in [0, 1].

        :returns: the first `levels` of relu1_1 (N, 16, H, W), relu2_1 (N, 32, H/2, W/2), relu3_1 (N, 64, H/4, W/4),
            relu4_1 (N, 128, H/8, W/8); sizes round up, so that pictures smaller than 8 pixels work too.
        """
        features = []
        x = batch * 2 - 1
        for stage in self.stages[:levels]:
            for index, convolution in enumerate(stage):
                if index == len(stage) - 1 and features:
                    x = F.max_pool2d(x, 2, ceil_mode=True)
                x = F.relu(convolution(x))
            features.append(x)
        return features
