# SPDX-License-Identifier: GPL-3.0-or-later
"""The contact sheets of the documentation."""

import numpy as np
import pytest
from PIL import Image

from benchmarks import contact_sheets
from core.errors import UserError


def test_a_render_that_is_missing_is_named(tmp_path):
    with pytest.raises(UserError, match="scene_00000.jpg.*scenes.py"):
        contact_sheets.shown_contents(tmp_path)


def test_a_sheet_is_as_good_as_fits(tmp_path, monkeypatch):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    sizes = []
    for limit in (2500, 100_000):
        monkeypatch.setattr(contact_sheets, "LARGEST_BYTES", limit)
        contact_sheets.save(noise, tmp_path / "sheet.jpg")
        sizes.append((tmp_path / "sheet.jpg").stat().st_size)
    assert sizes[0] <= 2500 < sizes[1]
