# SPDX-License-Identifier: GPL-3.0-or-later
"""What a virtual X screen shows, read from the file in which Xvfb keeps its frame buffer."""

import struct
from pathlib import Path

import numpy as np

# Places in the header of the X Window Dump format, counted in big-endian 32-bit words (X11/XWDFile.h).
HEADER_SIZE, WIDTH, HEIGHT, MOST_SIGNIFICANT_FIRST, BYTES_PER_LINE, COLORS = 0, 4, 5, 7, 12, 19
BYTES_PER_COLOR = 12


def read(path: Path) -> np.ndarray:
    """The screen now: (H, W, 3) uint8, top row first. The screen is 24 bits deep, 32 bits a pixel."""
    dump = path.read_bytes()
    header = struct.unpack(">25I", dump[:100])
    rows, stride = header[HEIGHT], header[BYTES_PER_LINE]
    pixels = np.frombuffer(dump, np.uint8, rows * stride, header[HEADER_SIZE] + header[COLORS] * BYTES_PER_COLOR)
    pixels = pixels.reshape(rows, stride)[:, : header[WIDTH] * 4].reshape(rows, header[WIDTH], 4)
    return pixels[..., 1:] if header[MOST_SIGNIFICANT_FIRST] else pixels[..., 2::-1]
