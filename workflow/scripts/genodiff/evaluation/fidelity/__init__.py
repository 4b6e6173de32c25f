"""Genetic fidelity: how genotypes of synthetic individuals differ from those of real ones. To add a
number: a module here with a class derived from `base.FidelityMetric`, and an entry below. Each number is
computed for the null and for every dataset and seed; docs/fidelity.md defines it.

Read at parse time by the Snakefile: standard library and pydantic only.
"""

from genodiff.registry import Entry

_HERE = "genodiff.evaluation.fidelity"
FIDELITY = {
    "frequency": Entry(f"{_HERE}.frequency", "Frequency", "Allele frequency"),
    "heterozygosity": Entry(f"{_HERE}.heterozygosity", "Heterozygosity", "Heterozygosity"),
    "ld": Entry(f"{_HERE}.ld", "Linkage", "Linkage disequilibrium"),
    "structure": Entry(f"{_HERE}.structure", "Structure", "Population structure"),
    "relatedness": Entry(f"{_HERE}.relatedness", "Relatedness", "Relatedness"),
    "association": Entry(f"{_HERE}.association", "Association", "Association"),
    "score": Entry(f"{_HERE}.score", "PolygenicScore", "Polygenic score"),
}
