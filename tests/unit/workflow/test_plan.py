"""What a configuration means for rules."""

from inspect import signature

import pytest

from genodiff.cohort.label_mix import SyntheticSize
from genodiff.generators import KINDS
from genodiff.generators.dataset import Dataset
from genodiff.workflow.plan import Plan
from genodiff.workflow.recipes import SAMPLING

OWN = """
generators:
  theirs: {kind: external, title: Theirs, path: "given/theirs.seed{seed}.parquet"}
  ours: {kind: "my_module:MyGenerator", title: Ours, depth: 3}
  net: {kind: diffusion, title: Net, backbone: "my_module:MyNet", settings: {width: 2}, eta: 0.5}
diffusion: {sampler: ddim}
run_generators: [mosaic, net, theirs, ours]
seeds: [3, 4]
"""


@pytest.fixture
def plan(loaded, tmp_path):
    """Function: the plan of a configuration with generators of every sort and YAML on top of it."""
    (tmp_path / "my_module.py").write_text("class MyNet: ...\nclass MyGenerator: ...\n")
    return lambda *texts: Plan(loaded(OWN, f"plugins: [{tmp_path}]", *texts))


def test_generators_by_what_makes_their_individuals(plan):
    own = plan("augmentation: {enabled: true, generators: [gaussian]}")
    assert own.run == ["mosaic", "net", "theirs", "ours"]
    assert own.trained() == ["net"]
    # Those of the augmentation experiment are fitted too.
    assert set(own.fitted()) == {"mosaic", "ours", "gaussian"}


def test_titles__real_individuals_first_or_the_null_in_their_place(plan):
    run = {"mosaic": "Mosaic", "net": "Net", "theirs": "Theirs", "ours": "Ours"}
    decoded = {f"{name}.genotypes": f"{title}, genotypes" for name, title in run.items()}
    both = [*run.items(), *decoded.items()]
    assert list(plan().titles().items()) == [("real", "Real"), *both]
    assert list(plan().compared_titles().items()) == [("null", "Real (null)"), *both]
    only = plan("synthetic: {forms: [genotypes]}")
    assert list(only.titles().items()) == [("real", "Real"), *decoded.items()]


@pytest.mark.parametrize(
    ("forms", "headline"),
    [
        ("[components, genotypes]", "genotypes"),
        ("[genotypes]", "genotypes"),
        ("[components]", "components"),
    ],
)
def test_headline__is_what_is_released_where_it_is_evaluated(plan, forms, headline):
    assert plan(f"synthetic: {{forms: {forms}}}").headline == headline


def test_shown__title_kind_and_style_of_the_run_or_of_those_named(plan):
    shown = plan().shown()
    assert list(shown) == ["mosaic", "net", "theirs", "ours"]
    assert shown["net"] == {"title": "Net", "kind": "diffusion", "style": None}
    assert {"color", "marker", "dashes"} <= set(shown["mosaic"]["style"])
    assert list(plan().shown("net")) == ["net"]


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("real", "results/tensors/train.parquet"),
        ("real.p10", "results/tensors/train.p10.seed3.parquet"),
        ("null", "results/tensors/validation.parquet"),
        ("mosaic", "results/references/mosaic/seed3.parquet"),
        ("mosaic.genotypes", "results/references/mosaic.genotypes/seed3.parquet"),
        ("net.release", "results/synthetic/net.release/seed3.parquet"),
        ("net.release.genotypes", "results/synthetic/net.release.genotypes/seed3.parquet"),
        ("theirs.genotypes", "results/synthetic/theirs.genotypes/seed3.parquet"),
        ("net.p10.x5", "results/synthetic/net.p10.x5/seed3.parquet"),
        ("theirs", "given/theirs.seed3.parquet"),
    ],
)
def test_individuals_file__of_each_dataset(plan, key, path):
    assert plan().individuals_file(Dataset.parse(key), 3) == path


@pytest.mark.parametrize(
    ("synthetic", "sizes"),
    [("", [2, 5]), ("synthetic: {multiple: 2}", [1, 5]), ("synthetic: {individuals: 9}", [1, 2, 5])],
)
def test_sizes__beside_that_of_table_1_and_of_what_can_be_drawn_again(plan, synthetic, sizes):
    own = plan(synthetic)
    assert own.sizes() == sizes
    others = [f"{name}.x{m}" for name in ("mosaic", "net", "ours") for m in sizes]
    assert own.size_keys() == ["real", *own.run, *others]


def test_size__is_that_of_the_dataset_or_as_synthetic_says(plan):
    own = plan("synthetic: {individuals: 9, label_mix: {case: 1}}")
    mix = {"label_mix": {"case": 1}}
    assert own.size(Dataset("net")) == {"individuals": 9, "multiple": 1} | mix
    assert own.size(Dataset("net", 10, 2.5)) == {"individuals": None, "multiple": 2.5} | mix
    SyntheticSize(**own.size(Dataset("net")))


