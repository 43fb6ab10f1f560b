# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's own Python is made, checked, replaced and removed without network, and never left half made."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from core import cli, installation, installer, interpreter, pip, program
from core.background import Background
from core.errors import Cancelled, PassingError, UserError
from core.installer import PINNED, Plan
from core.progress import Report
from tests.wheels import TORCH, write_wheel, write_wheels

BUILD = "macos" if sys.platform == "darwin" else "cpu"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """A small folder of wheels that stand for what the engine needs."""
    return write_wheels(tmp_path_factory.mktemp("source") / "wheels")


@pytest.fixture(scope="module")
def engine(tmp_path_factory, wheels):
    """An engine that was set up, and what was reported meanwhile."""
    folder = tmp_path_factory.mktemp("engine with spaces")
    told = []
    installer.install(folder, Plan(BUILD, wheels=wheels), Report(told.append))
    return folder, told


@pytest.fixture(autouse=True)
def no_chosen_python(monkeypatch):
    monkeypatch.delenv("MANIERA_PYTHON", raising=False)


def environments(folder):
    return sorted(place.name for place in folder.glob("python-*"))


def test_an_engine_is_set_up_from_a_folder_of_wheels_in_an_environment_of_its_own(engine):
    folder, told = engine
    python = installation.locate(folder)
    assert folder in python.parents
    assert interpreter.check(python).complete
    outside = subprocess.run([sys.executable, "-c", "import OpenImageIO as o; print(o.__file__)"], capture_output=True)
    assert str(folder) not in outside.stdout.decode()
    assert {progress.what for progress in told} >= {"Making an environment", "Reading torch", "Checking"}
    assert "torch" in (folder / installer.LOG).read_text()


def test_what_is_in_use_is_remembered(engine):
    found = installation.facts(engine[0])
    assert (found["build"], found["packages"]["torch"]) == (BUILD, "2.9.0+cpu")
    assert found["devices"] == ["Imaginary Card"]


def test_cancelling_leaves_the_former_engine_and_nothing_half_made(engine, wheels):
    folder, _ = engine
    before, python = environments(folder), installation.locate(folder)

    def stop(progress):
        if progress.what.startswith("Reading"):
            raise Cancelled

    with pytest.raises(Cancelled):
        installer.install(folder, Plan(BUILD, wheels=wheels), Report(stop))
    assert (environments(folder), installation.locate(folder)) == (before, python)


def test_setting_up_again_replaces_an_engine_that_is_broken(tmp_path, wheels):
    broken = tmp_path / "python-1"
    broken.mkdir()
    installation.use(broken, BUILD, interpreter.Findings((3, 11), {}))
    with pytest.raises(UserError, match="Repair Engine"):
        installation.locate(tmp_path)
    python = installer.install(tmp_path, Plan(BUILD, wheels=wheels), Report())
    assert (installation.locate(tmp_path), len(environments(tmp_path))) == (python, 1)
    installation.remove(tmp_path)
    assert environments(tmp_path) == []
    with pytest.raises(UserError, match="not set up"):
        installation.locate(tmp_path)


def test_a_missing_wheel_is_named_and_nothing_is_left(tmp_path):
    plan = Plan(BUILD, wheels=write_wheels(tmp_path / "wheels", but=("safetensors",)))
    with pytest.raises(UserError, match="no 'safetensors'"):
        installer.install(tmp_path / "engine", plan, Report())
    assert environments(tmp_path / "engine") == []
    assert "safetensors" in (tmp_path / "engine" / installer.LOG).read_text()


def test_a_package_that_does_not_load_is_no_engine(tmp_path):
    wheels = write_wheels(tmp_path / "wheels", but=("tqdm",))
    write_wheel(wheels, "tqdm", "tqdm", code="raise ImportError('DLL load failed')")
    with pytest.raises(UserError, match="DLL load failed"):
        installer.install(tmp_path / "engine", Plan(BUILD, wheels=wheels), Report())
    assert environments(tmp_path / "engine") == []


