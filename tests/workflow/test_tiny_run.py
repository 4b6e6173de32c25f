"""The workflow on a tiny cohort: what it writes, and what reruns when something changes."""

import csv
import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

TINY = "--configfile=tests/workflow/tiny.yaml"
TABLE = "results/table1.tsv"
DATASETS = ["real", "unet_cnn", "unet_mlp", "mlp_cnn", "transformer", "baseline"]
CLASSIFIERS = ["mlp", "transformer", "cnn"]


def rows(path: Path) -> list[dict]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


class TestOutputs:
    def test_table1_has_the_papers_shape(self, finished):
        table = rows(finished / TABLE)
        titles = ["Real", "CNN", "MLP", "MLP+CNN", "Transformer", "Baseline"]
        assert list(table[0]) == ["Classifier", *titles]
        assert [row["Classifier"] for row in table] == ["MLP", "Transformer", "CNN", "average"]
        for title in titles:
            cells = [float(row[title]) for row in table]
            assert all(0 <= cell <= 100 for cell in cells)
            assert cells[3] == pytest.approx(sum(cells[:3]) / 3, abs=0.011)

    def test_long_table_agrees_with_the_wide_one_and_with_the_split(self, finished):
        long = rows(finished / "results/table1.long.tsv")
        keys = [(r["dataset"], r["classifier"], r["seed"]) for r in long]
        assert sorted(keys) == sorted((d, c, "0") for d in DATASETS for c in CLASSIFIERS)
        test = [row["label"] for row in rows(finished / "results/split.tsv") if row["set"] == "test"]
        assert test.count("case") == test.count("control")
        assert {row["n_test"] for row in long} == {str(len(test))}
        wide = {row["Classifier"]: row for row in rows(finished / TABLE)}
        by_key = {(r["dataset"], r["classifier"]): r for r in long}
        assert float(by_key["real", "mlp"]["accuracy"]) * 100 == pytest.approx(
            float(wide["MLP"]["Real"]), abs=0.006
        )
        assert float(by_key["baseline", "cnn"]["accuracy"]) * 100 == pytest.approx(
            float(wide["CNN"]["Baseline"]), abs=0.006
        )
        assert {float(by_key["real", c]["recovery"]) for c in CLASSIFIERS} == {1.0}

    def test_synthetic_people_are_as_many_as_the_labelled_training_people(self, finished):
        split = rows(finished / "results/split.tsv")
        train = [row["label"] for row in split if row["set"] == "train"]
        for backbone in DATASETS[1:]:
            table = pq.read_table(finished / f"results/synthetic/{backbone}/seed0.parquet")
            labels = table["label"].to_pylist()
            assert {c: labels.count(c) for c in set(labels)} == {c: train.count(c) for c in set(train)}
            ids = set(table["sample"].to_pylist())
            assert len(ids) == len(train)
            assert not ids & {row["sample"] for row in split}

    def test_logs_are_there_and_name_nobody(self, finished):
        samples = re.compile(r"\bP\d{6}\b")
        logs = list((finished / "results/logs").rglob("*.log"))
        assert len(logs) > 30
        assert all(" INFO done" in log.read_text() for log in logs)
        assert not [log.name for log in logs if samples.search(log.read_text())]
        # A warning is an error in disguise here: nothing in this cohort is out of the ordinary.
        assert not [log.name for log in logs if " WARNING " in log.read_text()]

    def test_costly_rules_are_benchmarked(self, finished):
        measured = {path.parts[-2] for path in (finished / "results/benchmarks").rglob("*.tsv")}
        assert {"gene_matrices", "gene_pca", "train_backbone", "sample_people", "classify"} <= measured

    def test_history_and_model_config(self, finished):
        for backbone in DATASETS[1:]:
            folder = finished / f"results/models/{backbone}/seed0"
            history = pq.read_table(folder / "history.parquet").to_pydict()
            assert history["epoch"] == [1, 2]
            assert (history["mixing"][0] is not None) == (backbone == "mlp_cnn")
            best = history["validation_loss"].index(min(history["validation_loss"])) + 1
            assert json.loads((folder / "config.json").read_text())["best_epoch"] == best


class TestReruns:
    def test_a_second_run_does_nothing(self, finished, run_workflow):
        assert "Nothing to be done" in run_workflow(finished, TINY, TABLE)

    @pytest.mark.parametrize(
        ("module", "jobs"),
        [
            # Jobs that an edit of the module reruns, those that follow from them included.
            ("metrics/table1.py", {"table1": 1}),
            ("classifiers/cnn.py", {"classify": 6, "table1": 1}),
            (
                "backbones/transformer.py",
                {"train_backbone": 1, "sample_people": 1, "classify": 3, "table1": 1},
            ),
            ("diffusion/samplers/ancestral.py", {"sample_people": 5, "classify": 15, "table1": 1}),
            (
                "diffusion/training.py",
                {"train_backbone": 5, "sample_people": 5, "classify": 15, "table1": 1},
            ),
        ],
    )
    def test_an_edited_module_reruns_its_users_only(self, finished, run_workflow, module, jobs):
        file = finished / "workflow/scripts/genodiff" / module
        before = file.read_text()
        file.write_text(before + "# an edit\n")
        try:
            plan = run_workflow(finished, TINY, TABLE, "--dry-run", "--quiet", "rules")
        finally:
            file.write_text(before)
        counts = dict(re.findall(r"^(\w+) +(\d+)$", plan, re.M))
        counts.pop("total")
        assert {rule: int(count) for rule, count in counts.items()} == jobs

    def test_the_same_seed_gives_the_same_rows(self, finished, run_workflow):
        """From simulation to table once more, for one backbone and classifier, in another folder."""
        config = finished / "again.json"
        config.write_text(
            json.dumps({"results": "again", "backbones": ["unet_mlp"], "classifiers": ["mlp"]})
        )
        run_workflow(
            finished, "--configfile", TINY.split("=")[1], config.name, "--", "again/table1.long.tsv"
        )
        first = {(r["dataset"], r["classifier"]): r for r in rows(finished / "results/table1.long.tsv")}
        again = rows(finished / "again/table1.long.tsv")
        assert [(r["dataset"], r["classifier"]) for r in again] == [("real", "mlp"), ("unet_mlp", "mlp")]
        assert all(row == first[row["dataset"], row["classifier"]] for row in again)
        for name in ("split.tsv", "cohort/genes.bed", "cohort/phenotypes.tsv"):
            assert (finished / "again" / name).read_bytes() == (finished / "results" / name).read_bytes()
