"""Write a simulated chromosome's haplotypes as an indexed BCF.

Records are assembled as bytes from the arrays. A text VCF takes longer to write and three times as long
to read: tests/benchmarks/genotype_files.py.
"""

import os

import pysam

from genodiff.formats.common import whole_file
from genodiff.formats.vcf import bcf_header, bcf_record, header_text
from genodiff.simulation.simulate import SimulatedChromosome

# BGZF level 1: a fifth of the writing time of the default level, and 1.4 times its size.
_MODE = "w1"
# SNPs whose haplotypes are unpacked at once.
_BLOCK = 64


def write_bcf(
    path: str | os.PathLike, chromosome: SimulatedChromosome, samples: list[str], first: int = 0
) -> None:
    """Write `path` (.bcf) and its index `path`.csi with the phased genotypes of the individuals from
    number `first` on, whose ids are `samples`.

    Raises ValueError if there are fewer individuals.
    """
    if first + len(samples) > chromosome.individuals:
        raise ValueError(f"{first + len(samples)} samples for {chromosome.individuals} individuals")
    own = slice(2 * first, 2 * (first + len(samples)))
    length = int(chromosome.positions[-1]) + 1
    with whole_file(path) as temporary:
        with pysam.BGZFile(temporary, _MODE) as out:
            out.write(bcf_header(header_text({chromosome.name: length}, samples)))
            snps = len(chromosome.positions)
            for start in range(0, snps, _BLOCK):
                block = range(start, min(start + _BLOCK, snps))
                for i, row in zip(block, chromosome.haplotypes(slice(start, block.stop)), strict=True):
                    # An allele is its number plus one, shifted left by the bit for phasing.
                    out.write(
                        bcf_record(
                            0, int(chromosome.positions[i]), chromosome.snp_id(i),
                            chromosome.alleles[i], (row[own] + 1) << 1 | 1,
                        )
                    )  # fmt: skip
        with whole_file(f"{path}.csi") as index:
            pysam.tabix_index(temporary, preset="bcf", csi=True, index=index, keep_original=True)
