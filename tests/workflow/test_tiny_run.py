"""The workflow on a tiny cohort: what it writes, and what reruns when something changes."""

import json
import re
from collections import Counter
from itertools import combinations

import pyarrow.parquet as pq
import pytest
import yaml
from tables import rows

from genodiff.evaluation.attacks import ATTACKS

TINY = "tests/workflow/tiny.yaml"
TABLE = "results/table1.tsv"
BACKBONES = ["unet_cnn", "unet_mlp", "mlp_cnn", "transformer", "baseline"]
REFERENCES = ["gaussian", "independent", "mosaic", "copying"]
GENERATORS = [*BACKBONES, *REFERENCES]
DATASETS = ["real", *(f"{name}.genotypes" for name in GENERATORS)]
TITLES = ["CNN", "MLP", "MLP+CNN", "Transformer", "Baseline"]
TITLES += ["Gaussian", "Independent", "Mosaic", "Copying"]
TITLES = [f"{title}, genotypes" for title in TITLES]
CLASSIFIERS = ["mlp", "transformer", "cnn"]
DRAWN = {"draw": 1, "decode_individuals": 1}


@pytest.fixture(scope="module")
def sets(finished) -> Counter:
    """Number of individuals of each set and label."""
    split = rows(finished / "results/split.tsv")
    return Counter(row["set"] for row in split) + Counter((row["set"], row["label"]) for row in split)


