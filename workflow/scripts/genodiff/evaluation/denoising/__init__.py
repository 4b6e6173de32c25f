"""Denoisers that need no training, with which networks are compared. To add one: a module here with a
class derived from `base.Analytic`, and an entry below.

Read at parse time by the Snakefile: standard library and pydantic only.
"""

from genodiff.registry import Entry

_HERE = "genodiff.evaluation.denoising"

ANALYTIC = {
    "independent": Entry(f"{_HERE}.gaussian", "Independent", "Independent features"),
    "gaussian": Entry(f"{_HERE}.gaussian", "Whole", "Gaussian"),
    "gaussian_chromosome": Entry(f"{_HERE}.gaussian", "ByChromosome", "Gaussian by chromosome"),
    "kernel_gene": Entry(f"{_HERE}.kernel", "ByGene", "Kernel by gene"),
    "kernel_chromosome": Entry(f"{_HERE}.kernel", "ByChromosome", "Kernel by chromosome"),
}
