"""Write the SNP matrices of a chromosome's genes and the counts of records, calls and genes."""

from genodiff.annotations.read import read_genes
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.genotypes.matrices import write_matrices
from genodiff.genotypes.quality import Quality
from genodiff.qc.counts import Tally, write_counts
from genodiff.runtime.logs import job_log

params, chromosome = snakemake.params, snakemake.wildcards.chrom
with job_log(snakemake.log[0], chromosome=True):
    tally = write_matrices(
        files=GenotypeFiles(params.source, {chromosome: snakemake.input.genotypes[0]}),
        chromosome=chromosome,
        genes=read_genes(snakemake.input.genes, Tally()),
        between=params.between,
        split_path=snakemake.input.split,
        matrices_path=snakemake.output.matrices,
        quality=Quality(**params.quality),
        size=tuple(params.size),
        control=params.control,
        memory_mb=snakemake.config["features"]["memory_mb"],
    )
    write_counts(snakemake.output.counts, {chromosome: tally})
