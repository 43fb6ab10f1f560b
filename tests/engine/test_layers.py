# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
import torch
from torch import nn

from core.engine.layers import Conv, Enlarge, pad, set_edges
from core.engine.normalisation import Affine, applied, look, normalisation


def test_a_picture_is_mirrored_or_begun_again_beyond_its_borders_along_each_axis_as_told():
    rows = torch.arange(12.0).view(1, 1, 3, 4)
    mixed = pad(rows, 2, ("circular", "reflect"))[0, 0]
    assert mixed[2].tolist() == [2, 3, 0, 1, 2, 3, 0, 1]
    assert mixed[:, 2].tolist() == [8, 4, 0, 4, 8, 4, 0]
    assert torch.equal(pad(rows.mT, 2, ("reflect", "circular"))[0, 0], mixed.T)


@pytest.mark.parametrize("edges", [("reflect", "reflect"), ("circular", "circular"), ("circular", "reflect")])
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (5, 1), (6, 4)])
def test_convolutions_keep_the_size_of_any_picture_and_halve_it_rounding_up(edges, size):
    for stride in (1, 2):
        network = Conv(3, 5, stride=stride)
        set_edges(network, edges)
        assert network(torch.rand(2, 3, *size)).shape == (2, 5, -(-size[0] // stride), -(-size[1] // stride))


def test_a_picture_that_is_rolled_comes_out_rolled_only_along_edges_that_tile():
    network = nn.Sequential(Conv(3, 8), Conv(8, 3))
    set_edges(network, ("circular", "reflect"))
    picture = torch.rand(1, 3, 9, 10)
    painted = network(picture)
    assert torch.allclose(network(picture.roll(3, 3)), painted.roll(3, 3), atol=1e-6)
    assert not torch.allclose(network(picture.roll(3, 2)), painted.roll(3, 2), atol=1e-3)


@pytest.mark.parametrize("edges", [("reflect", "reflect"), ("circular", "reflect")])
@pytest.mark.parametrize("size", [(1, 1), (2, 7), (6, 4)])
def test_layers_give_the_same_whether_a_gradient_is_wanted_or_not(edges, size):
    layers = [Conv(6, 5), Conv(6, 5, kernel=9), Enlarge(6, 3)]
    for layer in layers:
        set_edges(layer, edges)
        style = [torch.randn(1, 3), torch.randn(1, 3)] if isinstance(layer, Enlarge) else []
        batch = torch.randn(1, 6, *size)
        more = {} if style else {"affine": Affine(torch.randn(1, 6, 1, 1), torch.randn(1, 6, 1, 1))}
        wanted = layer(batch, *style, relu=True, **more)
        with torch.no_grad():
            assert torch.allclose(layer(batch, *style, relu=True, **more), wanted, atol=1e-5)


def test_a_pixel_is_convolved_to_the_same_bits_in_small_and_large_surroundings():
    layer, batch = Conv(24, 24), torch.randn(1, 24, 40, 40)
    with torch.no_grad():
        part, whole = layer(batch[:, :, 10:14, 20:25]), layer(batch)
    assert torch.equal(part[:, :, 1:-1, 1:-1], whole[:, :, 11:13, 21:24])


def test_each_picture_is_enlarged_in_its_own_style():
    layer, batch = Enlarge(4, 3), torch.randn(2, 4, 5, 6)
    scale, shift = torch.randn(2, 3), torch.randn(2, 3)
    together = layer(batch, scale, shift)
    assert together.shape == (2, 3, 10, 12)
    plain = layer(batch, torch.zeros(2, 3), torch.zeros(2, 3))
    assert torch.allclose(together, plain * (1 + scale[..., None, None]) + shift[..., None, None], atol=1e-5)
    alone = torch.cat([layer(*(part[i : i + 1] for part in (batch, scale, shift))) for i in range(2)])
    assert torch.allclose(alone, together, atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (19, 30)])
def test_statistics_are_the_same_whether_a_gradient_is_wanted_or_not(size):
    batch = 3 * torch.randn(2, 8, *size) + torch.arange(8).view(8, 1, 1)
    with torch.no_grad():
        summed = look(batch)
    for quick, slow in zip(summed, look(batch), strict=True):
        assert torch.allclose(quick, slow, rtol=1e-4, atol=1e-4)


def test_each_picture_of_a_batch_gets_mean_and_deviation_of_its_own_style():
    scale, shift = torch.randn(2, 3), torch.randn(2, 3)
    batch = 7 + 3 * torch.rand(2, 3, 16, 16)
    styled = applied(normalisation(look(batch), scale, shift), batch)
    assert torch.allclose(styled.mean((2, 3)), shift, atol=1e-4)
    assert torch.allclose(styled.std((2, 3), correction=0), (1 + scale).abs(), atol=1e-3)


def test_a_single_pixel_can_be_normalised():
    shift = torch.randn(1, 3)
    batch = torch.rand(1, 3, 1, 1)
    styled = applied(normalisation(look(batch), torch.randn(1, 3), shift), batch)
    assert torch.allclose(styled[:, :, 0, 0], shift, atol=1e-3)


def test_a_style_in_single_precision_leaves_a_picture_in_its_own():
    batch, ones = torch.rand(1, 3, 4, 4).bfloat16(), torch.ones(1, 3)
    assert Enlarge(3, 3).bfloat16()(batch, ones, ones).dtype == torch.bfloat16
    assert applied(normalisation(look(batch), ones, ones), batch).dtype == torch.bfloat16
