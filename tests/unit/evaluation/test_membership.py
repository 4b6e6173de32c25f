"""The judge of attacks: who is compared with whom, the strongest attack, and the controls."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from genodiff.evaluation import membership
from genodiff.evaluation.attacks import ATTACKS, STRONGEST
from genodiff.evaluation.attacks.base import Attack
from genodiff.evaluation.base import Comparison, Sets
from genodiff.evaluation.membership import (
    Membership,
    choose_turns,
    half_of,
    judge,
    numbers,
    random_halves,
    right_guesses,
    strongest,
)
from genodiff.evaluation.neighbours.rows import rows_of
from genodiff.evaluation.neighbours.search import Budget

CPU = Budget(64, torch.device("cpu"))


def individuals(counts, seed, features=30):
    """Normal individuals float32 (N, features), `counts` of each class, the classes mixed."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    return rows_of(rng.standard_normal((len(labels), features)).astype(np.float32), labels)


def everything(rows):
    """All values of a set of individuals."""
    return rows.read(slice(None))


def sets_of(dataset, null=False, outside=False, references=(10, 30)):
    """A dataset with training, test and reference individuals."""
    return Sets(
        individuals([60, 120], 1), individuals([41, 40], 2), dataset, 2, null, np.arange(30) // 3,
        individuals(references, 3) if references else individuals([1, 1], 3).take(np.arange(0)), outside,
    )  # fmt: skip


@pytest.fixture
def run():
    """Function: rows of the metric by dataset and attack."""

    def rows(sets, repeats=2):
        settings = Comparison(5, 3, planted_share=0.3, attack_repeats=repeats, memory_mb=64)
        found = Membership(settings, CPU, 0).rows(sets)
        return {(row.get("dataset"), row["attack"]): row for row in found}

    return rows


class TestTurns:
    def test_halves_take_turns_as_references(self):
        turns = choose_turns(sets_of(None), True, 3, 0)
        assert len(turns) == 6
        for one, other in zip(turns[::2], turns[1::2], strict=True):
            assert set(one.others) | set(one.references) == set(range(81))
            assert not set(one.others) & set(one.references)
            np.testing.assert_array_equal(one.others, other.references)
        assert len({turn.others.tobytes() for turn in turns}) == 6

    def test_all_test_individuals_where_no_half_is_needed(self):
        for turn in choose_turns(sets_of(None), False, 3, 0):
            assert len(turn.others) == 81
            assert len(turn.references) == 0

    @pytest.mark.parametrize("halved", [True, False])
    def test_members_have_the_label_mix_of_the_others(self, halved):
        sets = sets_of(None)
        for turn in choose_turns(sets, halved, 2, 0):
            mix = np.bincount(sets.test.labels[turn.others]) / len(turn.others)
            own = np.bincount(sets.train.labels[turn.members]) / len(turn.members)
            assert own == pytest.approx(mix, abs=0.01)
            assert len(turn.members) > 110
            assert len(set(turn.members)) == len(turn.members)

    @pytest.mark.parametrize("halved", [True, False])
    def test_members_are_limited_in_the_same_mix(self, halved):
        sets = sets_of(None)
        for turn in choose_turns(sets, halved, 2, 0, 50):
            mix = np.bincount(sets.test.labels[turn.others]) / len(turn.others)
            own = np.bincount(sets.train.labels[turn.members])
            assert own.sum() == 50
            assert own / 50 == pytest.approx(mix, abs=0.02)

    def test_the_same_seed_gives_the_same_turns(self):
        one, same, other = (choose_turns(sets_of(None), True, 1, seed)[0] for seed in (0, 0, 1))
        np.testing.assert_array_equal(one.members, same.members)
        assert not np.array_equal(one.others, other.others)

    def test_a_class_that_training_lacks_is_an_error(self):
        sets = Sets(
            individuals([30], 1), individuals([5, 5], 2), None, 2, False, np.arange(30),
            individuals([5, 5], 3), False,
        )  # fmt: skip
        with pytest.raises(ValueError, match="class of one set is missing"):
            choose_turns(sets, True, 1, 0)

    def test_halves_of_individuals_are_disjoint_and_have_both_classes(self):
        sets = sets_of(None)
        turns, halves = choose_turns(sets, True, 2, 0), random_halves(sets, 0)
        for whole, one, other in zip(
            turns, half_of(turns, halves, False), half_of(turns, halves, True), strict=True
        ):
            assert sorted([*one.members, *other.members]) == whole.members.tolist()
            assert sorted([*one.others, *other.others]) == whole.others.tolist()
        assert abs(np.bincount(sets.train.labels[halves[0]]) - [30, 60]).max() <= 1


