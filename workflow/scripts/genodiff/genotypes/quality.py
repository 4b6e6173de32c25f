"""Quality control of SNPs on training individuals."""

from collections import deque
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from genodiff.formats.genotypes import MISSING_DOSAGE
from genodiff.formats.labels import class_of, number
from genodiff.formats.split import TRAINING_SETS
from genodiff.genotypes.snps import Snp
from genodiff.runtime.errors import InputError

# A frequency equal to a threshold passes, whichever allele is counted; likelihoods that differ by
# rounding count as equal.
_ROUNDING = 1e-9
# Usual labels of controls, besides 0 among numbers; PLINK's 1 counts only if the other label is 2.
_CONTROLS = ("control", "controls", "ctrl", "unaffected", "healthy")


@dataclass(frozen=True)
class Quality:
    """Thresholds (Luo et al. 2023: MAF 0.01, missing rate 0, Hardy-Weinberg 1e-5); None: not used."""

    min_maf: float  # a SNP with a smaller minor allele frequency is dropped
    max_missing: float  # a SNP with a larger share of missing calls is dropped
    min_hwe_p: float | None = None  # exact test in the controls of the training set
    max_association_p: float | None = None  # score test against the labels of the training set
    max_ld_r2: float | None = None  # squared correlation with a kept SNP in the window
    ld_window_kb: float = 250.0  # length of the window before a SNP
    passed_only: bool = False  # drop records whose FILTER is neither PASS nor empty


def control_label(labels: list[str], declared: str | None) -> str | None:
    """The label of controls: the declared label, or a usual label of controls, or None.

    Raises InputError if no individual has the declared label, or if several labels are usual ones.
    """
    if declared is not None:
        control = class_of(declared, labels)
        if control is None:
            raise InputError(
                f"cohort.control_label: no individual has the label {declared!r}; labels: "
                + ", ".join(labels)
            )
        return control
    by_number = {number(label): label for label in labels}
    if set(by_number) == {1, 2}:
        return by_number[1]
    # 0 beside names rather means an unknown phenotype.
    zero = by_number.get(0) if None not in by_number else None
    usual = [label for label in labels if label.lower() in _CONTROLS or label == zero]
    if len(usual) > 1:
        raise InputError(
            "cohort.control_label: several labels may denote controls: " + ", ".join(usual)
            + "; name one of them"
        )  # fmt: skip
    return usual[0] if usual else None


def frequencies(dosage: np.ndarray) -> tuple[float, float]:
    """ALT allele frequency (NaN without a call) and missing rate of dosages int8 (N,)."""
    missing = int(np.count_nonzero(dosage == MISSING_DOSAGE))
    n = len(dosage) - missing
    # The sum counts each missing call as -1.
    frequency = (int(dosage.sum(dtype=np.int64)) + missing) / (2 * n) if n else float("nan")
    return frequency, missing / len(dosage)


def association_p(dosage: np.ndarray, classes: np.ndarray) -> float:
    """P value of a score test for mean dosages that differ between classes; for two classes the
    Cochran-Armitage trend test.

    `dosage` int8 (N,), missing calls (-1) omitted; `classes` bool (C, N), one row per class. The
    statistic is N times the share of the dosage's variance between classes, chi-squared with C - 1
    degrees of freedom. 1 without variance.
    """
    called = dosage != MISSING_DOSAGE
    value = np.where(called, dosage, 0).astype(np.float64)
    n = (classes & called).sum(1)
    sums = classes @ value
    total, present = called.sum(), n > 0
    mean = value.sum() / total if total else 0.0
    variance = (value[called] ** 2).sum() - total * mean**2
    if total < 2 or variance <= 0 or present.sum() < 2:
        return 1.0
    between = (n[present] * (sums[present] / n[present] - mean) ** 2).sum()
    return float(chdtrc(int(present.sum()) - 1, total * between / variance))


@lru_cache(maxsize=4)
def _log_factorials(most: int) -> np.ndarray:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, most + 1)))])


