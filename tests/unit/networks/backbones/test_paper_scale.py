"""Parameter counts at the paper's scale, under the default settings: design and code agree."""

import pytest
import torch

from genodiff.networks.backbones import BACKBONES, build_backbone

# Of the reference implementation, in millions; mlp_cnn is the sum of its two networks.
MILLIONS = {
    "baseline": 303.2,
    "unet_mlp": 310.1,
    "unet_cnn": 18.6,
    "mlp_cnn": 310.1 + 18.6,
    "transformer": 135.3,
}


@pytest.fixture(scope="module")
def count():
    """Parameters of a backbone on 18,432 genes x 8 components and two classes; nothing is allocated."""

    def of(name):
        settings = BACKBONES[name].settings().model_dump()
        with torch.device("meta"):
            network = build_backbone(name, 18_432, 8, 2, settings)
        return sum(parameter.numel() for parameter in network.parameters())

    return of


@pytest.mark.parametrize("name", MILLIONS)
def test_paper_scale__parameters_within_two_percent(name, count):
    assert count(name) / 1e6 == pytest.approx(MILLIONS[name], rel=0.02)


def test_paper_scale__mlp_cnn_is_the_sum_and_its_mixer(count):
    # 1 - 128 - 1 with biases: 385.
    assert count("mlp_cnn") == count("unet_mlp") + count("unet_cnn") + 385
