# SPDX-License-Identifier: GPL-3.0-or-later
"""`train`: make the networks again from pictures; only where the sources are, not in the packed extension."""

import argparse
import importlib.util
from collections.abc import Callable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UserError
from ..settings import Machine
from . import options
from .console import Console

if TYPE_CHECKING:
    from ..training.loop import Plan

HELP = "Train a network again (needs the project's sources and training pictures)"
_Train = Callable[[argparse.Namespace, "Plan"], Path]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command; those of the training itself are known to its code alone."""
    parser.add_argument(
        "network",
        choices=[*_NETWORKS, *_OTHERS],
        help="what to make: the encoder, a painter, step sizes, the space of manners, their relation, styles",
    )
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="...", help="see `train encoder --help`")


def run(arguments: argparse.Namespace, console: Console) -> None:
    """Train until the plan is done; started again with the same --out it goes on."""
    if importlib.util.find_spec("..training", __package__) is None:
        raise UserError("This installation holds no training code: get the project's sources, they do.")
    if arguments.network in _OTHERS:
        return _OTHERS[arguments.network](arguments, console)
    from ..training.loop import Plan

    _parse(arguments, Plan)
    console.as_json = arguments.json
    for folder in (arguments.data, arguments.teacher):
        if not folder.is_dir():
            raise UserError(f"There is no folder '{folder}': name the one that holds what to train with.")
    plan = Plan(**{field.name: getattr(arguments, field.name) for field in fields(Plan)})
    weights = _NETWORKS[arguments.network](arguments, plan)
    console.result({"output": str(weights)}, f"{weights}: trained")


def _parse(arguments: argparse.Namespace, plan: type["Plan"]) -> None:
    """Read the flags of the training into `arguments`."""
    program = f"maniera train {arguments.network}"
    parser = argparse.ArgumentParser(prog=program, parents=[options.common()])
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of pictures; for a painter, with content and style in it"
    )
    parser.add_argument("--teacher", type=Path, required=True, help="folder of the teacher's weights")
    parser.add_argument("--out", type=Path, required=True, help="folder of checkpoint, log and trained weights")
    if arguments.network == "painter":
        parser.add_argument("--quality", required=True, help="which painter: fast or fine")
        parser.add_argument("--extra", type=Path, nargs="*", default=[], help="further folders like --data")
        parser.add_argument(
            "--start", type=Path, help="weights to begin with: the painter's own, or those of fast for fine"
        )
        parser.add_argument("--encoder", type=Path, help="folder of the encoder's weights (default: the shipped ones)")
    parser.add_argument(
        "--compile", action="store_true", help="fuse operations: faster steps after minutes of preparation"
    )
    for field in fields(plan):
        needed = field.default is MISSING
        text = "of the plan" if needed else f"of the plan (default: {field.default})"
        parser.add_argument(f"--{field.name}", type=field.type, required=needed, default=field.default, help=text)
    options.add(parser, Machine)
    parser.parse_args(arguments.words, arguments)


def _library(arguments: argparse.Namespace, console: Console) -> None:
    """Learn the shipped styles again with the shipped networks: some 20 minutes on two processor cores."""
    from ..styles import SHIPPED
    from ..training.library import make_all

    parser = argparse.ArgumentParser(prog="maniera train library", parents=[options.common()])
    parser.add_argument("--data", type=Path, required=True, help="folder of training pictures")
    parser.add_argument("--scene", type=Path, required=True, help="the picture that is painted on the thumbnails")
    parser.parse_args(arguments.words, arguments)
    made = make_all(arguments.data, arguments.scene, SHIPPED)
    console.result({"output": list(map(str, made))}, f"{len(made)} styles made in {SHIPPED}")


def _meta(arguments: argparse.Namespace, console: Console) -> None:
    """Learn the step sizes with which a painter learns a manner."""
    from ..engine import device, models, rates
    from ..training import manner_tasks, meta, paint

    learning = [name for name, algorithm in meta.ALGORITHMS.items() if algorithm.learns_rates]
    parser = argparse.ArgumentParser(prog="maniera train meta", parents=[options.common()])
    parser.add_argument("--data", type=Path, required=True, help="folder with content and style pictures in it")
    parser.add_argument("--extra", type=Path, nargs="*", default=[], help="further folders like --data")
    parser.add_argument("--quality", required=True, choices=["fast", "fine"], help="which painter is to practise")
    parser.add_argument("--algorithm", default="step sizes", choices=learning, help="default: step sizes")
    parser.add_argument("--budget", type=float, default=2000, help="passes forward of four pictures (default: 2000)")
    parser.add_argument("--size", type=int, default=128, help="pixels on a side (default: 128)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=rates.FILE, help="the file (default: the shipped one)")
    options.add(parser, Machine)
    parser.parse_args(arguments.words, arguments)
    networks = models.Models(device.choose(options.chosen(arguments, Machine)))
    school, _ = paint.schools(arguments.data, arguments.extra, networks.encoder, arguments.size, "cpu")
    manners = manner_tasks.Manners(networks, arguments.quality, school)
    learnt = manner_tasks.train(manners, meta.ALGORITHMS[arguments.algorithm], arguments.budget, arguments.seed)
    manner_tasks.write(learnt, arguments.quality, arguments.out)
    console.result({"output": str(arguments.out)}, f"{arguments.out}: step sizes of '{arguments.quality}' learnt")


def _space(arguments: argparse.Namespace, console: Console) -> None:
    """Make the space of manners again with the shipped encoder."""
    from ..engine import device, models
    from ..engine.space import FILE
    from ..training import space

    parser = argparse.ArgumentParser(prog="maniera train space", parents=[options.common()])
    parser.add_argument("--data", type=Path, help="folder with style pictures in it (default: drawn manners alone)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=models.WEIGHTS / FILE, help="the file (default: the shipped one)")
    parser.parse_args(arguments.words, arguments)
    networks = models.Models(device.choose(Machine(device="cpu")))
    shown = space.references(arguments.data, arguments.seed)
    made = space.make(space.looks(networks.encoder, shown, arguments.seed), arguments.seed)
    space.write(made, networks.folder, arguments.out)
    console.result({"output": str(arguments.out)}, f"{arguments.out}: made of {len(shown)} pictures")


def _relation(arguments: argparse.Namespace, console: Console) -> None:
    """Learn again, with the shipped encoder, which manners look alike."""
    from ..engine import device, models
    from ..training import relation

    parser = argparse.ArgumentParser(prog="maniera train relation", parents=[options.common()])
    parser.add_argument("--data", type=Path, help="folder with style pictures in it (default: drawn manners alone)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=models.WEIGHTS / models.RELATION, help="default: the shipped file")
    parser.parse_args(arguments.words, arguments)
    networks = models.Models(device.choose(Machine(device="cpu")))
    shown = relation.references(arguments.data, arguments.seed)
    relation.write(
        relation.make(relation.looks(networks.encoder, shown, arguments.seed), arguments.seed), arguments.out
    )
    console.result({"output": str(arguments.out)}, f"{arguments.out}: learnt from {len(shown)} pictures")


def _encoder(arguments: argparse.Namespace, plan: "Plan") -> Path:
    from ..engine import device
    from ..training import distil
    from ..training.export import export

    computing = device.choose(options.chosen(arguments, Machine))
    folders = (arguments.data, arguments.teacher, arguments.out)
    distil.train(*folders, plan, str(computing.torch), compiled=arguments.compile)
    return export(arguments.out / "checkpoint.pt", "encoder", arguments.out)


def _painter(arguments: argparse.Namespace, plan: "Plan") -> Path:
    from ..engine import device, models
    from ..engine.painter import SHAPES
    from ..training import paint, teacher
    from ..training.export import export
    from ..training.judge import Judge, Weights

    if arguments.quality not in SHAPES:
        raise UserError(f"There is no painter '{arguments.quality}': choose {' or '.join(SHAPES)}.")
    computing = device.choose(options.chosen(arguments, Machine))
    encoder = models.Models(computing, arguments.encoder or models.WEIGHTS).encoder
    schools = paint.schools(arguments.data, arguments.extra, encoder, plan.size, str(computing.torch))
    judge = Judge(teacher.distilled(arguments.teacher), Weights()).to(computing.torch)
    begun = {"start": arguments.start, "compiled": arguments.compile}
    paint.train(arguments.quality, schools, judge, arguments.out, plan, **begun)
    return export(arguments.out / "checkpoint.pt", arguments.quality, arguments.out)


_NETWORKS: dict[str, _Train] = {"encoder": _encoder, "painter": _painter}
_OTHERS: dict[str, Callable[[argparse.Namespace, Console], None]] = {
    "library": _library,
    "meta": _meta,
    "relation": _relation,
    "space": _space,
}
