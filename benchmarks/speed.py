# SPDX-License-Identifier: GPL-3.0-or-later
"""speed.py [--device ...]: time the engine on this machine; the same as `python -m core bench`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from core.cli import main

if __name__ == "__main__":
    sys.exit(main(["bench", *sys.argv[1:]]))
