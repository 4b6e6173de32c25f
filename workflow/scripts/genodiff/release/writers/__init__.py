"""Formats of released genotypes. To add one: a module here with a class (see `base.Writer`), an entry
below.

Read at parse time by the Snakefile: standard library and pydantic only.
"""

from genodiff.registry import Entry

WRITERS = {
    "plink2": Entry("genodiff.release.writers.plink2", "Plink2Writer", "PLINK 2"),
    "vcf": Entry("genodiff.release.writers.vcf", "VcfWriter", "VCF"),
    "bcf": Entry("genodiff.release.writers.bcf", "BcfWriter", "BCF"),
    "plink1": Entry("genodiff.release.writers.plink1", "Plink1Writer", "PLINK 1"),
}
