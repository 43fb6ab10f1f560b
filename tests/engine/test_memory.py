# SPDX-License-Identifier: GPL-3.0-or-later
"""What the processor's memory does between two jobs."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.engine import memory

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(memory._library() is None, reason="this system's C library is not glibc")
def test_freed_memory_is_kept_for_the_next_picture_and_given_back_after_the_job():
    code = """
import os
from pathlib import Path
import numpy as np
from core.engine import memory

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20

memory.keep()
before = resident_mb()
pictures = [np.ones(16 << 20, np.uint8) for _ in range(16)]
del pictures
kept = resident_mb()
memory.give_back()
print(kept - before, resident_mb() - before)
"""
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    kept, left = map(int, told.split())
    assert kept > 240
    assert left < 16


def test_a_system_without_that_library_goes_on_as_it_is(monkeypatch):
    monkeypatch.setattr(memory.sys, "platform", "win32")
    memory._library.cache_clear()
    try:
        memory.keep()
        memory.give_back()
        assert memory._library() is None
    finally:
        monkeypatch.undo()
        memory._library.cache_clear()
