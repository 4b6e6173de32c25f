"""Write the scores of another cohort on one chromosome and the counts of the models' SNPs."""

from genodiff.features.projection import project_chromosome
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.qc.counts import write_counts
from genodiff.runtime.logs import job_log

chromosome = snakemake.wildcards.chrom
with job_log(snakemake.log[0], chromosome=True):
    tally = project_chromosome(
        files=GenotypeFiles(snakemake.params.source, {chromosome: snakemake.input.genotypes[0]}),
        chromosome=chromosome,
        models_path=snakemake.input.models,
        projected_models=snakemake.output.models,
        projected_scores=snakemake.output.scores,
    )
    write_counts(snakemake.output.counts, {chromosome: tally})
