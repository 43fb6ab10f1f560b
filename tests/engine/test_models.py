# SPDX-License-Identifier: GPL-3.0-or-later
import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.engine.models import Models, network_id
from core.errors import UserError


@pytest.fixture
def folder(networks, tmp_path):
    """Weights that a test may spoil."""
    return shutil.copytree(networks, tmp_path / "weights")


def halve(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def forget(path):
    save_file(dict(list(load_file(path).items())[1:]), path)


def exchange(path):
    shutil.copy(path.with_name("fine.safetensors"), path)


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), halve, forget, exchange])
def test_networks_that_are_missing_broken_or_of_another_version_say_so_in_a_sentence(cpu, folder, spoil):
    spoil(folder / "fast.safetensors")
    with pytest.raises(UserError, match=f"{folder}.*install Maniera again"):
        models = Models(cpu, folder)
        models.painter("fast"), models.style_encoder("fast")


def test_a_network_is_read_once_and_only_when_it_is_needed(cpu, folder):
    (folder / "fine.safetensors").unlink()
    models = Models(cpu, folder)
    assert models.painter("fast") is models.painter("fast")
    assert models.encoder is models.encoder
    with pytest.raises(UserError, match="fine"):
        models.painter("fine")


def test_networks_are_used_and_not_trained(models):
    for network in (models.encoder, models.painter("fast"), models.style_encoder("fast")):
        assert not network.training and not any(p.requires_grad for p in network.parameters())


def test_weights_in_half_precision_paint_on_a_processor(cpu, folder, batch, vector):
    path = folder / "fast.safetensors"
    save_file({name: tensor.half() for name, tensor in load_file(path).items()}, path)
    painted = Models(cpu, folder).painter("fast")(batch(8, 8), vector()[None])
    assert painted.dtype == torch.float32 and painted.isfinite().all()


def test_only_the_painter_computes_in_short_numbers_and_its_colors_do_not(cpu, networks):
    models = Models(replace(cpu, dtype=torch.bfloat16), networks)
    painter = models.painter("fast")
    assert painter.stem[0].weight.dtype == torch.bfloat16 and painter.to_color.weight.dtype == torch.float32
    others = [*models.encoder.parameters(), *models.style_encoder("fast").parameters()]
    assert {parameter.dtype for parameter in others} == {torch.float32}


def test_the_id_of_the_networks_changes_with_any_of_them(networks, folder):
    before = network_id(networks)
    assert network_id(folder) == before
    for name in ("encoder", "fast", "fine"):
        path = folder / f"{name}.safetensors"
        save_file({key: tensor + 1 for key, tensor in load_file(path).items()}, path)
        before, after = network_id(folder), before
        assert before != after
    path.unlink()
    with pytest.raises(UserError, match="fine"):
        network_id(folder)
