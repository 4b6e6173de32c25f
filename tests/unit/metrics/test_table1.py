"""Table 1 by hand: two datasets, two classifiers, two seeds."""

import math

import numpy as np
import pytest

from genodiff.metrics.table1 import LONG_COLUMNS, long_table, wide_table, write_table1

DATASETS = {"real": "Real", "unet_mlp": "MLP"}
CLASSIFIERS = {"mlp": "MLP", "cnn": "CNN"}


def _row(table, dataset, classifier, seed):
    keys = (table["dataset"] == dataset) & (table["classifier"] == classifier) & (table["seed"] == seed)
    assert keys.sum() == 1
    return table[keys].iloc[0]


def test_long_table__one_row_for_each_result(results):
    table = long_table(results)
    assert list(table) == LONG_COLUMNS
    assert len(table) == len(results) == 8
    assert list(table["accuracy"]) == [0.9, 0.8, 0.7, 0.5, 0.7, 0.8, 0.6, 0.4]


def test_long_table__recovery_is_against_real_of_the_same_classifier_and_seed(results):
    table = long_table(results)
    row = _row(table, "unet_mlp", "mlp", 0)
    assert row["recovery"] == pytest.approx(0.7 / 0.9)
    assert row["chance_corrected_recovery"] == pytest.approx(0.2 / 0.4)
    row = _row(table, "unet_mlp", "mlp", 1)
    assert row["recovery"] == row["chance_corrected_recovery"] == 1
    row = _row(table, "unet_mlp", "cnn", 0)
    assert row["recovery"] == pytest.approx(6 / 7)
    assert row["chance_corrected_recovery"] == pytest.approx(0.5)
    # Here real is at chance: nothing to recover.
    row = _row(table, "unet_mlp", "cnn", 1)
    assert row["recovery"] == pytest.approx(0.8)
    assert math.isnan(row["chance_corrected_recovery"])


def test_long_table__chance_is_one_over_the_classes(results):
    table = long_table([row | {"classes": 4} for row in results])
    row = _row(table, "unet_mlp", "cnn", 1)
    assert row["chance_corrected_recovery"] == pytest.approx(0.15 / 0.25)


def test_wide_table__means_over_seeds_and_their_average(results):
    table = wide_table(long_table(results), DATASETS, CLASSIFIERS)
    assert list(table.index) == ["MLP", "CNN", "average"]
    assert list(table.columns) == ["Real", "MLP"]
    np.testing.assert_allclose(table, [[85, 75], [60, 50], [72.5, 62.5]])


@pytest.mark.parametrize("turn", [lambda d: d, lambda d: dict(reversed(list(d.items())))])
def test_wide_table__order_is_that_of_the_titles(results, turn):
    table = wide_table(long_table(results[::-1]), turn(DATASETS), turn(CLASSIFIERS))
    assert list(table.columns) == list(turn(DATASETS).values())
    assert list(table.index) == [*turn(CLASSIFIERS).values(), "average"]
    assert table.loc["MLP", "Real"] == pytest.approx(85)


def test_write_table1__files_as_text(results, tmp_path):
    wide, long = tmp_path / "table1.tsv", tmp_path / "table1.long.tsv"
    write_table1(results, wide, long, DATASETS, CLASSIFIERS)
    assert wide.read_text() == (
        "Classifier\tReal\tMLP\nMLP\t85.00\t75.00\nCNN\t60.00\t50.00\naverage\t72.50\t62.50\n"
    )
    lines = long.read_text().splitlines()
    assert lines[0] == (
        "dataset\tclassifier\tseed\tn_test\taccuracy\twilson_low\twilson_high\tbalanced_accuracy\tauc\t"
        "recovery\tchance_corrected_recovery"
    )
    assert lines[5] == (
        "unet_mlp\tmlp\t0\t20\t0.700000\t0.500000\t0.750000\t0.700000\t0.750000\t0.777778\t0.500000"
    )
    assert lines[8].endswith("\t0.800000\tNA")
    assert len(lines) == 9
    assert sorted(path.name for path in tmp_path.iterdir()) == ["table1.long.tsv", "table1.tsv"]