class TestJudge:
    def test_every_individual_counts_once_however_many_turns(self):
        """The error is that of one choice of these individuals, not that of ten."""
        sets, rng = sets_of(None), np.random.default_rng(0)
        scores = rng.normal(size=180), rng.normal(size=81)
        one, ten = (judge([scores] * n, choose_turns(sets, False, n, 0)).area.error for n in (1, 10))
        assert 0.75 < ten / one < 1.1

    def test_columns_of_a_perfect_attack(self):
        sets = sets_of(None)
        turns = choose_turns(sets, True, 1, 0)
        row = numbers(judge([(np.ones(180), np.zeros(81))] * 2, turns))
        assert [row[n] for n in ("auc", "tpr_01", "tpr_1", "tpr_10", "tpr_1_high")] == [1] * 5
        assert row["tpr_1_low"] > 0.9
        assert row["chance"] < 1e-20
        assert (row["non_members"], row["chosen"]) == (81, None)

    def test_ties_are_guesses(self):
        turns = choose_turns(sets_of(None), True, 1, 0)
        row = numbers(judge([(np.zeros(180), np.zeros(81))] * 2, turns))
        assert (row["auc"], row["tpr_1"], row["chance"]) == (0.5, 0, 1)

    def test_too_few_individuals_have_no_auc(self):
        few = Sets(
            individuals([9], 1), individuals([1], 2), None, 1, False, np.arange(30),
            individuals([5], 3), False,
        )  # fmt: skip
        turns = choose_turns(few, True, 1, 0)
        row = numbers(judge([(np.zeros(9), np.zeros(1))] * 2, turns))
        assert (row["auc"], row["auc_low"]) == (None, None)


def test_strongest__its_choice_does_not_raise_its_number():
    """Attacks that guess: the largest of their AUCs is above 0.5, the strongest is not."""
    sets, found, largest = sets_of(None), [], []
    turns, halves = choose_turns(sets, False, 1, 0), random_halves(sets, 0)
    for seed in range(60):
        rng, by_half = np.random.default_rng(seed), {}
        for name in ATTACKS:
            scored = [(rng.normal(size=180), rng.normal(size=81))]
            by_half[name] = [judge(scored, half_of(turns, halves, side)) for side in (False, True)]
            largest.append(judge(scored, turns).area.auc)
        found.append(strongest(by_half)["auc"])
    assert np.mean(np.reshape(largest, (60, -1)).max(1)) > 0.53
    assert np.mean(found) == pytest.approx(0.5, abs=0.02)


def test_strongest__is_named_by_what_each_half_chose():
    sets = sets_of(None)
    turns, halves = choose_turns(sets, False, 1, 0), random_halves(sets, 0)
    rng, names = np.random.default_rng(0), list(ATTACKS)
    scored = [(rng.normal(size=180), rng.normal(size=81)) for _ in names]
    # One attack finds the first half, and another one the second half.
    scored[2][0][~halves[0]] += 9
    scored[4][0][halves[0]] += 9
    by_half = {
        name: [judge([s], half_of(turns, halves, side)) for side in (False, True)]
        for name, s in zip(names, scored, strict=True)
    }
    row = strongest(by_half)
    assert row["chosen"] == f"{names[2]} and {names[4]}"
    assert row["auc"] == pytest.approx(0.5, abs=0.1)  # neither finds the half that it was not chosen on


def test_membership__copies_of_the_training_individuals_are_found(run):
    # The copies in another order and of another length: the angle is what counts.
    train = individuals([60, 120], 1)
    order = np.random.default_rng(0).permutation(len(train))
    found = run(sets_of(rows_of(3 * everything(train)[order], train.labels[order])))
    row = found[None, "nearest"]
    assert [row[n] for n in ("auc", "auc_low", "auc_high", "tpr_01", "tpr_1", "tpr_10")] == [1] * 6
    assert found[None, STRONGEST]["auc"] == 1
    assert found[None, STRONGEST]["chosen"] == "nearest"


