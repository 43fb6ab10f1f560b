# SPDX-License-Identifier: GPL-3.0-or-later
import os
import sys

import pytest

os.environ["MANIERA_LIBRARY"] = os.devnull  # the developer's own styles are not the tests' business


def pytest_runtest_setup(item):
    torch = sys.modules.get("torch")  # Tests of the bare Python side must not load it.
    if torch is not None:
        torch.manual_seed(0)
    if item.get_closest_marker("cuda") and not (torch and torch.cuda.is_available()):
        pytest.skip("there is no graphics card with CUDA")
