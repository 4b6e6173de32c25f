"""Association of SNPs with the label: candidates against training individuals."""

from typing import Any

import numpy as np
from scipy.special import chdtri, log_ndtr

from genodiff.evaluation.fidelity.base import ALL, Block, Correlation, FidelityMetric
from genodiff.evaluation.fidelity.people import CANDIDATE, REFERENCE, TRAIN, WHOLE
from genodiff.qc.relatives import LEAST_FREQUENCY

# SNPs whose z scores are kept, evenly spaced, for the inflation and the overlap.
_KEPT = 100_000
TOP = 0.01
_MEDIAN = float(chdtri(1, 0.5))
# Points of the figures: evenly spaced SNPs, and those with the smallest p values of each side.
_POINTS, _STRONGEST = 1200, 100


def linear(counts: np.ndarray, case: int) -> tuple[np.ndarray, np.ndarray]:
    """Effect of an ALT allele on being of the class `case` (1) or of another (0) and its t statistic,
    by linear regression without covariates; float64 (...).

    `counts` (..., C, 3): genotypes by class. NaN where dosage or class do not vary.
    """
    dosage = np.arange(3)
    counts = counts.astype(float)
    n, cases = counts.sum((-2, -1)), counts[..., case, :].sum(-1)
    g, gg = (counts.sum(-2) @ dosage**power for power in (1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        variance, of_y = gg / n - (g / n) ** 2, cases / n * (1 - cases / n)
        covariance = (counts[..., case, :] @ dosage) / n - g / n * cases / n
        varies = (variance > 1e-9) & (of_y > 1e-9) & (n > 2)
        effect = np.where(varies, covariance / variance, np.nan)
        residual = np.maximum(of_y - effect * covariance, 1e-12)
        return effect, effect / np.sqrt(residual / variance / (n - 2))


class Association(FidelityMetric):
    """Correlations of z scores, and of effects of frequent SNPs, with those of training individuals, the
    overlap of the top 1%, and genomic inflation. With more than two classes each one is compared with
    the rest, and numbers over all classes are means."""

    def __init__(self, **arguments: Any):
        super().__init__(**arguments)
        people = self.people
        # With two classes the one that is not the controls.
        two = len(people.classes) == 2
        self._cases = [int(people.control != 1)] if two else list(range(len(people.classes)))
        self._z = [Correlation() for _ in self._cases]
        self._effects = [Correlation() for _ in self._cases]
        self._kept = self.sites.thinned(_KEPT // len(self._cases), 0)
        self._scores: list[np.ndarray] = []  # float32 (contrasts, SNPs, 1 + D)
        self._whole: list[np.ndarray] = []  # float32 (SNPs, 4): z and effect, real and candidates

    def add(self, block: Block) -> None:
        """Add the scores of the SNPs for each contrast."""
        real, own = block.counts(TRAIN), block.counts(CANDIDATE)
        kept, scores = self._kept[block.rows], []
        frequent = block.sites.minor >= LEAST_FREQUENCY
        for number, case in enumerate(self._cases):
            effect, z = linear(real[:, REFERENCE:], case)
            own_effect, own_z = linear(own[:, 1:], case)
            self._z[number].add(z, own_z)
            self._effects[number].add(effect[frequent], own_effect[frequent])
            scores.append(np.concatenate([z, own_z], 1)[kept])
        self._scores.append(np.array(scores, np.float32))
        pairs = [linear(counts[:, WHOLE], self._cases[0]) for counts in (real, own)]
        effects = linear(real[:, REFERENCE], self._cases[0]), linear(own[:, 1], self._cases[0])
        # Effects of rare alleles are mostly noise.
        columns = [
            pairs[0][1], pairs[1][1], *(np.where(frequent, effect, np.nan) for effect, _ in effects),
        ]  # fmt: skip
        self._whole.append(np.stack(columns, 1).astype(np.float32))

    def numbers(self) -> list[dict[str, Any]]:
        """z_correlation, effect_correlation, top_overlap and inflation; by class where there are more
        than two."""
        scores = np.concatenate(self._scores, 1) if self._scores else np.empty((len(self._cases), 0, 1))
        found = {
            "z_correlation": [sums.correlation() for sums in self._z],
            "effect_correlation": [sums.correlation() for sums in self._effects],
            "top_overlap": [overlap(own) for own in scores],
            "inflation": [inflation(own[:, 1:]) for own in scores],
        }
        rows = []
        for name, values in found.items():
            rows.append(self.number(name, np.mean(values, 0), ALL))
            if len(self._cases) > 1:
                rows += [
                    self.number(name, own, f"class {self.people.classes[case]}")
                    for case, own in zip(self._cases, values, strict=True)
                ]
        return rows

    def curves(self) -> dict[str, Any]:
        """points: number of the chromosome, position, -log10 p of all training individuals and of all
        candidates, and effects in the reference and in the first draw, of evenly spaced SNPs and those
        with the smallest p values; `case`: the class of the first contrast; individuals of both."""
        z, real, own = (np.concatenate(self._whole)[:, part] for part in (slice(0, 2), 2, 3))
        z = np.nan_to_num(z)
        chosen = self.sites.thinned(_POINTS, 0)
        for side in np.abs(z).T:
            chosen[np.argsort(-side, kind="stable")[:_STRONGEST]] = True
        log_p = -(np.log(2) + log_ndtr(-np.abs(z[chosen]))) / np.log(10)
        columns = [
            self.sites.chromosome[chosen].tolist(), self.sites.position[chosen].tolist(),
            *log_p.T.round(3).tolist(), *(_finite(x[chosen]) for x in (real, own)),
        ]  # fmt: skip
        sizes = [len(self.people.groups[name].labels) for name in (TRAIN, CANDIDATE)]
        case = self.people.classes[self._cases[0]]
        return {"points": list(zip(*columns, strict=True)), "case": case, "individuals": sizes}


def _finite(values: np.ndarray) -> list[float | None]:
    return [float(v) if np.isfinite(v) else None for v in values.round(5)]


def overlap(z: np.ndarray) -> np.ndarray:
    """Share (D,) of the TOP SNPs of the first column of z (V, 1 + D) that are among those of each other
    column; NaN without a SNP that varies."""
    if not np.isfinite(z[:, 0]).any():
        return np.full(z.shape[1] - 1, np.nan)
    count = max(1, round(TOP * len(z)))
    strongest = np.argsort(-np.nan_to_num(np.abs(z)), 0, kind="stable")[:count].T
    return np.array([len(np.intersect1d(strongest[0], own)) / count for own in strongest[1:]])


def inflation(z: np.ndarray) -> np.ndarray:
    """Median of z squared (V, D) over that of a chi-squared distribution, (D,); NaN without a SNP."""
    found = np.full(z.shape[1], np.nan)
    for number, own in enumerate(z.T):
        valid = own[np.isfinite(own)]
        if len(valid):
            found[number] = np.median(valid**2) / _MEDIAN
    return found
