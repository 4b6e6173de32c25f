"""Classifiers on shares of the real individuals, with and without synthetic ones, by hand."""

import pandas as pd
import pytest

from genodiff.tables.augmentation import COLUMNS, write_augmentation


def job(arm, classifier, seed, share, n_train, accuracy=0.625):
    """What a job found."""
    return {
        "dataset": "augmented", "arm": arm, "classifier": classifier, "seed": seed, "share": share,
        "n_train": n_train, "n_test": 20, "accuracy": accuracy, "se": 0.1, "wilson_low": 0.5,
        "wilson_high": 0.75, "classes": 2, "auc": 0.5,
    }  # fmt: skip


@pytest.fixture
def table(tmp_path):
    """Function: write the table; it as a frame."""

    def write(results):
        write_augmentation(results, tmp_path / "augmentation.tsv")
        assert [path.name for path in tmp_path.iterdir()] == ["augmentation.tsv"]
        return pd.read_csv(tmp_path / "augmentation.tsv", sep="\t")

    return write


def test_augmentation_table__real_individuals_alone_have_no_generator(table):
    found = table([job("real", "mlp", 0, 0.05, 40), job("unet_mlp", "mlp", 0, 0.05, 140)])
    assert list(found) == COLUMNS
    assert found["generator"].isna().tolist() == [True, False]
    assert found["real_individuals"].tolist() == [40, 40]
    assert found["synthetic_individuals"].tolist() == [0, 100]


def test_augmentation_table__real_individuals_are_of_the_same_classifier_seed_and_share(table):
    arms = [
        (classifier, seed, share)
        for classifier in ("mlp", "cnn") for seed in (0, 1) for share in (0.05, 1)
    ]  # fmt: skip
    alone = {arm: 40 + i for i, arm in enumerate(arms)}
    # The synthetic arm first: order does not count.
    results = [job("mosaic", *arm, n + 1000) for arm, n in alone.items()]
    found = table([*results, *(job("real", *arm, n) for arm, n in alone.items())])
    assert found["real_individuals"].tolist() == list(alone.values()) * 2
    assert found["synthetic_individuals"].tolist() == [1000] * 8 + [0] * 8
    assert found["generator"].tolist()[:8] == ["mosaic"] * 8


def test_augmentation_table__as_text(table, tmp_path):
    table([job("real", "mlp", 3, 0.125, 40), job("gaussian", "mlp", 3, 0.125, 80, accuracy=2 / 3)])
    assert (tmp_path / "augmentation.tsv").read_text() == (
        "generator\tclassifier\tseed\tshare\treal_individuals\tsynthetic_individuals\tn_test\taccuracy\tse\t"
        "wilson_low\twilson_high\n"
        "NA\tmlp\t3\t0.125000\t40\t0\t20\t0.625000\t0.100000\t0.500000\t0.750000\n"
        "gaussian\tmlp\t3\t0.125000\t40\t40\t20\t0.666667\t0.100000\t0.500000\t0.750000\n"
    )


def test_augmentation_table__nothing_is_a_header(table):
    assert list(table([])) == COLUMNS
