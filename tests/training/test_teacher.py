# SPDX-License-Identifier: GPL-3.0-or-later
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from core.training import teacher

WIDTHS = {"relu1_1": 64, "relu2_1": 128, "relu3_1": 256, "relu4_1": 512, "relu5_1": 512}


@pytest.fixture(scope="module")
def torchvisions():
    """Torchvision's network without its half gigabyte of numbers."""
    with torch.device("meta"):
        return teacher.from_torchvision(None)


def test_torchvisions_network_has_the_layers_of_the_original(torchvisions, teachers):
    original = teacher.original(teachers).state_dict()
    state = torchvisions.state_dict()
    assert original.keys() <= state.keys()
    assert {name: state[name].shape for name in original} == {name: tensor.shape for name, tensor in original.items()}


def test_every_level_of_the_teacher_has_half_the_size_of_the_one_before(torchvisions):
    seen = torchvisions(torch.empty(1, 3, 64, 48, device="meta"), "relu5_1")
    expected = {name: (1, width, 64 >> i, 48 >> i) for i, (name, width) in enumerate(WIDTHS.items())}
    assert {name: tuple(features.shape) for name, features in seen.items()} == expected


def test_the_deviation_that_torchvision_divides_by_is_in_the_first_layer(monkeypatch):
    first = nn.Conv2d(3, 8, 3)
    monkeypatch.setattr(teacher, "vgg19", lambda weights: SimpleNamespace(features=nn.Sequential(first)))
    picture = torch.rand(1, 3, 12, 12)
    mean, deviation = (torch.tensor(v).view(1, 3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    expected = first((picture - mean) / deviation).relu()
    seen = teacher.from_torchvision(None)(picture)["relu1_1"][:, :, 1:-1, 1:-1]
    assert torch.allclose(seen, expected, atol=0.01)  # the two means differ by half of 1/255


def test_the_teacher_looks_no_further_than_it_is_asked(teachers):
    network = teacher.distilled(teachers)
    picture = torch.rand(1, 3, 16, 16)
    near, far = network(picture, "relu2_1"), network(picture)
    assert list(near) == ["relu1_1", "relu2_1"] and list(far) == list(teacher.LEVELS)
    assert torch.equal(near["relu2_1"], far["relu2_1"])


def test_the_distilled_teacher_speaks_of_the_originals_channels_where_it_has_a_map(teachers):
    network = teacher.distilled(teachers)
    picture = torch.rand(1, 3, 16, 16)
    assert network(picture)["relu4_1"].shape[1] == 128
    mapped = network(picture, mapped=True)
    assert mapped["relu4_1"].shape[1] == 512 and mapped["relu1_1"].shape[1] == 16


def test_the_teacher_does_not_learn_but_what_it_sees_can(teachers):
    network = teacher.distilled(teachers)
    picture = torch.rand(1, 3, 16, 16, requires_grad=True)
    network(picture)["relu4_1"].sum().backward()
    assert picture.grad.abs().sum() > 0
    assert not any(parameter.requires_grad for parameter in network.parameters())
