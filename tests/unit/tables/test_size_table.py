"""Accuracy against the size of the synthetic cohort, by hand."""

import pandas as pd
import pytest

from genodiff.tables.size import SIZE_COLUMNS, write_sizes

DATASETS = ["real", "unet_mlp", "mosaic"]


def larger(row, times, accuracy):
    """The same classifier on `times` as many individuals."""
    return row | {"n_train": row["n_train"] * times, "accuracy": accuracy}


@pytest.fixture
def table(tmp_path):
    """Function: write the table; it as a frame."""

    def write(table1, sizes, datasets=DATASETS):
        write_sizes(table1, sizes, datasets, tmp_path / "size.tsv")
        assert [path.name for path in tmp_path.iterdir()] == ["size.tsv"]
        return pd.read_csv(tmp_path / "size.tsv", sep="\t")

    return write


@pytest.fixture
def sizes(results):
    """What the jobs on two and five times as many individuals of unet_mlp found."""
    own = [row for row in results if row["dataset"] == "unet_mlp"]
    return [{"rows": [larger(row, 5, 0.95), larger(row, 2, 0.925)]} for row in own]


def test_size_table__multiples_of_the_real_training_set(results, sizes, table):
    found = table(results, sizes)
    assert list(found) == SIZE_COLUMNS
    assert len(found) == 4 + 3 * 4
    assert (found["multiple"] == found["n_train"] / 100).all()
    real, own = (found[found["dataset"] == name] for name in ("real", "unet_mlp"))
    assert list(real["multiple"]) == [1] * 4
    mlp = own[(own["classifier"] == "mlp") & (own["seed"] == 0)]
    assert list(mlp["multiple"]) == [1, 2, 5]
    assert list(mlp["accuracy"]) == [0.7, 0.925, 0.95]


def test_size_table__datasets_in_their_order_then_classifier_seed_and_size(results, sizes, table):
    mosaic = [larger(r, 3, 0.5) | {"dataset": "mosaic"} for r in results if r["dataset"] == "real"]
    found = table([*mosaic, *results[::-1]], sizes[::-1])
    keys = list(
        zip(found["dataset"], found["classifier"], found["seed"], found["multiple"], strict=True)
    )
    expected = [
        (dataset, classifier, seed, multiple)
        for dataset, multiples in (("real", [1]), ("unet_mlp", [1, 2, 5]), ("mosaic", [3]))
        for classifier in ("cnn", "mlp")
        for seed in (0, 1)
        for multiple in multiples
    ]
    assert keys == expected


def test_size_table__another_size_of_the_default_cohort_is_its_multiple(results, table):
    # synthetic.individuals: 150 individuals where 100 trained, and a third of it.
    own = [r | {"n_train": 150} for r in results if r["dataset"] == "unet_mlp"]
    third = [r | {"n_train": 33} for r in own]
    found = table([r for r in results if r["dataset"] == "real"] + own, [{"rows": third}])
    assert set(found.loc[found["dataset"] == "unet_mlp", "multiple"]) == {1.5, 0.33}


def test_size_table__as_text(results, table, tmp_path):
    table([row for row in results if row["classifier"] == "mlp" and row["seed"] == 0], [])
    assert (tmp_path / "size.tsv").read_text() == (
        "dataset\tclassifier\tseed\tmultiple\tn_train\tn_test\taccuracy\tse\twilson_low\twilson_high\n"
        "real\tmlp\t0\t1.000000\t100\t20\t0.900000\t0.100000\t0.700000\t0.950000\n"
        "unet_mlp\tmlp\t0\t1.000000\t100\t20\t0.700000\t0.100000\t0.500000\t0.750000\n"
    )
