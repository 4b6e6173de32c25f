"""Which individuals train, validate and test."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from genodiff.cohort.split import draw_families, split_individuals
from genodiff.cohort.split import test_quota as quota_of
from genodiff.runtime.errors import InputError


def individuals(sizes, families=None):
    """A frame of individuals in random order; `sizes` by label, None for the unlabelled."""
    labels = [label for label, count in sizes.items() for _ in range(count)]
    labels = np.random.default_rng(0).permutation(np.array(labels, object)).tolist()
    samples = [f"p{i:05d}" for i in range(len(labels))]
    frame = pd.DataFrame({"sample": samples, "family": families or samples})
    frame["label"] = pd.Series(labels, dtype=object)
    return frame


def table(frame, sets):
    """Number of individuals by (set, label)."""
    return Counter(zip(sets, frame["label"], strict=True))


def test_split__paper_sizes():
    frame = individuals({"case": 3_192, "control": 7_213})
    counts = table(frame, split_individuals(frame, 0.1, 0.1, 0))
    assert counts["test", "case"] == counts["test", "control"] == 520
    assert counts["validation", "case"] == round(0.1 * (3_192 - 520))
    assert counts["validation", "control"] == round(0.1 * (7_213 - 520))
    assert counts["train", "case"] + counts["train", "control"] == 10_405 - 2 * 520 - 267 - 669
    assert counts.total() == 10_405


def test_split__many_classes_are_equally_many_in_test():
    sizes = {f"pop{i:02d}": 61 + 3 * i for i in range(26)}
    frame = individuals(sizes)
    counts = table(frame, split_individuals(frame, 0.1, 0.1, 0))
    expected = int(0.1 * sum(sizes.values()) / 26)
    assert {counts["test", label] for label in sizes} == {expected}
    assert all(counts["validation", label] == round(0.1 * (n - expected)) for label, n in sizes.items())


def test_split__smallest_class_limits_the_test_set_to_half_of_it():
    assert quota_of({"a": 9, "b": 500}, 0.1) == 4
    assert quota_of({"a": 3_192, "b": 7_213}, 0.1) == 520
    frame = individuals({"a": 9, "b": 500})
    counts = table(frame, split_individuals(frame, 0.1, 0.2, 0))
    assert counts["test", "a"] == counts["test", "b"] == 4


def test_split__a_tenth_of_all_individuals_may_be_half_of_the_smallest_class():
    """The numbers of docs/own-cohort.md."""
    frame = individuals({"case": 100, "control": 900})
    counts = table(frame, split_individuals(frame, 0.1, 0.1, 0))
    assert [counts[name, "case"] for name in ("test", "train", "validation")] == [50, 45, 5]
    assert [counts[name, "control"] for name in ("test", "train", "validation")] == [50, 765, 85]


def test_split__label_free_individuals_are_unlabelled():
    frame = individuals({"case": 40, "control": 60, None: 30})
    sets = split_individuals(frame, 0.1, 0.1, 0)
    assert (sets[frame["label"].isna()] == "unlabelled").all()
    assert set(sets[frame["label"].notna()]) == {"train", "validation", "test"}
    # The unlabelled do not count for the size of the test set.
    assert table(frame, sets)["test", "case"] == 5


def test_split__same_seed_same_sets_other_seed_others():
    frame = individuals({"case": 100, "control": 100})
    first, again, other = (split_individuals(frame, 0.1, 0.1, seed) for seed in (3, 3, 4))
    assert first.tolist() == again.tolist() != other.tolist()


@pytest.mark.slow
def test_split__is_random_within_a_class():
    # All individuals gets into the test set now and then: about 0.1 x 200 of 200 seeds.
    frame = individuals({"case": 20, "control": 20})
    tested = sum((split_individuals(frame, 0.2, 0.1, seed) == "test").to_numpy() for seed in range(200))
    assert tested.sum() == 200 * 8
    assert tested.min() > 15
    assert tested.max() < 70


def test_split__unlabelled_relatives_of_test_and_validation_individuals_are_excluded():
    # Families of a case or control and an unlabelled relative.
    frame = individuals({"case": 30, "control": 30}, [f"f{i}" for i in range(60)])
    relatives = frame.assign(sample="r" + frame["sample"], label=None)
    both = pd.concat([frame, relatives], ignore_index=True)
    sets = split_individuals(both, 0.2, 0.2, 1)
    own = sets[:60].to_numpy()
    expected = np.where(own == "train", "unlabelled", "excluded")
    assert set(own) == {"train", "validation", "test"}
    assert sets[60:].tolist() == expected.tolist()


def test_split__surplus_that_unbalances_the_test_set_is_excluded():
    # Cases come in families of four, so 10 of the quota of 10 cannot be filled, 8 can.
    frame = individuals({"case": 40, "control": 60})
    cases = frame["label"] == "case"
    frame.loc[cases, "family"] = [f"f{i // 4}" for i in range(40)]
    counts = table(frame, split_individuals(frame, 0.2, 0.2, 0))
    assert counts["test", "case"] == counts["test", "control"] == 8
    assert counts["excluded", "control"] == 2


def test_draw_families__never_exceeds_a_quota_and_skips_the_unlabelled():
    labels = ["a", "a", "b", None, "a", "b", None, None]
    frame = pd.DataFrame({"family": list("11122334"), "label": pd.Series(labels, dtype=object)})
    # Family 1 has two a: too many; 3 has one b and 2 one a; 4 has no label.
    chosen = draw_families(frame, {"a": 1, "b": 1}, np.random.default_rng(0))
    assert chosen == {"2", "3"}
    assert draw_families(frame, {"a": 0, "b": 0}, np.random.default_rng(0)) == set()


@settings(max_examples=60)
@given(
    labels=st.lists(st.sampled_from(["a", "b", "c", None]), min_size=30, max_size=120),
    families=st.integers(8, 80),
    fractions=st.tuples(st.floats(0.1, 0.4), st.floats(0.1, 0.4)),
    seed=st.integers(0, 99),
)
@pytest.mark.slow
def test_split__properties_hold_for_random_families(labels, families, fractions, seed):
    rng = np.random.default_rng(seed)
    frame = individuals({"a": len(labels)}, [f"f{i}" for i in rng.integers(0, families, len(labels))])
    frame["label"] = pd.Series(labels, dtype=object)
    try:
        sets = split_individuals(frame, *fractions, seed)
    except InputError:
        assume(False)
    sizes = frame["label"].value_counts()
    counts = table(frame, sets)
    of_test = {counts["test", label] for label in sizes.index}
    assert len(of_test) == 1
    assert 1 <= of_test.pop() <= quota_of(sizes.to_dict(), fractions[0])
    allowed = [{"train", "unlabelled"}, {"validation"}, {"test"}]
    for _, group in sets.groupby(frame["family"]):
        found = set(group) - {"excluded"}
        assert any(found <= these for these in allowed)
        assert len(group) > 1 or "excluded" not in set(group) or frame["label"].notna()[group.index[0]]
    assert set(sets[frame["label"].isna()]) <= {"unlabelled", "excluded"}
    assert "unlabelled" not in set(sets[frame["label"].notna()])
    for label in sizes.index:
        rest = counts["train", label] + counts["validation", label]
        assert 1 <= counts["validation", label] <= round(fractions[1] * rest)
        assert counts["train", label] >= 1


@pytest.mark.parametrize(
    ("sizes", "says"),
    [
        ({"case": 50}, r"contains one class"),
        (
            {"case": 50, "Case": 40},
            r"labels 'Case' \(40 individuals\) and 'case' \(50\) differ in upper and lower",
        ),
        ({"1": 50, "2": 9, "1.0": 40}, r"labels '1' \(50 .*\) and '1\.0' \(40\) are the same number"),
        ({None: 50}, "contains no labels"),
        ({"case": 1, "control": 99}, r"smallest class \('case'\).*case 1, control 99"),
        (
            {"case": 3, "control": 99},
            r"no individual of class 'case' \(3 individuals in all\).*validation set",
        ),
    ],
)
def test_split__raises_on_too_few_classes_or_individuals(sizes, says):
    with pytest.raises(InputError, match=says):
        split_individuals(individuals(sizes), 0.1, 0.1, 0)


def test_split__raises_when_one_family_holds_a_class():
    frame = individuals({"case": 20, "control": 80})
    frame.loc[frame["label"] == "case", "family"] = "all"
    with pytest.raises(InputError, match=r"no individual of class 'case' .* family column"):
        split_individuals(frame, 0.1, 0.1, 0)


def test_split__raises_on_labels_that_are_measurements():
    frame = individuals({f"{i / 7:.3f}": 1 for i in range(200)})
    with pytest.raises(InputError, match="200 different labels among 200 individuals; it looks"):
        split_individuals(frame, 0.1, 0.1, 0)


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        ("a b None", "'None' is a class of 60 individuals; if"),
        ("0 1 2", "'0' is a class of 60 individuals; if"),
    ],
)
def test_split__warns_of_classes_that_may_mean_unknown(labels, says, caplog):
    split_individuals(individuals(dict.fromkeys(labels.split(), 60)), 0.2, 0.1, 0)
    assert says in caplog.text


def test_split__warns_of_a_test_set_too_small_to_compare(caplog):
    split_individuals(individuals({"a": 300, "b": 12}), 0.2, 0.1, 0)
    assert "only 6 test individuals of each class (the smallest, 'b', has 12)" in caplog.text
