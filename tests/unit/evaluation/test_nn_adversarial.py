"""Tables 2 and 3's measures against loops, and on sets with known answers."""

import numpy as np
import pytest
import torch

from genodiff.evaluation.neighbours.rows import rows_of
from genodiff.evaluation.neighbours.search import Budget
from genodiff.evaluation.nn_adversarial import MEASURES, NnAdversarial, compare, matched, summary

CPU = Budget(64, torch.device("cpu"))


def individuals(n, seed, features=12, cases=0.5, shift=0.0):
    """Normal individuals float32 (n, features), the first `cases` of them of class 0."""
    x = np.random.default_rng(seed).standard_normal((n, features)).astype(np.float32) + shift
    return rows_of(x, np.arange(n) >= round(cases * n))


def angle(a, b):
    """The paper's distance (Eq. 10)."""
    return np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1)) / np.pi


def slow(real, synthetic, nearest):
    """Eq. 9 and 11 by loops, without ties."""
    t, s = (rows.read(slice(None)).astype(float) for rows in (real, synthetic))

    def others(points, i, sets):
        return [
            (angle(points[i], row), own)
            for rows, own in sets
            for j, row in enumerate(rows)
            if not (rows is points and i == j)
        ]

    share, truth, syn = [], [], []
    for i in range(len(t)):
        found = sorted(others(t, i, [(t, 1), (s, 0)]))
        share.append(np.mean([own for _, own in found[:nearest]]))
        d_tt, d_ts = (min(d for d, own in found if own == side) for side in (1, 0))
        truth.append(d_ts > d_tt)
    for i in range(len(s)):
        found = others(s, i, [(s, 1), (t, 0)])
        d_ss, d_st = (min(d for d, own in found if own == side) for side in (1, 0))
        syn.append(d_st > d_ss)
    return {"nn_share": share, "aa_truth": truth, "aa_syn": syn}


@pytest.mark.parametrize(("shift", "nearest"), [(0, 10), (0.3, 3), (2, 1)])
def test_compare__is_the_papers_definition_by_loops(shift, nearest):
    real, synthetic = individuals(40, 1), individuals(40, 2, shift=shift)
    found, expected = compare(real, synthetic, nearest, CPU), slow(real, synthetic, nearest)
    for measure, values in expected.items():
        np.testing.assert_allclose(found[measure], np.array(values, float), err_msg=measure)


def test_compare__exact_copies_drive_the_train_side_to_zero():
    real = individuals(60, 3)
    found = summary(compare(real, individuals(60, 3), 10, CPU))
    assert found["aa_truth"][0] == found["aa_syn"][0] == found["aa_ts"][0] == 0


def test_compare__disjoint_sets_are_all_apart():
    found = summary(compare(individuals(60, 4, shift=30), individuals(60, 5, shift=-30), 10, CPU))
    assert {value for value, _ in found.values()} == {1}


def test_compare__collapse_to_the_middle_is_a_false_pass_of_the_mean():
    # Nobody's nearest real individual is as near as the middle, and the synthetic ones keep to
    # themselves.
    real = individuals(200, 6, features=400, shift=1)
    middle = rows_of(
        np.full((200, 400), 1) + 0.01 * individuals(200, 7, features=400).read(slice(None)), [0] * 200
    )
    found = summary(compare(real, middle, 10, CPU))
    assert found["aa_truth"][0] < 0.05
    assert found["aa_syn"][0] == 1
    assert found["aa_ts"][0] == pytest.approx(0.5, abs=0.03)


def test_compare__two_samples_of_one_population_are_near_one_half():
    found = summary(compare(individuals(1500, 8), individuals(1500, 9), 10, CPU))
    for measure, (value, error) in found.items():
        assert abs(value - 0.5) < 5 * error, measure
        assert 0.002 < error < 0.02


def test_compare__swapped_sets_swap_the_two_accuracies():
    a, b = individuals(50, 10), individuals(50, 11, shift=0.2)
    one, two = compare(a, b, 5, CPU), compare(b, a, 5, CPU)
    np.testing.assert_array_equal(one["aa_truth"], two["aa_syn"])
    np.testing.assert_array_equal(one["aa_syn"], two["aa_truth"])


def test_summary__by_hand():
    found = summary(
        {
            "nn_share": np.array([0.2, 0.4]),
            "aa_truth": np.array([1, 0, 0, 1.0]),
            "aa_syn": np.array([1, 1, 1, 0.0]),
        }
    )
    assert found["nn_share"] == (pytest.approx(0.3), pytest.approx(0.1))
    assert found["aa_truth"] == (0.5, pytest.approx((1 / 3 / 4) ** 0.5))
    assert found["aa_ts"] == (0.625, pytest.approx(0.5 * (1 / 12 + 1 / 16) ** 0.5))


