# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the perceptual encoder: its features, through linear maps, are to be the teacher's."""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..engine.encoder import LEVELS, WIDTHS, Encoder
from ..engine.layers import Conv
from . import teacher
from .data import Crops, held_out, pictures, read, recolor
from .loop import Losses, Plan, Run

TEACHER_WIDTHS = (64, 128, 256, 512)
_THINNED = (4, 2, 1, 1)  # every so many pixels of each level are compared: neighbours say the same, and took most time


class Student(nn.Module):
    """The encoder with the maps from its channels to the teacher's, which only training needs."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.maps = nn.ModuleList(Conv(a, b, kernel=1) for a, b in zip(WIDTHS, TEACHER_WIDTHS, strict=True))

    def forward(self, batch: Tensor) -> list[Tensor]:
        return [F.relu(m(features)) for m, features in zip(self.maps, _thinned(self.encoder(batch)), strict=True)]


class Target(nn.Module):
    """The teacher's features: the original VGG-19 to relu3_1 and the distilled one's map for relu4_1."""

    def __init__(self, weights: Path) -> None:
        super().__init__()
        self.low, self.high = teacher.original(weights), teacher.distilled(weights)

    def forward(self, batch: Tensor) -> list[Tensor]:
        features = self.low(batch, "relu3_1") | {"relu4_1": self.high(batch, mapped=True)["relu4_1"]}
        return _thinned([features[level] for level in LEVELS])


def _thinned(features: list[Tensor]) -> list[Tensor]:
    return [level[:, :, ::step, ::step] for level, step in zip(features, _THINNED, strict=True)]


def errors(student: Student, target: Target, batch: Tensor) -> Losses:
    """Per level the share of the teacher's variance left unexplained, and the relative error of its covariances."""
    with torch.no_grad():
        wanted = target(batch)
    terms = {}
    for level, features, goal in zip(LEVELS, student(batch), wanted, strict=True):
        features, goal = features.float(), goal.float()
        terms[f"{level} features"] = (features - goal).square().mean() / goal.var()
        terms[f"{level} covariance"] = 0.3 * _covariance_error(features, goal)
    return terms


def _covariance_error(features: Tensor, goal: Tensor) -> Tensor:
    """Squared error of covariances over the goal's square; in bfloat16, which processors and cards multiply fast."""
    found, wanted = map(_covariance, (features, goal))
    return ((found - wanted).square().sum((1, 2)) / (wanted.square().sum((1, 2)) + 1e-6)).mean()


def _covariance(features: Tensor) -> Tensor:
    x = features.permute(0, 2, 3, 1).flatten(1, 2)  # (N, H * W, C)
    x = (x - x.mean(1, keepdim=True)).bfloat16()  # centred first: sums of squares would lose their difference
    return (x.mT @ x).float() / x.shape[1]


def train(data: Path, weights: Path, folder: Path, plan: Plan, device: str, *, compiled: bool = False) -> None:
    """Distil the encoder from the teacher in `weights` over the pictures of `data`, into `folder`.

    :param compiled: let torch.compile fuse the steps: half the time, once a C++ compiler has worked for a minute.
    """
    torch.manual_seed(plan.seed)
    student = Student().to(device, memory_format=torch.channels_last)
    target = Target(weights).to(device, memory_format=torch.channels_last)
    paths = pictures(data)
    learnt = Crops([read(path) for path in paths if not held_out(path)])
    kept = Crops([read(path) for path in paths if held_out(path)])
    run = Run(student, plan, folder)
    exam = kept.draw(32, plan.size, (0.5, 1.0), torch.Generator().manual_seed(1)).to(device)

    learn = torch.compile(errors) if compiled else errors

    def step() -> Losses:
        batch = recolor(learnt.draw(plan.batch, plan.size, (0.4, 1.0), run.random), run.random).to(device)
        with torch.autocast(batch.device.type, torch.bfloat16):
            return learn(student, target, batch.contiguous(memory_format=torch.channels_last))

    def judge() -> Losses:
        with torch.autocast(exam.device.type, torch.bfloat16):
            return errors(run.average.module, target, exam)

    run.train(step, judge)
