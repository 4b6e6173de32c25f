"""Table 1 by hand: two datasets, two classifiers, two seeds."""

import math

import pandas as pd
import pytest

from genodiff.tables.read import read_long
from genodiff.tables.table1 import LONG_COLUMNS, split_batch_row, write_differences, write_table1

DATASETS = {"real": "Real", "unet_mlp": "MLP"}
CLASSIFIERS = {"mlp": "MLP", "cnn": "CNN"}


def _row(table, dataset, classifier, seed):
    keys = (table["dataset"] == dataset) & (table["classifier"] == classifier) & (table["seed"] == seed)
    assert keys.sum() == 1
    return table[keys].iloc[0]


@pytest.fixture
def tables(tmp_path):
    """Write both tables; the wide one as rows of cells, the long one as a frame."""

    def write(results, datasets=DATASETS, classifiers=CLASSIFIERS):
        wide, long = tmp_path / "table1.tsv", tmp_path / "table1.long.tsv"
        write_table1(results, wide, long, datasets, classifiers)
        return [line.split("\t") for line in wide.read_text().splitlines()], pd.read_csv(long, sep="\t")

    return write


def test_long_table__recovery_is_against_real_of_the_same_classifier_and_seed(results, tables):
    _, table = tables(results)
    row = _row(table, "unet_mlp", "mlp", 0)
    assert row["recovery"] == pytest.approx(0.7 / 0.9, abs=1e-6)
    assert row["chance_corrected_recovery"] == pytest.approx(0.2 / 0.4)
    row = _row(table, "unet_mlp", "mlp", 1)
    assert row["recovery"] == row["chance_corrected_recovery"] == 1
    row = _row(table, "unet_mlp", "cnn", 0)
    assert row["recovery"] == pytest.approx(6 / 7, abs=1e-6)
    assert row["chance_corrected_recovery"] == pytest.approx(0.5)
    # Here real is at chance: nothing to recover.
    row = _row(table, "unet_mlp", "cnn", 1)
    assert row["recovery"] == pytest.approx(0.8)
    assert math.isnan(row["chance_corrected_recovery"])


def test_long_table__chance_is_one_over_the_classes(results, tables):
    _, table = tables([row | {"classes": 4} for row in results])
    row = _row(table, "unet_mlp", "cnn", 1)
    assert row["chance_corrected_recovery"] == pytest.approx(0.15 / 0.25)


def test_wide_table__one_seed_has_no_deviation(results, tables):
    wide, _ = tables([row for row in results if row["seed"] == 0])
    assert wide[1:] == [
        ["MLP", "90.00", "70.00"], ["CNN", "70.00", "60.00"], ["average", "80.00", "65.00"],
    ]  # fmt: skip


@pytest.mark.parametrize("turn", [lambda d: d, lambda d: dict(reversed(list(d.items())))])
def test_wide_table__order_is_that_of_the_titles(results, tables, turn):
    wide, _ = tables(results[::-1], turn(DATASETS), turn(CLASSIFIERS))
    assert wide[0] == ["Classifier", *turn(DATASETS).values()]
    assert [line[0] for line in wide[1:]] == [*turn(CLASSIFIERS).values(), "average"]
    mlp = dict(zip(wide[0], next(line for line in wide if line[0] == "MLP"), strict=True))
    assert mlp["Real"] == "85.00 ± 7.07"


def test_write_table1__files_as_text(results, tmp_path):
    wide, long = tmp_path / "table1.tsv", tmp_path / "table1.long.tsv"
    write_table1(results, wide, long, DATASETS, CLASSIFIERS)
    # The average's deviation is that of the averages: real 80 and 65, synthetic 65 and 60.
    assert wide.read_text() == (
        "Classifier\tReal\tMLP\nMLP\t85.00 ± 7.07\t75.00 ± 7.07\nCNN\t60.00 ± 14.14\t50.00 ± 14.14\n"
        "average\t72.50 ± 10.61\t62.50 ± 3.54\n"
    )
    lines = long.read_text().splitlines()
    assert lines[0] == (
        "dataset\tclassifier\tseed\tn_train\tn_test\taccuracy\tse\twilson_low\twilson_high\t"
        "balanced_accuracy\tauc\trecovery\tchance_corrected_recovery"
    )
    assert lines[5] == (
        "unet_mlp\tmlp\t0\t100\t20\t0.700000\t0.100000\t0.500000\t0.750000\t0.700000\t0.750000\t0.777778\t0.500000"
    )
    assert lines[8].endswith("\t0.800000\tNA")
    assert len(lines) == 9
    assert sorted(path.name for path in tmp_path.iterdir()) == ["table1.long.tsv", "table1.tsv"]


BATCH = {
    "classes": 2, "n_train": 80, "n_test": 40, "accuracy": 0.775, "se": 0.066,
    "balanced_accuracy": 0.775, "auc": 0.8, "wilson_low": 0.62, "wilson_high": 0.88,
}  # fmt: skip


def test_batch_only__is_a_last_row_of_both_tables_and_of_no_average(results, tmp_path):
    wide, long = tmp_path / "table1.tsv", tmp_path / "table1.long.tsv"
    write_table1(results, wide, long, DATASETS, CLASSIFIERS)
    before = wide.read_text(), long.read_text()
    write_table1(results, wide, long, DATASETS, CLASSIFIERS, BATCH)
    assert wide.read_text() == before[0] + "Batch only\t77.50\tNA\n"
    assert long.read_text() == before[1] + (
        "batch_baseline\tbatch_baseline\tNA\t80\t40\t0.775000\t0.066000\t0.620000\t0.880000\t0.775000\t0.800000\tNA\tNA\n"
    )
    own, batch = split_batch_row(read_long(long, LONG_COLUMNS))
    assert len(own) == len(results)
    assert batch["accuracy"] == 0.775


def test_differences__of_each_pair_and_classifier_and_of_their_average(results, tmp_path):
    """Two test individuals: the real dataset's classifiers find both, the synthetic one's the second."""
    own = {
        ("real", "mlp"): "11", ("real", "cnn"): "11",
        ("unet_mlp", "mlp"): "01", ("unet_mlp", "cnn"): "11",
    }  # fmt: skip
    rows = [row | {"correct": own[row["dataset"], row["classifier"]]} for row in results]
    path = tmp_path / "differences.tsv"
    write_differences(rows, path, DATASETS)
    table = pd.read_csv(path, sep="\t")
    assert table[["dataset", "against", "classifier"]].to_numpy().tolist() == [
        ["real", "unet_mlp", classifier] for classifier in ("mlp", "cnn", "average")
    ]
    assert table["difference"].tolist() == [0.5, 0, 0.25]
    # Both seeds are alike: the individuals' differences 1 and 0, of the average 1/2 and 0.
    assert table["se"].tolist() == [0.5, 0, 0.25]
    assert set(table["n_test"]) == {2}
