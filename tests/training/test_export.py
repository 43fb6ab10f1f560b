# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
import torch
from safetensors.torch import load_file

from core.engine.models import Models
from core.training.distil import Student
from core.training.export import export
from core.training.loop import Plan, Run
from core.training.paint import Pupil


def checkpoint(network, folder):
    """A run whose average differs from where it got to."""
    run = Run(network, Plan(steps=1), folder)
    with torch.no_grad():
        for parameter in run.average.parameters():
            parameter.mul_(1.5)
    run.step = 7
    run.save()
    return run


def test_an_encoder_ships_its_average_without_the_maps_to_the_teacher(models, tmp_path):
    run = checkpoint(Student(), tmp_path / "run")
    path = export(run.checkpoint, "encoder", models.folder)
    assert path == models.folder / "encoder.safetensors"
    assert not any("maps" in name for name in load_file(path))
    shipped, average = Models(models.device, models.folder).encoder, run.average.module.encoder
    for name, tensor in average.state_dict().items():
        assert torch.allclose(shipped.state_dict()[name], tensor, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("quality", ["fast", "fine"])
def test_a_painter_ships_in_half_precision_with_its_style_encoder_of_which_large_matrices_are_rounded(
    models, tmp_path, quality
):
    run = checkpoint(Pupil(quality), tmp_path / "run")
    weights = load_file(export(run.checkpoint, quality, models.folder))
    assert {tensor.dtype for tensor in weights.values()} == {torch.float16, torch.int8}
    assert all(name.startswith("style_encoder.") for name, tensor in weights.items() if tensor.dtype == torch.int8)
    shipped = Models(models.device, models.folder)
    for part in ("painter", "style_encoder"):
        state = getattr(shipped, part)(quality).state_dict()
        average = getattr(run.average.module, part).state_dict()
        for name in average:
            rounding = 0.005 * average[name].abs().max().item() if f"{part}.{name}.scale" in weights else 1e-6
            assert torch.allclose(state[name], average[name], rtol=1e-3, atol=rounding), name


def test_what_is_exported_is_there_whole_or_not_at_all(models, tmp_path):
    run = checkpoint(Pupil("fast"), tmp_path / "run")
    before = sorted(path.name for path in models.folder.iterdir())
    export(run.checkpoint, "fast", models.folder)
    assert sorted(path.name for path in models.folder.iterdir()) == before


def test_what_is_exported_can_be_read_by_whom_any_new_file_can(models, tmp_path):
    (tmp_path / "any").touch()
    path = export(checkpoint(Pupil("fast"), tmp_path / "run").checkpoint, "fast", models.folder)
    assert path.stat().st_mode == (tmp_path / "any").stat().st_mode
