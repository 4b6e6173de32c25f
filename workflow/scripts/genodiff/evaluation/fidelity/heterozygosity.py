"""Heterozygosity, inbreeding and Hardy-Weinberg equilibrium of candidates."""

from typing import Any

import numpy as np
from scipy.special import chdtrc

from genodiff.evaluation.fidelity.base import Block, Correlation, FidelityMetric, frequency_of
from genodiff.evaluation.fidelity.people import CANDIDATE, TRAIN
from genodiff.genotypes.quality import hardy_weinberg_p

# The bin of numbers of all candidates at once.
EVERYBODY = "everybody"
# P value of the exact test below which a SNP is not in Hardy-Weinberg equilibrium.
HWE_P = 1e-5
# A SNP with a larger p value of the chi-squared test fails no exact test at HWE_P.
_SCREEN = 1e-2


def hwe_failures(counts: np.ndarray) -> np.ndarray:
    """Bool (...): whether genotype counts (..., 3) fail the exact test at HWE_P."""
    n, p = counts.sum(-1), frequency_of(counts)
    expected = n * 2 * p * (1 - p)
    with np.errstate(invalid="ignore", divide="ignore"):
        f = 1 - counts[..., 1] / expected
    suspicious = np.flatnonzero((chdtrc(1, n * f**2) < _SCREEN).ravel())
    failed = np.zeros(counts[..., 0].size, bool)
    flat = counts.reshape(-1, 3).astype(int)
    failed[suspicious] = [hardy_weinberg_p(*flat[i].tolist()) < HWE_P for i in suspicious]
    return failed.reshape(counts.shape[:-1])


class Heterozygosity(FidelityMetric):
    """Ratio of heterozygous calls, mean and standard deviation of the inbreeding coefficient, and share
    of SNPs that fail Hardy-Weinberg equilibrium in controls."""

    def __init__(self, **arguments: Any):
        super().__init__(**arguments)
        self._shares, self._failed, self._failed_of_all = Correlation(), Correlation(), Correlation()
        individuals = len(self.people.groups[CANDIDATE].labels)
        self._observed, self._expected = np.zeros(individuals), np.zeros(individuals)
        control = self.people.control
        self._tested = range(len(self.people.classes)) if control is None else [control]

    def add(self, block: Block) -> None:
        """Add heterozygous calls by SNP and by individual, and failures of the test."""
        ours, theirs = (block.counts(name)[:, 1:] for name in (CANDIDATE, TRAIN))
        own, real = (counts.sum(2) for counts in (ours, theirs))
        with np.errstate(invalid="ignore"):
            self._shares.add(*(counts[..., 1] / counts.sum(-1) for counts in (real, own)))
        frequency = frequency_of(real[:, 0])
        expected = np.nan_to_num(2 * frequency * (1 - frequency)).astype(np.float32)
        dosage = block.dosage[CANDIDATE]
        self._observed += (dosage == 1).sum(0)
        self._expected += expected @ (dosage >= 0).astype(np.float32)
        for number in self._tested:
            # Draws are small, and the test has little power in them: also everybody at once.
            whole = block.counts(CANDIDATE)[:, :1, number]
            for sums, counts in ((self._failed, ours[:, :, number]), (self._failed_of_all, whole)):
                failed = np.where(counts.sum(-1) > 0, hwe_failures(counts), np.nan)
                sums.add(np.zeros_like(failed), failed)

    def numbers(self) -> list[dict[str, Any]]:
        """ratio, inbreeding_mean, inbreeding_deviation, hwe_failures, of draws and of everybody."""
        with np.errstate(invalid="ignore", divide="ignore"):
            inbreeding = 1 - self._observed / self._expected
        (value,) = self._failed_of_all.difference()
        own = [inbreeding[rows] for rows in self.people.draws]
        deviations = [values.std(ddof=1) if len(values) > 1 else np.nan for values in own]
        return [
            self.number("ratio", self._shares.ratio()),
            self.number("inbreeding_mean", [values.mean() for values in own]),
            self.number("inbreeding_deviation", deviations),
            self.number("hwe_failures", self._failed.difference()),
            {
                "number": "hwe_failures", "bin": EVERYBODY, "se": None, "n": len(self._observed),
                "value": float(value) if np.isfinite(value) else None,
            },
        ]  # fmt: skip
