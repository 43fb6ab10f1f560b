# SPDX-License-Identifier: GPL-3.0-or-later
"""The language of the process wall: a length, a JSON header, then the raw numbers of the arrays that it lists.

Both sides speak it over pipes. Whatever does not fit its bounds ends the conversation as a `WireError`.
"""

import json
import math
import reprlib
import struct
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

REQUESTS = frozenset({"stylize", "adapt", "texture", "sequence", "info", "nearest", "surprise", "map", "cancel"})
"""What Blender says; "cancel" names the job to cancel."""
REPLIES = frozenset({"ready", "progress", "result", "failure"})
"""What the worker says; "ready" and the failure of the worker as a whole belong to job 0.

The one array of "progress", where it has one, shows what has come of the job so far: pixels (H, W, 4) float32."""

HEADER_LIMIT = 1 << 20
ARRAYS_LIMIT = 64
DIMENSIONS_LIMIT = 8
BYTES_LIMIT = 32 << 30
DTYPES = frozenset({"|b1", "|u1", "<u2", "<i4", "<i8", "<f2", "<f4", "<f8"})
_PREFIX = struct.Struct("<4sI")
_MAGIC = b"MNR1"


class WireError(Exception):
    """A message that is malformed, too large or cut off: nothing that follows it can be trusted."""


@dataclass(frozen=True)
class Message:
    """One request or reply. `fields` are what JSON can hold; the dtypes of `arrays` are those of `DTYPES`."""

    kind: str
    job: int
    fields: dict[str, Any]
    arrays: tuple[np.ndarray, ...] = ()


def write(stream: BinaryIO, message: Message) -> None:
    """Write a message to an unbuffered stream; arrays that lie contiguous in memory are not copied.

    :raises WireError: the other side would refuse it. Nothing was written then, nor if memory runs out.
    """
    listed = [(array.dtype.str, array.shape) for array in message.arrays]
    try:
        header = json.dumps([message.kind, message.job, message.fields, listed]).encode()
        _check(header, json.loads(header), REQUESTS | REPLIES)
    except (TypeError, ValueError, RecursionError) as error:
        raise WireError(f"The message '{message.kind}' cannot be written as JSON: {error}.") from error
    arrays = [np.ascontiguousarray(array) for array in message.arrays]
    _pour(stream, _PREFIX.pack(_MAGIC, len(header)) + header)
    for array in arrays:
        _pour(stream, _bytes_of(array))


def read(stream: BinaryIO, kinds: Collection[str] = REQUESTS | REPLIES) -> Message | None:
    """Read the next message, of one of `kinds`, from an unbuffered stream straight into its arrays; None at the end.

    :raises WireError: it is not such a message, or the stream ends in its midst.
    """
    prefix = bytearray(_PREFIX.size)
    if not _fill(stream, prefix, may_end=True):
        return None
    magic, length = _PREFIX.unpack(prefix)
    if magic != _MAGIC or length > HEADER_LIMIT:
        raise WireError(f"No message begins with {bytes(prefix)!r}.")
    header = bytearray(length)
    _fill(stream, header)
    try:
        kind, job, fields, listed = _check(header, json.loads(header), kinds)
        arrays = tuple(np.empty(shape, dtype) for dtype, shape in listed)
    except (TypeError, ValueError, RecursionError) as error:
        raise WireError(f"The header of a message makes no sense: {error}.") from error
    except MemoryError as error:
        raise WireError(f"There is no memory for the arrays of a message: {error}.") from error
    for array in arrays:
        _fill(stream, _bytes_of(array))
    return Message(kind, job, fields, arrays)


def _check(encoded: bytes | bytearray, header: Any, kinds: Collection[str]) -> tuple[str, int, dict, list]:
    """The four parts of a header that may be believed, the same on both sides."""
    if len(encoded) > HEADER_LIMIT:
        raise WireError(f"A header may take {HEADER_LIMIT} bytes, but takes {len(encoded)}.")
    kind, job, fields, listed = header
    if kind not in kinds or type(job) is not int or job < 0 or type(fields) is not dict:
        raise WireError(f"There is no message of the kind {reprlib.repr(kind)} for the job {reprlib.repr(job)}.")
    if len(listed) > ARRAYS_LIMIT:
        raise WireError(f"A message may hold {ARRAYS_LIMIT} arrays, but holds {len(listed)}.")
    if sum(_size(dtype, shape) for dtype, shape in listed) > BYTES_LIMIT:
        raise WireError(f"The arrays of a message may take {BYTES_LIMIT >> 30} GiB, but take more.")
    return kind, job, fields, listed


def _size(dtype: str, shape: list[int]) -> int:
    """Bytes of an array; an empty one counts as if it were not, so that no other side of it grows without bounds."""
    if dtype not in DTYPES or len(shape) > DIMENSIONS_LIMIT or any(type(n) is not int or n < 0 for n in shape):
        raise WireError(f"There is no array of the type {reprlib.repr(dtype)} and the shape {reprlib.repr(shape)}.")
    return math.prod(max(1, n) for n in shape) * np.dtype(dtype).itemsize


def _bytes_of(array: np.ndarray) -> memoryview:
    """The memory of a contiguous array; numpy's view, because memoryview.cast refuses empty arrays."""
    return memoryview(array.reshape(-1).view(np.uint8))


def _pour(stream: BinaryIO, data: bytes | memoryview) -> None:
    """Write all of `data`: a pipe takes what it has room for."""
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]


def _fill(stream: BinaryIO, target: bytearray | memoryview, may_end: bool = False) -> bool:
    """Read until `target` is full; False where the stream has ended before its first byte and may do so."""
    rest = memoryview(target)
    while rest:
        count = stream.readinto(rest)
        if not count:
            if may_end and len(rest) == len(target):
                return False
            raise WireError("The conversation ended in the midst of a message.")
        rest = rest[count:]
    return True