def test_membership__is_that_of_loops(run):
    sets = sets_of(individuals([30, 5], 7), references=(20, 20))
    unit = [
        x / np.linalg.norm(x, axis=1, keepdims=True) for x in map(everything, (sets.test, sets.dataset))
    ]
    row = run(sets, repeats=1)[None, "nearest"]
    (turn,) = choose_turns(sets, False, 1, 0)
    members = everything(sets.train.take(turn.members))
    members /= np.linalg.norm(members, axis=1, keepdims=True)
    own, others = ((x @ unit[1].T).max(1) for x in (members, unit[0]))
    assert row["auc"] == pytest.approx((own[:, None] > others[None]).mean(), abs=1e-6)
    taken = np.sort(others)[::-1]
    assert row["tpr_1"] == (own > taken[0]).mean()
    assert row["tpr_10"] == (own > taken[8]).mean()


def test_membership__label_mix_of_the_synthetic_individuals_does_not_count_for_distances(run):
    synthetic = individuals([25, 25], 10)
    cases = rows_of(everything(synthetic), np.zeros(50))
    one, other = (run(sets_of(rows))[None, "nearest"] for rows in (synthetic, cases))
    assert one == other


@pytest.mark.parametrize("name", ["exact_genes", "density_ratio", "nearest_difference", "denoiser"])
def test_membership__only_members_of_a_turn_are_scored_and_the_numbers_are_those_of_all(
    run, monkeypatch, name
):
    """At the paper's size they are a third of the training individuals."""
    attack, scored = ATTACKS[name].load(), []
    plain = attack.scores

    def watched(self, rows):
        scored.append(len(rows))
        return plain(self, rows)

    sets = sets_of(individuals([30, 30], 4))
    monkeypatch.setattr(attack, "scores", watched)
    found = run(sets)[None, name]
    assert max(scored) < len(sets.train)
    # An attack that recognises copies scores everybody.
    monkeypatch.setattr(attack, "copies_above", np.inf)
    scored.clear()
    again = run(sets)[None, name]
    assert set(scored) == {len(sets.train), len(sets.test)}
    for row in (found, again):
        del row["copied_training"], row["copied_test"]
    assert found == pytest.approx(again, rel=1e-4, nan_ok=True)


def test_right_guesses__are_means_over_turns():
    turns = choose_turns(sets_of(None), True, 1, 0)
    train, test = np.full(180, 1.0), np.full(81, -1.0)
    test[turns[0].others] = 1
    shares = right_guesses([(train, test)] * 2, turns)
    assert shares == {"right_members": 1, "right_others": 0.5}
    assert right_guesses([], turns) == {"right_members": None, "right_others": None}


def test_membership__only_guesses_of_the_label_have_shares(run):
    found = run(sets_of(individuals([60, 60], 5)))
    for (_, attack), row in found.items():
        shares = [row["right_members"], row["right_others"]]
        assert (None in shares) == (attack != "attribute")
    # Labels of these individuals are random.
    assert found[None, "attribute"]["right_others"] == pytest.approx(0.5, abs=0.2)


def test_strongest__is_not_the_one_with_the_network(run):
    class Memory:
        """Restores training individuals only."""

        train = {*map(bytes, everything(individuals([60, 120], 1)))}

        def restore(self, x, numbers, noise, level, memory_mb):
            return x * np.array([[bytes(row) in self.train] for row in x])

    found = run(replace(sets_of(individuals([60, 60], 5)), network=Memory()))
    assert found[None, "denoiser"]["auc"] == 1
    assert found[None, STRONGEST]["auc"] < 0.7
    assert "denoiser" not in found[None, STRONGEST]["chosen"]


