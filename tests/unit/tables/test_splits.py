"""Tables over splits by hand: two splits, two seeds, two classifiers; the main split has an external
generator too."""

import math

import pandas as pd
import pytest

from genodiff.evaluation.paired import resampled_difference
from genodiff.tables.splits import write_split_differences, write_splits
from genodiff.tables.table1 import LONG_COLUMNS
from genodiff.tables.write import write_long

# Accuracy by split, dataset and classifier, of the seeds 0 and 1.
ACCURACY = [
    {
        ("real", "mlp"): (0.9, 0.8), ("real", "cnn"): (0.7, 0.6),
        ("net", "mlp"): (0.8, 0.8), ("net", "cnn"): (0.6, 0.5),
        ("theirs", "mlp"): (0.6, 0.6), ("theirs", "cnn"): (0.6, 0.6),
    },
    {
        ("real", "mlp"): (0.8, 0.8), ("real", "cnn"): (0.6, 0.6),
        ("net", "mlp"): (0.6, 0.6), ("net", "cnn"): (0.6, 0.6),
    },
]  # fmt: skip
TRAINING = [80, 90]
COUNTS = {"n_test": 20, "se": 0.1, "auc": 0.7}


@pytest.fixture
def files(tmp_path):
    """table1.long.tsv, table3.long.tsv and privacy.tsv of both splits."""
    found = {"table1": [], "table3": [], "privacy": []}
    for split, accuracy in enumerate(ACCURACY):
        rows = {"table1": [], "table3": [], "privacy": []}
        for (dataset, classifier), values in accuracy.items():
            for seed, value in enumerate(values):
                size = TRAINING[split] * (1 if dataset == "real" else 5)
                own = {"dataset": dataset, "classifier": classifier, "seed": seed, "accuracy": value}
                rows["table1"].append(own | COUNTS | {"n_train": size})
        # Not one of the classifiers, and without a seed.
        batch = {"dataset": "batch_baseline", "classifier": "batch_baseline", "accuracy": 0.1}
        rows["table1"].append(batch | COUNTS | {"n_train": 80})
        for dataset in ("null", "net"):
            for seed in (0, 1):
                value = 0.5 + 0.1 * split + 0.02 * seed + 0.2 * (dataset == "net")
                for measure, against in (("aa_truth", "test"), ("aa_truth", "train"), ("aa_ts", "test")):
                    wanted = (measure, against) == ("aa_truth", "test")
                    own = {"measure": measure, "against": against, "value": value if wanted else 9}
                    rows["table3"].append({"dataset": dataset, "seed": seed} | own)
                for attack in ("nearest", "strongest"):
                    auc = value if attack == "strongest" else 9
                    own = {"dataset": dataset, "seed": seed, "attack": attack, "auc": auc}
                    rows["privacy"].append(own)
        for name, own in rows.items():
            columns = LONG_COLUMNS if name == "table1" else list(own[0])
            found[name].append(str(tmp_path / f"{name}.{split}.tsv"))
            write_long(found[name][-1], own, columns)
    return found


@pytest.fixture
def table(files, tmp_path):
    write_splits(**files, classes=2, path=tmp_path / "splits.tsv")
    read = pd.read_csv(tmp_path / "splits.tsv", sep="\t", keep_default_na=False)
    return read.set_index(["measure", "dataset", "classifier"])


def test_splits__mean_over_splits_of_means_over_seeds(table):
    # .85 and .8
    row = table.loc["accuracy", "real", "mlp"]
    numbers = (0.825, 0.05 / math.sqrt(2), 0.8, 0.85)
    assert tuple(row[["mean", "sd", "min", "max"]]) == pytest.approx(numbers, abs=1e-6)
    assert (row["splits"], row["seeds"]) == (2, 2)
    # The average over both classifiers: .675 and .6.
    assert table.loc["accuracy", "net", "average"]["mean"] == pytest.approx(0.6375)


def test_splits__recovery_is_of_the_average_and_each_seed(table):
    """Split 0: .2 of .3 and .15 of .2 above chance; split 1: .1 of .2."""
    row = table.loc["chance_corrected_recovery", "net", "average"]
    first = (0.2 / 0.3 + 0.15 / 0.2) / 2
    assert tuple(row[["min", "max"]]) == pytest.approx((0.5, first), abs=1e-6)
    assert table.loc["chance_corrected_recovery", "real", "average"]["mean"] == 1


def test_splits__closeness_to_test_individuals_and_the_strongest_attack_with_their_null(table):
    for measure in ("aa_truth", "auc"):
        for dataset, mean in (("null", 0.56), ("net", 0.76)):
            row = table.loc[measure, dataset, "NA"]
            assert tuple(row[["mean", "min", "max"]]) == pytest.approx((mean, mean - 0.05, mean + 0.05))
    assert set(table.index.get_level_values("measure")) == {
        "accuracy", "chance_corrected_recovery", "aa_truth", "auc",
    }  # fmt: skip


def test_splits__what_one_split_has_alone_and_batches_are_left_out(table, files, tmp_path):
    write_split_differences(files["table1"], tmp_path / "differences.tsv")
    differences = pd.read_csv(tmp_path / "differences.tsv", sep="\t")
    assert set(table.index.get_level_values("dataset")) == {"real", "net", "null"}
    assert set(differences["dataset"]) | set(differences["against"]) == {"real", "net"}


def test_splits__a_split_whose_real_individuals_are_at_chance_has_no_recovery(files, tmp_path):
    path = files["table1"][1]
    read = pd.read_csv(path, sep="\t")
    read.loc[read["dataset"] == "real", "accuracy"] = 0.5
    write_long(path, read.to_dict("records"), LONG_COLUMNS)
    write_splits(**files, classes=2, path=tmp_path / "splits.tsv")
    read = pd.read_csv(tmp_path / "splits.tsv", sep="\t", keep_default_na=False)
    (row,) = read[(read["measure"] == "chance_corrected_recovery") & (read["dataset"] == "net")].to_dict(
        "records"
    )
    assert (row["splits"], row["sd"]) == (1, "NA")
    assert float(row["mean"]) == pytest.approx((0.2 / 0.3 + 0.15 / 0.2) / 2, abs=1e-6)


def test_differences__are_tested_over_splits_with_the_numbers_of_real_individuals(files, tmp_path):
    write_split_differences(files["table1"], tmp_path / "differences.tsv")
    read = pd.read_csv(tmp_path / "differences.tsv", sep="\t")
    assert read[["dataset", "against", "classifier"]].to_numpy().tolist() == [
        ["real", "net", classifier] for classifier in ("mlp", "cnn", "average")
    ]
    row = read.set_index("classifier").loc["average"]
    # Real .75 and .7, synthetic .675 and .6; a quarter and two ninths as many test individuals.
    values = pd.Series([0.075, 0.1]).to_numpy()
    expected = resampled_difference(values, (20 / 80 + 20 / 90) / 2)
    for key, value in expected.items():
        assert row[key] == pytest.approx(value, abs=2e-6), key
    assert (row["seeds"], row["n_train"], row["n_test"]) == (2, 85, 20)
