"""GenoDiff: synthetic genotype cohorts from diffusion models on per-gene principal components.

Letters used for shapes throughout the library: N individuals, V SNPs, G genes, P padded gene
count (P >= G), K principal components kept per gene at most, C classes, B batch, T noise steps.
"""

from genodiff.runtime.signals import quiet_imports

__version__ = "0.1.0"

quiet_imports()
