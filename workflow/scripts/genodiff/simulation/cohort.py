"""Write the simulated cohort in the formats of a user's cohort: genotype files, genes, phenotypes.

Each chromosome is written by one job; the phenotypes then follow from the causal SNPs that these jobs
stored.
"""

import os
import shutil
from pathlib import Path

import numpy as np

from genodiff.formats.common import write_text
from genodiff.formats.genotypes import iter_genes, read_samples, write_genes
from genodiff.runtime.logs import logger
from genodiff.runtime.seeds import job_seed
from genodiff.simulation import structure
from genodiff.simulation.bcf import write_bcf
from genodiff.simulation.phenotypes import phenotypes
from genodiff.simulation.settings import SimulationSettings
from genodiff.simulation.simulate import (
    SimulatedChromosome,
    causal_genes,
    causal_snps,
    simulate_chromosome,
)

StrPath = str | os.PathLike


def write_chromosome(
    *, bcf: StrPath, genes: StrPath, causal: StrPath,
    number: int, settings: SimulationSettings, seed: int, panel: StrPath | None = None,
) -> None:  # fmt: skip
    """Simulate chromosome `number`; write its BCF with index, a BED of its genes, and one causal SNP for
    each causal gene as a file of `formats.genotypes`; and the BCF of the `panel`, if there is one."""
    samples = settings.samples()
    chromosome = simulate_chromosome(number, settings, seed)
    logger.info("simulated %d genes, %d SNPs", len(chromosome.genes), len(chromosome.positions))
    write_bcf(bcf, chromosome, samples)
    if panel is not None:
        write_bcf(panel, chromosome, settings.panel_samples(), len(samples))
    lines = [f"{g.chrom}\t{g.start}\t{g.end}\t{g.name}\n" for g in chromosome.genes]
    write_text(genes, "".join(lines))
    chosen = causal_snps(chromosome, causal_genes(settings, seed), seed)
    snps = (_one_snp(chromosome, gene.name, i, len(samples)) for gene, i in chosen)
    write_genes(causal, samples, snps)


def _one_snp(
    chromosome: SimulatedChromosome, gene: str, i: int, individuals: int
) -> tuple[dict, np.ndarray]:
    """A SNP of the first individuals in the form that `write_genes` takes, with its allele frequency in
    them."""
    haplotypes = chromosome.haplotypes(slice(i, i + 1))[:, : 2 * individuals]
    ref, alt = chromosome.alleles[i]
    row = {
        "gene": gene, "chrom": chromosome.name, "pos": int(chromosome.positions[i]),
        "id": chromosome.snp_id(i), "ref": ref, "alt": alt,
        "allele_frequency": haplotypes.mean(), "missing_rate": 0.0,
    }  # fmt: skip
    return {key: [value] for key, value in row.items()}, haplotypes[:, 0::2] + haplotypes[:, 1::2]


def write_phenotypes(
    *, genes_path: StrPath, phenotypes_path: StrPath, genes: list[str], causal: list[str],
    settings: SimulationSettings, seed: int, panel: tuple[StrPath, StrPath] | None = None,
) -> None:  # fmt: skip
    """Write a BED of all genes and a table `sample phenotype`, with NA for unlabelled individuals; of a
    cohort with structure also `population` and `family`. `panel`: paths of the same BED and of the
    table of the panel, of whose phenotypes only a random sex is known.

    `genes` and `causal` are the files of `write_chromosome` in the order of chromosomes. Raises
    ValueError if one of them has other individuals.
    """
    samples = settings.samples()
    others = [path for path in causal if read_samples(path) != samples]
    if others:
        raise ValueError(f"{others[0]}: not the individuals of these settings")
    dosages = [dosage for path in causal for _, dosage in iter_genes(path)]
    labels = phenotypes(np.concatenate(dosages), settings, seed)
    write_text(genes_path, "".join(Path(path).read_text(encoding="utf-8") for path in genes))
    columns = {"sample": samples, "phenotype": [label or "NA" for label in labels]}
    if settings.structure is not None:
        columns["population"] = structure.populations(settings).tolist()
        columns["family"] = _families(samples, settings, seed)
    _write_columns(phenotypes_path, columns)
    logger.info("%d individuals, %d without a phenotype", len(samples), labels.count(None))
    if panel is not None:
        shutil.copyfile(genes_path, panel[0])
        others = settings.panel_samples()
        sex = np.random.default_rng(job_seed(seed, "sex")).choice(["female", "male"], len(others))
        _write_columns(panel[1], {"sample": others, "phenotype": sex.tolist()})


def _write_columns(path: StrPath, columns: dict[str, list[str]]) -> None:
    lines = zip(*([name, *own] for name, own in columns.items()), strict=True)
    write_text(path, "".join("\t".join(line) + "\n" for line in lines))


def _families(samples: list[str], settings: SimulationSettings, seed: int) -> list[str]:
    """The family of each individual: that of its trio, or its own."""
    names = list(samples)
    for number, trio in enumerate(structure.families(settings, seed).tolist(), 1):
        for member in trio:
            names[member] = f"F{number:05d}"
    return names