class TestOutputs:
    def test_table1_has_the_papers_shape_and_agrees_with_the_long_one(self, finished, sets):
        table = {row.pop("Classifier"): row for row in rows(finished / TABLE)}
        assert list(table) == ["MLP", "Transformer", "CNN", "average"]
        assert [list(row) for row in table.values()] == [["Real", *TITLES]] * 4
        long = rows(finished / "results/table1.long.tsv")
        accuracy = {(r["dataset"], r["classifier"]): float(r["accuracy"]) for r in long}
        assert sorted(accuracy) == sorted((d, c) for d in DATASETS for c in CLASSIFIERS)
        for dataset, title in zip(DATASETS, ["Real", *TITLES], strict=True):
            own = [100 * accuracy[dataset, classifier] for classifier in CLASSIFIERS]
            cells = [float(row[title]) for row in table.values()]
            assert cells == pytest.approx([*own, sum(own) / 3], abs=0.011)
        assert sets["test", "case"] == sets["test", "control"] == sets["test"] / 2
        assert {row["n_test"] for row in long} == {str(sets["test"])}
        assert {float(row["recovery"]) for row in long if row["dataset"] == "real"} == {1.0}

    def test_differences_are_those_of_the_accuracies(self, finished):
        long = rows(finished / "results/table1.long.tsv")
        accuracy = {(r["dataset"], r["classifier"]): float(r["accuracy"]) for r in long}
        table = rows(finished / "results/table1.differences.tsv")
        pairs = list(combinations(DATASETS, 2))
        assert [(r["dataset"], r["against"]) for r in table[::4]] == pairs
        for row in table:
            own = [row["classifier"]] if row["classifier"] in CLASSIFIERS else CLASSIFIERS
            each = [accuracy[row["dataset"], c] - accuracy[row["against"], c] for c in own]
            assert float(row["difference"]) == pytest.approx(sum(each) / len(each), abs=2e-6)

    def test_synthetic_individuals_have_the_labels_of_the_training_individuals(self, finished, sets):
        real = {row["sample"] for row in rows(finished / "results/split.tsv")}
        for generator in GENERATORS:
            folder = "references" if generator in REFERENCES else "synthetic"
            table = pq.read_table(finished / f"results/{folder}/{generator}/seed0.parquet")
            labels = Counter(table["label"].to_pylist())
            assert labels == {label: sets["train", label] for label in ("case", "control")}
            samples = set(table["sample"].to_pylist())
            assert len(samples) == sets["train"]
            assert not samples & real

    def test_logs_are_there_and_name_no_individual(self, finished):
        samples = re.compile(r"\bP\d{6}\b")
        logs = list((finished / "results/logs").rglob("*.log"))
        assert len(logs) > 30
        assert all(" INFO done" in log.read_text() for log in logs)
        assert not [log.name for log in logs if samples.search(log.read_text())]
        # Nothing in this cohort is out of the ordinary.
        assert not [log.name for log in logs if " WARNING " in log.read_text()]

    def test_costly_rules_are_benchmarked(self, finished):
        measured = {path.parts[-2] for path in (finished / "results/benchmarks").rglob("*.tsv")}
        costly = {"simulate_chromosome", "gene_matrices", "gene_pca", "train_diffusion", "fit_generator"}
        assert costly | {"draw", "classify", "compare_individuals"} <= measured

    def test_the_simulated_cohort_leaves_what_a_users_cohort_has(self, finished):
        names = {f"chr{n}.bcf{end}" for n in (1, 2) for end in ("", ".csi")}
        found = {path.name for path in (finished / "results/cohort").iterdir()}
        assert found == names | {"genes.bed", "phenotypes.tsv"}

    def test_history_and_model_config(self, finished):
        for backbone in BACKBONES:
            folder = finished / f"results/models/{backbone}/seed0"
            history = pq.read_table(folder / "history.parquet").to_pydict()
            assert history["epoch"] == [1, 2]
            assert (history["mixing"][0] is not None) == (backbone == "mlp_cnn")
            assert len(history["validation_error_by_noise"][1]) == 10  # a bin for each step
            best = history["validation_loss"].index(min(history["validation_loss"])) + 1
            assert json.loads((folder / "config.json").read_text())["best_epoch"] == best

    def test_tables_2_and_3_have_the_null_beside_every_generator(self, finished, sets):
        header = ["Real (null)", *TITLES]
        table2, table3 = (rows(finished / f"results/table{n}.tsv") for n in (2, 3))
        assert list(table2[0]) == ["Comparison", *header]
        assert [row["Comparison"] for row in table2] == ["train", "test"]
        assert list(table3[0]) == ["Measure", "Comparison", *header]
        for row in (*table2, *table3[:-1]):
            assert all(0 <= float(row[title]) <= 1 for title in header)
        # The generators' privacy loss is the difference of two rows above it.
        by_key = {(row["Measure"], row["Comparison"]): row for row in table3}
        for title in TITLES:
            test = float(by_key["AA_TS", "test"][title])
            train = float(by_key["AA_TS", "train, as many as test"][title])
            assert float(table3[-1][title]) == pytest.approx(test - train, abs=2e-4)
        for row in rows(finished / "results/table2.long.tsv"):
            assert row["seed"] == "0"
            assert 0 < float(row["se"]) < 0.2
            if row["dataset"] != "null":
                whole = row["against"] == "train"
                found = int(row["n"]), int(row["repeats"])
                assert found == ((sets["train"], 1) if whole else (sets["test"], 10))

    def test_privacy_has_its_null_and_its_positive_control(self, finished, sets):
        table = rows(finished / "results/privacy.tsv")
        found = {(row["dataset"], row["attack"]): row for row in table}
        datasets = ["null", "planted", "planted_few", "noised", *DATASETS[1:]]
        assert list(found) == [(d, a) for d in datasets for a in (*ATTACKS, "strongest")]
        for row in table:
            assert float(row["auc_low"]) <= float(row["auc"]) <= float(row["auc_high"])
        planted = round(0.1 * sets["train"])
        assert int(found["null", "nearest"]["synthetic"]) == sets["train"]
        assert int(found["planted", "nearest"]["synthetic"]) == sets["train"] + planted
        # The null consists of the validation individuals; they are references of all others.
        half = sets["test"] // 2
        assert int(found["null", "frequency"]["references"]) == half
        assert int(found["mosaic.genotypes", "frequency"]["references"]) == sets["validation"] + half

    def test_parts_of_the_release_are_attacked(self, finished, sets):
        table = rows(finished / "results/release_size.tsv")
        assert {row["dataset"] for row in table} == {"transformer.genotypes"}
        sizes = list(dict.fromkeys((int(row["individuals"]), int(row["genes"])) for row in table))
        people = [round(share * sets["train"]) for share in (0.1, 0.25, 0.5, 1)]
        genes = sorted({int(row["genes"]) for row in table})
        assert len(genes) == 3
        assert sizes == [(m, g) for g in genes for m in people]
        # The whole cohort has the numbers of the table of all attacks.
        attacked = {(r["dataset"], r["attack"]): r for r in rows(finished / "results/privacy.tsv")}
        for row in table[-2:]:
            own = attacked["transformer.genotypes", row["attack"]]
            assert all(row[c] == own[c] for c in ("chosen", "auc", "auc_low", "auc_high"))
        assert (finished / "results/figures/release_size.png").stat().st_size > 10_000
        assert "How much to release" in (finished / "results/report.html").read_text()

    def test_decoding_has_every_decoder_and_the_parameters_of_one(self, finished, sets):
        table = rows(finished / "results/decoding.tsv")
        found = [(row["decoder"], row["chosen"], row["set"]) for row in table]
        chosen = {"round": "no", "thresholds": "yes", "copula": "no"}
        assert found == [(*item, s) for item in chosen.items() for s in ("training", "test")]
        people = {"training": sets["train"] + sets["unlabelled"], "test": sets["test"]}
        for row in table:
            assert int(row["individuals"]) == people[row["set"]]
            assert int(row["calls"]) == people[row["set"]] * int(row["snps"])
            assert 0.9 < float(row["exact"]) < 1
        for chromosome in (1, 2):
            schema = pq.read_schema(finished / f"results/pca/{chromosome}.decoder.parquet")
            assert schema.metadata[b"decoder"] == b"thresholds"

    def test_fidelity_has_a_row_for_each_dataset_beside_the_null(self, finished, sets):
        wide = rows(finished / "results/fidelity.tsv")
        assert [row["Dataset"] for row in wide] == ["Real (null)", *(t.split(",")[0] for t in TITLES)]
        long = rows(finished / "results/fidelity.long.tsv")
        assert {row["dataset"] for row in long} == {"null", *DATASETS[1:]}
        null = {(r["metric"], r["number"], r["bin"]): r["value"] for r in long if r["dataset"] == "null"}
        assert all(row["null"] == null[row["metric"], row["number"], row["bin"]] for row in long)
        correlations = [r for r in long if (r["metric"], r["number"]) == ("frequency", "correlation")]
        assert all(float(row["value"]) > 0.8 for row in correlations if row["bin"] == "all")
        assert {int(row["n"]) for row in correlations} == {int(0.8 * sets["test"])}

    def test_sizes_begin_with_table_1(self, finished, sets):
        table, long = (rows(finished / f"results/{name}.tsv") for name in ("size", "table1.long"))
        one = {r["dataset"]: r["accuracy"] for r in table if float(r["multiple"]) == 1}
        (real,) = (r for r in long if (r["dataset"], r["classifier"]) == ("real", "mlp"))
        assert one["real"] == real["accuracy"]
        assert list(one) == ["real", *GENERATORS]
        found = {r["dataset"]: int(r["n_train"]) for r in table if float(r["multiple"]) == 2}
        assert found == dict.fromkeys(GENERATORS, 2 * sets["train"])

    def test_augmentation_has_half_of_the_individuals_with_and_without_synthetic_ones(
        self, finished, sets
    ):
        table = {row["generator"]: row for row in rows(finished / "results/augmentation.tsv")}
        assert list(table) == ["NA", "unet_mlp", "gaussian"]
        for generator, row in table.items():
            assert float(row["share"]) == 0.5
            assert abs(int(row["real_individuals"]) - sets["train"] / 2) <= 1
            assert int(row["synthetic_individuals"]) == (generator != "NA") * sets["train"]

    def test_few_labels_are_compared_with_guessed_ones_and_synthetic_individuals(self, finished, sets):
        table = {row["training"]: row for row in rows(finished / "results/labels.tsv")}
        assert set(table) == {"labelled", "self_training", "synthetic", "both"}
        half = int(table["labelled"]["n_train"])
        assert abs(half - sets["train"] / 2) <= 1
        # Unlabelled individuals of the cohort get labels too.
        assert half < int(table["self_training"]["n_train"]) <= sets["train"] + sets["unlabelled"]
        assert int(table["synthetic"]["n_train"]) == sets["train"]
        assert int(table["both"]["n_train"]) == sets["train"] + half
        assert {row["labels"] for row in table.values()} == {str(half)}
        accuracy = {training: float(row["accuracy"]) for training, row in table.items()}
        for row in rows(finished / "results/labels.differences.tsv"):
            expected = accuracy[row["training"]] - accuracy[row["against"]]
            assert float(row["difference"]) == pytest.approx(expected, abs=2e-6)

    def test_settings_are_tried_with_equal_budgets_and_the_chosen_ones_can_be_used(self, finished):
        table = rows(finished / "results/tuning.tsv")
        for name in ("baseline", "unet_mlp"):
            own = [row for row in table if row["generator"] == name]
            assert [row["trial"] for row in own] == ["0", "1"]
            assert [row["default"] for row in own] == ["True", "False"]
            assert own[0]["state"] == "complete"
            assert sum(row["chosen"] == "True" for row in own) <= 1
        best = yaml.safe_load((finished / "results/tuning/best.yaml").read_text())
        chosen = [f"{row['generator']}_tuned" for row in table if row["chosen"] == "True"]
        assert list(best.get("generators", {})) == chosen


