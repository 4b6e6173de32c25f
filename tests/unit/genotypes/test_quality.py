"""Quality control of SNPs, against scipy, statsmodels, exact fractions, and the definitions."""

from fractions import Fraction
from math import factorial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from genodiff.genotypes.quality import (
    Quality,
    SnpFilter,
    association_p,
    control_label,
    frequencies,
    hardy_weinberg_p,
)
from genodiff.genotypes.snps import Snp
from genodiff.runtime.errors import InputError

ANY = Quality(min_maf=0.0, max_missing=1.0)
LUO = Quality(min_maf=0.01, max_missing=0.0)


def individuals(sets, labels=None):
    return pd.DataFrame({"label": labels, "set": sets})


def reasons(quality, rows, split, control=None, step=10):
    """The fate of SNPs at 1, 11, 21, ..."""
    passes = SnpFilter(quality, split, control)
    snps = (Snp("1", 1 + step * i, ".", "A", "C", np.array(row, np.int8)) for i, row in enumerate(rows))
    return [passes(snp)[0] for snp in snps]


def test_frequencies__count_calls_only():
    # Calls 0, 1, 2 and one missing: 3 ALT alleles of 6, and 1 of 4 missing.
    assert frequencies(np.array([0, 1, 2, -1], np.int8)) == (0.5, 0.25)
    frequency, missing = frequencies(np.array([-1], np.int8))
    assert np.isnan(frequency)
    assert missing == 1


@pytest.mark.parametrize(
    ("dosage", "quality", "reason"),
    [
        ([0, 0, 0, 0], ANY, "monomorphic"),
        ([2, 2, 2, 2], ANY, "monomorphic"),
        ([1, 1, 1, 1], ANY, "no_variance"),
        ([1, -1, 1, -1], ANY, "no_variance"),  # imputed with their mean, 1
        ([0, 2, 0, 2], ANY, None),  # the same frequency
        ([-1, -1, -1, -1], ANY, "no_call"),
        ([-1, 0, 1, 2], LUO, "missing_rate"),
        ([0] * 49 + [1], LUO, None),  # 1 of 100: exactly the threshold
        ([2] * 49 + [1], LUO, None),  # the same with REF and ALT exchanged
        ([0] * 59 + [1], LUO, "minor_allele_frequency"),
        ([2] * 59 + [1], LUO, "minor_allele_frequency"),
        ([2] * 4 + [1], Quality(0.1, 0), None),  # exactly 1 of 10 again
        ([-1] + [0, 1] + [1] * 17, Quality(0, 0.05), None),  # exactly 1 of 20 missing
        ([-1] * 2 + [1] * 18, Quality(0, 0.05), "missing_rate"),
    ],
)
def test_thresholds_themselves_pass(dosage, quality, reason):
    assert reasons(quality, [dosage], individuals(["unlabelled"] * len(dosage))) == [reason]


def test_quality_ignores_individuals_outside_training():
    split = individuals(["unlabelled", "unlabelled", "test", "validation"])
    rows = [[0, 0, 2, 1], [0, 1, -1, -1]]
    assert reasons(LUO, rows, split) == ["monomorphic", None]


def exact_p(homozygous, heterozygous, other):
    """The definition, in fractions: P(h | alleles) = n! 2^h a! b! / ((2n)! aa! h! bb!)."""
    n, a = homozygous + heterozygous + other, 2 * homozygous + heterozygous
    b = 2 * n - a

    def p(h):
        first, second = (a - h) // 2, (b - h) // 2
        return Fraction(
            factorial(n) * 2**h * factorial(a) * factorial(b),
            factorial(2 * n) * factorial(first) * factorial(h) * factorial(second),
        )

    all_of_them = [p(h) for h in range(a % 2, min(a, b) + 1, 2)]
    assert sum(all_of_them) == 1
    return float(sum(q for q in all_of_them if q <= p(heterozygous)))


