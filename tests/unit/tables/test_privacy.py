"""The verdict on privacy: each state, both sides of each border, and what must not contradict it."""

import pandas as pd
import pytest
from finished_run import attack_row

from genodiff.evaluation.attacks import ATTACKS, STRONGEST
from genodiff.generators import NETWORKS
from genodiff.tables.nn_adversarial import LONG_COLUMNS
from genodiff.tables.privacy import (
    COPIES,
    LEAKS,
    LEVEL,
    NOTHING,
    PRIVACY_COLUMNS,
    PROOF,
    STATES,
    UNJUDGED,
    WHITE_BOX,
    found,
    judge,
    why_not_judged,
)

FIRST, SECOND, *_ = ATTACKS
FINDS = {"auc": 0.55, "rate": 0.1, "chance": 1e-9}
LOSS = {"null": (0.0, 0.03), "own": (0.0, 0.03)}


def tables(changes=None, loss=LOSS, seed=0):
    """Rows of privacy.tsv, of which every attack finds the planted copies and nothing else, and of
    table3.long.tsv. `changes`: arguments of rows by dataset and attack (None: of all attacks)."""
    changes, rows = {("planted", None): FINDS} | (changes or {}), []
    for dataset in ("null", "planted", "planted_few", "noised", "own"):
        for attack in (*ATTACKS, STRONGEST):
            row = changes.get((dataset, None), {}) | changes.get((dataset, attack), {})
            rows.append(attack_row(dataset, attack, seed=seed, **row))
    loss = [[n, "both", "privacy_loss", seed, 40, 10, *v, 0.01] for n, v in loss.items()]
    return pd.DataFrame(rows, columns=PRIVACY_COLUMNS), pd.DataFrame(loss, columns=LONG_COLUMNS)


def state(*args, kind="diffusion", **more):
    """The state of the dataset `own`."""
    return judge(*tables(*args, **more), "own", kind).state


def row(**values):
    """One row as a series."""
    return pd.Series(attack_row("any", FIRST, **values))


