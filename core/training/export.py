# SPDX-License-Identifier: GPL-3.0-or-later
"""From checkpoints to the weights that ship: averaged and compact, as safetensors."""

from pathlib import Path

import torch
from safetensors.torch import save

from ..engine.compact import compact


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
    unfinished.write_bytes(save(compact(averaged), told))  # `save_file` would hide it from other users
    unfinished.replace(path)
    return path
