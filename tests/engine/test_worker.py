# SPDX-License-Identifier: GPL-3.0-or-later
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from core import wire
from core.client import Client
from core.engine import orders, requests, style
from core.engine.failures import understood
from core.engine.tensors import to_batch
from core.errors import Cancelled, OutOfMemoryError, UserError
from core.progress import Report
from core.styles import Card

ROOT = Path(__file__).parents[2]
MACHINE = {"device": "cpu"}


@pytest.fixture(autouse=True)
def untrained(models, monkeypatch):
    """Networks that have learnt nothing, in place of those that are shipped."""
    monkeypatch.setattr(orders, "models_on", lambda chosen: models)


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).random((height, width, 4), np.float32)


def repaint(styles: list[dict], *pixels: np.ndarray, report: Report | None = None, **settings) -> tuple:
    fields = {"settings": settings, "machine": MACHINE, "styles": styles}
    arrays = [array.copy() for array in pixels]  # the worker's own, in which it leaves the result
    return requests.repaint(fields, arrays, report or Report())


def test_each_request_of_the_wire_has_an_answer():
    assert set(requests.REQUESTS) | {"cancel"} == wire.REQUESTS


def test_a_picture_is_repainted_in_the_manner_of_another(models):
    pixels = picture(20, 30)
    fields, (painted,) = repaint([{"reference": 0, "weight": 1.0}], pixels, picture(16, 16))
    assert painted.shape == pixels.shape and painted.dtype == np.float32
    assert np.array_equal(painted[..., 3], pixels[..., 3]) and not np.array_equal(painted, pixels)
    assert fields["cleaned"] == 0 and fields["device"]


def test_a_style_file_paints_as_the_picture_that_it_was_made_of(models, tmp_path):
    pixels, reference = picture(20, 30), picture(16, 16)
    batch = to_batch(reference, models.device.torch)
    learnt = style.from_references(models, [batch], Card("Random", network=models.network))
    style.write(learnt, tmp_path / "random.safetensors")
    _, (by_file,) = repaint([{"path": str(tmp_path / "random.safetensors"), "weight": 2.0}], pixels)
    _, (by_picture,) = repaint([{"reference": 0, "weight": 0.5}], pixels, reference)
    assert np.abs(by_file - by_picture).max() < 1e-3  # a file keeps half the digits


def test_the_seed_alone_decides_what_is_random(models):
    pixels, reference = picture(20, 30), picture(64, 64)
    seeded = [repaint([{"reference": 0, "weight": 1}], pixels, reference, seed=seed)[1][0] for seed in (1, 1, 2)]
    assert np.array_equal(seeded[0], seeded[1]) and not np.array_equal(seeded[0], seeded[2])


def test_repainting_can_be_cancelled_on_the_way(models):
    seen = []
    report = Report(seen.append, lambda: len(seen) == 5)
    with pytest.raises(Cancelled):
        repaint([{"reference": 0, "weight": 1}], picture(20, 30), picture(16, 16), report=report)


@pytest.mark.parametrize(
    ("styles", "pixels", "settings"),
    [
        ([], picture(4, 4), {}),
        ([{"path": "no/such.safetensors", "weight": 1}], picture(4, 4), {}),
        ([{"reference": 0, "weight": 0}], picture(4, 4), {}),
        ([{"reference": 0, "weight": 1}], picture(4, 4)[..., :3], {}),
        ([{"reference": 0, "weight": 1}], picture(4, 4).astype(np.float64), {}),
        ([{"reference": 0, "weight": 1}], picture(4, 4), {"strength": 2.0}),
    ],
    ids=["no style", "no file", "no weight", "no alpha", "double precision", "too strong"],
)
def test_wrong_input_is_the_users_to_mend(models, styles, pixels, settings):
    with pytest.raises(UserError):
        repaint(styles, pixels, picture(16, 16), **settings)


def test_what_would_compute_is_told(models):
    known, _ = requests.info({"machine": MACHINE}, [], Report())
    assert known["networks"] == models.network and known["precision"] == "float32" and "cpu" in known["devices"]


@pytest.mark.parametrize(
    ("error", "means"),
    [
        (MemoryError(), OutOfMemoryError),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB."), OutOfMemoryError),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes."), OutOfMemoryError),
        (RuntimeError("MPS backend out of memory"), OutOfMemoryError),
        (RuntimeError("CUDNN_STATUS_ALLOC_FAILED"), OutOfMemoryError),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), type(None)),
        (ValueError("out of memory"), type(None)),
        (UserError("The picture is upside down."), UserError),
        (Cancelled(), Cancelled),
    ],
    ids=repr,
)
def test_failures_are_understood(error, means):
    assert type(understood(error)) is means


def test_torchs_own_failure_to_allocate_is_understood():
    with pytest.raises(RuntimeError) as raised:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert isinstance(understood(raised.value), OutOfMemoryError)


@pytest.mark.slow
def test_the_worker_that_is_shipped_loads_and_answers(tmp_path):
    client = Client(Path(sys.executable), ROOT, tmp_path / "worker.log")
    try:
        with pytest.raises(UserError, match="Strength"):
            client.submit("stylize", {"settings": {"strength": 7.0}}).wait()
        assert client.ready["versions"]["torch"] == torch.__version__ and "cpu" in client.ready["devices"]
    finally:
        client.stop()


def raw_worker() -> subprocess.Popen:
    command = [sys.executable, "-m", "rehearsal"]
    return subprocess.Popen(
        command, cwd=ROOT / "tests" / "core", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


def test_a_worker_that_is_sent_nonsense_says_so_and_ends():
    with raw_worker() as worker:
        worker.stdin.write(b"GET / HTTP/1.1\r\n\r\n")
        worker.stdin.flush()
        replies = [wire.read(worker.stdout), wire.read(worker.stdout)]
        failure = next(reply for reply in replies if reply and reply.kind == "failure")
        assert failure.job == 0 and "cannot read" in failure.fields["message"]
        assert worker.wait(30) != 0


def test_a_worker_ends_with_its_stdin():
    with raw_worker() as worker:
        assert wire.read(worker.stdout).kind == "ready"
        worker.stdin.close()
        assert worker.wait(30) == 0
