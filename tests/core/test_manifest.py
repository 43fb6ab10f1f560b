# SPDX-License-Identifier: GPL-3.0-or-later
"""A farm's machine paints with what the job was exported with, or not at all."""

import json

import pytest

from core import cli, manifest
from core.errors import UserError


@pytest.fixture
def bundle(tmp_path):
    """A manifest beside its style, and the networks that it names."""
    networks = tmp_path / "networks"
    networks.mkdir()
    for file in (tmp_path / "style.safetensors", networks / "fast.safetensors"):
        file.write_bytes(file.name.encode())
    style = manifest.sha256(tmp_path / "style.safetensors")
    content = {"maniera": "1.2.3", "style": {"style.safetensors": style}, "weights": manifest.hashes(networks)}
    (tmp_path / "manifest.json").write_text(json.dumps(content))
    return tmp_path


def verify(bundle) -> None:
    manifest.verify(bundle / "manifest.json", bundle / "networks")


def test_what_the_job_was_exported_with_is_accepted(bundle):
    verify(bundle)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("networks/fast.safetensors", "install Maniera 1.2.3"),
        ("networks/more.safetensors", "install Maniera 1.2.3"),
        ("style.safetensors", "style"),
        ("manifest.json", "no manifest"),
    ],
)
def test_anything_else_is_refused(bundle, file, words):
    (bundle / file).write_bytes(b"other")
    with pytest.raises(UserError, match=words):
        verify(bundle)


def test_a_style_that_is_missing_is_refused(bundle):
    (bundle / "style.safetensors").unlink()
    with pytest.raises(UserError, match="style"):
        verify(bundle)


def test_a_worker_with_other_networks_paints_nothing(bundle, capsys):
    words = ["--input", "a_####.exr", "--frames", "1", "--output", str(bundle / "out" / "####.png")]
    exit_code = cli.main(["sequence", *words, "--style", "none", "--manifest", str(bundle / "manifest.json")])
    assert exit_code == 2
    assert "not those of the farm job" in capsys.readouterr().err
    assert not (bundle / "out").exists()
