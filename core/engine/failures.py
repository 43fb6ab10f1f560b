# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong in the engine, as what the user is told."""

import re

from ..errors import Cancelled, OutOfMemoryError, UserError

_NO_MEMORY = re.compile(r"out of memory|not enough memory|(can't|cannot) allocate memory|_ALLOC_FAILED", re.IGNORECASE)


def understood(error: Exception) -> UserError | Cancelled | None:
    """What an exception means to the user; None where it is a bug.

    Torch has several ways to say that memory ran out: an exception of its own on graphics cards, a plain RuntimeError
    on the processor and from some of its libraries. None of them needs torch to be told apart.
    """
    if isinstance(error, UserError | Cancelled):
        return error
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and _NO_MEMORY.search(str(error))):
        return OutOfMemoryError(
            "Memory ran out: choose a smaller picture or a smaller quality, or close other programs."
        )
    return None
