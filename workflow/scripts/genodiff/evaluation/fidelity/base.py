"""The interface of metrics of genetic fidelity, and what they share: a block of SNPs, correlations over
all SNPs, and numbers with their standard errors."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from genodiff.evaluation.fidelity.people import People

# The bin of a number over all SNPs, individuals and classes; these are the columns of fidelity.tsv.
ALL = "all"


@dataclass(frozen=True)
class FidelitySettings:
    """Bounds of the computation."""

    repeats: int  # random draws of individuals, D
    individuals: int  # of a set, in pairwise comparisons
    snps: int  # evenly spaced ones, for structure and relatedness
    focal_snps: int  # evenly spaced ones, for linkage disequilibrium
    memory_mb: int  # of the process


@dataclass(frozen=True)
class Sites:
    """SNPs of one block or of the whole run, in the order of chromosome and position."""

    chromosome: np.ndarray  # int64 (V,), its number in the configuration's order
    position: np.ndarray  # int64 (V,), 1-based
    gene: np.ndarray  # int64 (V,), number of the gene from which the SNP is decoded
    frequency: np.ndarray  # float64 (V,), of ALT in training individuals

    def __len__(self) -> int:
        return len(self.position)

    @property
    def minor(self) -> np.ndarray:
        """Frequency of the minor allele, float64 (V,)."""
        return np.minimum(self.frequency, 1 - self.frequency)

    def take(self, rows: slice | np.ndarray) -> "Sites":
        """Some of the SNPs."""
        return Sites(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def thinned(self, most: int, least_frequency: float) -> np.ndarray:
        """Bool (V,): at most so many SNPs, evenly spaced among those whose minor allele has at least
        this frequency."""
        frequent = np.flatnonzero(self.minor >= least_frequency)
        count, chosen = min(len(frequent), most), np.zeros(len(self), bool)
        chosen[frequent[np.arange(count) * len(frequent) // max(count, 1)]] = True
        return chosen


@dataclass
class Block:
    """Consecutive SNPs of one chromosome, with the dosages of all individuals."""

    first: int  # number of the first SNP in the run
    sites: Sites
    dosage: dict[str, np.ndarray]  # int8 (V, N) by name in people.groups; -1 missing
    people: People
    _counts: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def rows(self) -> slice:
        """The place of these SNPs among those of the run."""
        return slice(self.first, self.first + len(self.sites))

    def counts(self, group: str) -> np.ndarray:
        """Individuals with dosage 0, 1 and 2, by class, in each of the group's subsets: float32
        (V, subsets, C, 3)."""
        if group not in self._counts:
            own, dosage = self.people.groups[group], self.dosage[group]
            shape = len(dosage), len(own.subsets), len(self.people.classes)
            self._counts[group] = np.stack(
                [((dosage == g).astype(np.float32) @ own.weights).reshape(shape) for g in range(3)], -1
            )
        return self._counts[group]


def frequency_of(counts: np.ndarray) -> np.ndarray:
    """ALT frequency (...) of genotype counts (..., 3), float64; NaN without a call."""
    with np.errstate(invalid="ignore"):
        return (counts[..., 1] + 2.0 * counts[..., 2]) / (2 * counts.sum(-1, dtype=float))


class FidelityMetric(ABC):
    """A metric; one instance compares one dataset: `add` every block in order, then `numbers`.

    seed: of random draws beside those of `people`, the same for every dataset.
    """

    def __init__(self, people: People, sites: Sites, settings: FidelitySettings, seed: int):
        """`sites`: all SNPs of the run."""
        self.people, self.sites, self.settings, self.seed = people, sites, settings, seed

    @abstractmethod
    def add(self, block: Block) -> None:
        """Take in the next SNPs."""

    @abstractmethod
    def numbers(self) -> list[dict[str, Any]]:
        """Rows of `number`, after all SNPs."""

    def curves(self) -> dict[str, Any]:
        """Small lists for figures by name, without a genotype of a real individual."""
        return {}

    def number(
        self, name: str, draws: np.ndarray | Sequence[float], bin: str = ALL,
        share: float | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """A row: mean over draws and its standard error (`share`: see `People.mean_and_error`). `draws`
        (D,): the value of each draw of the candidates; if one is not finite, the number cannot be judged
        and is None. A largest value has no standard error."""
        value, error = self.people.mean_and_error(np.asarray(draws, float), share)
        error = None if "largest" in name else error
        return {"number": name, "bin": bin, "value": value, "se": error, "n": self.people.drawn}


class Correlation:
    """Correlations of columns over rows that come in blocks, and means of their differences."""

    def __init__(self) -> None:
        self._sums: Any = np.zeros((6, 1))  # of 1, x, y, x^2, y^2, xy

    def add(self, x: np.ndarray, y: np.ndarray) -> None:
        """Add rows x (n, 1) or (n, D) and y (n, D); a pair that is not finite is left out."""
        x, y = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
        valid = np.isfinite(x) & np.isfinite(y)
        x, y = np.where(valid, x, 0), np.where(valid, y, 0)
        self._sums = self._sums + np.stack([part.sum(0) for part in (valid, x, y, x * x, y * y, x * y)])

    @cached_property
    def _moments(self) -> tuple[np.ndarray, ...]:
        count, *sums = self._sums
        with np.errstate(invalid="ignore", divide="ignore"):
            return count, *(total / count for total in sums)

    def correlation(self) -> np.ndarray:
        """(D,); NaN where x or y do not vary."""
        count, x, y, xx, yy, xy = self._moments
        variances = np.maximum(xx - x * x, 0), np.maximum(yy - y * y, 0)
        varies = (variances[0] > 1e-12 * xx) & (variances[1] > 1e-12 * yy) & (count > 2)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(varies, (xy - x * y) / np.sqrt(variances[0] * variances[1]), np.nan)

    def means(self) -> tuple[np.ndarray, np.ndarray]:
        """Means of x and of y, (D,) each; NaN without a pair."""
        return self._moments[1], self._moments[2]

    def difference(self) -> np.ndarray:
        """Mean of y - x, (D,); NaN without a pair."""
        return self._moments[2] - self._moments[1]

    def ratio(self) -> np.ndarray:
        """Sum of y over sum of x, (D,); NaN if that is 0."""
        with np.errstate(invalid="ignore", divide="ignore"):
            found = self._moments[2] / self._moments[1]
        return np.where(np.isfinite(found), found, np.nan)


class Thinned:
    """Dosages of some individuals of a group at chosen SNPs."""

    def __init__(self, group: str, individuals: np.ndarray, chosen: np.ndarray):
        """`individuals` int (n,): rows of the group; `chosen` bool: which SNPs of the run."""
        self.group, self.individuals, self.chosen = group, individuals, chosen
        self._dosage = np.empty((int(chosen.sum()), len(individuals)), np.int8)
        self._filled = 0

    def add(self, block: Block) -> None:
        """Keep the chosen ones of these SNPs."""
        rows = np.flatnonzero(self.chosen[block.rows])
        part = slice(self._filled, self._filled + len(rows))
        self._dosage[part] = block.dosage[self.group][np.ix_(rows, self.individuals)]
        self._filled = part.stop

    def of(self, individuals: np.ndarray) -> np.ndarray:
        """Dosages int8 (n, SNPs) of some of its individuals, named by their rows of the group."""
        return self._dosage.T[np.searchsorted(self.individuals, individuals)]
