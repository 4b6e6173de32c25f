"""Jobs that search settings: what they read, and how many there are."""

import re

import yaml

TINY = "--configfile=tests/workflow/tiny.yaml"
RULES = {"tune", "tuning_table", "tuning_figure"}


def test_test_individuals_are_not_an_input_of_any_search(repository, run_workflow):
    targets = "results/tuning.tsv", "results/tuning/best.yaml", "results/figures/tuning.png"
    graph = run_workflow(repository, TINY, "--filegraph", "--", *targets)
    found = {}
    for node in re.split(r"shape=none", graph)[1:]:
        words = re.sub(r"<[^>]*>", " ", node).split("&rarr;")[0].split()
        rule = next(word for word in words if re.fullmatch(r"[a-z_]+", word) and word != "margin")
        found[rule] = {word for word in words if word.startswith("results/")}
    tensors = {f"results/tensors/{n}.{e}" for n in ("train", "validation") for e in ("parquet", "npy")}
    assert found["tune"] == tensors | {"results/tensors/layout.json"}
    workers = {f"results/tuning/{name}/worker0.json" for name in ("baseline", "unet_mlp")}
    assert found["tuning_table"] == workers
    assert found["tuning_figure"] == {"results/tuning.tsv"}


def test_there_is_no_job_of_it_unless_generators_are_named(repository, run_workflow, tmp_path):
    (tmp_path / "none.yaml").write_text("tuning: {generators: []}\n")
    (tmp_path / "four.yaml").write_text("tuning: {generators: [unet_mlp], workers: 4}\n")

    def planned(*files):
        plan = run_workflow(
            repository,
            "--dry-run",
            "--quiet",
            "rules",
            "--configfile",
            "tests/workflow/tiny.yaml",
            *files,
        )
        return {line.split()[0]: int(line.split()[1]) for line in plan.splitlines()
                if line.split()[:1] and line.split()[0] in RULES}  # fmt: skip

    assert planned() == {"tune": 2, "tuning_table": 1, "tuning_figure": 1}
    assert planned(tmp_path / "none.yaml") == {}
    assert planned(tmp_path / "four.yaml")["tune"] == 4


def test_every_network_of_the_built_in_cohort_has_as_many_trials(repository):
    own = yaml.safe_load((repository / "config/tuning.yaml").read_text())["tuning"]
    assert own["generators"] == [
        "unet_cnn", "unet_mlp", "mlp_cnn", "transformer", "baseline", "gene_mixer",
    ]  # fmt: skip
    assert isinstance(own["trials"], int)
