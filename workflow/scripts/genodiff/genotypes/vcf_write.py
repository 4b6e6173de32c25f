"""Write a chromosome's haplotypes as a bgzipped, tabix-indexed VCF."""

import os

import numpy as np
import pysam

from genodiff.formats.common import whole_file
from genodiff.genotypes.simulate import SimulatedChromosome


def write_vcf(path: str | os.PathLike, chromosome: SimulatedChromosome, samples: list[str]) -> None:
    """Write `path` (.vcf.gz) and `path`.tbi with phased genotypes of `samples`, N of them."""
    length = int(chromosome.positions[-1]) + 1
    header = (
        "##fileformat=VCFv4.2\n"
        '##FILTER=<ID=PASS,Description="All filters passed">\n'
        f"##contig=<ID={chromosome.name},length={length}>\n"
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t" + "\t".join(samples) + "\n"
    )
    # Each genotype is four bytes, "0|1\t"; a line is the template with its alleles filled in.
    line = np.tile(np.frombuffer(b"0|0\t", np.uint8), len(samples))
    line[-1] = ord("\n")
    with whole_file(path) as temporary:
        with pysam.BGZFile(temporary, "w") as out:
            out.write(header.encode())
            for position, (ref, alt), haplotypes in zip(
                chromosome.positions, chromosome.alleles, chromosome.haplotypes, strict=True
            ):
                name = f"{chromosome.name}_{position}"
                out.write(
                    f"{chromosome.name}\t{position}\t{name}\t{ref}\t{alt}\t.\tPASS\t.\tGT\t".encode()
                )
                line[0::4] = ord("0") + haplotypes[0::2]
                line[2::4] = ord("0") + haplotypes[1::2]
                out.write(line.tobytes())
        with whole_file(f"{path}.tbi") as index:
            pysam.tabix_index(temporary, preset="vcf", index=index, keep_original=True)