def test_matched__whole_sets_are_compared_once():
    sets = [individuals(20, 1), individuals(20, 2)]
    drawn = list(matched(sets, np.array([10, 10]), 7, np.random.default_rng(0)))
    assert drawn == [sets]


def test_matched__draws_have_the_size_and_mix_of_the_real_set():
    real, synthetic = individuals(20, 1, cases=0.25), individuals(90, 2, cases=0.5)
    drawn = list(matched([real, synthetic], np.array([5, 15]), 7, np.random.default_rng(0)))
    assert len(drawn) == 7
    for pair in drawn:
        assert [np.bincount(rows.labels).tolist() for rows in pair] == [[5, 15], [5, 15]]
    assert len({tuple(pair[1].numbers) for pair in drawn}) == 7


@pytest.fixture
def closeness():
    """360 training individuals (30% cases) and 60 test individuals (half cases)."""
    return NnAdversarial(individuals(360, 20, cases=0.3), individuals(60, 21), 2, 10, 4, CPU, 0)


def table(rows):
    keys = [(row["against"], row["measure"]) for row in rows]
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, rows, strict=True))


KEYS = {
    *((against, measure) for against in ("train", "test", "train_as_test") for measure in MEASURES),
    ("both", "privacy_loss"),
}  # fmt: skip


class TestNnAdversarial:
    def test_planted_copies_show_on_the_train_side_and_in_the_privacy_loss(self, closeness):
        found = table(closeness.of_generator(individuals(360, 20, cases=0.3)))
        assert found.keys() == KEYS
        for measure in ("aa_truth", "aa_syn", "aa_ts"):
            assert found["train", measure]["value"] == 0
            assert found["test", measure]["value"] > 0.3
        assert found["train", "aa_ts"]["n"] == 360
        assert found["train", "aa_ts"]["repeats"] == 1
        assert found["test", "aa_ts"]["n"] == 60
        assert found["test", "aa_ts"]["repeats"] == 4

    def test_privacy_loss_is_half_when_every_training_individual_is_released(self):
        # As many training as test individuals: every copy is in every draw.
        train = individuals(300, 22)
        found = table(
            NnAdversarial(train, individuals(300, 23), 2, 10, 3, CPU, 0).of_generator(
                individuals(300, 22)
            )
        )
        assert found["train_as_test", "aa_ts"]["value"] == 0
        assert found["both", "privacy_loss"]["value"] == found["test", "aa_ts"]["value"]
        assert found["both", "privacy_loss"]["value"] == pytest.approx(0.5, abs=0.1)

    def test_privacy_loss_is_the_difference_of_its_two_rows(self, closeness):
        found = table(closeness.of_generator(individuals(500, 24, cases=0.4, shift=0.1)))
        difference = found["test", "aa_ts"]["value"] - found["train_as_test", "aa_ts"]["value"]
        assert found["both", "privacy_loss"]["value"] == pytest.approx(difference)

    def test_unseen_individuals_have_no_privacy_loss(self, closeness):
        loss = table(closeness.of_generator(individuals(400, 25)))["both", "privacy_loss"]
        assert abs(loss["value"]) < 4 * loss["se"]
        assert 0 < loss["se"] < 0.1

    def test_null_compares_training_with_test_individuals(self, closeness):
        found = table(closeness.null(individuals(80, 26)))
        assert found.keys() == KEYS
        # 60 test individuals, 30% cases: as many as 30 test controls allow.
        assert found["train", "aa_ts"]["n"] == 43
        assert found["test", "aa_ts"]["n"] == 60
        assert found["test", "aa_ts"]["value"] == pytest.approx(0.5, abs=0.15)

    def test_same_seed_same_rows_and_the_same_real_individuals_for_every_dataset(self, closeness):
        own = individuals(200, 27)
        assert closeness.test_and_loss(own) == closeness.test_and_loss(own)

    def test_few_individuals_have_fewer_neighbours(self, caplog):
        small = NnAdversarial(individuals(4, 1), individuals(4, 2), 2, 10, 2, CPU, 0)
        assert table(small.of_generator(individuals(4, 3))).keys() == KEYS
        assert caplog.text.count("only 4 individuals can be compared") == 1
        assert "k = 7 instead of 10" in caplog.text

    def test_raises_when_a_class_is_missing(self, closeness):
        cases_only = individuals(50, 1, cases=1)
        with pytest.raises(ValueError, match="a class of one set is missing"):
            closeness.of_generator(cases_only)
