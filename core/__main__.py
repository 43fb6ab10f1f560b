# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m core`: the command line as a program."""

import signal
import sys

from .cli import main

if __name__ == "__main__":
    # A farm that stops a job sends SIGTERM, and a shell starts jobs in the background deaf to SIGINT.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    sys.exit(main())