def test_locked_wheels_are_installed_only_as_they_were(tmp_path):
    wheels = write_wheels(tmp_path / "wheels")
    pip.write_lock(wheels, hashes=True)
    write_wheel(wheels, "tqdm", "tqdm", code="print('changed')")
    with pytest.raises(UserError, match="not the one that was locked"):
        installer.install(tmp_path / "engine", Plan(BUILD, wheels=wheels), Report())


def test_a_folder_without_wheels_is_refused(tmp_path):
    with pytest.raises(UserError, match="holds no wheels"):
        installer.install(tmp_path / "engine", Plan(BUILD, wheels=tmp_path), Report())
    assert environments(tmp_path / "engine") == []


def test_a_base_that_cannot_make_environments_is_named(tmp_path, wheels):
    with pytest.raises(UserError, match="missing-python cannot make virtual environments"):
        installer.install(tmp_path, Plan(BUILD, base=tmp_path / "missing-python", wheels=wheels), Report())
    assert environments(tmp_path) == []


def test_a_full_disk_is_said_before_anything_is_done(tmp_path, wheels, monkeypatch):
    monkeypatch.setattr(installer.shutil, "disk_usage", lambda folder: _Usage)
    with pytest.raises(UserError, match="0.1 GB are free"):
        installer.install(tmp_path, Plan(BUILD, wheels=wheels), Report())


class _Usage:
    free = 1e8


def test_a_folder_in_which_nothing_can_be_written_is_named(tmp_path, wheels):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="Nothing can be written in .*file"):
        installer.install(tmp_path / "file" / "engine", Plan(BUILD, wheels=wheels), Report())


def test_no_half_written_record_counts(tmp_path):
    (tmp_path / installation.CURRENT).write_text('{"environment": "python-1"')
    assert installation.facts(tmp_path) == {}
    (tmp_path / installation.CURRENT).write_text(json.dumps(["python-1"]))
    assert installation.current(tmp_path) is None


def test_a_chosen_python_comes_before_the_engine_and_the_variable_before_all(engine, tmp_path, monkeypatch):
    folder, _ = engine
    chosen, variable = tmp_path / "chosen", tmp_path / "variable"
    for python in (chosen, variable):
        python.touch()
    assert installation.locate(folder, str(chosen)) == chosen
    monkeypatch.setenv("MANIERA_PYTHON", str(variable))
    assert installation.locate(folder, str(chosen)) == variable
    assert installation.locate(folder) == variable


def test_a_folder_of_an_environment_stands_for_its_python(engine):
    folder, _ = engine
    python = installation.locate(folder)
    assert installation.locate(folder, str(python.parents[1])) == python


def test_a_chosen_python_that_is_gone_is_not_passed_over(engine, tmp_path):
    with pytest.raises(UserError, match="There is no Python at .*gone"):
        installation.locate(engine[0], str(tmp_path / "gone"))


def test_where_nothing_is_set_up_the_user_is_told_what_to_press(tmp_path):
    with pytest.raises(UserError, match="Preferences > Add-ons > Maniera and press Set Up Engine"):
        installation.locate(tmp_path)


def test_checking_says_what_is_missing(tmp_path):
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    findings = interpreter.check(bare)
    assert not findings.complete
    assert findings.version == sys.version_info[:3]
    assert set(findings.faults) == {requirement.partition(">=")[0] for requirement in interpreter.REQUIREMENTS.values()}
    assert "torch is missing." in findings.sentences


def test_checking_names_versions_and_cards(engine):
    sentences = interpreter.check(installation.locate(engine[0])).sentences
    assert "torch 2.9.0+cpu" in sentences[0]
    assert sentences[-1] == "It computes on Imaginary Card: the engine can run."


def test_old_packages_and_pythons_are_not_enough():
    old = interpreter.Findings((3, 11, 4), {"torch": "2.1.0"}, {"torch": "2.1.0 is too old: 2.6 is needed"})
    assert not old.complete
    assert interpreter.Findings((3, 9, 1), {}).sentences == [
        "Python 3.9.1 is too old: the engine needs Python 3.11 or newer."
    ]


