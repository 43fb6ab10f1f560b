# SPDX-License-Identifier: GPL-3.0-or-later
"""How settings are declared, and how plain values become settings."""

import math
import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, TypeVar

from .errors import UserError

Settings = TypeVar("Settings")


@dataclass(frozen=True)
class Option:
    """What is known of one setting beside its name, type and default."""

    label: str
    description: str
    """A tooltip: a sentence without a final period."""
    low: float | None = None
    high: float | None = None
    choices: Mapping[str, tuple[str, str]] | None = None
    """Value: (label, description)."""
    pattern: str | None = None
    """Further values of a choice, as a regular expression."""
    unlisted: tuple[str, ...] = ()
    """Choices that the command line takes and Blender does not offer: an artist has nothing of them."""


def setting(default: Any, label: str, description: str, **more: Any) -> Any:
    """A field of a frozen dataclass, with what is known of it."""
    return field(default=default, metadata={"option": Option(label, description, **more)})


def options(settings: type) -> dict[str, tuple[Field, Option]]:
    """The settings of a class by name, in the order in which they are declared."""
    return {f.name: (f, f.metadata["option"]) for f in fields(settings)}


def read(settings: type[Settings], values: Mapping[str, Any]) -> Settings:
    """Make `settings` of plain values; what is not named takes its default.

    :raises UserError: a value has the wrong type or is out of bounds, or a name is unknown.
    """
    known = options(settings)
    for name in values:
        if name not in known:
            raise UserError(f"There is no setting '{name}'; the settings are {', '.join(known)}.")
    return settings(**{name: _check(*known[name], value) for name, value in values.items()})


def _check(declared: Field, option: Option, value: Any) -> Any:
    wanted = declared.type
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not wanted:
        raise UserError(f"{option.label} must be {_KINDS[wanted]}, but is {value!r}.")
    if option.choices and value not in option.choices and not re.fullmatch(option.pattern or r"(?!)", value):
        raise UserError(f"{option.label} must be one of {', '.join(option.choices)}, but is '{value}'.")
    if option.low is not None and not (math.isfinite(value) and option.low <= value <= option.high):
        raise UserError(f"{option.label} must be between {option.low:g} and {option.high:g}, but is {value:g}.")
    return value


_KINDS = {float: "a number", int: "a whole number", bool: "true or false", str: "a word"}
