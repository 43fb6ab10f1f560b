# SPDX-License-Identifier: GPL-3.0-or-later
"""Flags that commands have in common, those of the declared settings among them."""

import argparse
from collections.abc import Collection
from dataclasses import Field
from typing import TypeVar

from .. import settings
from ..settings import Option

Settings = TypeVar("Settings")


def common() -> argparse.ArgumentParser:
    """The flags that every command has, as a parent of its parser."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line: progress, then the result")
    parser.add_argument("--debug", action="store_true", help="show where in the code a failure arose")
    return parser


def add(parser: argparse.ArgumentParser, declared: type, without: Collection[str] = ()) -> None:
    """Give a command a flag for each setting of `declared`, but for those that it decides itself."""
    group = parser.add_argument_group(f"{declared.__name__.lower()} settings")
    for name, (field, option) in settings.options(declared).items():
        if name in without:
            continue
        flag = "--" + name.replace("_", "-")
        text = f"{option.description} (default: {field.default})".replace("%", "%%")
        if field.type is bool:
            group.add_argument(flag, action="store_true", default=argparse.SUPPRESS, help=option.description)
        else:
            kind, values = field.type, _values(field, option)
            group.add_argument(flag, type=kind, metavar=values, default=argparse.SUPPRESS, help=text)


def chosen(arguments: argparse.Namespace, declared: type[Settings]) -> Settings:
    """The settings that the flags ask for; what was not named takes its default.

    :raises UserError: a value is out of bounds.
    """
    return settings.read(declared, {n: v for n, v in vars(arguments).items() if n in settings.options(declared)})


def _values(field: Field, option: Option) -> str:
    """What may follow a flag, for the help."""
    if option.choices:
        return "|".join([*option.choices, "..."] if option.pattern else option.choices)
    if option.low is None:
        return field.name.upper()
    return f"{field.type(option.low)}..{field.type(option.high)}"
