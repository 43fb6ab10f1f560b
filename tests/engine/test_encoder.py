# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import vgg19

from core.engine.encoder import LEVELS, WIDTHS, Encoder


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (7, 9), (32, 24)])
def test_each_level_has_half_the_size_of_the_one_before_rounded_up(models, batch, size):
    features = models.encoder(batch(*size))
    assert len(features) == len(LEVELS)
    for level, (seen, width) in enumerate(zip(features, WIDTHS, strict=True)):
        assert seen.shape == (1, width, *(-(-side // 2**level) for side in size))


def test_fewer_levels_are_the_first_of_all_levels(models, batch):
    features = models.encoder(batch(16, 16))
    assert all(map(torch.equal, models.encoder(batch(16, 16), levels=2), features[:2]))


def test_an_untrained_encoder_passes_what_it_sees_to_its_last_level():
    deviations = [features.std().item() for features in Encoder()(torch.rand(2, 3, 64, 64))]
    assert min(deviations) > 0.1 * deviations[0]


def test_the_encoder_takes_at_most_a_quarter_of_the_operations_of_vgg19():
    with torch.device("meta"):
        picture, encoder, vgg = torch.empty(1, 3, 512, 512), Encoder(), vgg19().features[:21]
    operations = []
    for network in (encoder, vgg):
        with FlopCounterMode(display=False) as counter:
            network(picture)
        operations.append(counter.get_total_flops())
    assert 0 < 4 * operations[0] <= operations[1]