@settings(max_examples=300)
@given(counts=st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40)))
@pytest.mark.slow
def test_hardy_weinberg__is_exact(counts):
    expected = exact_p(*counts) if sum(counts) else 1
    assert hardy_weinberg_p(*counts) == pytest.approx(expected, rel=1e-9)
    assert hardy_weinberg_p(*counts[::-1]) == pytest.approx(hardy_weinberg_p(*counts))


def test_hardy_weinberg__of_many_individuals_is_near_the_chi_squared_test():
    n, q, inbreeding = 7000, 0.3, 0.03
    het = round(2 * n * q * (1 - q) * (1 - inbreeding))
    hom = round(n * q * q + n * q * (1 - q) * inbreeding)
    rest = n - het - hom
    freq = (2 * hom + het) / (2 * n)
    expected = n * np.array([freq**2, 2 * freq * (1 - freq), (1 - freq) ** 2])
    p = stats.chi2.sf((((np.array([hom, het, rest]) - expected) ** 2) / expected).sum(), 1)
    assert np.log10(hardy_weinberg_p(hom, het, rest)) == pytest.approx(np.log10(p), abs=0.1)
    assert hardy_weinberg_p(3500, 0, 3500) == 0 or hardy_weinberg_p(3500, 0, 3500) < 1e-300


def test_hardy_weinberg__is_tested_in_controls_of_the_training_set_only():
    sets = ["train"] * 40 + ["test"] * 40 + ["unlabelled"] * 40
    labels = ["control"] * 20 + ["case"] * 20 + ["control"] * 40 + [None] * 40
    split = individuals(sets, labels)
    balanced, out = [0, 1, 1, 2] * 5, [0, 2] * 10
    quality = Quality(0, 1, min_hwe_p=1e-3)
    of_controls = [out + balanced + balanced * 2 + balanced * 2]
    of_others = [balanced + out + out * 2 + out * 2]
    assert reasons(quality, of_controls, split, "control") == ["hardy_weinberg"]
    assert reasons(quality, of_others, split, "control") == [None]
    assert reasons(quality, of_controls, split, None) == [None]
    assert reasons(Quality(0, 1), of_controls, split, "control") == [None]


@pytest.mark.parametrize(
    ("labels", "declared", "expected"),
    [
        (["case", "control"], None, "control"), (["0", "1"], None, "0"), (["1", "2"], None, "1"),
        (["ALS", "Healthy"], None, "Healthy"), (["AFR", "EUR"], None, None), (["AFR", "EUR"], "EUR",
        "EUR"), (["1", "2", "3"], None, None), ([], None, None),
        # Numbers in another spelling, as a spreadsheet writes them and YAML reads them.
        (["1.0", "2.0"], None, "1.0"), (["0.0", "1.0"], None, "0.0"), (["1", "2"], "1.0", "1"),
        (["01", "02"], "2", "02"),
        # 0 beside names rather is unknown.
        (["0", "case", "control"], None, "control"), (["0", "case"], None, None),
        (["0", "1", "2"], None, "0"),
    ],
)  # fmt: skip
def test_control_label__by_name_or_as_declared(labels, declared, expected):
    assert control_label(labels, declared) == expected


def test_control_label__that_no_individual_has_stops():
    with pytest.raises(
        InputError, match=r"cohort\.control_label: no individual has the label 'x'; labels: a, b"
    ):
        control_label(["a", "b"], "x")


def test_control_label__of_several_usual_ones_is_asked_for():
    with pytest.raises(
        InputError, match=r"cohort\.control_label: several .*: control, healthy; name one"
    ):
        control_label(["case", "control", "healthy"], None)
    assert control_label(["case", "control", "healthy"], "control") == "control"


