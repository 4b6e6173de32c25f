"""How many synthetic individuals of each class there are."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genodiff.cohort.label_mix import SyntheticSize, choose_labels
from genodiff.runtime.errors import InputError

ABC = ["a", "b", "c"]


def test_choose_labels__default_is_the_labelled_training_individuals():
    training = ["b", None, "a", "b", None, "c", "b"]
    assert choose_labels(training, ABC, SyntheticSize(None, 1, None)) == ["a", "b", "b", "b", "c"]


def test_choose_labels__largest_remainders_by_hand():
    # Exact 1.5, 3.6, 4.9: two individuals are left, and go to c (.9) and b (.6).
    labels = choose_labels([], ABC, SyntheticSize(10, 1, {"a": 15, "b": 36, "c": 49}))
    assert Counter(labels) == {"a": 1, "b": 4, "c": 5}


def test_choose_labels__equal_remainders_go_to_the_first_classes():
    assert choose_labels([], ABC, SyntheticSize(5, 1, dict.fromkeys(ABC, 0.2))) == [
        "a",
        "a",
        "b",
        "b",
        "c",
    ]


def test_choose_labels__class_that_the_mix_omits_gets_no_individuals():
    assert choose_labels(["a"], ABC, SyntheticSize(3, 1, {"b": 2, "c": 0})) == ["b"] * 3


def test_choose_labels__individuals_without_a_mix_follow_the_training_shares():
    training = ["a"] * 30 + ["b"] * 10 + [None] * 60
    assert Counter(choose_labels(training, ["a", "b"], SyntheticSize(8, 1, None))) == {"a": 6, "b": 2}


def test_choose_labels__mix_without_individuals_keeps_the_number():
    assert (
        choose_labels(["a", "b", None, "b"], ["a", "b"], SyntheticSize(None, 1, {"a": 1})) == ["a"] * 3
    )


@given(
    individuals=st.integers(2, 500),
    mix=st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=3, max_size=3).filter(
        lambda shares: sum(shares) > 1e-3
    ),
)
def test_choose_labels__whole_individuals_within_one_of_their_share(individuals, mix):
    labels = choose_labels([], ABC, SyntheticSize(individuals, 1, dict(zip(ABC, mix, strict=True))))
    assert len(labels) == individuals
    assert labels == sorted(labels)
    for label, share in zip(ABC, mix, strict=True):
        assert abs(labels.count(label) - individuals * share / sum(mix)) < 1 + 1e-6


def test_choose_labels__raises_on_a_class_that_the_cohort_lacks():
    with pytest.raises(
        InputError, match=r"synthetic\.label_mix: no class 'cas' .*classes: case, control"
    ):
        choose_labels(["case"], ["case", "control"], SyntheticSize(4, 1, {"cas": 1, "control": 1}))
