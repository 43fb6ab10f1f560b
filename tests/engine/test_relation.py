# SPDX-License-Identifier: GPL-3.0-or-later
"""How alike manners look: what the relation that ships finds, and what holds for any."""

import pytest
import torch
from torch import Tensor

from core.engine.device import choose
from core.engine.models import RELATION, Models
from core.engine.relation import Relation, distances
from core.engine.style_encoder import reference_moments
from core.errors import UserError
from core.settings import Machine
from core.training import manners


def moments(models: Models, picture: Tensor) -> list[Tensor]:
    with torch.inference_mode():
        return reference_moments(models.encoder, picture)


def test_a_part_of_every_drawn_manner_finds_its_own_among_all():
    shipped = Models(choose(Machine(device="cpu")))
    drawn = [torch.tensor(manners.paint(kind, 160, 40)).permute(2, 0, 1)[None] / 255 for kind in manners.KINDS]
    with torch.inference_mode():
        whole, parts = (
            torch.cat([shipped.relation(moments(shipped, picture)) for picture in seen])
            for seen in (drawn, [picture[:, :, 20:116, 50:146] for picture in drawn])
        )
    found = [int(distances(whole, part).argmin()) for part in parts]
    assert sum(index == own for own, index in enumerate(found)) >= 0.9 * len(found)


def test_it_is_the_same_both_ways_and_nothing_to_itself(models, batch):
    torch.manual_seed(0)
    relation = Relation()
    torch.nn.init.normal_(relation.outward.weight)
    with torch.inference_mode():
        one, other = (relation(moments(models, batch(40, 60, seed) ** (1 + seed))) for seed in (1, 2))
    assert distances(one, other[0]) == distances(other, one[0]) > 0
    assert distances(one, one[0]) == 0


def test_a_picture_without_any_texture_has_its_place_too(models):
    with torch.inference_mode():
        assert models.relation(moments(models, torch.zeros(1, 3, 32, 32))).isfinite().all()


@pytest.mark.parametrize("content", [None, b"no weights", "too small"])
def test_missing_or_broken_weights_are_told(models, tmp_path, content):
    if content == "too small":
        content = (models.folder / "encoder.safetensors").read_bytes()
    if content is not None:
        (tmp_path / RELATION).write_bytes(content)
    with pytest.raises(UserError, match="install Maniera again"):
        _ = Models(models.device, tmp_path).relation
