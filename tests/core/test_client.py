# SPDX-License-Identifier: GPL-3.0-or-later
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.client import Client
from core.errors import Cancelled, OutOfMemoryError, PassingError, UserError
from core.progress import Report

HERE = Path(__file__).parent
PICTURE = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


@pytest.fixture
def client(tmp_path):
    client = Client(Path(sys.executable), HERE, tmp_path / "worker.log", "rehearsal")
    yield client
    client.stop()


@pytest.fixture
def stage():
    """Where jobs that stay tell of their beginning, and with the end of the line of theirs."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        yield server


def port(stage) -> int:
    return stage.getsockname()[1]


def begun(stage) -> tuple[socket.socket, int]:
    """Wait until a job has begun: its line, and the number of its process."""
    line, _ = stage.accept()
    line.settimeout(10)
    return line, int(line.recv(100))


def gone(line) -> bool:
    """Wait until the process at the other end is gone."""
    try:
        return line.recv(100) == b""
    except ConnectionResetError:
        return True


def replies_of(job) -> list:
    replies = []
    while not job.done:
        replies += job.poll()
        time.sleep(0.01)
    time.sleep(0.2)
    return replies + job.poll()


def last_words(job) -> dict:
    """The fields of the one failure that a job ends with."""
    (failure,) = [reply for reply in replies_of(job) if reply.kind != "progress"]
    assert failure.kind == "failure"
    return failure.fields


def test_a_picture_goes_there_and_back(client):
    assert not client.running
    result = client.submit("stylize", {"do": "echo", "name": "Küste"}, [PICTURE[::-1]]).wait()
    assert client.running and client.ready["versions"] == {"rehearsal": "1"}
    assert result.fields["name"] == "Küste"
    assert np.array_equal(result.arrays[0], PICTURE[::-1])


def test_two_jobs_are_done_in_order_by_one_process(client, stage):
    first = client.submit("stylize", {"do": "stay", "port": port(stage)})
    second = client.submit("info", {"do": "echo"})
    line, pid = begun(stage)
    assert not any(reply.kind == "result" for reply in second.poll())
    first.cancel()
    assert second.wait().fields["pid"] == pid
    assert last_words(first)["exit_code"] == Cancelled.exit_code


def test_submitting_does_not_wait_for_the_worker(client, monkeypatch):
    monkeypatch.setenv("REHEARSAL_LOADING_S", "60")
    jobs = [client.submit("stylize", {"do": "echo"}, [np.zeros((1024, 1024, 4), np.float32)]) for _ in range(4)]
    assert client.ready is None and not any(job.poll() for job in jobs)


def test_progress_is_passed_on_but_not_more_than_can_be_read(client):
    seen = []
    client.submit("stylize", {"do": "count", "steps": 10_000}).wait(Report(seen.append))
    counted = [progress for progress in seen if progress.what == "Counting"]
    assert counted[0].done == 0 and counted[-1].done == counted[-1].total == 10_000
    assert len(counted) < 1_000


def test_no_preview_is_left_out(client):
    seen = []
    client.submit("adapt", {"do": "sketch", "steps": 100}).wait(Report(seen.append))
    previews = [progress.preview for progress in seen if progress.preview is not None]
    assert [preview[0, 0, 0] for preview in previews] == list(range(101)) and previews[0].shape == (2, 3, 4)


def test_a_job_is_cancelled_at_work_and_the_worker_lives_on(client, stage):
    job = client.submit("stylize", {"do": "stay", "port": port(stage)})
    _, pid = begun(stage)
    job.cancel()
    with pytest.raises(Cancelled):
        job.wait()
    job.cancel()
    assert client.submit("info", {"do": "echo"}).wait().fields["pid"] == pid


def test_waiting_can_cancel_even_before_the_worker_says_anything(client, monkeypatch):
    monkeypatch.setenv("REHEARSAL_LOADING_S", "60")
    job = client.submit("stylize", {"do": "echo"})
    with pytest.raises(Cancelled):
        job.wait(Report(cancelled=lambda: True))
    assert last_words(job)["exit_code"] == Cancelled.exit_code


def test_a_job_that_waits_is_cancelled_at_once_and_never_begins(client, stage):
    first = client.submit("stylize", {"do": "stay", "port": port(stage)})
    second = client.submit("stylize", {"do": "stay", "port": port(stage)})
    line, pid = begun(stage)
    second.cancel()
    assert last_words(second)["exit_code"] == Cancelled.exit_code
    assert not first.done
    first.cancel()
    client.submit("info", {"do": "echo"}).wait()
    stage.settimeout(0)
    with pytest.raises(BlockingIOError):
        stage.accept()


def test_what_a_job_prints_goes_to_the_log_and_not_between_the_replies(client, tmp_path):
    result = client.submit("stylize", {"do": "chatter"}, [PICTURE]).wait()
    assert np.array_equal(result.arrays[0], PICTURE)
    assert {"a stray print", "a stray write"} <= set((tmp_path / "worker.log").read_text().splitlines())


@pytest.mark.parametrize(
    ("request_", "kind", "says"),
    [
        ({"do": "ask_too_much"}, UserError, "turn it round"),
        ({"do": "run_out", "by": "python"}, OutOfMemoryError, "smaller picture"),
        ({"do": "run_out", "by": "torch"}, OutOfMemoryError, "smaller picture"),
        ({"do": "stumble"}, RuntimeError, "worker.log"),
        ({"do": "mumble"}, RuntimeError, "worker.log"),
    ],
    ids=lambda value: value.get("do") if isinstance(value, dict) else "",
)
def test_a_job_that_fails_says_why_and_the_worker_lives_on(client, request_, kind, says):
    pid = client.submit("info", {"do": "echo"}).wait().fields["pid"]
    with pytest.raises(kind, match=says) as raised:
        client.submit("stylize", request_).wait()
    assert raised.type is kind
    assert client.submit("info", {"do": "echo"}).wait().fields["pid"] == pid


def test_a_bug_leaves_its_traceback_in_the_log(client, tmp_path):
    failure = last_words(client.submit("stylize", {"do": "stumble"}))
    assert failure["exit_code"] == 1 and failure["log"] == str(tmp_path / "worker.log")
    assert "in _stumble" in (tmp_path / "worker.log").read_text()


def test_a_job_that_cannot_be_sent_fails_alone(client):
    stays = client.submit("info", {"do": "echo"})
    assert last_words(client.submit("stylize", {"do": object()}))["exit_code"] == 1
    assert stays.wait().fields["pid"]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals on Windows")
def test_a_killed_worker_fails_each_job_once_and_the_next_job_has_a_new_one(client, stage):
    jobs = [client.submit("stylize", {"do": "stay", "port": port(stage)}) for _ in range(2)]
    _, pid = begun(stage)
    os.kill(pid, signal.SIGKILL)
    assert [last_words(job)["exit_code"] for job in jobs] == [PassingError.exit_code] * 2
    assert client.submit("info", {"do": "echo"}).wait().fields["pid"] != pid


def test_a_crash_is_reported_with_the_place_of_the_log(client, tmp_path):
    (tmp_path / "worker.log").write_text("from an earlier worker\n")
    failure = last_words(client.submit("stylize", {"do": "crash"}))
    assert "exit code 7" in failure["message"] and failure["log"] == str(tmp_path / "worker.log")
    assert (tmp_path / "worker.log").read_text() == "from an earlier worker\nthe last words\n"


@pytest.mark.skipif(sys.platform == "win32", reason="numbers of files differ there")
def test_a_worker_that_talks_nonsense_is_given_up(client):
    failure = last_words(client.submit("stylize", {"do": "garble"}))
    assert failure["exit_code"] == PassingError.exit_code and "No message" in failure["message"]
    assert client.submit("info", {"do": "echo"}).wait().fields["pid"]


def test_an_engine_that_does_not_load_says_so(client, monkeypatch):
    monkeypatch.setenv("REHEARSAL_BROKEN", "1")
    with pytest.raises(UserError, match="No module named 'torch'.*preferences"):
        client.submit("stylize", {"do": "echo"}).wait()


@pytest.mark.parametrize(
    ("python", "module"),
    [("no/such/python", "rehearsal"), (sys.executable, "no_such_module")],
    ids=["python", "module"],
)
def test_an_engine_that_is_not_there_says_so(tmp_path, python, module):
    client = Client(Path(python), HERE, tmp_path / "worker.log", module)
    for _ in range(2):
        with pytest.raises(UserError, match="preferences"):
            client.submit("stylize", {"do": "echo"}).wait()
    assert not client.running


def test_stopping_ends_even_a_worker_that_does_not_look_up(client, stage):
    job = client.submit("stylize", {"do": "compute", "port": port(stage)})
    line, pid = begun(stage)
    client.stop()
    assert gone(line) and not client.running
    assert last_words(job)["exit_code"] == Cancelled.exit_code
    assert client.submit("info", {"do": "echo"}).wait().fields["pid"] != pid


def test_stopping_before_the_first_job_or_twice_is_harmless(client):
    client.stop()
    client.submit("info", {"do": "echo"}).wait()
    client.stop()
    client.stop()
    assert not client.running


def test_the_worker_ends_when_its_parent_is_killed(stage, tmp_path):
    script = (
        "import sys; from pathlib import Path; from core.client import Client\n"
        f"client = Client(Path(sys.executable), Path({str(HERE)!r}), Path({str(tmp_path / 'log')!r}), 'rehearsal')\n"
        f"client.submit('stylize', {{'do': 'compute', 'port': {port(stage)}}}).wait()"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=HERE.parents[1])
    line, _ = begun(stage)
    parent.kill()
    parent.wait()
    assert gone(line)


def test_the_environment_of_blenders_python_does_not_reach_the_worker(client, monkeypatch, tmp_path):
    (tmp_path / "numpy.py").write_text("raise SystemExit('not this one')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert client.submit("info", {"do": "echo"}).wait().fields["pid"]


def test_a_log_that_has_grown_long_is_begun_anew(client, tmp_path):
    log = tmp_path / "worker.log"
    log.write_bytes(b"old\n" * 300_000)
    last_words(client.submit("stylize", {"do": "crash"}))
    assert log.read_text() == "the last words\n"


def test_without_a_log_a_crash_is_still_reported():
    client = Client(Path(sys.executable), HERE, module="rehearsal")
    with pytest.raises(PassingError, match="exit code 7"):
        client.submit("stylize", {"do": "crash"}).wait()
