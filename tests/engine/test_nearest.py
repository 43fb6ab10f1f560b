# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
import torch

from core.engine import nearest, orders, style
from core.errors import UserError
from core.progress import Report
from core.styles import Card
from core.training import manners


@pytest.fixture(scope="module")
def painted() -> dict[str, np.ndarray]:
    """Pictures in three manners, (96, 192, 4) float32."""
    kinds = ("halftone", "hatching", "marbling")
    found = {}
    for kind in kinds:
        colors = manners.paint(kind, 192, 3)[:96].astype(np.float32) / 255
        found[kind] = np.dstack([colors, np.ones_like(colors[..., 0])])
    return found


@pytest.fixture
def library(models, painted, tmp_path, monkeypatch):
    """Style files of the left halves of the pictures, one without what it looks like, and one of other networks."""
    monkeypatch.setattr(orders, "models_for", lambda fields: models)
    for name, pixels in painted.items():
        batch = torch.from_numpy(pixels[:, :96, :3]).permute(2, 0, 1)[None]
        learnt = style.from_references(models, [batch], Card(name, network=models.network))
        style.write(learnt, tmp_path / f"{name}.safetensors")
    blind = style.Style(Card("Blind", network=models.network), learnt.vectors)
    style.write(blind, tmp_path / "blind.safetensors")
    style.write(style.Style(Card("Foreign", network="other"), learnt.vectors), tmp_path / "foreign.safetensors")
    return [{"path": str(path)} for path in sorted(tmp_path.glob("*.safetensors"))]


def test_one_half_of_a_picture_finds_the_style_of_the_other(library, painted, tmp_path):
    for name, pixels in painted.items():
        told, _ = nearest.find({"styles": library}, [pixels[:, 96:].copy()], Report())
        assert told["found"][0]["path"] == str(tmp_path / f"{name}.safetensors")
        assert len(told["found"]) == len(painted)  # those that cannot be compared are passed over
        far = [one["distance"] for one in told["found"]]
        assert far == sorted(far) and far[0] < 0.8 * far[1]


def test_a_library_that_says_nothing_of_its_looks_is_told(library, painted):
    blind = [one for one in library if "blind" in one["path"]]
    with pytest.raises(UserError, match="learn the styles again"):
        nearest.find({"styles": blind}, [painted["marbling"]], Report())
