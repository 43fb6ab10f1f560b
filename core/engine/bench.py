# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the engine takes on this machine, beside a yardstick from the literature."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from ..errors import UserError
from ..progress import Report
from ..settings import Machine
from ..styles import Card
from . import device, pictures, style
from .device import Device
from .layers import Conv
from .models import Models
from .painter import SHAPES
from .pictures import Picture

SIDE_PX = 1024
MEGAPIXELS = SIDE_PX**2 / 1e6
ENOUGH_S = 2.0
_COUNTED_PX = 256  # side of the picture whose operations are counted
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Measure:
    """One row of the table."""

    what: str
    precision: str
    seconds: float
    per: str
    """What the seconds are for."""
    gflop: float | None = None
    """Billions of operations a megapixel, a multiplication and an addition being two."""


class Yardstick(nn.Module):
    """The network of Johnson et al. (2016) with its published sizes and random weights; it paints nothing of use.

    Differs in the instance normalisation (Ulyanov et al. 2016) and the nearest-neighbour upsampling (Odena et al. 2016)
    that everyone has used since.
    """

    def __init__(self, width: int = 32, blocks: int = 5) -> None:
        super().__init__()
        channels = [3, width, 2 * width, 4 * width]
        kernels, strides = (9, 3, 3), (1, 2, 2)
        self.down = nn.ModuleList(
            Conv(a, b, kernel, stride)
            for (a, b), kernel, stride in zip(pairwise(channels), kernels, strides, strict=True)
        )
        self.blocks = nn.ModuleList(nn.ModuleList(Conv(4 * width, 4 * width) for _ in range(2)) for _ in range(blocks))
        self.up = nn.ModuleList([Conv(4 * width, 2 * width), Conv(2 * width, width)])
        self.to_color = Conv(width, 3, kernel=9)
        self.norms = nn.ModuleDict({str(c): nn.InstanceNorm2d(c, affine=True) for c in channels[1:]})

    def forward(self, batch: Tensor) -> Tensor:
        """Paint (N, 3, H, W), sides divisible by 4, in [0, 1]."""
        x = batch * 2 - 1
        for convolution in self.down:
            x = F.relu(self._normal(convolution(x)))
        for first, second in self.blocks:
            x = x + self._normal(second(F.relu(self._normal(first(x)))))
        for convolution in self.up:
            x = F.relu(self._normal(convolution(F.interpolate(x, scale_factor=2, mode="nearest"))))
        return torch.sigmoid(self.to_color(x))

    def _normal(self, x: Tensor) -> Tensor:
        return self.norms[str(x.shape[1])](x)


def measure(machine: Machine, runs: int, report: Report) -> Iterator[Measure]:
    """Time everything on one device, in each precision that it has (or in the one that `machine` names)."""
    precisions = [machine.precision] if machine.precision != "auto" else _precisions(device.choose(machine))
    total = len(precisions) * (2 * len(SHAPES) + 1)
    rows = _measures([Machine(machine.device, precision) for precision in precisions], runs)
    for done in range(total):
        report(done, total, "Measuring")
        yield next(rows)


def _measures(machines: list[Machine], runs: int) -> Iterator[Measure]:
    for machine in machines:
        yield from _networks(Models(device.choose(machine)), machine.precision, runs)
    for machine in machines:
        for quality in SHAPES:
            seconds = _whole_command(quality, machine)
            yield Measure(f"command, start-up included, {quality}", machine.precision, seconds, "1024 x 1024")


@torch.inference_mode()
def _networks(models: Models, precision: str, runs: int) -> Iterator[Measure]:
    """The networks alone, in a process that has started."""
    chosen = models.device
    batch = torch.rand(1, 3, SIDE_PX, SIDE_PX, generator=torch.Generator().manual_seed(0)).to(chosen.torch)
    manner = style.from_references(models, [batch], Card("Noise"))
    networks: dict[str, Callable[[Tensor], Tensor]] = {}
    for quality in SHAPES:
        painter, vector = models.painter(quality), manner.vectors[quality][None].to(chosen.torch)
        networks[f"painter, {quality}"] = partial(painter, style=vector)
    yardstick = Yardstick().eval().to(chosen.torch, chosen.dtype, memory_format=torch.channels_last)
    networks["Johnson et al. 2016"] = lambda x: yardstick(x.to(chosen.dtype))
    for what, network in networks.items():
        gflop = _gflop(network, batch)
        yield Measure(
            what, precision, _median(lambda n=network: n(batch), chosen, runs) / MEGAPIXELS, "megapixel", gflop
        )


def _gflop(network: Callable[[Tensor], Tensor], batch: Tensor) -> float:
    with FlopCounterMode(display=False) as counter:
        network(batch[:, :, :_COUNTED_PX, :_COUNTED_PX])
    return counter.get_total_flops() / 1e9 / (_COUNTED_PX**2 / 1e6)


def _median(job: Callable[[], object], chosen: Device, runs: int) -> float:
    """Median of the seconds of several runs: as many as fit into `ENOUGH_S`, but one at least."""
    seconds: list[float] = []
    while not seconds or (len(seconds) < runs and sum(seconds) < ENOUGH_S):
        start = time.perf_counter()
        job()
        if not chosen.is_cpu:
            getattr(torch, chosen.torch.type).synchronize()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def _precisions(chosen: Device) -> list[str]:
    """The number formats that a device computes in natively."""
    if chosen.is_cpu:
        return ["fp32", "bf16"] if torch.cpu._is_avx512_bf16_supported() else ["fp32"]
    if chosen.torch.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False):
        return ["fp32", "bf16", "fp16"]
    return ["fp32", "fp16"]


def _whole_command(quality: str, machine: Machine) -> float:
    """Seconds from the start of a program that repaints one picture in the manner of another to its end."""
    rows = np.linspace(0, 1, SIDE_PX, dtype=np.float32)
    pixels = np.stack(np.broadcast_arrays(rows[:, None], rows[None], rows[0], 1), axis=2).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        pictures.write(Path(folder, "in.png"), Picture(pixels))
        command = [sys.executable, "-m", __package__.partition(".")[0], "stylize", f"{folder}/in.png"]
        command += ["--style", f"{folder}/in.png", "-o", f"{folder}/out.png", "--quality", quality]
        command += ["--device", machine.device, "--precision", machine.precision]
        start = time.perf_counter()
        ended = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True)
        if ended.returncode:
            raise UserError(f"The command to be timed failed: {ended.stderr.strip()}")
        return time.perf_counter() - start
