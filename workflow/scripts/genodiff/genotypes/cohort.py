"""Write the simulated cohort as a user's cohort would look: VCFs, genes, phenotypes."""

import os
from pathlib import Path

import numpy as np

from genodiff.formats.common import whole_file
from genodiff.genotypes.simulate import (
    SimulationSettings,
    causal_genes,
    choose_causal,
    phenotypes,
    simulate_chromosomes,
)
from genodiff.genotypes.vcf_write import write_vcf
from genodiff.logs import logger, progress


def write_cohort(
    vcfs: list[str],
    genes_path: str | os.PathLike,
    phenotypes_path: str | os.PathLike,
    settings: SimulationSettings,
    seed: int,
) -> None:
    """Simulate, and write one VCF a chromosome (`vcfs`, in order), a BED of genes and a table
    `sample phenotype` in which the phenotype of unlabelled people is NA."""
    samples = [f"P{i + 1:06d}" for i in range(settings.people)]
    causal, causal_dosages, bed = causal_genes(settings, seed), [], []
    chromosomes = progress(simulate_chromosomes(settings, seed), len(vcfs), "simulated chromosomes")
    for path, chromosome in zip(vcfs, chromosomes, strict=True):
        write_vcf(path, chromosome, samples)
        causal_dosages += choose_causal(chromosome, causal, seed)
        bed += [f"{g.chrom}\t{g.start}\t{g.end}\t{g.name}\n" for g in chromosome.genes]
        logger.info(
            "%s: %d genes, %d SNPs", Path(path).name, len(chromosome.genes), len(chromosome.positions)
        )
    labels = phenotypes(np.stack(causal_dosages), settings, seed)
    with whole_file(genes_path) as temporary:
        Path(temporary).write_text("".join(bed), encoding="utf-8")
    with whole_file(phenotypes_path) as temporary:
        lines = [f"{s}\t{label or 'NA'}\n" for s, label in zip(samples, labels, strict=True)]
        Path(temporary).write_text("sample\tphenotype\n" + "".join(lines), encoding="utf-8")
    logger.info("%d people, %d without a phenotype", len(samples), labels.count(None))