def edit(project, modules, text):
    """Append a line to modules of the library; returns a function that undoes it."""
    files = [project / "workflow/scripts/genodiff" / module for module in modules]
    before = [file.read_text() for file in files]
    for file, content in zip(files, before, strict=True):
        file.write_text(f"{content}{text}\n")
    return lambda: [file.write_text(old) for file, old in zip(files, before, strict=True)]


class TestReruns:
    def test_a_second_run_does_nothing(self, finished, run_workflow):
        assert "Nothing to be done" in run_workflow(finished, "--configfile", TINY)

    @pytest.mark.parametrize(
        ("module", "jobs"),
        [
            # Jobs that an edit of the module reruns before those that follow from them.
            ("tables/table1.py", {}),
            ("networks/classifiers/cnn.py", {"classify": 10}),
            ("networks/backbones/transformer.py", {"train_diffusion": 1} | DRAWN | {"classify": 3}),
            ("generators/mosaic.py", {"fit_generator": 1} | DRAWN | {"classify": 3}),
            ("diffusion/samplers/dpm_solver.py", {"draw": 5, "decode_individuals": 5, "classify": 15}),
            (
                "training/trainer.py",
                {"train_diffusion": 5, "draw": 5, "decode_individuals": 5, "classify": 15},
            ),
        ],
    )
    def test_an_edited_module_reruns_its_users_only(self, finished, planned, module, jobs):
        # The two others have no part in Table 1.
        modules = [module, "diffusion/samplers/ancestral.py", "evaluation/neighbours/search.py"]
        undo = edit(finished, modules, "EDITED = 1")
        try:
            plan = planned(finished, TABLE, "--configfile", TINY)
        finally:
            undo()
        plan.pop("total", None)
        assert plan == jobs | {"table1": 1}

    def test_what_changes_no_result_reruns_the_report_only(self, finished, planned):
        """Comments, logs, bounds of memory, the device; the report shows the configuration."""
        bounds = {part: {"memory_mb": 700} for part in ("features", "comparison", "synthetic")}
        (finished / "bounds.json").write_text(json.dumps(bounds | {"device": "cpu"}))
        commented = edit(finished, ["training/trainer.py", "formats/tensors.py"], "# A comment.")
        logged = edit(finished, ["runtime/logs.py"], "EDITED = 1")
        try:
            plan = planned(finished, "--configfile", TINY, "bounds.json")
        finally:
            commented(), logged()
        assert plan == {"report": 1, "all": 1, "total": 2}

    def test_the_planted_share_concerns_the_null_only(self, finished, planned):
        """The positive control of the attack is a row of the null."""
        plan = planned(finished, "--configfile", TINY, "--config", "comparison={planted_share: 0.2}")
        assert plan["compare_individuals"] == 2

    def test_the_same_seed_gives_the_same_rows(self, finished, run_workflow):
        """From simulation to table once more, for two generators, in another folder."""
        again = {"results": "again", "run_generators": ["unet_mlp", "mosaic"], "classifiers": ["mlp"]}
        (finished / "again.json").write_text(json.dumps(again))
        run_workflow(finished, "--configfile", TINY, "again.json", "--", "again/table1.long.tsv")
        first = {(r["dataset"], r["classifier"]): r for r in rows(finished / "results/table1.long.tsv")}
        table = rows(finished / "again/table1.long.tsv")
        assert [r["dataset"] for r in table] == ["real", "unet_mlp.genotypes", "mosaic.genotypes"]
        assert all(row == first[row["dataset"], row["classifier"]] for row in table)
        for name in ("split.tsv", "cohort/chr1.bcf", "cohort/genes.bed", "cohort/phenotypes.tsv"):
            assert (finished / "again" / name).read_bytes() == (finished / "results" / name).read_bytes()
