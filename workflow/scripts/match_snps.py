"""Write the SNPs of a panel's genes on one chromosome as this cohort has them, and their counts."""

from genodiff.features.matching import match_chromosome
from genodiff.formats.split import read_kept
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.qc.counts import write_counts
from genodiff.runtime.logs import job_log

chromosome = snakemake.wildcards.chrom
with job_log(snakemake.log[0], chromosome=True):
    tally = match_chromosome(
        files=GenotypeFiles(snakemake.params.source, {chromosome: snakemake.input.genotypes[0]}),
        chromosome=chromosome,
        samples=read_kept(snakemake.input.split)["sample"].tolist(),
        matrices_path=snakemake.input.matrices,
        passed_only=snakemake.params.passed_only,
        output=snakemake.output.matrices,
        by_call=True,
    )
    write_counts(snakemake.output.counts, {chromosome: tally})
