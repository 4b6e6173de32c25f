"""Parameter counts at the paper's scale, under the defaults of the schema: design and code agree."""

from pathlib import Path

import pytest
import torch
import yaml
from network_sizes import DEMO, PAPER
from snakemake.utils import update_config, validate

from genodiff.networks.backbones import build_backbone

SCHEMA = Path(__file__).parents[3] / "config" / "schema.yaml"
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
    config = {"cohort": {"source": "simulate"}}
    validate(config, str(SCHEMA))

    def of(name):
        with torch.device("meta"):
            network = build_backbone(name, 18_432, 8, 2, config["backbone_settings"][name])
        return sum(parameter.numel() for parameter in network.parameters())

    return of


@pytest.mark.parametrize("name", MILLIONS)
def test_paper_scale__parameters_within_two_percent(name, count):
    assert count(name) / 1e6 == pytest.approx(MILLIONS[name], rel=0.02)


def test_paper_scale__mlp_cnn_is_the_sum_and_its_mixer(count):
    # 1 - 128 - 1 with biases: 385.
    assert count("mlp_cnn") == count("unet_mlp") + count("unet_cnn") + 385


@pytest.mark.parametrize(
    ("sizes", "files"), [(PAPER, []), (DEMO, ["config.yaml"])], ids=["paper", "demo"]
)
def test_network_sizes__are_those_of_the_configuration(sizes, files):
    config = {"cohort": {"source": "simulate"}}
    for file in files:
        update_config(config, yaml.safe_load((SCHEMA.parent / file).read_text()))
    validate(config, str(SCHEMA))
    assert sizes["backbones"] == config["backbone_settings"]
    assert sizes["classifiers"] == config["classifier_settings"]
    assert sizes["classifier_steps"] == config["classifier_training"]["steps"]
