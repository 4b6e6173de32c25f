"""Write a simulated chromosome's haplotypes as an indexed BCF.

Records are assembled as bytes from the arrays (section BCF2 of the VCF 4.3 specification). A text VCF
takes longer to write and three times as long to read: tests/benchmarks/genotype_files.py.
"""

import os
import struct

import numpy as np
import pysam

from genodiff.formats.common import whole_file
from genodiff.simulation.simulate import SimulatedChromosome

# BGZF level 1: a fifth of the writing time of the default level, and 1.4 times its size.
_MODE = "w1"
# SNPs whose haplotypes are unpacked at once.
_BLOCK = 64
# Descriptor bytes of typed values: their number in the upper four bits, their type in the lower four.
_ONE_INT8, _TWO_INT8, _TEXT = 0x11, 0x21, 0x07
_NO_QUALITY = 0x7F800001
# Indices in the header's dictionary of strings; that of PASS is always 0.
_PASS, _GT = 0, 1


def _header(chromosome: SimulatedChromosome, samples: list[str]) -> bytes:
    text = (
        "##fileformat=VCFv4.2\n"
        '##FILTER=<ID=PASS,Description="All filters passed">\n'
        f"##contig=<ID={chromosome.name},length={int(chromosome.positions[-1]) + 1}>\n"
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t" + "\t".join(samples) + "\n\0"
    ).encode()
    return b"BCF\2\2" + struct.pack("<I", len(text)) + text


def _text(value: str) -> bytes:
    """A typed string of at most 14 characters; a longer one would need a separate length value."""
    if len(value) > 14:
        raise ValueError(f"{value!r} has more than 14 characters")
    return bytes([len(value) << 4 | _TEXT]) + value.encode()


def _record(chromosome: SimulatedChromosome, i: int, haplotypes: np.ndarray) -> bytes:
    """The record of SNP `i` with the genotypes of its `haplotypes`, int8 (2 N,)."""
    # Contig, 0-based position, length of REF, QUAL; numbers of INFO fields, alleles, FORMAT fields and
    # individuals.
    position, counts = chromosome.positions[i] - 1, 1 << 24 | chromosome.individuals
    site = struct.pack("<iiiIHHI", 0, position, 1, _NO_QUALITY, 0, 2, counts)
    site += b"".join(map(_text, (chromosome.snp_id(i), *chromosome.alleles[i])))
    site += bytes([_ONE_INT8, _PASS])
    # An allele is its number plus one, shifted left by the bit for phasing.
    calls = bytes([_ONE_INT8, _GT, _TWO_INT8]) + ((haplotypes + 1) << 1 | 1).tobytes()
    return struct.pack("<II", len(site), len(calls)) + site + calls


def write_bcf(path: str | os.PathLike, chromosome: SimulatedChromosome, samples: list[str]) -> None:
    """Write `path` (.bcf) and its index `path`.csi with the phased genotypes of N `samples`.

    Raises ValueError if their number is not that of the individuals.
    """
    if len(samples) != chromosome.individuals:
        raise ValueError(f"{len(samples)} samples for {chromosome.individuals} individuals")
    with whole_file(path) as temporary:
        with pysam.BGZFile(temporary, _MODE) as out:
            out.write(_header(chromosome, samples))
            snps = len(chromosome.positions)
            for start in range(0, snps, _BLOCK):
                block = range(start, min(start + _BLOCK, snps))
                for i, row in zip(block, chromosome.haplotypes(slice(start, block.stop)), strict=True):
                    out.write(_record(chromosome, i, row))
        with whole_file(f"{path}.csi") as index:
            pysam.tabix_index(temporary, preset="bcf", csi=True, index=index, keep_original=True)