def test_an_old_package_is_found(tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path)], check=True)
    (place,) = tmp_path.glob("[Ll]ib/**/site-packages")
    (place / "torch.py").write_text(TORCH)
    (place / "torch-2.1.0.dist-info").mkdir()
    (place / "torch-2.1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: torch\nVersion: 2.1.0\n")
    assert interpreter.check(tmp_path).faults["torch"] == "2.1.0 is too old: 2.6 is needed"


def test_a_program_that_is_no_python_is_refused(tmp_path):
    with pytest.raises(UserError, match="cannot be started"):
        interpreter.check(tmp_path / "missing")
    other = tmp_path / "other"
    other.write_text("#!/bin/sh\necho hello\n")
    other.chmod(0o755)
    with pytest.raises(UserError, match="does not answer as a Python"):
        interpreter.check(other)


def test_a_python_that_hangs_is_given_up(tmp_path):
    hanging = tmp_path / "hanging"
    hanging.write_text("#!/bin/sh\nsleep 60\n")
    hanging.chmod(0o755)
    with pytest.raises(PassingError, match="did not answer"):
        interpreter.check(hanging, timeout_s=0.3)


def test_ending_a_program_ends_what_it_has_started(tmp_path):
    beat = tmp_path / "beat"
    child = f"import time, pathlib\nwhile True: pathlib.Path({str(beat)!r}).touch(); time.sleep(0.05)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"

    def look():
        if beat.exists():
            raise Cancelled

    with pytest.raises(Cancelled):
        program.run([sys.executable, "-c", parent], look=look, timeout_s=60)
    beat.unlink()
    with pytest.raises(PassingError):  # a while in which a living child would have written
        program.run([sys.executable, "-c", "import time; time.sleep(60)"], timeout_s=0.5)
    assert not beat.exists()


def test_each_build_is_asked_for_where_it_lies(monkeypatch):
    def indexes(platform, build):
        monkeypatch.setattr(sys, "platform", platform)
        calls = pip.install(Path("python"), Plan(build).source)
        return [call[call.index("--index-url") + 1].rpartition("/")[2] for call in calls if "--index-url" in call]

    assert indexes("linux", "cuda") == []
    assert indexes("win32", "cuda") == ["cu132"]
    assert indexes("linux", "cpu") == indexes("win32", "cpu") == ["cpu"]
    assert indexes("linux", "rocm") == ["rocm7.2"]
    assert indexes("darwin", "macos") == []
    with pytest.raises(UserError, match="no 'AMD"):
        indexes("win32", "rocm")
    assert list(installer.builds()) == ["cuda", "cpu"]


@pytest.mark.parametrize("wheels_given", [False, True])
def test_pip_touches_nothing_but_the_environment(wheels, wheels_given):
    calls = pip.install(Path("/engine/bin/python"), Plan(BUILD, wheels=wheels if wheels_given else None).source)
    for call in calls:
        assert call[:4] == ["/engine/bin/python", "-m", "pip", "install"]
        assert "--no-user" in call and "--user" not in call
    assert ("--no-index" in calls[-1]) is wheels_given


def test_a_folder_of_wheels_has_one_build_of_torch(monkeypatch, tmp_path):
    """PyTorch's index comes first, and pip's own index, which has other builds, must not add another."""
    monkeypatch.setattr(sys, "platform", "linux")
    calls = pip.download(Path("python"), Plan("cpu", newest=True).source, tmp_path)[1:]
    assert [("--index-url" in call) for call in calls] == [True, False]
    write_wheel(tmp_path, "torch", "torch", "2.9.0+cpu")
    pip.write_lock(tmp_path, hashes=False)
    constraints = Path(calls[1][calls[1].index("--constraint") + 1])
    assert constraints.read_text() == "torch==2.9.0+cpu\n"


def test_the_tested_versions_are_installed_unless_others_are_asked_for(wheels):
    def constrained(plan):
        return [
            call[call.index("--constraint") + 1]
            for call in pip.install(Path("python"), plan.source)[-1:]
            if "--constraint" in call
        ]

    assert constrained(Plan(BUILD)) == [str(PINNED)]
    assert constrained(Plan(BUILD, newest=True)) == constrained(Plan(BUILD, wheels=wheels)) == []


