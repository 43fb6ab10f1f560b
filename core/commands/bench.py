# SPDX-License-Identifier: GPL-3.0-or-later
"""`bench`: how long the engine takes on this machine."""

import argparse
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from ..settings import Machine
from . import options
from .console import Console

if TYPE_CHECKING:
    from ..engine.bench import Measure

HELP = "Time the engine on this machine"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    options.add(parser, Machine)
    parser.add_argument(
        "--runs", type=int, default=5, help="of each network at most, whose median is told (default: 5)"
    )


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Measure and print a table."""
    machine = options.chosen(arguments, Machine)
    from ..engine import bench, device

    rows = list(bench.measure(machine, max(1, arguments.runs), console.report()))
    name = device.choose(machine).name
    console.result({"device": name, "measures": [asdict(row) for row in rows]}, f"{name}\n\n{_table(rows)}")


def _table(rows: Iterable["Measure"]) -> str:
    lines = [("", "precision", "seconds", "per", "GFLOP/megapixel")]
    for row in rows:
        gflop = "" if row.gflop is None else f"{row.gflop:.1f}"
        lines.append((row.what, row.precision, f"{row.seconds:.3f}", row.per, gflop))
    return "\n".join(f"{a:36} {b:9} {c:>9}  {d:12} {e:>15}".rstrip() for a, b, c, d, e in lines)
