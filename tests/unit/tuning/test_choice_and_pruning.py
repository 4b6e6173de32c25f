"""The chosen trial and the front against brute force; which trials are given up."""

import numpy as np
import pytest

from genodiff.evaluation.denoising.job import SIGMAS
from genodiff.tuning.choice import choose, front
from genodiff.tuning.pruning import (
    WARM_UP,
    denoising_error,
    earlier_errors,
    epochs_of,
    gives_up,
)


def trial(number, recovery, closeness, se=0.1, excess=-0.1, state="complete"):
    return {
        "number": number, "state": state, "recovery": recovery, "recovery_se": se,
        "closeness": closeness, "excess": excess,
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_choose_and_front__agree_with_brute_force(seed):
    rng = np.random.default_rng(seed)
    rows = [
        trial(
            number, *rng.integers(0, 8, 2) / 8, rng.choice([0.05, 0.3]), rng.choice([-0.1, 0, 0.01]),
            rng.choice(["complete", "complete", "pruned", "failed"]),
        )
        for number in range(15)
    ]  # fmt: skip
    fine = [r for r in rows if r["state"] == "complete" and r["excess"] <= 0]
    # The first of the best ones, by sorting.
    best = sorted(fine, key=lambda r: (-r["recovery"], r["number"]))[0]
    close = [r for r in fine if best["recovery"] - r["recovery"] <= best["recovery_se"]]
    order = sorted(close, key=lambda r: r["number"])
    order = sorted(order, key=lambda r: r["recovery"], reverse=True)
    assert choose(rows) is sorted(order, key=lambda r: r["closeness"])[0]
    beaten = {
        r["number"]
        for r in fine
        for o in fine
        if (o["recovery"] > r["recovery"] and o["closeness"] <= r["closeness"])
        or (o["recovery"] >= r["recovery"] and o["closeness"] < r["closeness"])
    }
    assert [r["number"] for r in front(rows)] == [r["number"] for r in fine if r["number"] not in beaten]


def test_choose__nothing_where_attacks_find_something_in_all():
    assert choose([trial(0, 0.9, 0.1, excess=0.001), trial(1, 0.8, 0.1, state="pruned")]) is None
    assert front([trial(0, 0.9, 0.1, excess=0.001)]) == []


def test_choose__the_closest_within_one_standard_error_of_the_best():
    rows = [trial(0, 0.9, 0.3), trial(1, 0.81, 0.1), trial(2, 0.79, 0.01)]
    assert choose(rows)["number"] == 1


def test_epochs_of__three_of_many_and_none_at_the_end():
    assert epochs_of(100) == [25, 50, 75]
    assert epochs_of(25) == [6, 12, 19]
    assert epochs_of(2) == [1]
    assert epochs_of(1) == []


def test_gives_up__above_the_median_once_enough_trials_have_come_as_far():
    earlier = [1.0, 2.0, 3.0, 4.0, 5.0]
    assert len(earlier) == WARM_UP
    assert gives_up(3.1, earlier)
    assert not gives_up(3.0, earlier)
    assert not gives_up(99.0, earlier[:-1])


def test_earlier_errors__who_was_given_up_before_is_worse_than_all():
    trials = [({"6": 1.0, "12": 0.9}, False), ({"6": 2.0}, True), ({}, False)]
    assert earlier_errors(trials, 6) == [1.0, 2.0]
    assert earlier_errors(trials, 12) == [0.9, float("inf")]


def test_denoising_error__of_a_denoiser_whose_errors_are_known():
    """x plus sigma e has a mean square error of sigma squared, whose geometric mean is that of the
    levels; who answers zero has that of the individuals at every level."""
    x, numbers = np.ones((400, 50), np.float32), np.zeros(400, int)
    identity = denoising_error(lambda noised, *_: noised, x, numbers, 0)
    assert identity == pytest.approx(np.exp(2 * np.log(SIGMAS).mean()), rel=0.02)
    assert denoising_error(lambda noised, *_: 0 * noised, x, numbers, 0) == pytest.approx(1)
