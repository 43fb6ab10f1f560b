# SPDX-License-Identifier: GPL-3.0-or-later
import io
import json
import struct

import numpy as np
import pytest

from core import wire
from core.wire import Message, WireError


def sent(message: Message) -> bytes:
    stream = io.BytesIO()
    wire.write(stream, message)
    return stream.getvalue()


def framed(header: object, magic: bytes = b"MNR1") -> bytes:
    encoded = header if isinstance(header, bytes) else json.dumps(header).encode()
    return magic + struct.pack("<I", len(encoded)) + encoded


class Trickle(io.BytesIO):
    """A pipe that gives and takes a few bytes at a time."""

    def readinto(self, target):
        return super().readinto(memoryview(target)[:7])

    def write(self, data):
        return super().write(bytes(data[:7]))


@pytest.mark.parametrize("dtype", sorted(wire.DTYPES))
@pytest.mark.parametrize("shape", [(), (3,), (0, 4), (2, 3, 4)])
def test_arrays_of_every_kind_arrive_as_they_were(dtype, shape):
    array = (np.arange(np.prod(shape, dtype=int)) % 2).astype(dtype).reshape(shape)
    arrived = wire.read(io.BytesIO(sent(Message("result", 1, {}, (array,))))).arrays[0]
    assert arrived.dtype == array.dtype and arrived.shape == shape
    assert arrived.tobytes() == array.tobytes()


def test_flipped_and_sliced_views_arrive_as_they_look():
    pixels = np.arange(60, dtype=np.float32).reshape(5, 3, 4)
    views = (pixels[::-1], pixels[..., :3], pixels.T)
    arrived = wire.read(io.BytesIO(sent(Message("stylize", 1, {}, views)))).arrays
    assert all(np.array_equal(a, b) for a, b in zip(arrived, views, strict=True))


def test_fields_of_every_kind_arrive():
    fields = {"text": "Küste", "number": 0.1, "list": [1, None, True], "nested": {"a": {}}}
    assert wire.read(io.BytesIO(sent(Message("info", 7, fields)))) == Message("info", 7, fields)


def test_messages_follow_each_other_through_a_pipe_that_trickles():
    stream = Trickle()
    for job in (1, 2):
        wire.write(stream, Message("stylize", job, {}, (np.full((9, 9), job, np.float32),)))
    stream.seek(0)
    assert [wire.read(stream).arrays[0][8, 8] for _ in (1, 2)] == [1, 2]
    assert wire.read(stream) is None


def test_arrays_that_arrive_can_be_written_to():
    arrived = wire.read(io.BytesIO(sent(Message("result", 1, {}, (np.zeros(3, np.float32),))))).arrays[0]
    arrived += 1
    assert arrived.tolist() == [1, 1, 1]


def test_every_cut_through_a_message_is_noticed():
    whole = sent(Message("result", 1, {"a": 1}, (np.zeros(3, np.uint8),)))
    for length in range(1, len(whole)):
        with pytest.raises(WireError):
            wire.read(io.BytesIO(whole[:length]))


@pytest.mark.parametrize(
    "header",
    [
        b"\xff\xfe not text",
        b"{",
        b"[" * 100_000,
        [],
        {"kind": "info", "job": 1, "fields": {}, "arrays": []},
        ["format", 1, {}, []],
        [["info"], 1, {}, []],
        ["info", -1, {}, []],
        ["info", True, {}, []],
        ["info", 1, [], []],
        ["info", 1, {}, None],
        ["info", 1, {}, ["<f4"]],
        ["info", 1, {}, [["<f4", "3"]]],
        ["info", 1, {}, [["<f4", 3]]],
        ["info", 1, {}, [["<f4", [-1]]]],
        ["info", 1, {}, [["<f4", [1.0]]]],
        ["info", 1, {}, [["|O", [1]]]],
        ["info", 1, {}, [[{}, [1]]]],
        ["info", 1, {}, [["<f4", [1] * 9]]],
        ["info", 1, {}, [["|u1", [0]]] * 65],
        ["info", 1, {}, [["<f4", [1 << 40]]]],
        ["info", 1, {}, [["<f4", [1 << 32, 1 << 32, 1 << 32]]]],
        ["info", 1, {}, [["<f4", [0, 1 << 62]]]],
        ["info", 1, {}, [["|u1", [1 << 34]]] * 3],
    ],
    ids=repr,
)
def test_headers_that_make_no_sense_are_refused(header):
    with pytest.raises(WireError):
        wire.read(io.BytesIO(framed(header)))


def test_what_is_no_message_is_refused_before_it_is_waited_for():
    for garbage in (b"Traceback (most recent call last):\n", framed({}, b"MNR0"), b"MNR1" + b"\xff" * 4):
        with pytest.raises(WireError):
            wire.read(io.BytesIO(garbage))


def test_each_side_refuses_what_only_it_may_say():
    request, reply = sent(Message("info", 1, {})), sent(Message("result", 1, {}))
    with pytest.raises(WireError):
        wire.read(io.BytesIO(reply), wire.REQUESTS)
    with pytest.raises(WireError):
        wire.read(io.BytesIO(request), wire.REPLIES)


@pytest.mark.parametrize(
    "message",
    [
        Message("format", 1, {}),
        Message("info", 1, {"path": object()}),
        Message("info", 1, {"text": "x" * wire.HEADER_LIMIT}),
        Message("info", 1, {}, (np.zeros(3, object),)),
        Message("info", 1, {}, (np.zeros(3, ">f4"),)),
        Message("info", 1, {}, (np.zeros(1, np.uint8),) * 65),
        Message("info", 1, {}, (np.broadcast_to(np.zeros(1, np.uint8), (1 << 36,)),)),
    ],
    ids=["kind", "fields", "header", "dtype", "byte order", "arrays", "bytes"],
)
def test_what_would_be_refused_is_not_even_begun(message):
    stream = io.BytesIO()
    with pytest.raises(WireError):
        wire.write(stream, message)
    assert stream.getvalue() == b""
