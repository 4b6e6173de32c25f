"""Writing and reading the simulated genotypes: BCF as the library writes it, and text VCF.

python tests/benchmarks/genotype_files.py [--individuals N] [--snps V] [--folder F]

N simulated individuals and about V common SNPs of theirs. Prints, for each format and BGZF level,
millions of genotypes a second of CPU time for writing (index included) and for reading as the pipeline
does, and the bits that a genotype takes. What is read is checked against what was simulated.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time

import numpy as np
import pysam
from cyvcf2 import VCF

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow/scripts"))

from genodiff.simulation import bcf
from genodiff.simulation.settings import SimulationSettings
from genodiff.simulation.simulate import SimulatedChromosome, simulate_chromosome

# Modes of pysam.BGZFile: "w" is the default level.
LEVELS = ("w1", "w3", "w")


def simulated(individuals: int, snps: int) -> SimulatedChromosome:
    """A chromosome of `snps` SNPs and a few more."""
    settings = SimulationSettings(
        individuals=individuals, chromosomes=1, genes=max(1, snps // 60), snps_per_gene=[50, 50],
        min_maf=0.01,
        mutation_rate=1.29e-8, recombination_rate=1e-8, causal_genes=1, heritability=0.5,
        dominance_share=0.0, interaction_share=0.0, case_fraction=0.3, unlabelled_fraction=0.0,
    )  # fmt: skip
    return simulate_chromosome(1, settings, 0)


def write_text(path: str, chromosome: SimulatedChromosome, samples: list[str]) -> None:
    """Write `path` (.vcf.gz) and its .csi; what `bcf.write_bcf` writes, as text."""
    # Each genotype is four bytes, "0|1\t"; a line is the template with its alleles filled in.
    line = np.tile(np.frombuffer(b"0|0\t", np.uint8), len(samples))
    line[-1] = ord("\n")
    with pysam.BGZFile(path, bcf._MODE) as out:
        # The BCF's header without its magic number and length, and without the NUL at its end.
        out.write(bcf._header(chromosome, samples)[9:-1])
        for i, position in enumerate(chromosome.positions):
            ref, alt = chromosome.alleles[i]
            site = (
                f"{chromosome.name}\t{position}\t{chromosome.snp_id(i)}\t{ref}\t{alt}\t.\tPASS\t.\tGT\t"
            )
            out.write(site.encode())
            haplotypes = chromosome.haplotypes(slice(i, i + 1))[0]
            line[0::4] = ord("0") + haplotypes[0::2]
            line[2::4] = ord("0") + haplotypes[1::2]
            out.write(line.tobytes())
    pysam.tabix_index(path, preset="vcf", csi=True, keep_original=True)


def seconds_of(function: Callable, *arguments) -> tuple[float, object]:
    """CPU seconds of a call, and what it returned."""
    start = process_time()
    result = function(*arguments)
    return process_time() - start, result


def read(path: str) -> int:
    """ALT alleles in the file, by the calls that the pipeline makes."""
    return sum(int(record.genotype.array()[:, :-1].sum()) for record in VCF(path))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--individuals", type=int, default=10_405)
    parser.add_argument("--snps", type=int, default=3_000)
    parser.add_argument("--folder")
    options = parser.parse_args()
    chromosome = simulated(options.individuals, options.snps)
    samples = [f"P{i + 1:06d}" for i in range(options.individuals)]
    genotypes = len(chromosome.positions) * options.individuals
    expected = int(chromosome.haplotypes().sum(dtype=np.int64))
    print(
        f"{options.individuals} individuals, {len(chromosome.positions)} SNPs; millions of genotypes "
        "a second"
    )
    print("format  level    write   read  bits a genotype")
    for form, write, ending in (("BCF", bcf.write_bcf, "bcf"), ("VCF", write_text, "vcf.gz")):
        for level in LEVELS:
            bcf._MODE = level
            with tempfile.TemporaryDirectory(dir=options.folder) as folder:
                path = f"{folder}/x.{ending}"
                writing, _ = seconds_of(write, path, chromosome, samples)
                reading, found = seconds_of(read, path)
                assert found == expected, f"{form}: {found} ALT alleles read, {expected} simulated"
                bits = 8 * os.path.getsize(path) / genotypes
            speeds = "".join(f"{genotypes / seconds / 1e6:7.1f}" for seconds in (writing, reading))
            print(f"{form:7} {level[1:] or 'default':7}{speeds}  {bits:.2f}")


if __name__ == "__main__":
    main()
