# SPDX-License-Identifier: GPL-3.0-or-later
"""How the relation between manners is learnt."""

import pytest
import torch
from safetensors.torch import load_file

from core.engine.relation import INPUTS, Relation, distances
from core.training import manners, relation


@pytest.fixture(scope="module")
def rows() -> torch.Tensor:
    """Views of 160 pictures that differ in a few directions, and among themselves in many: (160, 3, INPUTS)."""
    random = torch.Generator().manual_seed(0)
    places = torch.randn(160, 1, 12, generator=random) @ torch.randn(12, INPUTS, generator=random)
    disturbed = torch.randn(160, 3, 6, generator=random) @ torch.randn(6, INPUTS, generator=random)
    return places + 3 * disturbed + 0.3 * torch.randn(160, 3, INPUTS, generator=random)


def share(places: torch.Tensor) -> float:
    """How often a second view is nearest to the first of its own picture."""
    return (torch.cdist(places[:, 1], places[:, 0]).argmin(1) == torch.arange(len(places))).float().mean().item()


def test_pictures_that_it_has_not_learnt_are_found_better_than_by_the_fixed_distance(rows):
    learnt, unseen = rows[:120], rows[120:]
    made = relation.make(learnt, steps=20)
    placed = made.place(unseen.flatten(0, 1)).unflatten(0, (-1, 3))
    assert share(placed) > share(made.standard(unseen)) + 0.2
    apart = [distances(placed[:index, 0], placed[index, 0]).mean().item() for index in range(1, 40)]
    assert sum(apart) / len(apart) == pytest.approx(1, abs=0.3)


def test_the_same_seed_learns_the_same_and_a_file_brings_it_back(rows, tmp_path):
    one, again, other = (relation.make(rows, seed, steps=3) for seed in (1, 1, 2))
    assert all(map(torch.equal, one.state_dict().values(), again.state_dict().values()))
    assert not torch.equal(one.basis, other.basis)
    relation.write(one, tmp_path / "relation.safetensors")
    assert (tmp_path / "relation.safetensors").stat().st_size < 200_000
    back = Relation()
    back.load_state_dict(
        {name: tensor.float() for name, tensor in load_file(tmp_path / "relation.safetensors").items()}
    )
    assert torch.allclose(back.place(rows[0]), one.place(rows[0]), atol=0.02)


def test_held_out_pictures_are_not_learnt_from(data, monkeypatch):
    monkeypatch.setattr(manners, "KINDS", {})
    assert len(relation.references(data)) == 6


def test_a_picture_is_seen_whole_in_part_and_from_nearer():
    picture = torch.zeros(3, 480, 640, dtype=torch.uint8)
    shapes = [view.shape[2:] for view in relation.views(picture, torch.Generator().manual_seed(0))]
    assert shapes == [(240, 320), (144, 192), (240, 320)]
