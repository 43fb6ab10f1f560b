# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line as scripts and farms rely on it: flags, exit codes, sentences, lines of JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import cli, settings, styles
from core.commands import info, options
from core.errors import Cancelled, OutOfMemoryError, PassingError, UserError

ROOT = Path(__file__).parents[2]


def save_style(path: Path, name: str) -> Path:
    header = json.dumps({"__metadata__": styles.Card(name, author="Nobody", licence="CC0").to_metadata()}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    return path


def ending(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let `info` end with an error."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(info, "run", fail)


@pytest.mark.parametrize("command", [[], *([name] for name in cli.COMMANDS)])
def test_help_needs_no_libraries(command):
    words = [*command, "--help"]
    heavy = {"torch", "numpy", "PIL", "OpenImageIO", "tqdm", "safetensors"}
    code = f"import sys; from core import cli; print(cli.main({words}), {heavy} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "usage: maniera" in told
    assert told.endswith("0 set()\n")


@pytest.mark.parametrize("declared", [settings.Stylize, settings.Machine])
def test_every_setting_is_a_flag(declared):
    words = ["stylize", "in.png", "--style", "Ink", "-o", "out.png"]
    wanted = {}
    for name, (field, option) in settings.options(declared).items():
        value = {bool: True, str: list(option.choices or [])[-1:], int: 7, float: option.low}[field.type]
        wanted[name] = value[0] if isinstance(value, list) else value
        words += ["--" + name.replace("_", "-")] + ([] if value is True else [str(wanted[name])])
    assert options.chosen(cli.parser().parse_args(words), declared) == declared(**wanted)


def test_settings_not_named_take_their_defaults():
    arguments = cli.parser().parse_args(["stylize", "in.png", "--style", "Ink", "-o", "out.png"])
    assert options.chosen(arguments, settings.Stylize) == settings.Stylize()


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["paint"],
        ["stylize", "in.png"],
        ["stylize", "in.png", "--style", "Ink", "-o", "out.png", "--strength", "much"],
        ["stylize", "in.png", "--style", "Ink", "-o", "out.png", "--format", "gif"],
        ["train", "cat"],
    ],
)
def test_wrong_arguments_exit_with_2(words):
    assert cli.main(words) == 2


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--strength", "2"], "Strength must be between 0 and 1, but is 2."),
        (["--quality", "great"], "Quality must be one of fast, fine, best, but is 'great'."),
        (["--device", "gpu"], "Device must be one of"),
    ],
)
def test_settings_out_of_bounds_are_refused_by_name(words, reason, capsys):
    assert cli.main(["stylize", "in.png", "--style", "Ink", "-o", "out.png", *words]) == 2
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "exit_code", "sentence"),
    [
        (UserError("Do better."), 2, "Do better."),
        (OutOfMemoryError("Too big."), 3, "Too big."),
        (MemoryError(), 3, "Memory ran out"),
        (PassingError("Try again."), 4, "Try again."),
        (Cancelled(), 130, "Cancelled."),
        (KeyboardInterrupt(), 130, "Cancelled."),
        (ModuleNotFoundError("", name="torch.nn"), 2, "has no 'torch'"),
        (KeyError("x"), 1, "This is a bug of Maniera (KeyError: 'x')"),
    ],
)
def test_failures_are_one_sentence_and_an_exit_code(monkeypatch, capsys, error, exit_code, sentence):
    monkeypatch.delenv("MANIERA_DEBUG", raising=False)
    ending(monkeypatch, error)
    assert cli.main(["info"]) == exit_code
    told = capsys.readouterr()
    assert sentence in told.err
    assert told.err.count("\n") == 1
    assert not told.out
    assert cli.main(["info", "--json"]) == exit_code
    failure = json.loads(capsys.readouterr().out)
    assert (failure["kind"], failure["exit_code"]) == ("failure", exit_code)
    assert sentence in failure["message"]


@pytest.mark.parametrize("by_flag", [True, False])
def test_traceback_is_shown_when_asked_for(monkeypatch, capsys, by_flag):
    ending(monkeypatch, KeyError("x"))
    if not by_flag:
        monkeypatch.setenv("MANIERA_DEBUG", "1")
    cli.main(["info", "--debug"] if by_flag else ["info"])
    assert "Traceback" in capsys.readouterr().err


def test_progress_and_result_are_lines_of_json(monkeypatch, capsys):
    def run(_: object, console: cli.Console) -> None:
        console.report()(1, 4, "Painting")
        console.result({"seconds": 0.5}, "done")

    monkeypatch.setattr(info, "run", run)
    assert cli.main(["info", "--json"]) == 0
    progress, result = map(json.loads, capsys.readouterr().out.splitlines())
    assert (progress["kind"], progress["done"], progress["total"], progress["what"]) == ("progress", 1, 4, "Painting")
    assert result == {"kind": "result", "seconds": 0.5}
    assert cli.main(["info"]) == 0
    told = capsys.readouterr()
    assert told.out == "done\n"
    assert not told.err  # no bar where nobody watches


def test_styles_are_listed_and_shown(tmp_path, capsys):
    files = [str(save_style(tmp_path / f"{name}.safetensors", name)) for name in ("Ink", "Gouache")]
    assert cli.main(["styles", "list", *files]) == 0
    assert capsys.readouterr().out == "Ink      Nobody\nGouache  Nobody\n"
    assert cli.main(["styles", "show", files[0], "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["name"], shown["licence"], shown["path"]) == ("Ink", "CC0", files[0])
    assert cli.main(["styles", "show", "No Such Style"]) == 2


def test_the_reader_of_a_list_may_leave_early():
    code = "import sys; from core import cli; sys.exit(cli.main(['styles']))"
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_training_is_refused_where_its_code_is_not(monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    assert cli.main(["train", "encoder", "--data", "x"]) == 2
    assert "holds no training code" in capsys.readouterr().err
