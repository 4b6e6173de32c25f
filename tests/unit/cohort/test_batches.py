"""A test set in which batches say nothing about the class."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from genodiff.cohort.split import batch_quota, in_one_sided_batches, split_cohort, split_individuals
from genodiff.formats.phenotypes import read_phenotypes
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError


def individuals(counts, families=None):
    """A frame of individuals in random order from `(batch, label): individuals`; label None for the
    unlabelled."""
    rows = [key for key, count in counts.items() for _ in range(count)]
    order = np.random.default_rng(0).permutation(len(rows))
    frame = pd.DataFrame([rows[i] for i in order], columns=["batch", "label"], dtype=object)
    frame["label"] = frame["label"].where(frame["label"].notna(), None)
    frame["sample"] = [f"p{i:05d}" for i in range(len(frame))]
    return frame.assign(family=families or frame["sample"])


def table(frame, sets, name="test"):
    """Number of individuals of one set by (batch, label)."""
    own = frame[sets == name]
    return Counter(zip(own["batch"], own["label"], strict=True))


# A confounded cohort of the size of the paper's: most controls are of a batch without cases.
COHORT = {
    ("a", "control"): 400, ("a", "case"): 200, ("b", "control"): 50, ("b", "case"): 130,
    ("c", "control"): 1_600, ("c", "case"): 2_862, ("d", "control"): 5_163,
}  # fmt: skip


def test_batch_quota__shares_by_what_each_batch_can_give():
    # Half of the smallest class: 100 + 25 + 800; of 520 wanted 56.2, 14.05 and 449.7.
    quota = batch_quota(individuals(COHORT), 520, 0.5)
    expected = {"a": 56, "b": 14, "c": 450, "d": 0}
    assert quota == {(b, label): n for b, n in expected.items() for label in ("case", "control")}


def test_batch_quota__takes_all_there_is_and_says_so(caplog):
    quota = batch_quota(individuals({("a", 0): 9, ("a", 1): 7, ("b", 0): 2, ("b", 1): 90}), 10, 0.5)
    assert quota == {("a", 0): 3, ("a", 1): 3, ("b", 0): 1, ("b", 1): 1}
    assert "4 test individuals of each class instead of 10" in caplog.text


def test_split__batches_of_the_paper_size():
    frame = individuals(COHORT)
    sets = split_individuals(frame, 0.1, 0.1, 0, balance_batches=True)
    counts = table(frame, sets)
    for batch in "abcd":
        assert counts[batch, "case"] == counts[batch, "control"]
    assert counts.total() == 2 * 520
    assert set(sets[frame["batch"] == "d"]) == {"train", "validation"}
    # Validation is drawn as ever, from the rest.
    validation = Counter(frame["label"][sets == "validation"])
    assert validation == {"case": round(0.1 * (3_192 - 520)), "control": round(0.1 * (7_213 - 520))}
    assert in_one_sided_batches(frame) == 5_163


def test_split__batches_do_not_matter_where_they_are_not_balanced():
    frame = individuals(COHORT)
    with_batches, without = (
        split_individuals(part, 0.1, 0.1, 4) for part in (frame, frame.drop(columns="batch"))
    )
    assert with_batches.tolist() == without.tolist()
    counts = table(frame, with_batches)
    assert counts["d", "control"] > 300


@settings(max_examples=60)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("xyz"), st.sampled_from(["a", "b", None])), min_size=40, max_size=150
    ),
    families=st.integers(20, 150),
    seed=st.integers(0, 99),
)
@pytest.mark.slow
def test_split__every_batch_is_balanced_and_families_stay_whole(rows, families, seed):
    rng = np.random.default_rng(seed)
    frame = individuals({}).reindex(range(len(rows)))
    frame["batch"], frame["label"] = zip(*rows, strict=True)
    frame["label"] = frame["label"].astype(object).where(frame["label"].notna(), None)
    frame["sample"] = [f"p{i}" for i in range(len(rows))]
    frame["family"] = [f"f{i}" for i in rng.integers(0, families, len(rows))]
    try:
        sets = split_individuals(frame, 0.2, 0.2, seed, balance_batches=True)
    except InputError:
        assume(False)
    counts = table(frame, sets)
    assert counts.total() >= 2
    assert all(counts[batch, "a"] == counts[batch, "b"] for batch in "xyz")
    allowed = [{"train", "unlabelled"}, {"validation"}, {"test"}]
    for _, group in sets.groupby(frame["family"]):
        assert any(set(group) - {"excluded"} <= these for these in allowed)


def test_split__raises_when_every_batch_has_one_class_only():
    frame = individuals({("x", "case"): 50, ("y", "control"): 50, ("z", "case"): 9, ("z", "control"): 1})
    with pytest.raises(
        InputError, match=r"none of the 3 batches has two individuals of every class.*coarser"
    ):
        split_individuals(frame, 0.1, 0.1, 0, balance_batches=True)


@pytest.fixture
def cohort(tmp_path):
    """Function: lines of a phenotype table to the split, with balanced batches, and the tally."""

    def split(lines, samples, balance=True):
        path = tmp_path / "p.tsv"
        path.write_text("sample\tphenotype\tchip\n" + "".join(lines))
        tally = Tally()
        columns = ["sample", "phenotype", None, "chip"]
        found = split_cohort(
            samples=samples,
            genotypes="c.vcf.gz",
            phenotypes=str(path),
            columns=columns,
            fractions=[0.2, 0.2],
            seed=0,
            missing_rates=None,
            max_missing=None,
            tally=tally,
            balance_batches=balance,
        )
        return found, tally

    return split


LINES = [
    f"s{i}\t{'case' if i % 2 else 'control'}\t{'NA' if i < 30 else 'old' if i < 60 else 'new'}\n"
    for i in range(80)
] + [f"s{i}\tcontrol\tnewest\n" for i in range(80, 93)]


def test_split_cohort__keeps_the_batch_and_counts_individuals_who_cannot_be_tested(cohort, caplog):
    samples = [f"s{i}" for i in range(95)]
    split, tally = cohort(LINES, samples)
    assert split.columns.tolist() == ["sample", "label", "set", "batch"]
    by_batch = split.groupby("batch")["sample"].count().to_dict()
    # Without a batch: 30 in the table, and two who are not in it.
    assert by_batch == {"": 32, "new": 20, "newest": 13, "old": 30}
    counts = table(split, split["set"])
    assert all(counts[b, "case"] == counts[b, "control"] for b in ("", "new", "newest", "old"))
    assert counts.total() == 2 * int(0.2 * 93 / 2)
    assert str(tally.of("individual")["one_sided_batch"]) == "13"
    assert "13 individuals are in batches that lack a class" in caplog.text
    assert "newest" not in caplog.text


def test_split_cohort__batches_that_are_only_read_change_nothing(cohort):
    samples = [f"s{i}" for i in range(93)]
    split, tally = cohort(LINES, samples, balance=False)
    assert "one_sided_batch" not in tally.of("individual")
    plain = split_individuals(
        pd.DataFrame({"sample": samples, "label": split["label"], "family": samples}), 0.2, 0.2, 0
    )
    assert split["set"].tolist() == plain.tolist()


def test_read_phenotypes__raises_on_a_sample_of_two_batches_and_an_absent_column(tmp_path):
    (tmp_path / "p.tsv").write_text("sample\tphenotype\tchip\na\tcase\tx\na\tcase\ty\n")
    with pytest.raises(InputError, match="sample 'a' is listed more than once with different values"):
        read_phenotypes(tmp_path / "p.tsv", "sample", "phenotype", None, "chip")
    with pytest.raises(
        InputError, match=r"no column 'Chip', which cohort.batch_column names.*mean 'chip'"
    ):
        read_phenotypes(tmp_path / "p.tsv", "sample", "phenotype", None, "Chip")
