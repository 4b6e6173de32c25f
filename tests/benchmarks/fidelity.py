"""Genetic fidelity of one dataset: CPU time and peak memory of the job, and how both grow.

python tests/benchmarks/fidelity.py [--individuals N] [--snps V] [--once] [--memory-mb M]

Simulated genes of 30 SNPs, whose haplotypes are copies of a few founders; 80% of the individuals are
training individuals, 10% test individuals, and there are as many synthetic as training individuals. Each
job is a process of its own. Without --once: 1, 2 and 4 times as many SNPs and individuals.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow/scripts"))

from scaling import print_exponents

from genodiff.evaluation.fidelity.base import FidelitySettings
from genodiff.evaluation.fidelity.job import fidelity_job
from genodiff.formats.gene_pca import write_gene_pca
from genodiff.formats.genotypes import write_genes
from genodiff.formats.plink1 import BedWriter, write_bim, write_fam
from genodiff.formats.split import write_split
from genodiff.formats.tensors import GeneFeatures, Individuals, Layout, write_individuals

CHROMOSOMES, GENE, FOUNDERS = 4, 30, 12


def genes_of(snps: int, individuals: int, seed: int):
    """Yield dosages int8 (GENE, N) of the genes."""
    rng, founders = np.random.default_rng(seed), np.random.default_rng(1)
    for _ in range(snps // GENE):
        pool = (founders.random((FOUNDERS, GENE)) < founders.uniform(0.1, 0.9, GENE)).astype(np.int8)
        own = rng.integers(FOUNDERS, size=(2, individuals))
        yield (pool[own[0]] + pool[own[1]]).T


def simulate(folder: Path, individuals: int, snps: int) -> None:
    """Write the inputs of a job."""
    samples = [f"i{n}" for n in range(individuals)]
    sets = np.repeat(
        ["train", "test", "validation"], [individuals * 8 // 10, individuals // 10, individuals]
    )
    labels = np.array(["case", "control"])[np.arange(individuals) % 2]
    split = pd.DataFrame({"sample": samples, "label": labels, "set": sets[:individuals]})
    write_split(folder / "split.tsv", split)
    count = individuals * 8 // 10
    sites, per_chromosome = [], snps // GENE // CHROMOSOMES
    real = genes_of(snps, individuals, 2)
    for chromosome in range(1, CHROMOSOMES + 1):
        matrices, models = [], []
        for gene in range(per_chromosome):
            # 150 kb from one gene to the next, as many as in the genome.
            pos = [1 + gene * 150_000 + 100 * n for n in range(GENE)]
            plain = {"pos": pos, "id": ["."] * GENE, "ref": ["A"] * GENE, "alt": ["C"] * GENE}
            named = {"gene": f"g{chromosome}_{gene}", "chrom": str(chromosome)}
            matrices.append(plain | {name: [value] * GENE for name, value in named.items()})
            models.append(
                named | plain | {
                    "mean": [1.0] * GENE, "loadings": [[1.0] * GENE], "explained_variance": [1.0],
                    "total_variance": 1.0, "imputed_calls": 0, "score_mean": [0.0],
                    "score_deviation": [1.0],
                }
            )  # fmt: skip
            sites += [(str(chromosome), p, ".", "A", "C") for p in pos]

        def rows(matrices=matrices):
            for columns in matrices:
                dosage = next(real)
                frequency = dosage[:, :count].mean(1) / 2
                extra = {"allele_frequency": frequency, "missing_rate": np.zeros(GENE)}
                yield columns | extra, np.ascontiguousarray(dosage)

        write_genes(folder / f"{chromosome}.parquet", samples, rows())
        nothing = np.zeros((1, 2), np.float32)
        write_gene_pca(
            folder / f"{chromosome}.models.parquet", folder / f"{chromosome}.scores.parquet",
            ["a", "b"], ((model, nothing) for model in models),
        )  # fmt: skip
    table = pd.DataFrame(sites, columns=["chrom", "pos", "id", "ref", "alt"])
    with BedWriter(folder / "own.bed", len(table), count) as out:
        pairs = zip(range(0, len(table), GENE), genes_of(snps, count, 3), strict=False)
        for start, dosage in pairs:
            out.write(start, 0, np.ascontiguousarray(dosage))
    write_bim(folder / "own.bim", table)
    own = [f"SYN{n}" for n in range(count)]
    write_fam(folder / "own.fam", own, ["-9"] * count)
    layout = Layout([GeneFeatures("g", "1", 1, [0.0], [1.0])], 1, 1, ["case", "control"])
    x = np.zeros((count, 1, 1), np.float32)
    write_individuals(folder / "own.parquet", layout, [Individuals(own, labels[:count].tolist(), x)])


def job(folder: Path, memory_mb: int) -> None:
    """Run one job, and print CPU seconds and peak memory as JSON."""
    start = process_time()
    fidelity_job(
        matrices=[str(folder / f"{c}.parquet") for c in range(1, CHROMOSOMES + 1)],
        models=[str(folder / f"{c}.models.parquet") for c in range(1, CHROMOSOMES + 1)],
        split_path=str(folder / "split.tsv"), bed_path=str(folder / "own.bed"),
        labels_path=str(folder / "own.parquet"), output=str(folder / "result.json"),
        row={"dataset": "own", "seed": 0}, control=None, seed=0,
        settings=FidelitySettings(10, 1000, 5000, 2000, memory_mb),
    )  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"CPU seconds": process_time() - start, "MiB": peak}))


def measure(individuals: int, snps: int, memory_mb: int) -> dict[str, float]:
    """CPU seconds and MiB of a job in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        simulate(Path(folder), individuals, snps)
        command = [sys.executable, __file__, "--job", folder, "--memory-mb", str(memory_mb)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    print(f"{individuals} individuals, {snps} SNPs: {found}", flush=True)
    return found


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--individuals", type=int, default=2000)
    parser.add_argument("--snps", type=int, default=12_000)
    parser.add_argument("--memory-mb", type=int, default=2048)
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--job", type=Path)
    chosen = parser.parse_args()
    if chosen.job:
        job(chosen.job, chosen.memory_mb)
    elif chosen.once:
        measure(chosen.individuals, chosen.snps, chosen.memory_mb)
    else:
        print_exponents(
            "SNPs", chosen.individuals, chosen.snps, lambda n, v: measure(n, v, chosen.memory_mb)
        )


if __name__ == "__main__":
    main()