def test_association__of_two_classes_is_the_trend_test():
    rng = np.random.default_rng(1)
    dosage = rng.integers(0, 3, 200).astype(np.int8)
    case = rng.random(200) < 0.3 + 0.1 * dosage
    # Cochran and Armitage: N r^2, chi-squared with one degree of freedom.
    expected = stats.chi2.sf(200 * np.corrcoef(dosage, case)[0, 1] ** 2, 1)
    assert association_p(dosage, np.stack([~case, case])) == pytest.approx(expected)
    # Missing calls are individuals who are not there.
    more = np.concatenate([dosage, np.full(50, -1, np.int8)])
    classes = np.stack([~case, case])
    padded = np.concatenate([classes, np.stack([np.ones(50, bool), np.zeros(50, bool)])], axis=1)
    assert association_p(more, padded) == pytest.approx(expected)


def test_association__of_several_classes_is_the_share_of_variance_between_them():
    rng = np.random.default_rng(2)
    dosage, label = rng.integers(0, 3, 300).astype(np.int8), rng.integers(0, 4, 300)
    classes = np.stack([label == i for i in range(4)])
    f = stats.f_oneway(*(dosage[row] for row in classes)).statistic
    share = 3 * f / (3 * f + 296)  # eta squared
    assert association_p(dosage, classes) == pytest.approx(stats.chi2.sf(300 * share, 3))
    assert association_p(np.ones(300, np.int8), classes) == 1


def test_association__looks_at_labels_of_the_training_set_only():
    sets = ["train"] * 40 + ["test"] * 40
    labels = (["case"] * 20 + ["control"] * 20) * 2
    linked, loose = [2] * 20 + [0] * 20, [0, 2] * 20
    quality = Quality(0, 1, max_association_p=0.05)
    assert reasons(quality, [linked + loose, loose + linked], individuals(sets, labels)) == [
        None,
        "association",
    ]


def test_linkage__a_snp_like_a_kept_one_nearby_is_dropped():
    rng = np.random.default_rng(3)
    first = rng.integers(0, 3, 60)
    other = rng.integers(0, 3, 60)
    near = np.where(np.arange(60) < 4, 2 - first, first)
    rows = [first, 2 - first, other, near, first]
    split = individuals(["unlabelled"] * 60)
    r2 = np.corrcoef(first, near)[0, 1] ** 2
    for limit, fate in ((r2 - 0.01, "linkage_disequilibrium"), (r2 + 0.01, None)):
        quality = Quality(0, 1, max_ld_r2=limit, ld_window_kb=0.04)
        assert reasons(quality, rows, split) == [
            None, "linkage_disequilibrium", None, fate, "linkage_disequilibrium",
        ]  # fmt: skip
    # The last stands 40 bases behind the first: out of a window of 39.
    quality = Quality(0, 1, max_ld_r2=0.99, ld_window_kb=0.039)
    assert reasons(quality, [first, other, first, other, first], split)[2:] == [
        "linkage_disequilibrium", "linkage_disequilibrium", None,
    ]  # fmt: skip
    assert reasons(Quality(0, 1), rows, split) == [None] * 5


def test_linkage__correlation_is_that_of_calls_with_missing_ones_at_the_mean():
    rng = np.random.default_rng(4)
    a, b = rng.integers(0, 3, 50).astype(float), rng.integers(0, 3, 50).astype(float)
    b[:25] = a[:25]
    rows = [a.copy(), b.copy()]
    for row, at in zip(rows, (3, 7), strict=True):
        row[at] = np.nan
    filled = [np.where(np.isnan(row), np.nanmean(row), row) for row in rows]
    r2 = np.corrcoef(*filled)[0, 1] ** 2
    dosages = [np.where(np.isnan(row), -1, row) for row in rows]
    split = individuals(["unlabelled"] * 50)
    for limit, fate in ((r2 - 1e-4, "linkage_disequilibrium"), (r2 + 1e-4, None)):
        assert reasons(Quality(0, 1, max_ld_r2=limit), dosages, split) == [None, fate]
