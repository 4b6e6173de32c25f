"""Count the missing calls of each individual on one chromosome."""

from genodiff.annotations.read import read_genes
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.genotypes.missing_calls import write_missing_calls
from genodiff.qc.counts import Tally
from genodiff.runtime.logs import job_log

params, chromosome = snakemake.params, snakemake.wildcards.chrom
with job_log(snakemake.log[0], chromosome=True):
    write_missing_calls(
        files=GenotypeFiles(params.reading["source"], {chromosome: snakemake.input.genotypes[0]}),
        chromosome=chromosome,
        genes=read_genes(snakemake.input.genes, Tally(), **params.reading["annotation"]),
        between=params.reading["between"],
        passed_only=params.passed_only,
        output=snakemake.output[0],
    )
