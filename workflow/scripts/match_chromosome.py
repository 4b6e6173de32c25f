"""Write this cohort's SNPs on one chromosome as another cohort has them, and their counts."""

from genodiff.features.matching import match_chromosome
from genodiff.features.projection_check import read_projection
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.qc.counts import write_counts
from genodiff.runtime.logs import job_log

chromosome = snakemake.wildcards.chrom
with job_log(snakemake.log[0], chromosome=True):
    samples, _ = read_projection(snakemake.input.inputs)
    tally = match_chromosome(
        files=GenotypeFiles(snakemake.params.source, {chromosome: snakemake.input.genotypes[0]}),
        chromosome=chromosome,
        samples=samples,
        matrices_path=snakemake.input.matrices,
        passed_only=snakemake.params.passed_only,
        output=snakemake.output.matrices,
    )
    write_counts(snakemake.output.counts, {chromosome: tally})
