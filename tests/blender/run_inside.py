# SPDX-License-Identifier: GPL-3.0-or-later
"""These tests in a Blender that is a program: blender -b --python run_inside.py [-- PYTEST ARGUMENTS...].

BLENDER_USER_RESOURCES has to name an empty folder, or the artist's own preferences are used.
"""

import sys
from pathlib import Path

import pytest

arguments = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
sys.exit(pytest.main([str(Path(__file__).parent), *arguments]))