def test_membership__error_of_a_learnt_attack_is_wider(run, monkeypatch):
    sets = sets_of(individuals([60, 60], 5))
    wide = run(sets)[None, "denoiser"]
    monkeypatch.setattr(membership, "WIDER", 1)
    usual = run(sets)[None, "denoiser"]
    assert wide["auc"] == usual["auc"]
    assert wide["auc_high"] - wide["auc"] == pytest.approx(
        np.sqrt(2) * (usual["auc_high"] - usual["auc"])
    )


class TestControls:
    def test_null_is_as_large_as_training_and_controls_have_copies(self, run):
        found = run(sets_of(individuals([20, 20], 5), null=True, references=None))
        sizes = {name: found[name, "nearest"]["synthetic"] for name, _ in found}
        assert sizes == {None: 180, "planted": 180 + 54, "planted_few": 180 + 5, "noised": 180 + 54}
        # There are no genotypes.
        assert {attack for _, attack in found} == {*ATTACKS, STRONGEST} - {"kinship"}

    def test_planted_copies_are_found_at_few_false_positives(self, run):
        found = run(sets_of(individuals([50, 50], 12), null=True, references=None))
        for attack in ("nearest", "exact_genes", "exact_run"):
            assert found["planted", attack]["tpr_1"] == pytest.approx(0.3, abs=0.12), attack
            assert found[None, attack]["tpr_1"] < 0.1
            assert found["planted", attack]["auc"] > found[None, attack]["auc"] + 0.05
            assert found["planted", attack]["chance"] < 1e-4
        # Copies with noise are not exact.
        assert found["noised", "exact_genes"]["tpr_1"] < 0.1
        assert found["noised", "nearest"]["tpr_1"] > 0.2

    def test_learnt_and_genetic_attacks_find_planted_copies(self, run):
        rng = np.random.default_rng(0)

        def people(counts, seed):
            rows = individuals(counts, seed)
            return replace(rows, calls=rng.integers(0, 3, (len(rows), 200)).astype(np.int8))

        sets = replace(
            sets_of(people([50, 50], 12), null=True, references=None),
            train=people([60, 120], 1), test=people([41, 40], 2),
        )  # fmt: skip
        found = run(sets)
        for attack in ("kinship", "denoiser"):
            null, planted = found[None, attack], found["planted", attack]
            assert null["auc_low"] <= 0.5 <= null["auc_high"]
            assert planted["tpr_1"] == pytest.approx(0.3, abs=0.12)
            assert planted["chance"] < 1e-4
        # Noise of half a deviation exchanges a fifth of the dosages.
        assert found["noised", "kinship"]["tpr_1"] > 0.2

    def test_references_are_never_non_members_or_synthetic(self, monkeypatch, run):
        """What an attack sees, by the numbers of rows in their stores."""
        seen = []

        class Watch(Attack):
            def refer(self, references):
                seen.append(({*map(bytes, everything(references))}, self.known.synthetic))

            def scores(self, individuals):
                return np.zeros(len(individuals))

        monkeypatch.setattr(membership, "ATTACKS", {"watch": type("E", (), {"load": lambda: Watch})})
        sets = sets_of(individuals([20, 20], 5), null=True, references=None)
        run(sets)
        turns = choose_turns(sets, True, 2, 0)
        test = everything(sets.test)
        for (references, synthetic), turn in zip(seen, [*turns, *turns, *turns, *turns], strict=True):
            assert references == {*map(bytes, test[turn.references])}
            assert not references & {*map(bytes, everything(synthetic))}
            assert not references & {*map(bytes, test[turn.others])}

    def test_references_from_elsewhere_leave_all_test_individuals(self, run):
        found = run(sets_of(individuals([20, 20], 5), outside=True))
        assert found[None, "frequency"]["references"] == 40
        assert found[None, "frequency"]["turns"] == 2


def test_membership__counts_individuals_that_are_in_the_dataset_unchanged(run):
    train, test = individuals([60, 120], 1), individuals([41, 40], 2)
    few = np.concatenate(
        [everything(individuals([50, 50], 3)), everything(train)[:3], everything(test)[:2]]
    )
    found = run(sets_of(rows_of(few, np.r_[np.repeat([0, 1], 50), train.labels[:3], test.labels[:2]])))
    row = found[None, "nearest"]
    assert (row["copied_training"], row["copied_test"]) == (3, 2)
    assert found[None, "frequency"]["copied_training"] is None
