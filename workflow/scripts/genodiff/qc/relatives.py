"""Close relatives between the training and the test set.

KING-robust kinship (Manichaikul et al. 2010, Bioinformatics 26:2867), which needs no allele frequencies
and tolerates population structure. Only counts and sizes go into messages and reports.
"""

import json
import os
from collections.abc import Sequence

import numpy as np
import pyarrow.parquet as pq
from scipy.special import ndtri

from genodiff.formats.common import whole_file
from genodiff.formats.genotypes import MISSING_DOSAGE, iter_genes, read_samples
from genodiff.formats.split import TRAINING_SETS, read_split

# Smallest kinship of second-degree relatives; kinship of an individual with itself or its twin.
CLOSE, SAME = 0.0884, 0.5
# Bounds of the computation: individuals of each set, and SNPs with frequent minor alleles.
MOST_TEST, MOST_TRAINING, MOST_SNPS, LEAST_FREQUENCY = 1000, 5000, 10_000, 0.05
# Pairs whose standard error is estimated, individuals in a block of training individuals, pairs that
# are listed, and the probability that any pair of unrelated individuals counts as related.
_SAMPLE, _BLOCK, _LISTED, _LEVEL = 200, 1000, 100, 0.05
# Share of these pairs that must have a kinship without any one gene: where SNPs are too few, only pairs
# that are alike by chance have one.
_LEAST_SHARE = 0.9