class TestStates:
    def test_nothing_found(self):
        finding = judge(*tables(), "own", "diffusion")
        assert finding.state is NOTHING
        assert "unchanged copies of 10 in 100 individuals" in finding.why
        # 60 members, 40 others, ten attacks: 0.5 + (2.84 + 0.84) sqrt(101 / 28800).
        assert "has an AUC of 0.72" in finding.why
        # The denoiser learns from half of so few individuals.
        assert (
            "Denoiser: with 60 training and 40 test individuals it would see leaks from" in finding.why
        )

    @pytest.mark.parametrize("attack", [*ATTACKS, STRONGEST])
    def test_one_attack_is_enough_for_a_leak(self, attack):
        assert state({("own", attack): {"auc": 0.531}}) is LEAKS
        assert state({("own", attack): {"auc": 0.529}}) is NOTHING

    @pytest.mark.parametrize("attack", ATTACKS)
    def test_a_rate_is_enough_for_a_leak(self, attack):
        assert state({("own", attack): {"rate": 0.05, "chance": LEVEL / 2}}) is LEAKS
        assert state({("own", attack): {"rate": 0.05, "chance": LEVEL * 2}}) is NOTHING

    def test_an_attack_without_power_may_find_a_leak(self):
        powerless = {("planted", None): {}}
        assert state(powerless | {("own", FIRST): {"auc": 0.6}}) is LEAKS

    def test_privacy_loss_is_enough_for_a_leak(self):
        assert state(loss={"null": (0.0, 0.03), "own": (0.22, 0.03)}) is LEAKS
        assert state(loss={"null": (0.0, 0.03), "own": (0.05, 0.03)}) is NOTHING
        # Above zero and not above a null that is above zero too.
        assert state(loss={"null": (0.2, 0.03), "own": (0.22, 0.03)}) is NOTHING
        assert state(loss={"null": (0.0, float("nan")), "own": (0.2, float("nan"))}) is NOTHING

    @pytest.mark.parametrize("auc", [0.4, 0.6, float("nan")])
    def test_a_null_that_is_not_one_half_cannot_be_judged(self, auc):
        finding = judge(*tables({("null", None): {"auc": auc}}), "own", "diffusion")
        assert finding.state is UNJUDGED
        assert "not 0.5" in finding.why

    def test_copies_that_are_not_found_cannot_be_judged(self):
        """The case-control run on 1kg-hm3: null 0.40, planted 0.46, and a green card at the time."""
        assert state({("planted", None): {}}) is UNJUDGED
        assert state({("null", None): {"auc": 0.4, "half": 0.06}, ("planted", None): {"auc": 0.46}}) is (
            UNJUDGED
        )
        # An AUC above 0.5 that the null nearly has is no power.
        assert state({("null", None): {"auc": 0.52}, ("planted", None): {"auc": 0.54}}) is UNJUDGED

    def test_one_attack_with_power_is_enough_and_the_others_are_named(self):
        only = {("planted", None): {}, ("planted", FIRST): FINDS}
        finding = judge(*tables(only), "own", "diffusion")
        assert finding.state is NOTHING
        judged, rest = finding.why.split("Others found nothing either, but cannot be judged")
        assert ATTACKS[FIRST].title in judged
        assert ATTACKS[SECOND].title not in judged.split("Attacks that can be judged")[1]
        assert all(ATTACKS[name].title in rest for name in ATTACKS if name != FIRST)

    @pytest.mark.parametrize("attack", ATTACKS)
    def test_one_null_that_is_not_one_half_is_enough(self, attack):
        """1kg-hm3, case against control: a null of 0.40 (0.34 to 0.46) had a green card."""
        change = {("null", attack): {"auc": 0.4, "half": 0.06}}
        finding = judge(*tables(change), "own", "diffusion")
        assert finding.state is UNJUDGED
        assert "0.40 (0.34 to 0.46) and not 0.5" in finding.why
        assert "would have found" not in finding.why

    @pytest.mark.parametrize("which", ["copied_training", "copied_test"])
    def test_individuals_that_are_in_it_unchanged_are_a_leak(self, which):
        privacy, table3 = tables()
        mine = (privacy["dataset"] == "own") & (privacy["attack"] == "nearest")
        for count, expected in ((1, LEAKS), (0, NOTHING)):
            privacy.loc[mine, which] = count
            assert judge(privacy, table3, "own", "external").state is expected
        # As many as real individuals have by chance are none.
        privacy.loc[privacy["attack"] == "nearest", which] = 3
        assert judge(privacy, table3, "own", "external").state is NOTHING

    def test_a_dataset_of_test_individuals_cannot_be_judged(self):
        finding = judge(*tables({("own", FIRST): {"auc": 0.2}}), "own", "external")
        assert finding.state is UNJUDGED
        assert "tells training from test individuals, but in reverse" in finding.why

    @pytest.mark.parametrize("attack", [FIRST, WHITE_BOX])
    def test_an_attack_in_reverse_is_no_all_clear_whatever_its_control_says(self, attack):
        """`copying` at the paper's size: density ratio .34, which does not see planted copies."""
        changes = {("planted", attack): {"auc": 0.5, "rate": 0.01, "chance": 0.5}}
        assert state(changes) is NOTHING
        finding = judge(*tables(changes | {("own", attack): {"auc": 0.34}}), "own", "external")
        assert finding.state is UNJUDGED
        assert finding.attack == attack
        # Where the null itself is in reverse, this says nothing more than that.
        shifted = {("null", attack): {"auc": 0.34}, ("own", attack): {"auc": 0.2}}
        assert "in reverse" not in judge(*tables(changes | shifted), "own", "external").why

    def test_the_attack_with_the_network_does_not_speak_for_the_individuals(self):
        changes = {("planted", None): {}, ("planted", WHITE_BOX): FINDS}
        privacy, table3 = tables(changes)
        privacy[["members", "non_members"]] = 400
        assert judge(privacy, table3, "own", "diffusion").state is UNJUDGED
        assert judge(privacy, table3, "own", "gaussian").state is NOTHING
        leak = judge(*tables(changes | {("own", WHITE_BOX): {"auc": 0.9}}), "own", "diffusion")
        assert leak.state is LEAKS
        assert "No attack on the individuals themselves can be judged here" in leak.why
        assert "no attack finds anything" not in leak.why

    def test_attacks_on_few_individuals_see_nothing(self):
        privacy, table3 = tables()
        privacy[["members", "non_members"]] = 6
        finding = judge(privacy, table3, "own", "diffusion")
        assert finding.state is UNJUDGED
        assert "with 6 training and 6 test individuals it would see nothing" in finding.why

    def test_power_is_shown_for_a_cohort_of_one_size(self):
        privacy, table3 = tables()
        privacy.loc[privacy["dataset"] == "own", "synthetic"] = 5000
        why = judge(privacy, table3, "own", "diffusion").why
        assert "shown among 100 individuals; here are 5,000" in why
        assert "shown among" not in judge(*tables(), "own", "diffusion").why

    @pytest.mark.parametrize("kind", ["mosaic", "independent", "copying"])
    def test_copies_by_construction_whatever_attacks_find(self, kind):
        for change in ({}, {("own", FIRST): {"auc": 0.9}}, {("null", None): {"auc": 0.3}}):
            assert state(change, kind=kind) is COPIES

    def test_private_by_proof_unless_an_attack_finds_something(self):
        for change, expected in (
            ({}, PROOF),
            ({("null", None): {"auc": 0.4}}, PROOF),
            ({("own", FIRST): {"auc": 0.9}}, LEAKS),
        ):
            finding = judge(*tables(change), "own", "diffusion", (8, 1e-5))
            assert finding.state is expected
        assert "epsilon 8, delta 1e-05" in judge(*tables(), "own", "diffusion", (8, 1e-5)).why

    def test_a_large_epsilon_is_no_proof(self):
        assert judge(*tables(), "own", "gaussian_dp", (10, 1e-5)).state is PROOF
        assert judge(*tables(), "own", "gaussian_dp", (10.1, 1e-5)).state is NOTHING

    @pytest.mark.parametrize("kind", NETWORKS)
    def test_an_attack_with_the_network_is_said_to_have_it(self, kind):
        why = judge(*tables({("own", WHITE_BOX): {"auc": 0.9}}), "own", kind, (8, 1e-5)).why
        assert "with the network itself, which is not released" in why
        assert "In the individuals themselves no attack finds anything" in why

    def test_the_worst_seed_decides(self):
        good, leak = tables(), tables({("own", FIRST): {"auc": 0.6}}, seed=1)
        both = [pd.concat(pair) for pair in zip(good, leak, strict=True)]
        finding = judge(*both, "own", "diffusion")
        assert finding.state is LEAKS
        assert finding.why.startswith("Seed 1: ")

    def test_no_two_states_have_the_same_word(self):
        assert len({state.word for state in STATES}) == len(STATES) == 5
        assert {state.tone for state in STATES} == {"good", "middling", "unknown", "bad"}
        assert [state for state in STATES if state.tone == "good"] == [PROOF]