def test_a_folder_that_holds_something_is_not_filled_with_wheels(wheels):
    with pytest.raises(UserError, match="not empty"):
        installer.download(wheels, Plan(BUILD), Report())


def test_the_command_line_does_the_same(tmp_path, engine, capfd):
    python = installation.locate(engine[0])
    assert cli.main(["engine", "check", str(python), "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["packages"]["torch"] == "2.9.0+cpu"
    assert cli.main(["engine", "check", sys.executable + "-missing"]) == UserError.exit_code
    assert cli.main(["engine", "set-up", str(tmp_path / "new"), "--wheels", str(tmp_path)]) == UserError.exit_code
    assert "holds no wheels" in capfd.readouterr().err
    assert not environments(tmp_path / "new")
    (tmp_path / "python-1").mkdir()
    assert cli.main(["engine", "remove", str(tmp_path)]) == 0
    assert not environments(tmp_path)


def test_the_pinned_versions_are_all_that_is_needed():
    lines = [line for line in PINNED.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    pinned = dict(line.split("==") for line in lines)
    for requirement in interpreter.REQUIREMENTS.values():
        package, _, oldest = requirement.partition(">=")
        assert [int(n) for n in pinned.pop(package).split(".")] >= [int(n) for n in oldest.split(".")]
    assert not pinned


def test_the_machine_decides_the_build(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "linux")
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'GPU 0: Imaginary Card'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert installer.detect() == "cuda"
    tool.write_text("#!/bin/sh\necho 'no devices were found'\nexit 6\n")
    assert installer.detect() in {"cpu", "rocm"}
    monkeypatch.setattr(sys, "platform", "darwin")
    assert installer.detect() == "macos"


def test_progress_is_read_from_what_pip_says():
    output = pip.Output(expected=1000.0)
    seen = []
    for line in (
        "Collecting torch>=2.6",
        "  Downloading torch-2.9.0-cp311-cp311-manylinux_2_28_x86_64.whl.metadata (30 kB)",
        "Downloading torch-2.9.0-cp311-cp311-manylinux_2_28_x86_64.whl (900 B)",
        "Progress 0 of 900",
        "Progress 450 of 900",
        "Progress 900 of 900",
        "Installing collected packages: torch",
    ):
        output.hear(line)
        seen.append((output.what, round(output.factor, 3)))
    assert seen[1] == ("Looking for packages", 0.0)
    assert seen[4] == ("Downloading torch", 0.405)
    assert seen[5] == ("Downloading torch", 0.81)
    assert seen[6][0].startswith("Installing") and seen[6][1] == 0.9
    assert [value for _, value in seen] == sorted(value for _, value in seen)


@pytest.mark.parametrize(
    ("said", "error", "sentence"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", UserError, "full"),
        ("ERROR: Could not find a version\nERROR: No matching distribution found for torch>=2.6", UserError, "'torch'"),
        (
            "WARNING: Retrying after NewConnectionError\nERROR: No matching distribution found for a",
            PassingError,
            "net",
        ),
        ("ERROR: something nobody has thought of", UserError, "install.log"),
    ],
)
def test_what_pip_complains_of_is_said_in_plain_words(said, error, sentence):
    output = pip.Output(expected=1.0)
    for line in said.splitlines():
        output.hear(line)
    failure = output.failure(Path("install.log"))
    assert type(failure) is error
    assert sentence in str(failure)


def test_what_the_engine_needs_is_said_once():
    project = Path(__file__).parents[2] / "pyproject.toml"
    groups = tomllib.loads(project.read_text(encoding="utf-8"))["dependency-groups"]
    assert sorted(groups["engine"]) == sorted(interpreter.REQUIREMENTS.values())


def test_work_in_the_background_tells_how_far_it_is_and_can_be_cancelled():
    def work(report):
        while True:
            report(1, 2, "Half")

    background = Background(work)
    while background.progress.what != "Half":
        assert not background.done
    background.cancel()
    with pytest.raises(Cancelled):
        background.result()
    assert background.done
    assert Background(lambda report: 7).result() == 7
