"""Tables of accuracy against the size of the synthetic cohort, and against shares of the real
individuals, by hand."""

from itertools import product

import pandas as pd
import pytest

from genodiff.generators.dataset import describe
from genodiff.tables.augmentation import COLUMNS, write_augmentation
from genodiff.tables.few_labels import write_differences, write_few_labels
from genodiff.tables.size import SIZE_COLUMNS, write_sizes


def job(key, classifier="mlp", seed=0, n_train=100, accuracy=0.625):
    """What a job on the datasets of a key found."""
    return describe(key) | {
        "classifier": classifier, "seed": seed, "n_train": n_train, "n_test": 20, "accuracy": accuracy,
        "se": 0.1, "wilson_low": 0.5, "wilson_high": 0.75, "classes": 2, "auc": 0.5,
    }  # fmt: skip


@pytest.fixture
def written(tmp_path):
    """Function: the table that a function writes, as a frame, and its text."""

    def write(function, *arguments):
        path = tmp_path / "table.tsv"
        function(*arguments, path)
        assert [other.name for other in tmp_path.iterdir()] == ["table.tsv"]
        return pd.read_csv(path, sep="\t"), path.read_text()

    return write


def test_sizes__in_units_of_the_training_set_in_the_order_of_datasets_classifiers_seeds_sizes(written):
    sizes = {"real": 100, "mosaic.x3": 300, "unet_mlp": 33, "unet_mlp.x2": 200, "unet_mlp.x5": 500}
    results = [
        job(key, *arm, n_train=n, accuracy=n / 1000)
        for (key, n), arm in product(sizes.items(), product(("mlp", "cnn"), (1, 0)))
    ]
    found, _ = written(write_sizes, results[::-1], ["real", "unet_mlp", "mosaic"])
    assert list(found) == SIZE_COLUMNS
    order = [("real", 1), ("unet_mlp", 0.33), ("unet_mlp", 2), ("unet_mlp", 5), ("mosaic", 3)]
    expected = [
        (name, classifier, seed, multiple)
        for dataset in ("real", "unet_mlp", "mosaic")
        for classifier in ("cnn", "mlp")
        for seed in (0, 1)
        for name, multiple in order
        if name == dataset
    ]
    columns = [found[name] for name in ("dataset", "classifier", "seed", "multiple")]
    assert list(zip(*columns, strict=True)) == expected
    assert (found["accuracy"] == found["n_train"] / 1000).all()


def test_sizes__as_text(written):
    _, text = written(
        write_sizes, [job("real"), job("unet_mlp.x2", n_train=200, accuracy=0.7)], ["real", "unet_mlp"]
    )
    assert text == (
        "dataset\tclassifier\tseed\tmultiple\tn_train\tn_test\taccuracy\tse\twilson_low\twilson_high\n"
        "real\tmlp\t0\t1.000000\t100\t20\t0.625000\t0.100000\t0.500000\t0.750000\n"
        "unet_mlp\tmlp\t0\t2.000000\t200\t20\t0.700000\t0.100000\t0.500000\t0.750000\n"
    )


def test_augmentation__real_individuals_are_of_the_same_classifier_seed_and_share(written):
    arms = list(product(("mlp", "cnn"), (0, 1), (5, 100)))
    alone = [job(f"real.p{p}", c, s, 40 + i) for i, (c, s, p) in enumerate(arms)]
    added = [job(f"real.p{p}+mosaic.p{p}", c, s, 1040 + i) for i, (c, s, p) in enumerate(arms)]
    # The synthetic arm first: order does not count.
    found, _ = written(write_augmentation, [*added, *alone])
    assert list(found) == COLUMNS
    assert found["real_individuals"].tolist() == [40 + i for i in range(8)] * 2
    assert found["synthetic_individuals"].tolist() == [1000] * 8 + [0] * 8
    assert found["generator"].fillna("alone").tolist() == ["mosaic"] * 8 + ["alone"] * 8
    assert found["share"].tolist() == [0.05, 1] * 8


def test_augmentation__as_text(written):
    results = [
        job("real.p12.5", seed=3, n_train=40),
        job("real.p12.5+gaussian.p12.5", seed=3, n_train=80, accuracy=2 / 3),
    ]
    _, text = written(write_augmentation, results)
    assert text == (
        "generator\tclassifier\tseed\tshare\treal_individuals\tsynthetic_individuals\tn_test\taccuracy\tse\t"
        "wilson_low\twilson_high\n"
        "NA\tmlp\t3\t0.125000\t40\t0\t20\t0.625000\t0.100000\t0.500000\t0.750000\n"
        "gaussian\tmlp\t3\t0.125000\t40\t40\t20\t0.666667\t0.100000\t0.500000\t0.750000\n"
    )


def test_few_labels__says_what_classifiers_were_trained_on_and_how_many_labels_there_were(written):
    results = [
        job("real.l5+net.l5", n_train=120), job("net.l5", n_train=100), job("real.l5", n_train=20),
        job("self_training.l5", n_train=70), job("real.l50", n_train=200), job("net.l50", n_train=100),
        job("self_training.l50", n_train=380), job("real.l50+net.l50", n_train=300),
    ]  # fmt: skip
    found, _ = written(write_few_labels, results)
    assert found["training"].tolist() == [
        "both", "synthetic", "labelled", "self_training",
        "labelled", "synthetic", "self_training", "both",
    ]  # fmt: skip
    assert found["labels"].tolist() == [20] * 4 + [200] * 4
    assert found["share"].tolist() == [0.05] * 4 + [0.5] * 4
    made = found["generator"].notna()
    assert set(found["training"][made]) == {"both", "synthetic"}
    assert set(found["generator"][made]) == {"net"}


def test_few_labels__are_compared_with_labelled_individuals_and_with_guessed_labels(written):
    """Each with the same share of the labels, by hand: 4 test individuals, two seeds."""
    correct = {
        "real.l5": ("1000", "1010"), "self_training.l5": ("1100", "1100"), "net.l5": ("1111", "1011"),
        "real.l5+net.l5": ("1111", "1111"), "real.l50": ("1110", "1110"),
        "self_training.l50": ("1110", "1110"), "net.l50": ("1100", "1000"),
        "real.l50+net.l50": ("1110", "1100"),
    }  # fmt: skip
    results = [
        job(key, seed=seed) | {"correct": own[seed]} for key, own in correct.items() for seed in (0, 1)
    ]
    found, _ = written(write_differences, results)
    found = found[found["classifier"] == "mlp"]
    keys = [tuple(row) for row in found[["share", "training", "against"]].to_numpy()]
    pairs = [
        ("self_training", "labelled"), ("synthetic", "labelled"), ("synthetic", "self_training"),
        ("both", "labelled"), ("both", "self_training"),
    ]  # fmt: skip
    assert keys == [(share, *pair) for share in (0.05, 0.5) for pair in pairs]
    expected = [0.125, 0.5, 0.375, 0.625, 0.5, 0, -0.375, -0.375, -0.125, -0.125]
    assert found["difference"].tolist() == pytest.approx(expected)
    assert set(found["seeds"]) == {2}
    assert found["generator"].isna().tolist() == [True, False, False, False, False] * 2
