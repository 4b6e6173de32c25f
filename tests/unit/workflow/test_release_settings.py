"""What may be released, and as what."""

import pytest

from genodiff.runtime.errors import InputError


@pytest.mark.parametrize("given", ["[unet_mlp]", "{unet_mlp: {}}"])
def test_release__a_list_of_names_or_names_with_settings(loaded, given):
    own = loaded(f"release: {given}")["release"]["unet_mlp"]
    assert own["formats"] == ["plink2", "vcf"]
    assert own["individuals"] is own["label_mix"] is own["force"] is None


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["release: [unet_mpl]"], ["release", "unet_mpl", "did you mean 'unet_mlp'"]),
        (
            ["release: [mosaic]"],
            ["release.mosaic", "copies whole genes of real", "release.mosaic.force"],
        ),
        (["release: [copying]"], ["release.copying", "stretches of chromosomes", "force"]),
        (["release: [independent]"], ["release.independent", "component scores", "force"]),
        (["release: [unet_mlp]", "run_generators: [gaussian]"], ["release.unet_mlp", "run_generators"]),
        (["release: {unet_mlp: {formats: [vfc]}}"], ["release.unet_mlp.formats", "'vfc'", "vcf"]),
        (["release: {unet_mlp: {individuals: 0}}"], ["release.unet_mlp.individuals"]),
        (["release: {unet_mlp: {label_mix: {case: 0}}}"], ["release.unet_mlp.label_mix", "zero"]),
        (["release: unet_mlp"], ["release", "unet_mlp"]),
        (
            ["release: [unet_mlp]", "synthetic: {forms: [components]}"],
            ["synthetic.forms", "a release needs `genotypes`"],
        ),
        (
            ["release: {x: {individuals: 5}}", "generators: {x: {kind: external, path: x.parquet}}"],
            ["release.x", "released as they are"],
        ),
    ],
)
def test_release__what_contradicts_itself_is_said_before_anything_runs(loaded, texts, words):
    with pytest.raises(InputError) as error:
        loaded(*texts)
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        ([], ["transformer"]),
        (["generators: {gene_mixer: {run: true}}"], ["gene_mixer"]),
        (["run_generators: [gaussian, unet_mlp, baseline]"], ["unet_mlp"]),
        (["run_generators: [gaussian, mosaic]"], []),
        (["synthetic: {forms: [components]}"], []),
        (["release: []"], []),
    ],
)
def test_release__by_default_is_of_one_generator_that_runs(loaded, texts, names):
    assert list(loaded(*texts)["release"]) == names


def test_release__a_copying_reference_with_a_reason(loaded):
    own = loaded("release: {mosaic: {force: for a test of the form}}")["release"]
    assert own["mosaic"]["force"] == "for a test of the form"


def test_release_size__shares_are_at_most_one_and_may_be_none(loaded):
    off = loaded("privacy: {release_size: {genes: []}}")["privacy"]["release_size"]
    assert off == {"individuals": [0.1, 0.25, 0.5, 1], "genes": []}
    for wrong in ("[0]", "[1.5]", "[0.5, 0.5]"):
        with pytest.raises(InputError, match=r"privacy.release_size.individuals"):
            loaded(f"privacy: {{release_size: {{individuals: {wrong}}}}}")
