# SPDX-License-Identifier: GPL-3.0-or-later
"""How the C library of Linux keeps and returns memory; nothing elsewhere.

By default glibc maps every big block anew and returns it when it is freed. A painter takes and frees hundreds of them,
and the system clears each page again: a quarter to a third of a processor's time.
"""

import ctypes
import sys
from functools import cache

_TRIM_THRESHOLD, _MAPPINGS_MAX = -1, -4  # parameters of mallopt(3), in glibc's malloc.h


def keep() -> None:
    """From now on keep freed memory for the next blocks, in this whole process."""
    library = _library()
    if library is not None:
        library.mallopt(_MAPPINGS_MAX, 0)
        library.mallopt(_TRIM_THRESHOLD, -1)


def give_back() -> None:
    """Return freed memory to the system."""
    library = _library()
    if library is not None:
        library.malloc_trim(0)


@cache
def _library() -> ctypes.CDLL | None:
    """The C library of this process, where it is glibc."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
