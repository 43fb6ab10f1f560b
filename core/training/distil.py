# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the perceptual encoder: its features, through linear maps, are to be the teacher's."""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..engine.encoder import LEVELS, WIDTHS, Encoder
from ..engine.layers import Conv
from ..engine.losses import covariance_distance
from ..engine.moments import moments
from . import teacher
from .data import Crops, held_out, pictures, read, recolor
from .loop import Losses, Plan, Run

TEACHER_WIDTHS = (64, 128, 256, 512)


class Student(nn.Module):
    """The encoder with the maps from its channels to the teacher's, which only training needs."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.maps = nn.ModuleList(Conv(a, b, kernel=1) for a, b in zip(WIDTHS, TEACHER_WIDTHS, strict=True))

    def forward(self, batch: Tensor) -> list[Tensor]:
        return [F.relu(m(features)) for m, features in zip(self.maps, self.encoder(batch), strict=True)]


class Target(nn.Module):
    """The teacher's features: the original VGG-19 to relu3_1 and the distilled one's map for relu4_1."""

    def __init__(self, weights: Path) -> None:
        super().__init__()
        self.low, self.high = teacher.original(weights), teacher.distilled(weights)

    def forward(self, batch: Tensor) -> list[Tensor]:
        features = self.low(batch, "relu3_1") | {"relu4_1": self.high(batch, mapped=True)["relu4_1"]}
        return [features[level] for level in LEVELS]


def errors(student: Student, target: Target, batch: Tensor) -> Losses:
    """Per level the share of the teacher's variance left unexplained, and the relative error of its covariances."""
    with torch.no_grad():
        wanted = [features.float() for features in target(batch)]
    terms = {}
    for level, features, goal in zip(LEVELS, student(batch), wanted, strict=True):
        features = features.float()
        terms[f"{level} features"] = (features - goal).square().mean() / goal.var()
        terms[f"{level} covariance"] = 0.3 * covariance_distance(moments(features), moments(goal)).mean()
    return terms


def train(data: Path, weights: Path, folder: Path, plan: Plan, device: str) -> None:
    """Distil the encoder from the teacher in `weights` over the pictures of `data`, into `folder`."""
    torch.manual_seed(plan.seed)
    student = Student().to(device, memory_format=torch.channels_last)
    target = Target(weights).to(device, memory_format=torch.channels_last)
    paths = pictures(data)
    learnt = Crops([read(path) for path in paths if not held_out(path)])
    kept = Crops([read(path) for path in paths if held_out(path)])
    run = Run(student, plan, folder)
    exam = kept.draw(32, plan.size, (0.5, 1.0), torch.Generator().manual_seed(1)).to(device)

    def step() -> Losses:
        batch = recolor(learnt.draw(plan.batch, plan.size, (0.4, 1.0), run.random), run.random).to(device)
        with torch.autocast(batch.device.type, torch.bfloat16):
            return errors(student, target, batch.contiguous(memory_format=torch.channels_last))

    def judge() -> Losses:
        with torch.autocast(exam.device.type, torch.bfloat16):
            return errors(run.average.module, target, exam)

    run.train(step, judge)
