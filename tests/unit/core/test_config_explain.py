"""Messages about what the schema refuses: which key it is, and what is allowed there."""

import pytest
import yaml

from genodiff.workflow.config import explain


@pytest.fixture
def say(schema):
    """Lines of explanation for a configuration written as YAML, put beside a valid cohort."""

    def lines(text):
        return explain({"cohort": {"source": "simulate"}} | yaml.safe_load(text), schema).splitlines()

    return lines


def test_explain__says_nothing_about_a_valid_configuration(say):
    assert say("seeds: [1, 2]\ndiffusion: {epochs: 3, learning_rate: 1.0e-3}") == []


@pytest.mark.parametrize(
    ("text", "typo", "meant", "beside"),
    [
        ("backbnes: [baseline]", "backbnes", "backbones", "classifiers"),
        ("diffusion: {epoch: 3}", "diffusion.epoch", "epochs", "batch_size"),
        ("diffusion: {schedule: {step: 3}}", "diffusion.schedule.step", "steps", "offset"),
        (
            "backbone_settings: {mlp_cnn: {unet_cnn: {blocs: 1}}}",
            "backbone_settings.mlp_cnn.unet_cnn.blocs", "blocks", "head_width",
        ),
    ],
)  # fmt: skip
def test_explain__typo_in_a_key(say, text, typo, meant, beside):
    (line,) = say(text)
    assert line.startswith(f"{typo}: unknown key (did you mean '{meant}'?). Keys allowed here: ")
    allowed = line.split("Keys allowed here: ")[1].split(", ")
    assert {meant, beside} <= set(allowed)
    assert typo not in allowed


def test_explain__key_that_resembles_none(say):
    (line,) = say("split: {zzz: 3}")
    # Two sentences, not one run into the other.
    keys = "test_fraction, validation_fraction, balance_batches"
    assert line == f"split.zzz: unknown key. Keys allowed here: {keys}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("diffusion: {epochs: -3}", "diffusion.epochs: -3 must be at least 1"),
        ("split: {test_fraction: 0}", "split.test_fraction: 0 must be greater than 0"),
        ("split: {test_fraction: 1}", "split.test_fraction: 1 must be less than 1"),
        ("quality: {min_maf: 0.7}", "quality.min_maf: 0.7 must be at most 0.5"),
        ("seeds: [0, -1]", "seeds[1]: -1 must be at least 0"),
        (
            "backbone_settings: {unet_mlp: {widths: [32, 40]}}",
            "backbone_settings.unet_mlp.widths[1]: 40 must be a multiple of 16",
        ),
    ],
)
def test_explain__number_out_of_range(say, text, expected):
    assert say(text) == [expected]


def test_explain__unknown_name_lists_those_there_are(say):
    assert say("backbones: [baseline, unet]") == [
        "backbones[1]: 'unet' is not known; allowed values: "
        "unet_cnn, unet_mlp, mlp_cnn, transformer, baseline"
    ]
    assert say("device: gpu") == ["device: 'gpu' is not known; allowed values: auto, cpu, cuda"]


def test_explain__yaml_reads_1e_3_as_text(say):
    (line,) = say("diffusion: {learning_rate: 1e-3}")
    assert line == (
        "diffusion.learning_rate: expected number, got the text '1e-3' "
        "(write numbers as 1.0e-3, not 1e-3)"
    )


def test_explain__other_text_gets_no_hint_about_numbers(say):
    assert say("diffusion: {epochs: three}") == [
        "diffusion.epochs: expected integer, got the text 'three'"
    ]


def test_explain__everything_at_once_in_order(say):
    lines = say("seed: -1\ndiffusion: {epoch: 3, batch_size: 0}\nbackbones: []")
    assert [line.split(":")[0] for line in lines] == [
        "backbones", "diffusion.epoch", "diffusion.batch_size", "seed",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["cohort: {}", "cohort: simulate", "datasets: {2x: a.parquet}"])
def test_explain__other_errors_name_the_key_too(say, text):
    lines = say(text)
    assert len(lines) == 1
    assert lines[0].startswith(text.split(":")[0] + ":")


def test_explain__whole_section_is_missing(schema):
    assert explain({}, schema) == "configuration: 'cohort' is a required property"