def test_augmentation_keys__each_share_alone_and_joined_by_each_generator(plan):
    assert plan().augmentation_keys() == []
    own = plan("augmentation: {enabled: true, percents: [5, 12.5], generators: [net, mosaic]}")
    assert own.augmentation_keys() == [
        "real.p5", "real.p5+net.p5", "real.p5+mosaic.p5",
        "real.p12.5", "real.p12.5+net.p12.5", "real.p12.5+mosaic.p12.5",
    ]  # fmt: skip


def test_label_keys__labelled_guessed_synthetic_and_both(plan):
    assert plan().label_keys() == []
    own = plan("labels: {enabled: true, percents: [2], generators: [net, mosaic]}")
    assert own.label_keys() == [
        "real.l2", "self_training.l2", "net.l2", "real.l2+net.l2", "mosaic.l2", "real.l2+mosaic.l2",
    ]  # fmt: skip
    files = [own.individuals_file(Dataset.parse(key), 3) for key in ("self_training.l2", "real.l2")]
    assert [file.rpartition("/")[2] for file in files] == [
        "self_training.l2.seed3.parquet", "train.l2.seed3.parquet",
    ]  # fmt: skip


def test_settings__are_keyword_arguments_of_the_class_and_sampling_of_its_drawing(plan):
    own = plan()
    assert own.settings("mosaic") == {"genes_per_block": 1}
    assert own.settings("ours") == {"depth": 3}
    assert own.sampling("mosaic") == own.sampling("ours") == {}
    settings, drawing = own.settings("net"), own.sampling("net")
    assert (settings["backbone"], settings["settings"]) == ("my_module:MyNet", {"width": 2})
    assert not set(settings["diffusion"]) & set(SAMPLING)
    expected = {
        "sampler": "ddim", "sampler_steps": None, "sampler_grid": "time", "eta": 0.5, "churn": 0.0,
        "guidance": 1.0,
    }  # fmt: skip
    assert drawing == {"sampling": expected}
    signature(KINDS["diffusion"].load()).bind(None, **settings, **drawing)


def test_modules__whose_code_makes_a_model_and_its_individuals(plan):
    own, recipe = plan(), "genodiff.diffusion"
    assert own.modules("mosaic") == own.modules("mosaic", True) == ["genodiff.generators.mosaic:Mosaic"]
    assert own.modules("ours") == ["my_module:MyGenerator"]
    # What fits a diffusion model is the script of its rule.
    net = ["my_module:MyNet", f"{recipe}.predictions.noise:Noise"]
    assert own.modules("net") == net
    drawing = ["genodiff.generators.diffusion:Diffusion", *net, f"{recipe}.samplers.ddim:Ddim"]
    assert own.modules("net", drawing=True) == drawing


@pytest.mark.parametrize(
    ("release", "keys"),
    [
        ("{net: {}}", ["net.genotypes"]),
        ("{net: {individuals: 9}}", ["net.genotypes", "net.release.genotypes"]),
        ("{net: {label_mix: {case: 1}}}", ["net.genotypes", "net.release.genotypes"]),
        ("{net: {individuals: 9, evaluate: false}}", ["net.genotypes"]),
    ],
)
def test_shown__individuals_that_are_drawn_for_a_release_are_evaluated_too(plan, release, keys):
    own = plan(f"release: {release}")
    shown = own.shown(form="genotypes")
    assert [key for key in shown if key.startswith("net")] == keys
    assert str(own.evaluated("net")) == keys[-1]
    assert "net.release" not in own.shown()
    assert len({entry["title"] for entry in shown.values()}) == len(shown)


@pytest.mark.parametrize(
    ("release", "key", "size"),
    [
        ("[net]", "net", (None, None)),
        ("{net: {individuals: 9}}", "net.release", (9, {"case": 1})),
        ("{net: {label_mix: {case: 2}}}", "net.release", (None, {"case": 2})),
    ],
)
def test_released__are_the_evaluated_individuals_or_drawn_as_the_release_says(plan, release, key, size):
    own = plan(f"release: {release}", "synthetic: {label_mix: {case: 1}}")
    dataset = own.released("net")
    assert str(dataset) == key
    if key != "net":
        found = own.size(dataset)
        assert (found["individuals"], found["label_mix"]) == size
        assert found["multiple"] == 1


def test_label_mix_setting__is_that_of_the_release_where_it_has_a_mix(plan):
    own = plan("release: {net: {label_mix: {case: 2}}, ours: {individuals: 9}}")
    keys = [own.label_mix_setting(own.released(name)) for name in ("net", "ours")]
    assert keys == ["release.net.label_mix", "synthetic.label_mix"]


def test_public_settings__of_built_in_kinds_only(plan):
    own = plan()
    assert own.public_settings("mosaic") == {"genes_per_block": 1}
    assert own.public_settings("theirs") == own.public_settings("ours") == {}
