"""Per-gene principal components against a loop over scikit-learn's PCA, in one run and one thread.

python tests/benchmarks/pca.py [--individuals N] [--genes G] [--missing SHARE] [--repeats R] [--scaling]

Random genes of 5 to 100 SNPs, whose neighbours are linked; both fit on the training individuals and
project all individuals, from the same int8 dosages to float32 scores. Times are minima over repeats that
take turns. With --scaling the time of 1, 2 and 4 times the genes and the individuals, and the exponents
that fit.
"""

import argparse
import resource
import sys
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow/scripts"))

from scaling import print_exponents

from genodiff.features import pca

LINKAGE = 0.9  # of what the haplotypes of neighbouring SNPs are made from
TRAINING_SHARE = 0.81


def random_gene(snps: int, individuals: int, missing: float, rng: np.random.Generator) -> np.ndarray:
    """Dosages int8 (V, N): linked haplotypes, two of them an individual."""
    latent, rows = rng.standard_normal(2 * individuals, np.float32), []
    limits = np.sqrt(2) * rng.normal(0, 0.7, snps)
    for limit in limits:
        rows.append((latent < limit).astype(np.int8).reshape(2, individuals).sum(0, dtype=np.int8))
        noise = rng.standard_normal(2 * individuals, np.float32)
        latent = LINKAGE * latent + np.float32(1 - LINKAGE**2) ** 0.5 * noise
    dosage = np.stack(rows)
    if missing:
        dosage[rng.random(dosage.shape) < missing] = -1
    return dosage


def random_genes(genes: int, individuals: int, missing: float = 0) -> list[np.ndarray]:
    """Genes whose numbers of SNPs are log-uniform."""
    rng = np.random.default_rng(0)
    sizes = np.exp(rng.uniform(np.log(5), np.log(101), genes)).astype(int)
    return [random_gene(snps, individuals, missing, rng) for snps in sizes]


def ours(dosage: np.ndarray, training: np.ndarray) -> np.ndarray:
    return pca.transform(pca.fit(dosage, 8, None, training), dosage, np.float32)


def by_scikit_learn(dosage: np.ndarray, training: np.ndarray, kind: type) -> np.ndarray:
    x = dosage.astype(kind)
    if dosage.min() < 0:
        mean = np.array([row[(row >= 0) & training].mean() for row in dosage])
        np.copyto(x, mean[:, None].astype(kind), where=dosage < 0)
    k = 8 if len(dosage) > 20 else 4
    model = PCA(n_components=k, svd_solver="auto").fit(x.T[training])
    return model.transform(x.T).astype(np.float32)


def training_set(individuals: int) -> np.ndarray:
    return np.random.default_rng(1).random(individuals) < TRAINING_SHARE


def seconds(work, *arguments) -> float:
    start = perf_counter()
    work(*arguments)
    return perf_counter() - start


def least_times(genes: list[np.ndarray], training: np.ndarray, repeats: int) -> np.ndarray:
    """Least seconds of each gene (G, 3): ours, scikit-learn's with float32 and with float64."""
    times = np.full((len(genes), 3), np.inf)
    for _ in range(repeats):
        for i, dosage in enumerate(genes):
            found = (
                seconds(ours, dosage, training),
                seconds(by_scikit_learn, dosage, training, np.float32),
                seconds(by_scikit_learn, dosage, training, np.float64),
            )
            times[i] = np.minimum(times[i], found)
    return times


def scaled(individuals: int, genes: int, repeats: int) -> dict[str, float]:
    """Least seconds of ours."""
    made, training = random_genes(genes, individuals), training_set(individuals)
    found = [[seconds(ours, dosage, training) for dosage in made] for _ in range(repeats)]
    return {"time": float(np.min(found, axis=0).sum())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--individuals", type=int, default=10_405)
    parser.add_argument("--genes", type=int, default=200)
    parser.add_argument("--missing", type=float, default=0.0, help="share of missing calls")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--scaling", action="store_true")
    options = parser.parse_args()
    with threadpool_limits(1):
        if options.scaling:
            repeated = partial(scaled, repeats=options.repeats)
            print_exponents("genes", options.individuals, options.genes, repeated)
            return
        genes = random_genes(options.genes, options.individuals, options.missing)
        training = training_set(options.individuals)
        times = least_times(genes, training, options.repeats)
    own, single, double = times.sum(0)
    calls = sum(dosage.size for dosage in genes)
    snps = np.mean([len(dosage) for dosage in genes])
    print(f"{options.genes} genes of {snps:.1f} SNPs on average, {options.individuals} individuals")
    print(f"ours {own:.3f} s, {calls / own / 1e6:.0f} million genotypes per second")
    print(f"scikit-learn {single:.3f} s with float32, {double:.3f} s with float64")
    print(f"ratio to the faster one {own / min(single, double):.2f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(f"peak memory {peak:.0f} MiB, {calls / 2**20:.0f} MiB of it dosages")


if __name__ == "__main__":
    main()
