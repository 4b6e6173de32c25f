"""A share of the training individuals, or of their labels."""

import logging
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from genodiff.cohort.subsample import keep_labels, take_share
from genodiff.formats import tensors
from genodiff.formats.tensors import (
    GeneFeatures,
    Individuals,
    Layout,
    read_individuals,
    write_individuals,
)
from genodiff.runtime.errors import InputError

LAYOUT = Layout([GeneFeatures("A", "1", 9, [0.0] * 2, [1.0] * 2)], 2, 2, ["case", "control"])


@pytest.fixture
def cohort(tmp_path):
    """Paths of the layout and of 40 cases, 100 controls and 60 unlabelled individuals, in row groups of
    7; feature 0 of individual i is i."""
    labels = np.array(["case"] * 40 + ["control"] * 100 + [None] * 60, object)
    x = np.zeros((200, 2, 2), np.float32)
    x[:, 0] = np.arange(200)[:, None] + [0, 0.5]
    order = np.random.default_rng(0).permutation(labels).tolist()
    individuals = Individuals([f"REAL-{i}" for i in range(200)], order, x)
    LAYOUT.write(tmp_path / "layout.json")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tensors, "ROW_GROUP_BYTES", 7 * 4 * 4)
        write_individuals(tmp_path / "train.parquet", LAYOUT, [individuals])
    return tmp_path / "layout.json", tmp_path / "train.parquet"


@pytest.fixture
def share(cohort, tmp_path):
    """Function: take a share of the individuals of `cohort`; the individuals in it."""

    def take(percent, seed=0):
        output = tmp_path / "shares" / "some.parquet"
        layout, train = map(str, cohort)
        take_share(layout_path=layout, train_path=train, output=str(output), percent=percent, seed=seed)
        return read_individuals(output, LAYOUT)

    return take


def numbers(individuals):
    """Who it is, by the tensor."""
    return individuals.x[:, 0, 0].astype(int).tolist()


@pytest.mark.parametrize(
    ("percent", "mix"),
    [
        (5, {"case": 2, "control": 5, None: 3}),
        (5.3, {"case": 2, "control": 6, None: 3}),  # 10.6 individuals are 11: exact 2.2, 5.5, 3.3
        (10, {"case": 4, "control": 10, None: 6}),
        (12.5, {"case": 5, "control": 13, None: 7}),  # exact 5, 12.5, 7.5: the first of equals
        (50, {"case": 20, "control": 50, None: 30}),
        (100, {"case": 40, "control": 100, None: 60}),
    ],
)
def test_take_share__has_the_label_mix_of_all(share, percent, mix):
    assert Counter(share(percent).labels) == mix


def test_take_share__individuals_stay_as_they_were(share, cohort):
    whole, part = read_individuals(cohort[1], LAYOUT), share(20, seed=4)
    rows = numbers(part)
    assert len(rows) == 40
    assert rows == sorted(rows)
    assert part.samples == [f"REAL-{i}" for i in rows]
    assert part.labels == [whole.labels[i] for i in rows]
    np.testing.assert_array_equal(part.x, whole.x[rows])


def test_take_share__all_of_them_are_all_of_them(share, cohort):
    whole, part = read_individuals(cohort[1], LAYOUT), share(100, seed=9)
    assert (part.samples, part.labels) == (whole.samples, whole.labels)
    np.testing.assert_array_equal(part.x, whole.x)


def test_take_share__larger_shares_include_the_smaller(share):
    parts = [set(numbers(share(percent, seed=2))) for percent in (5, 10, 20, 50, 100)]
    assert [len(part) for part in parts] == [10, 20, 40, 100, 200]
    assert all(small < large for small, large in pairwise(parts))


def test_take_share__is_random_by_seed(share):
    one, again, other = (numbers(share(20, seed)) for seed in (1, 1, 2))
    assert one == again
    assert len(set(one) & set(other)) < 30  # 8 of 40 are expected


def test_take_share__two_individuals_of_a_class_are_enough(share):
    # 4% are 8 individuals, exact 1.6 cases.
    assert Counter(share(4).labels) == {"case": 2, "control": 4, None: 2}


# 3.5% are 7 individuals, exact 1.4 cases; of a tenth of a percent one individual is left.
@pytest.mark.parametrize(("percent", "cases"), [(3.5, 1), (0.1, 0)])
def test_take_share__raises_on_fewer_than_two_individuals_of_a_class(share, tmp_path, percent, cases):
    with pytest.raises(InputError) as raised:
        share(percent)
    assert str(raised.value) == (
        f"augmentation.percents: {percent}% of the training individuals are {cases} of class 'case'; a "
        "generator and a classifier need at least 2"
    )
    assert not list(tmp_path.glob("shares/*"))


def test_take_share__few_unlabelled_individuals_are_no_error(tmp_path):
    LAYOUT.write(tmp_path / "layout.json")
    labels = ["case", "control"] * 20 + [None]
    individuals = Individuals([str(i) for i in range(41)], labels, np.zeros((41, 2, 2), np.float32))
    write_individuals(tmp_path / "train.parquet", LAYOUT, [individuals])
    layout, train, output = (
        str(tmp_path / name) for name in ("layout.json", "train.parquet", "out.parquet")
    )
    take_share(layout_path=layout, train_path=train, output=output, percent=25, seed=0)
    assert Counter(read_individuals(output, LAYOUT).labels) == {"case": 5, "control": 5}


def test_take_share__log_names_no_individual(share, caplog):
    with caplog.at_level(logging.DEBUG, logger="genodiff"):
        share(12.5)
    assert "25 of 200 training individuals (12.5%)" in caplog.text
    assert "REAL" not in caplog.text


@pytest.fixture
def hidden(cohort, tmp_path):
    """Function: the individuals of `cohort` with a share of the labels."""

    def hide(percent, seed=0):
        output = tmp_path / "labels" / "some.parquet"
        layout, train = map(str, cohort)
        keep_labels(layout_path=layout, train_path=train, output=str(output), percent=percent, seed=seed)
        return read_individuals(output, LAYOUT)

    return hide


def kept(individuals):
    return {i for i, label in enumerate(individuals.labels) if label is not None}


def test_keep_labels__everybody_stays_and_labels_that_stay_are_right(cohort, hidden):
    whole, part = read_individuals(cohort[1], LAYOUT), hidden(20)
    assert part.samples == whole.samples
    np.testing.assert_array_equal(part.x, whole.x)
    assert Counter(part.labels) == {"case": 8, "control": 20, None: 172}
    assert all(part.labels[i] == whole.labels[i] for i in kept(part))
    assert hidden(100).labels == whole.labels


def test_keep_labels__larger_shares_include_the_smaller_and_seeds_differ(hidden):
    parts = [kept(hidden(percent, seed=2)) for percent in (5, 10, 50, 100)]
    assert [len(part) for part in parts] == [7, 14, 70, 140]
    assert all(small < large for small, large in pairwise(parts))
    assert len(kept(hidden(20, 1)) & kept(hidden(20, 2))) < 16  # 6 of 28 are expected


def test_keep_labels__raises_on_fewer_than_two_labels_of_a_class(hidden, tmp_path):
    with pytest.raises(InputError) as raised:
        hidden(2)
    assert str(raised.value) == (
        "labels.percents: 2% of the labelled individuals are 1 of class 'case'; a generator and a "
        "classifier need at least 2"
    )
    assert not list(tmp_path.glob("labels/*"))
