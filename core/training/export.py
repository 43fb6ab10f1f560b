# SPDX-License-Identifier: GPL-3.0-or-later
"""From checkpoints to the weights that ship: averaged, in half precision, as safetensors."""

from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor


def export(checkpoint: Path, name: str, folder: Path) -> Path:
    """Write the averaged weights of a training run as `name`.safetensors below `folder`.

    :param name: "encoder", "fast" or "fine": decides which part of what was trained ships.
    """
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    averaged = {key.removeprefix("module."): value for key, value in state["average"].items() if key != "n_averaged"}
    if name == "encoder":  # without the maps to the teacher's channels
        averaged = {key.removeprefix("encoder."): v for key, v in averaged.items() if key.startswith("encoder.")}
    path = folder / f"{name}.safetensors"
    unfinished = path.with_suffix(".tmp")
    told = {"step": str(state["step"]), "seconds": str(round(state["seconds"]))}
    unfinished.write_bytes(save(_halved(averaged), told))  # `save_file` would hide it from other users
    unfinished.replace(path)
    return path


def _halved(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.half().contiguous() for name, value in weights.items()}
