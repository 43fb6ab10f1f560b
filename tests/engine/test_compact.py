# SPDX-License-Identifier: GPL-3.0-or-later
import torch
from safetensors.torch import load_file, save_file

from core.engine.compact import compact, full


def weights():
    random = torch.Generator().manual_seed(0)
    shapes = {"conv.weight": (64, 64, 3, 3), "large.weight": (300, 400), "large.bias": (300,), "small.weight": (9, 30)}
    made = {name: torch.randn(shape, generator=random) for name, shape in shapes.items()}
    made["large.weight"][0] = 0
    made["large.weight"][1] *= 1000
    return made


def test_large_matrices_take_a_byte_a_number_and_all_else_two(tmp_path):
    save_file(compact(weights()), tmp_path / "weights.safetensors")
    packed = load_file(tmp_path / "weights.safetensors")
    sizes = {name: tensor.element_size() for name, tensor in packed.items()}
    assert sizes.pop("large.weight") == 1 and set(sizes.values()) == {2}


def test_what_is_read_is_what_was_written_but_for_rounding():
    made = weights()
    read = full(compact(made))
    assert read.keys() == made.keys() and {tensor.dtype for tensor in read.values()} == {torch.float32}
    for name, tensor in made.items():
        steps = 2**-10 if name != "large.weight" else 0.6 / 127  # of each row's largest number
        bound = steps * tensor.flatten(1).abs().amax(1) if tensor.dim() > 1 else steps * tensor.abs()
        error = (read[name] - tensor).abs()
        assert bool(((error.flatten(1).amax(1) if tensor.dim() > 1 else error) <= bound).all()), name
    assert read["large.weight"][0].abs().max() == 0


def test_a_product_with_many_numbers_hardly_changes():
    made = weights()
    seen = torch.randn(400, generator=torch.Generator().manual_seed(1))
    exact, rounded = made["large.weight"] @ seen, full(compact(made))["large.weight"] @ seen
    assert (rounded - exact)[2:].std() < 0.02 * exact[2:].std()


def test_files_from_before_are_read_as_they_are():
    old = {name: tensor.half() for name, tensor in weights().items()}
    assert all(torch.equal(tensor, old[name].float()) for name, tensor in full(old).items())
