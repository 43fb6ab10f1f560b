# SPDX-License-Identifier: GPL-3.0-or-later
import sys

import pytest


def pytest_runtest_setup(item):
    torch = sys.modules.get("torch")  # Tests of the bare Python side must not load it.
    if torch is not None:
        torch.manual_seed(0)
    if item.get_closest_marker("cuda") and not (torch and torch.cuda.is_available()):
        pytest.skip("there is no graphics card with CUDA")
