# SPDX-License-Identifier: GPL-3.0-or-later
"""What is tested with Blender as a Python module holds in the newest Blender program, too."""

import pytest

from tests.gui.conftest import OUT, ROOT
from tests.gui.window import Blender


@pytest.mark.timeout(1800)  # a whole ring of tests
def test_the_tests_without_a_window_pass_in_this_blender(blender):
    fresh = Blender(blender.debian, OUT / "background", blender.python)
    script = ROOT / "tests" / "blender" / "run_inside.py"
    ended = fresh.run("-b", "--python-exit-code", "1", "--python", str(script), "--", "-q", "-p", "no:cacheprovider")
    print(ended.stdout)
    assert ended.returncode == 0
    assert " passed" in ended.stdout