@lru_cache(maxsize=65536)
def hardy_weinberg_p(homozygous: int, heterozygous: int, other_homozygous: int) -> float:
    """P value of the exact test of Hardy-Weinberg equilibrium (Wigginton, Cutler and Abecasis 2005,
    AJHG 76:887) from the three genotype counts; 1 without individuals.

    The probability, given the allele counts, of all numbers of heterozygotes that are at most as likely
    as the observed number.
    """
    individuals = homozygous + heterozygous + other_homozygous
    if not individuals:
        return 1.0
    rare = 2 * min(homozygous, other_homozygous) + heterozygous
    log_factorial = _log_factorials(2 * individuals)
    # Possible numbers of heterozygotes.
    hets = np.arange(rare % 2, rare + 1, 2)
    rare_homs = (rare - hets) // 2
    log_p = hets * np.log(2) - (
        log_factorial[hets] + log_factorial[rare_homs] + log_factorial[individuals - hets - rare_homs]
    )
    log_p -= log_p.max()
    p = np.exp(log_p)
    observed = log_p[heterozygous // 2]
    return float(min(1.0, p[log_p <= observed + _ROUNDING].sum() / p.sum()))


class SnpFilter:
    """Filter the SNPs of one chromosome, one by one in the order of position.

    `split`: sample, label and set of the N individuals, in the order of their dosages.
    """

    def __init__(self, quality: Quality, split: pd.DataFrame, control: str | None) -> None:
        self._quality = quality
        sets, labels = split["set"].to_numpy(), split["label"].to_numpy()
        self._training = np.flatnonzero(np.isin(sets, TRAINING_SETS))
        labelled = sets == "train"
        self._labelled = np.flatnonzero(labelled)
        names = sorted(set(labels[labelled]))
        self._classes = np.stack([labels[labelled] == name for name in names]) if names else None
        self._controls = np.flatnonzero(labelled & (labels == control)) if control else None
        # Position and unit-norm centred training dosages float32 (n,) of kept SNPs in the window.
        self._nearby: deque[tuple[int, np.ndarray]] = deque()

    def __call__(self, snp: Snp) -> tuple[str | None, float, float]:
        """The reason to drop a SNP (None: kept), its ALT frequency and its missing rate."""
        training = snp.dosage[self._training]
        frequency, missing = frequencies(training)
        reason = self._reason(snp, training, frequency, missing)
        return reason, frequency, missing

    def _reason(self, snp: Snp, training: np.ndarray, frequency: float, missing: float) -> str | None:
        """The first reason that applies, or None."""
        quality = self._quality
        if np.isnan(frequency):
            return "no_call"
        if missing > quality.max_missing:
            return "missing_rate"
        if frequency in (0.0, 1.0):
            return "monomorphic"
        # Dosages of 1 only; missing calls are imputed with their mean, so they add no variance.
        if frequency == 0.5 and np.isin(training, (1, MISSING_DOSAGE)).all():
            return "no_variance"
        if min(frequency, 1 - frequency) < quality.min_maf - _ROUNDING:
            return "minor_allele_frequency"
        if quality.min_hwe_p is not None and self._controls is not None:
            controls = snp.dosage[self._controls]
            counts = (int(np.count_nonzero(controls == dosage)) for dosage in (0, 1, 2))
            if hardy_weinberg_p(*counts) < quality.min_hwe_p:
                return "hardy_weinberg"
        if quality.max_association_p is not None and self._classes is not None:
            p = association_p(snp.dosage[self._labelled], self._classes)
            if p >= quality.max_association_p:
                return "association"
        if quality.max_ld_r2 is not None and self._linked(snp.pos, training):
            return "linkage_disequilibrium"
        return None

    def _linked(self, pos: int, training: np.ndarray) -> bool:
        """Whether a kept SNP in the window is too correlated with this one; if not, keep this one."""
        window = self._quality.ld_window_kb * 1000
        while self._nearby and self._nearby[0][0] < pos - window:
            self._nearby.popleft()
        called = training != MISSING_DOSAGE
        value = training.astype(np.float32)
        # Missing calls are imputed with the mean, as for the principal components.
        value = np.where(called, value - value[called].mean(), 0)
        value /= np.sqrt(value @ value)
        r2 = max((float(value @ other) ** 2 for _, other in self._nearby), default=0.0)
        if r2 > self._quality.max_ld_r2:
            return True
        self._nearby.append((pos, value))
        return False
