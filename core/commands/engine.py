# SPDX-License-Identifier: GPL-3.0-or-later
"""`engine`: the engine's own Python, for administrators. Needs nothing but Python's standard library."""

import argparse
import sys
from pathlib import Path

from .. import installation, installer, interpreter
from ..errors import UserError
from ..installer import Plan
from ..progress import Progress, Report
from .console import Console

HELP = "Set up, check or remove a Python for the engine"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be done and with what."""
    words = "; ".join(f"{name}: {words}" for name, (_, words) in _ACTIONS.items())
    parser.add_argument("action", choices=_ACTIONS, help=words)
    parser.add_argument("path", type=Path, metavar="FOLDER", help="of the engine or of wheels; for check, a Python")
    plan = parser.add_argument_group("for set-up and download")
    builds = ["auto", *installer.builds()]
    plan.add_argument("--build", choices=builds, default="auto", help="of torch (default: for this graphics card)")
    plan.add_argument("--base", type=Path, metavar="PYTHON", help="that makes the environment (default: this one)")
    plan.add_argument("--newest", action="store_true", help="newest versions instead of the tested ones")
    plan.add_argument("--wheels", type=Path, metavar="FOLDER", help="for set-up, instead of the network")


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Do it."""
    act, _ = _ACTIONS[arguments.action]
    act(arguments, console)


def _plan(arguments: argparse.Namespace) -> Plan:
    build = installer.detect() if arguments.build == "auto" else arguments.build
    return Plan(build, arguments.base, arguments.wheels, arguments.newest)


def _report(console: Console) -> Report:
    """Progress in lines: the console's bar needs a library that is about to be installed."""
    if console.as_json:
        return console.report()
    stages: list[str] = []

    def show(progress: Progress) -> None:
        if progress.what not in stages[-1:]:
            stages.append(progress.what)
            print(f"{progress.factor:4.0%}  {progress.what}", file=sys.stderr, flush=True)

    return Report(show)


def _set_up(arguments: argparse.Namespace, console: Console) -> None:
    folder = arguments.path.absolute()
    python = installer.install(folder, _plan(arguments), _report(console))
    advice = f"Set MANIERA_PYTHON to {python}, or choose it in Maniera's preferences."
    console.result({"python": str(python), **installation.facts(folder)}, advice)


def _download(arguments: argparse.Namespace, console: Console) -> None:
    installer.download(arguments.path.absolute(), _plan(arguments), _report(console))
    console.result({"wheels": str(arguments.path)}, f"'{arguments.path}' is ready for --wheels.")


def _check(arguments: argparse.Namespace, console: Console) -> None:
    findings = interpreter.check(arguments.path)
    if not findings.complete:
        raise UserError(" ".join(findings.sentences))
    console.result({"packages": findings.packages, "devices": findings.devices}, "\n".join(findings.sentences))


def _remove(arguments: argparse.Namespace, console: Console) -> None:
    installation.remove(arguments.path)
    console.result({"removed": str(arguments.path)}, "The engine is removed.")


_ACTIONS = {
    "set-up": (_set_up, "make an environment with all that the engine needs"),
    "download": (_download, "fill a folder with wheels, versions and hashes locked, for machines without network"),
    "check": (_check, "tell what a Python has and what it lacks"),
    "remove": (_remove, "delete what set-up has made"),
}
