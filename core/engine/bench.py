# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the engine takes on this machine, beside a yardstick from the literature."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from ..errors import UserError
from ..progress import Report
from ..settings import Machine, Stylize
from ..styles import Card
from . import device, pictures, style
from .device import Device
from .layers import Conv
from .models import Models
from .painter import SHAPES
from .pictures import Picture
from .stylize import stylize

SIDE_PX = 1024
MEGAPIXELS = SIDE_PX**2 / 1e6
_COUNTED_PX = 256  # side of the picture whose operations are counted
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Measure:
    """One row of the table: the median of several runs after one to warm up."""

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
    total = len(precisions) * (2 * len(SHAPES) + 2) + len(SHAPES)
    rows = _measures(machine, precisions, runs)
    for done in range(total):
        report(done, total, "Measuring")
        yield next(rows)


def _measures(machine: Machine, precisions: list[str], runs: int) -> Iterator[Measure]:
    for precision in precisions:
        yield from _in_process(Models(device.choose(Machine(machine.device, precision))), precision, runs)
    for quality in SHAPES:
        seconds = _whole_command(quality, machine)
        yield Measure(f"command, start-up included, {quality}", machine.precision, seconds, "1024 x 1024")


@torch.inference_mode()
def _in_process(models: Models, precision: str, runs: int) -> Iterator[Measure]:
    chosen = models.device
    pixels = np.random.default_rng(0).random((SIDE_PX, SIDE_PX, 4), np.float32)
    pixels[..., 3] = 1
    batch = torch.from_numpy(pixels[..., :3]).permute(2, 0, 1)[None].to(chosen.torch)
    manner = style.from_references(models, [batch], Card("Noise"))
    for quality in SHAPES:
        painter, vector = models.painter(quality), manner.vectors[quality][None].to(chosen.torch)
        yield _network(f"painter, {quality}", lambda x, p=painter, v=vector: p(x, v), batch, (chosen, precision, runs))
    yardstick = Yardstick().eval().to(chosen.torch, chosen.dtype, memory_format=torch.channels_last)
    yield _network("Johnson et al. 2016", lambda x: yardstick(x.to(chosen.dtype)), batch, (chosen, precision, runs))
    learn = _median(lambda: style.from_references(models, [batch], Card("Noise")), chosen, runs)
    yield Measure("style of one picture, both painters", precision, learn, "picture")
    for quality in SHAPES:
        settings, vector = Stylize(quality=quality), manner.vectors[quality]
        whole = _median(lambda s=settings, v=vector: stylize(models, pixels, v, s, Report()), chosen, runs)
        yield Measure(f"stylize, {quality}", precision, whole / MEGAPIXELS, "megapixel")


def _network(what: str, network: Callable[[Tensor], Tensor], batch: Tensor, how: tuple[Device, str, int]) -> Measure:
    chosen, precision, runs = how
    with FlopCounterMode(display=False) as counter:
        network(batch[:, :, :_COUNTED_PX, :_COUNTED_PX])
    gflop = counter.get_total_flops() / 1e9 / (_COUNTED_PX**2 / 1e6)
    seconds = _median(lambda: network(batch), chosen, runs)
    return Measure(what, precision, seconds / MEGAPIXELS, "megapixel", gflop)


def _median(job: Callable[[], object], chosen: Device, runs: int) -> float:
    seconds = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        job()
        if not chosen.is_cpu:
            getattr(torch, chosen.torch.type).synchronize()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


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
