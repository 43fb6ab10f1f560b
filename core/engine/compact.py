# SPDX-License-Identifier: GPL-3.0-or-later
"""How weights lie in files: half precision, and the large matrices of perceptrons in eight bits.

A matrix that multiplies a thousand numbers averages its rounding errors out; convolutions, which are small, keep half
precision.
"""

import torch
from torch import Tensor

_LARGE = 1 << 16
"""Numbers from which on a matrix is rounded to eight bits."""
_STEPS = 127
_SCALE = ".scale"


def compact(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights as files hold them: of large matrices int8 and, as NAME.scale, by what each row is to be multiplied."""
    packed = {}
    for name, value in weights.items():
        if value.dim() == 2 and value.numel() >= _LARGE:
            scale = (value.float().abs().amax(1, keepdim=True) / _STEPS).clamp_min(1e-6).half()
            packed[name] = (value.float() / scale.float()).round().clamp(-_STEPS, _STEPS).to(torch.int8)
            packed[name + _SCALE] = scale
        else:
            packed[name] = value.half().contiguous()
    return packed


def full(packed: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights of a file in single precision."""
    scales = {name + _SCALE for name in packed} & packed.keys()
    return {
        name: value.float() * packed[name + _SCALE].float() if name + _SCALE in scales else value.float()
        for name, value in packed.items()
        if name not in scales
    }
