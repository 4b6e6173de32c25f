"""The methods in sentences follow the settings."""

import pytest

from genodiff.report.content import shown_config
from genodiff.report.methods import SOURCES, methods
from genodiff.workflow import settings

PANEL = {"source": "simulate", "simulate": {"panel": 100}}
STEPS = {"dp_sgd": {"epochs": 4}}
NUMBERS = {"individuals": 1234, "snps": 5678, "genes": 90}


def text_of(**changes):
    """The whole text and its sources for a configuration."""
    config = {"cohort": {"source": "simulate"}, "diffusion": {"recipe": "best"}}
    config = settings.load(config | changes)
    entries = {name: config["generators"][name] for name in config["run_generators"]}
    paragraphs, cited = methods(config, entries, NUMBERS)
    return " ".join(paragraphs.values()), cited


def test_methods__numbers_and_generators_of_the_run():
    text, cited = text_of()
    for part in ("1,234", "5,678", "90 genes", "MLP+CNN", "Mosaic draws whole genes", "simulated"):
        assert part in text
    assert all(source in SOURCES.values() for source in cited)


def test_methods__of_the_gene_mixer_have_its_prior():
    own = {"gene_mixer": {"run": True, "settings": {"shared_by": 31}}}
    assert "values that at least 31 of them share" in text_of(generators=own)[0]
    assert "prior of each gene" not in text_of()[0]


def test_methods__every_source_is_cited_somewhere():
    ddim = text_of(diffusion={"sampler": "ddim", "prediction": "noise", "guidance": 2})[1]
    karras = text_of(diffusion={"recipe": "best", "sampler": "heun", "sampler_grid": "karras"})
    assert "in 15 steps spaced as by Karras et al. 2022 by Heun (Karras et al. 2022)" in karras[0]
    private = text_of(cohort=PANEL, run_generators=["diffusion_dp"], generators={"diffusion_dp": STEPS})[
        1
    ]
    splits = text_of(splits=2)[1]
    assert {*text_of()[1], *ddim, *karras[1], *private, *splits} == set(SOURCES.values())


def test_methods__say_how_many_splits_there_were():
    assert "on one other split (2 splits in all)" in text_of(splits=2)[0]
    assert "on 3 other splits (4 splits in all)" in text_of(splits=4)[0]
    assert "splits" not in text_of()[0]


def test_methods__of_a_public_panel_and_a_proof():
    text = text_of(cohort=PANEL, run_generators=["gaussian_dp"])[0]
    assert "are those of individuals of a public panel" in text
    assert "pochs" not in text
    assert "no threshold" not in text
    assert "All thresholds" not in text
    assert "which was fitted to that panel" in text
    assert "epsilon 8, delta 1e-05" in text
    assert "come from elsewhere" not in text
    assert "panel" not in text_of()[0]


def test_methods__of_a_network_with_a_proof():
    text = text_of(cohort=PANEL, run_generators=["diffusion_dp"])[0]
    assert "Private diffusion is a diffusion model" in text
    assert "was trained on the panel" in text
    assert "means of classes are sums over training individuals" in text
    assert "starts from a prior of each gene in closed form, fitted to the panel" in text
    assert "means of classes, shrunk" not in text
    assert "Epochs of networks without a proof" not in text
    assert "gradients" not in text
    own = {"diffusion_dp": STEPS}
    text = text_of(cohort=PANEL, run_generators=["diffusion_dp"], generators=own)[0]
    assert "steps of 4 epochs are sums of their gradients" in text


@pytest.mark.parametrize(
    ("changes", "without"),
    [
        ({"run_generators": ["independent"]}, "Lu et al. 2022"),
        ({"run_generators": ["mosaic"]}, "Li and Stephens"),
        ({"quality": {"min_hwe_p": None}}, "Wigginton"),
        ({"synthetic": {"forms": ["components"]}, "release": []}, "Manichaikul"),
    ],
)
def test_methods__cite_nothing_that_was_not_done(changes, without):
    assert without in text_of()[0]
    text, cited = text_of(**changes)
    assert without not in text
    assert not any(without in source for source in cited)


def test_shown_config__has_no_folder_and_no_unused_setting():
    config = settings.load({"cohort": {"source": "simulate"}, "run_generators": ["unet_mlp"]})
    config["cohort"]["genes"] = "/home/SECRET/genes.bed"
    shown = shown_config(config, {"unet_mlp.genotypes": {}})
    assert "SECRET" not in str(shown)
    assert "genes.bed" in shown["cohort"]["genes"]
    assert list(shown["generators"]) == ["unet_mlp"]
    assert "projections" not in shown
