"""A cohort whose cases and controls were genotyped in different batches, from its files to Table 1."""

import json
from collections import Counter

import pyarrow.parquet as pq
import pytest
from tables import rows

BATCHES = ("CHIP_A", "CHIP_B", "CHIP_C")


@pytest.fixture(scope="module")
def confounded(finished):
    """Function: whether to balance batches, to the arguments that run the finished cohort's genotypes
    with batches: A for every second individual, C for half of the other controls, B for the rest."""
    individuals = rows(finished / "results/cohort/phenotypes.tsv")
    with open(finished / "batches.tsv", "w") as file:
        file.write("sample\tphenotype\tchip\n")
        for i, individual in enumerate(individuals):
            batch = (
                BATCHES[0] if i % 2 else BATCHES[1 if individual["phenotype"] == "case" or i % 4 else 2]
            )
            file.write(f"{individual['sample']}\t{individual['phenotype'] or 'NA'}\t{batch}\n")

    def arguments(balance):
        name = "balanced" if balance else "confounded"
        config = {
            "results": name,
            "cohort": {
                "source": "vcf", "vcf": "results/cohort/chr{chrom}.bcf", "phenotypes": "batches.tsv",
                "genes": "results/cohort/genes.bed", "batch_column": "chip",
            },
            "split": {"balance_batches": balance},
            "run_generators": ["unet_mlp", "mosaic"], "classifiers": ["mlp"],
        }  # fmt: skip
        (finished / f"{name}.json").write_text(json.dumps(config))
        return ["--configfile", "tests/workflow/tiny.yaml", f"{name}.json", "--"]

    return arguments


def test_batch_only_is_a_line_of_table_1(finished, confounded, run_workflow):
    run_workflow(finished, *confounded(False), "confounded/table1.tsv")
    *others, last = rows(finished / "confounded/table1.tsv")
    assert [row["Classifier"] for row in others] == ["MLP", "average"]
    assert others[0]["Real"] == others[1]["Real"]
    split = rows(finished / "confounded/split.tsv")
    test = Counter((row["batch"], row["label"]) for row in split if row["set"] == "test")
    train = Counter((row["batch"], row["label"]) for row in split if row["set"] == "train")
    # The rule by hand: the class with the larger part of its training individuals in the batch.
    sizes = {
        label: sum(n for (_, own), n in train.items() if own == label) for label in ("case", "control")
    }
    said = {b: max(sizes, key=lambda label: train[b, label] / sizes[label]) for b in BATCHES}
    right = sum(n for (batch, label), n in test.items() if said[batch] == label)
    number = f"{100 * right / test.total():.2f}"
    assert last == {
        "Classifier": "Batch only",
        "Real": number,
        "MLP, genotypes": "NA",
        "Mosaic, genotypes": "NA",
    }
    assert right / test.total() > 0.55
    long = rows(finished / "confounded/table1.long.tsv")
    assert [row["dataset"] for row in long] == [
        "real",
        "unet_mlp.genotypes",
        "mosaic.genotypes",
        "batch_baseline",
    ]
    assert long[-1]["seed"] == long[-1]["recovery"] == "NA"
    assert {row["seed"] for row in long[:-1]} == {"0"}


def test_no_batch_is_in_the_synthetic_individuals_or_in_a_log(finished, confounded, run_workflow):
    run_workflow(finished, *confounded(False), "confounded/table1.tsv")
    for file in (finished / "confounded/synthetic").rglob("*.parquet"):
        assert pq.read_table(file).column_names == ["sample", "label", "x"]
        assert b"CHIP_" not in file.read_bytes()
    logs = [log.read_text() for log in (finished / "confounded/logs").rglob("*.log")]
    assert logs
    assert not any("CHIP_" in log for log in logs)


def test_a_balanced_test_set_leaves_the_batch_nothing_to_say(finished, confounded, run_workflow):
    run_workflow(
        finished,
        *confounded(True),
        "balanced/evaluation/batch_baseline.json",
        "balanced/genotypes/qc.tsv",
    )
    split = rows(finished / "balanced/split.tsv")
    test = Counter((row["batch"], row["label"]) for row in split if row["set"] == "test")
    assert all(test[batch, "case"] == test[batch, "control"] for batch in BATCHES)
    assert test.total() > 10
    found = json.loads((finished / "balanced/evaluation/batch_baseline.json").read_text())
    assert found["accuracy"] == found["balanced_accuracy"] == pytest.approx(0.5)
    one_sided = [row for row in split if row["batch"] == "CHIP_C" and row["label"]]
    counted = {row["outcome"]: row["count"] for row in rows(finished / "balanced/genotypes/qc.tsv")}
    assert int(counted["one_sided_batch"]) == len(one_sided) > 10
