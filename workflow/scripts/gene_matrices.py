"""Per-gene SNP matrices of one chromosome (none for a check), and what became of its records."""

from genodiff.annotations.read import read_genes
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.genotypes.matrices import write_matrices
from genodiff.genotypes.quality import Quality
from genodiff.qc.counts import Tally, write_counts
from genodiff.runtime.logs import job_log

params, chromosome = snakemake.params, snakemake.wildcards.chrom
with job_log(snakemake.log[0]):
    tally = write_matrices(
        GenotypeFiles(params.source, {chromosome: snakemake.input.genotypes[0]}),
        chromosome,
        read_genes(snakemake.input.genes, Tally()),
        params.between,
        snakemake.input.split,
        snakemake.output.get("matrices"),
        Quality(**params.quality),
        tuple(params.size),
        params.control,
        params.memory_mb,
    )
    write_counts(snakemake.output.counts, {chromosome: tally})
