# SPDX-License-Identifier: GPL-3.0-or-later
"""How much memory is free, on the host and on graphics cards."""

import ctypes
import os
import sys
from pathlib import Path

import torch

_UNKNOWN = 4 << 30
"""Taken where a system does not tell."""


def free(device: torch.device) -> int:
    """Bytes that can be had on a device without taking them from others."""
    if device.type == "cuda":
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + unused
    if device.type == "mps":
        return max(0, torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    return min(_of_system(), _of_container())


def _of_system() -> int:
    if sys.platform == "win32":
        return _of_windows()
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):  # another system, which keeps what is free to itself
        return min(_UNKNOWN, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4)


def _of_container(folder: Path = Path("/sys/fs/cgroup")) -> int:
    """What a container may still take (cgroups v2); its cache of files counts as free, as the system drops it first."""
    try:
        limit, used = (int((folder / name).read_text()) for name in ("memory.max", "memory.current"))
        stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        return max(0, limit - used + int(stat["file"]))
    except (OSError, ValueError, KeyError):  # no container, or one without a limit ("max")
        return sys.maxsize


class _Status(ctypes.Structure):
    """MEMORYSTATUSEX of the Windows API."""

    _fields_ = (
        ("length", ctypes.c_ulong),
        ("load", ctypes.c_ulong),
        *(
            (name, ctypes.c_ulonglong)
            for name in ("total", "free", "pages", "free_pages", "virtual", "free_virtual", "_")
        ),
    )


def _of_windows() -> int:
    status = _Status(length=ctypes.sizeof(_Status))
    known = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
    return status.free if known else _UNKNOWN