class TestContradictions:
    """What a reader of the table sees beside the verdict."""

    @pytest.mark.parametrize("auc", [0.45, 0.5, 0.52, 0.54, 0.6, 0.9])
    @pytest.mark.parametrize("null", [0.4, 0.5, 0.6])
    def test_an_interval_above_one_half_and_the_null_is_a_leak_and_no_other_is(self, auc, null):
        change = {("null", None): {"auc": null}, ("own", SECOND): {"auc": auc}}
        privacy, table3 = tables(change)
        finding = judge(privacy, table3, "own", "diffusion")
        above = auc - 0.03 > (null + 0.03 if null - 0.03 > 0.5 else 0.5)
        assert (finding.state is LEAKS) == above
        # Without a leak there is an all-clear only where an attack has power.
        if not above:
            assert finding.state is (NOTHING if null == 0.5 else UNJUDGED)

    def test_the_reasons_of_a_leak_name_the_attack(self):
        finding = judge(*tables({("own", SECOND): {"auc": 0.7}}), "own", "diffusion")
        assert f"{ATTACKS[SECOND].title}: AUC 0.70 (0.67 to 0.73)" in finding.why

    @pytest.mark.parametrize(("kind", "inside"), [("diffusion", True), ("gaussian", False)])
    def test_a_leak_of_the_network_itself_says_that_it_is_not_released(self, kind, inside):
        finding = judge(*tables({("own", "denoiser"): {"auc": 0.7}}), "own", kind)
        assert finding.state is LEAKS
        assert (
            "Denoiser (with the network itself, which is not released): AUC" in finding.why
        ) == inside
        assert ("In the individuals themselves no attack" in finding.why) == inside

    def test_a_network_that_sees_more_of_what_the_null_sees_is_no_leak(self):
        """1kg-hm3: null 0.78, network 0.96, since components were fitted to few individuals."""
        for null in ({"auc": 0.78}, {"rate": 0.1, "chance": 1e-9}):
            change = {("null", "denoiser"): null, ("own", "denoiser"): {"auc": 0.96, **FINDS}}
            assert state(change) is UNJUDGED
        assert state({("null", "denoiser"): {"auc": 0.4}, ("own", "denoiser"): {"auc": 0.6}}) is LEAKS

    def test_a_dataset_without_genotypes_is_judged_by_the_other_attacks(self):
        privacy, table3 = tables({("planted", None): {}, ("planted", "kinship"): FINDS})
        assert judge(privacy, table3, "own", "diffusion").state is NOTHING
        components = privacy[(privacy["dataset"] != "own") | (privacy["attack"] != "kinship")]
        finding = judge(components, table3, "own", "diffusion")
        assert finding.state is UNJUDGED
        assert "Kinship" not in finding.why

    def test_found__where_the_null_is_above_one_half_more_is_needed(self):
        assert not found(row(auc=0.62), row(auc=0.6))
        assert found(row(auc=0.7), row(auc=0.6))
        assert found(row(auc=0.56), row(auc=0.4))
        assert not found(row(auc=0.5), row(auc=0.4))

    def test_found__a_rate_of_the_null_above_chance_is_what_counts(self):
        many = {"rate": 0.1, "chance": 1e-9}
        assert found(row(**many), row())
        assert not found(row(**many), row(**many))
        assert found(row(rate=0.2, chance=1e-9), row(**many))


def test_what_is_learnt_needs_twice_as_many_and_sees_less():
    null, planted = (
        attack_row(n, "denoiser") | {"members": 600, "references": 0} for n in ("null", "planted")
    )
    assert "it needs 12" in why_not_judged("denoiser", pd.Series(null), pd.Series(planted))
    finding = judge(*tables({("planted", None): {}, ("planted", "denoiser"): FINDS}), "own", "diffusion")
    # 30 members, 20 others: 0.5 + (2.84 + 0.84) sqrt(51 / 7200).
    assert "from an AUC of 0.81 on" in finding.why


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        # 60 of 600 before the first of m others: (600 / (600 + m)) ^ 60 < 0.0023 from m = 63 on.
        ({"members": 600, "references": 0}, "it needs 6"),
        ({"members": 600, "references": 50}, "it needs 12"),
        ({"members": 600, "references": 0, "non_members": 400}, "not sensitive to copies"),
        ({"members": 4}, "too few training individuals"),
    ],
)
def test_why_not_judged__says_what_would_help(sizes, words):
    null, planted = (pd.Series(attack_row(name, FIRST) | sizes) for name in ("null", "planted"))
    assert words in why_not_judged(FIRST, null, planted)
