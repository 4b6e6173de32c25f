"""Relatives among the synthetic individuals, by their genotypes.

KING-robust kinship (Manichaikul et al. 2010) is 0.5 for a copy, 0.25 for parents, children and siblings
and about 0 for individuals without common ancestors.
"""

import numpy as np

from genodiff.evaluation.attacks.base import Attack
from genodiff.evaluation.neighbours.rows import Rows
from genodiff.qc.relatives import kinship

# Of a pair without heterozygous calls, whose kinship has no limit.
_LEAST = -1e9
# Bytes for each SNP of an individual: dosages, calls and heterozygous calls as floats, and squares.
_CALL_BYTES = 20
_MOST = 2048


class Kinship(Attack):
    """Largest kinship of the individual with a synthetic one."""

    uses_references = False
    uses_dosages = True

    def scores(self, individuals: Rows) -> np.ndarray:
        synthetic, out = self.known.synthetic.distinct()[0], np.full(len(individuals), _LEAST)
        memory = self.budget.memory_mb * 2**20
        size = int(memory / (2 * _CALL_BYTES * synthetic.calls.shape[1] + 16 * _MOST))
        size = max(1, min(_MOST, size))
        for start in range(0, len(individuals), size):
            part = slice(start, start + size)
            own = individuals.dosages(part)
            for first in range(0, len(synthetic), size):
                found = kinship(own, synthetic.dosages(slice(first, first + size)))
                out[part] = np.maximum(out[part], found.max(1))
        return out
