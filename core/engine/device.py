# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine computes on, and in which number format."""

import platform
from dataclasses import dataclass
from pathlib import Path

import torch

from ..errors import UserError
from ..settings import Machine

_FORMATS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class Device:
    """A device that was found to work."""

    torch: torch.device
    dtype: torch.dtype
    name: str

    @property
    def is_cpu(self) -> bool:
        return self.torch.type == "cpu"


def choose(machine: Machine) -> Device:
    """The device and number format that the settings ask for.

    :raises UserError: there is no such device here, or it cannot compute in that format.
    """
    found = available()
    wanted = next(iter(found)) if machine.device == "auto" else machine.device
    wanted = "cuda:0" if wanted == "cuda" else wanted
    if wanted not in found:
        raise UserError(f"There is no device '{machine.device}' here: choose {', '.join(found)} or auto.")
    return Device(torch.device(wanted), _format(wanted, machine.precision), found[wanted])


def available() -> dict[str, str]:
    """The devices of this machine, the best first: {name for torch: name for people}."""
    found = {}
    if torch.cuda.is_available():
        found |= {f"cuda:{i}": torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())}
    if torch.backends.mps.is_available():
        found["mps"] = "Apple graphics processor"
    return found | {"cpu": _processor()}


def _processor() -> str:
    """The processor's name: on Linux the one that its maker gave it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # another system
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(filter(None, names), platform.processor() or platform.machine() or "processor")


def _format(device: str, precision: str) -> torch.dtype:
    kind = device.partition(":")[0]
    if precision == "auto":
        # On processors the reference result comes first; graphics cards paint three times as fast in 16 bits.
        precision = "fp32" if kind == "cpu" else "fp16"
    if precision == "fp16" and kind == "cpu":
        raise UserError("The processor does not compute in half precision: choose fp32, bf16 or auto.")
    return _FORMATS[precision]
