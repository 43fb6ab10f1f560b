# SPDX-License-Identifier: GPL-3.0-or-later
from pathlib import Path

import pytest
import torch

from core.engine import device
from core.errors import UserError
from core.settings import Machine


@pytest.fixture
def machine(monkeypatch):
    """Pretends that a machine has so many graphics cards of NVIDIA's, and perhaps Apple's."""

    def pretend(cards: int = 0, apple: bool = False) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cards > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cards)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: f"Card {index}")
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: apple)

    return pretend


def test_without_a_graphics_card_the_processor_computes_in_single_precision(machine):
    machine()
    chosen = device.choose(Machine())
    assert chosen.is_cpu and chosen.dtype == torch.float32 and chosen.name


@pytest.mark.parametrize(
    ("wanted", "cards", "apple", "chosen", "name"),
    [
        ("auto", 2, False, "cuda:0", "Card 0"),
        ("cuda", 2, False, "cuda:0", "Card 0"),
        ("cuda:1", 2, False, "cuda:1", "Card 1"),
        ("auto", 0, True, "mps", "Apple graphics processor"),
    ],
)
def test_graphics_cards_come_first_and_compute_in_half_precision(machine, wanted, cards, apple, chosen, name):
    machine(cards, apple)
    found = device.choose(Machine(wanted))
    assert str(found.torch) == chosen and found.name == name and found.dtype == torch.float16


def test_the_processor_is_taken_where_it_is_asked_for(machine):
    machine(cards=1)
    assert device.choose(Machine("cpu")).is_cpu


@pytest.mark.parametrize("wanted", ["cuda", "cuda:1", "mps"])
def test_a_device_that_is_not_there_names_those_that_are(machine, wanted):
    machine()
    with pytest.raises(UserError, match=f"'{wanted}'.*choose cpu or auto"):
        device.choose(Machine(wanted))


@pytest.mark.parametrize(("precision", "kind"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_the_precision_is_taken_that_is_asked_for(machine, precision, kind):
    machine(cards=1)
    assert {device.choose(Machine(wanted, precision)).dtype for wanted in ("cpu", "cuda")} == {kind}


def test_half_precision_on_the_processor_says_what_to_choose_instead(machine):
    machine()
    with pytest.raises(UserError, match="bf16"):
        device.choose(Machine("cpu", "fp16"))


@pytest.mark.parametrize(
    ("told", "name"),
    [("processor\t: 0\nmodel name\t: Imaginary 9000\n", "Imaginary 9000"), ("processor\t: 0\n", "strongarm")],
)
def test_the_processor_has_the_name_that_its_maker_gave_it_where_the_system_tells(monkeypatch, told, name):
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: told)
    monkeypatch.setattr(device.platform, "processor", lambda: "strongarm")
    assert device.available()["cpu"] == name
