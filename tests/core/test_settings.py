# SPDX-License-Identifier: GPL-3.0-or-later
import math
from dataclasses import asdict

import pytest

from core import settings
from core.errors import UserError
from core.settings import Machine, Stylize

CLASSES = [
    value
    for value in vars(settings).values()
    if hasattr(value, "__dataclass_fields__") and value is not settings.Option
]


@pytest.mark.parametrize("declared", CLASSES, ids=lambda declared: declared.__name__)
def test_what_is_not_named_takes_its_default_and_every_default_is_valid(declared):
    assert settings.read(declared, {}) == declared()
    assert settings.read(declared, asdict(declared())) == declared()


@pytest.mark.parametrize("declared", CLASSES, ids=lambda declared: declared.__name__)
def test_every_setting_explains_itself_as_blender_shows_it(declared):
    for name, (_, option) in settings.options(declared).items():
        texts = [(option.label, option.description), *(option.choices or {}).values()]
        for label, description in texts:
            assert label[:1].isupper() or label[:1].isdigit(), name
            assert description and not description.endswith("."), name


def test_a_whole_number_serves_as_a_number():
    assert settings.read(Stylize, {"strength": 1}).strength == 1.0


def test_a_particular_graphics_card_can_be_named():
    assert settings.read(Machine, {"device": "cuda:1"}).device == "cuda:1"


@pytest.mark.parametrize(
    ("declared", "values", "says"),
    [
        (Stylize, {"strenght": 0.5}, "no setting 'strenght'.*strength"),
        (Stylize, {"strength": 1.01}, "Strength must be between 0 and 1"),
        (Stylize, {"strength": -0.1}, "Strength"),
        (Stylize, {"strength": math.nan}, "Strength"),
        (Stylize, {"brush": math.inf}, "Brush Scale"),
        (Stylize, {"strength": "strong"}, "Strength must be a number"),
        (Stylize, {"strength": True}, "Strength must be a number"),
        (Stylize, {"keep_color": 1}, "Keep Color must be true or false"),
        (Stylize, {"seed": 0.5}, "Seed must be a whole number"),
        (Stylize, {"seed": -1}, "Seed"),
        (Stylize, {"quality": "finest"}, "Quality must be one of"),
        (Stylize, {"quality": None}, "Quality must be a word"),
        (Machine, {"device": "cuda:"}, "Device"),
        (Machine, {"device": "cuda:0; rm"}, "Device"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_what_is_wrong_is_named_in_the_users_words(declared, values, says):
    with pytest.raises(UserError, match=says):
        settings.read(declared, values)