def kinship(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """KING-robust kinship float32 (n, m) of two sets of individuals with dosages int8 (n, V), (m, V).

    Equation 11 of the paper, over the SNPs at which both have a call: 1/2 - sum (a - b)^2 / (4 h), where
    h is the smaller number of heterozygous calls of the two. -inf if h is 0.
    """
    (x, called_x, het_x), (y, called_y, het_y) = map(_parts, (a, b))
    distance = x**2 @ called_y.T + called_x @ (y**2).T - 2 * x @ y.T
    return _robust(distance, np.minimum(het_x @ called_y.T, called_x @ het_y.T))


def _parts(dosage: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Dosages with 0 for missing calls, whether each is a call, and whether heterozygous; float32."""
    called = dosage != MISSING_DOSAGE
    return tuple(part.astype(np.float32) for part in (dosage * called, called, dosage == 1))


def _robust(distance: np.ndarray, heterozygous: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        values = 0.5 - distance / (4 * heterozygous)
    return np.where(heterozygous > 0, values, -np.inf)


def standard_error(a: np.ndarray, b: np.ndarray, genes: np.ndarray) -> float:
    """Mean jackknife standard error, over genes, of the kinship of pairs of individuals.

    `a` and `b`: dosages int8 (n, V) of the individuals of n pairs; `genes` int (V,): gene of each SNP,
    grouped. Linkage disequilibrium within genes is taken into account. NaN for fewer than two genes, and
    where more than a tenth of the pairs have no kinship without one of them.
    """
    starts = np.flatnonzero(np.r_[True, genes[1:] != genes[:-1]])
    if not len(genes) or len(starts) < 2:
        return float("nan")
    called = (a != MISSING_DOSAGE) & (b != MISSING_DOSAGE)
    squares = (a.astype(np.int16) - b) ** 2 * called
    distance, het_a, het_b = (
        np.add.reduceat(values, starts, axis=1, dtype=np.float64)
        for values in (squares, (a == 1) & called, (b == 1) & called)
    )
    without = [total.sum(1, keepdims=True) - total for total in (distance, het_a, het_b)]
    left_out = _robust(without[0], np.minimum(*without[1:]))
    finite = np.isfinite(left_out).all(1)
    if finite.mean() < _LEAST_SHARE:
        return float("nan")
    left_out = left_out[finite]
    return float(np.sqrt((len(starts) - 1) * left_out.var(1)).mean())


def thinned(
    paths: Sequence[str | os.PathLike], individuals: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Dosages int8 (n, V) of the `individuals` int (n,) at V evenly spaced SNPs of the genes' files, and
    the number of the gene of each, int (V,).

    At most MOST_SNPS, each with a minor allele frequency of at least LEAST_FREQUENCY.
    """
    columns = [pq.read_table(path, columns=["allele_frequency"]) for path in paths]
    frequency = np.concatenate([table["allele_frequency"].to_numpy() for table in columns])
    frequent = np.flatnonzero(np.minimum(frequency, 1 - frequency) >= LEAST_FREQUENCY)
    count = min(len(frequent), MOST_SNPS)
    wanted = np.zeros(len(frequency), bool)
    wanted[frequent[np.arange(count) * len(frequent) // max(count, 1)]] = True
    dosages, genes, row = [np.zeros((0, len(individuals)), np.int8)], [], 0
    every = (dosage for path in paths for _, dosage in iter_genes(path))
    for number, dosage in enumerate(every):
        rows = np.flatnonzero(wanted[row : row + len(dosage)])
        row += len(dosage)
        dosages.append(dosage[np.ix_(rows, individuals)])
        genes += [number] * len(rows)
    return np.ascontiguousarray(np.concatenate(dosages).T), np.array(genes, int)


def related_pairs(a: np.ndarray, b: np.ndarray, limit: float) -> list[tuple[int, int, float]]:
    """Row of `a`, row of `b` and kinship of the pairs above `limit`, the closest first; dosages int8
    (n, V) and (m, V)."""
    found = []
    for start in range(0, len(b), _BLOCK):
        values = kinship(a, b[start : start + _BLOCK])
        found += [(i, start + j, float(values[i, j])) for i, j in np.argwhere(values > limit).tolist()]
    return sorted(found, key=lambda pair: -pair[2])


def find_relatives(
    *, matrices: Sequence[str | os.PathLike], split_path: str | os.PathLike, output: str | os.PathLike,
    seed: int,
) -> None:  # fmt: skip
    """Compare training with test individuals and write the result as JSON.

    `snps`, `pairs` and `genes` compared; `limit`: kinship above which a pair counts as related, CLOSE or
    more where the SNPs are too few for that, null if there are too few for a standard error; `related`:
    number of such pairs; `listed`: the closest of them with their kinship.
    """
    samples = np.array(read_samples(matrices[0]), object)
    sets = read_split(split_path).set_index("sample")["set"].loc[samples]
    rng = np.random.default_rng(seed)
    test, training = (
        np.sort(rng.permutation(np.flatnonzero(sets.isin(names)))[:most])
        for names, most in ((["test"], MOST_TEST), (TRAINING_SETS, MOST_TRAINING))
    )
    dosage, genes = thinned(matrices, np.r_[test, training])
    sides, pairs = np.split(dosage, [len(test)]), len(test) * len(training)
    error = standard_error(*(side[rng.integers(len(side), size=_SAMPLE)] for side in sides), genes)
    limit = max(CLOSE, -ndtri(_LEVEL / pairs) * error) if np.isfinite(error) else None
    related = related_pairs(*sides, limit) if limit is not None and limit < SAME else []
    listed = [
        (samples[test[i]], samples[training[j]], round(value, 4)) for i, j, value in related[:_LISTED]
    ]
    content = {
        "format": "genodiff.relatives.1", "snps": len(genes), "genes": len(set(genes.tolist())),
        "pairs": pairs, "limit": limit, "related": len(related), "listed": listed,
    }  # fmt: skip
    with whole_file(output) as temporary, open(temporary, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)


def read_relatives(path: str | os.PathLike) -> dict:
    """What `find_relatives` has written."""
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def relatives_line(found: dict) -> str:
    """What was compared and found, for the summary and the report."""
    compared = f"{found['pairs']:,} pairs of a training and a test individual, {found['snps']:,} SNPs"
    if found["limit"] is None or found["limit"] >= SAME:
        return f"cannot be judged: too few independent SNPs ({compared})"
    return f"{found['related']:,} with a kinship above {found['limit']:.3f} among {compared}"


def relatives_warning(found: dict, family_column: str | None) -> str:
    """A warning if training and test individuals are related, else empty."""
    if not found["related"]:
        return ""
    cure = (
        f"the families of {family_column!r} do not hold all relatives"
        if family_column
        else "name a column of families with cohort.family_column, to keep each family in one set"
    )
    return (
        f"Warning: {found['related']:,} pairs of training and test individuals are close relatives "
        f"(second degree or closer), so accuracies, privacy and their nulls are biased; {cure} "
        "(genotypes/relatives.json of the results lists the pairs)."
    )
