"""Writers of the same individuals and variants as a VCF, a BCF, and in PLINK's two binary formats."""

from typing import NamedTuple

import numpy as np
import pysam
from bed_reader import to_bed
from pgenlib import PgenWriter


class Variant(NamedTuple):
    """A variant of the cohort below; `calls` are dosages of the first ALT, -1 missing."""

    chrom: str
    pos: int
    id: str
    ref: str
    alts: tuple
    calls: list


_TEXT = {-1: "./.", 0: "0/0", 1: "0/1", 2: "1/1"}


def _vcf_text(variants, samples, contigs):
    head = ["##fileformat=VCFv4.2", *(f"##contig=<ID={c},length={n}>" for c, n in contigs.items())]
    head.append('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">')
    fixed = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"]
    rows = [[*fixed, *samples]]
    for v in variants:
        calls = [_TEXT[dosage] for dosage in v.calls]
        rows.append(
            [v.chrom, str(v.pos), v.id, v.ref, ",".join(v.alts) or ".", ".", "PASS", ".", "GT", *calls]
        )
    return "\n".join(head + ["\t".join(row) for row in rows]) + "\n"


def write_vcf(folder, variants, samples, contigs):
    path = folder / "x.vcf.gz"
    with pysam.BGZFile(str(path), "w") as out:
        out.write(_vcf_text(variants, samples, contigs).encode())
    pysam.tabix_index(str(path), preset="vcf", keep_original=True)
    return str(path)


def write_bcf(folder, variants, samples, contigs):
    path = folder / "x.bcf"
    source = folder / "source.vcf"
    source.write_text(_vcf_text(variants, samples, contigs))
    with pysam.VariantFile(str(source)) as text, pysam.VariantFile(
        str(path), "wb", header=text.header
    ) as out:  # fmt: skip
        for record in text:
            out.write(record)
    pysam.tabix_index(str(path), preset="bcf", keep_original=True, csi=True)
    return str(path)


def _dosages(variants):
    return np.array([v.calls for v in variants], np.int8).reshape(len(variants), -1)


def write_plink1(folder, variants, samples, contigs):
    path = folder / "x.bed"
    properties = {
        "fid": ["0"] * len(samples), "iid": samples,
        "chromosome": [v.chrom for v in variants], "sid": [v.id for v in variants],
        "bp_position": [v.pos for v in variants],
        "allele_1": [v.alts[0] if v.alts else "0" for v in variants],
        "allele_2": [v.ref for v in variants],
    }  # fmt: skip
    values = _dosages(variants).T.astype(np.float32)
    values[values < 0] = np.nan
    to_bed(path, values, properties=properties)
    return str(path)


def write_plink2(folder, variants, samples, contigs):
    path = folder / "x.pgen"
    with PgenWriter(str(path).encode(), len(samples), len(variants), False) as out:
        for row in _dosages(variants):
            out.append_biallelic(np.where(row < 0, np.int8(-9), row))
    head = [f"##contig=<ID={name},length={length}>" for name, length in contigs.items()]
    rows = ["#CHROM\tPOS\tID\tREF\tALT\tFILTER"]
    rows += [f"{v.chrom}\t{v.pos}\t{v.id}\t{v.ref}\t{','.join(v.alts) or '.'}\tPASS" for v in variants]
    (folder / "x.pvar").write_text("\n".join(head + rows) + "\n")
    (folder / "x.psam").write_text("#IID\tSEX\n" + "".join(f"{name}\t1\n" for name in samples))
    return str(path)


# Name of the case: format as `cohort.source` has it, and its writer.
WRITERS = {
    "vcf": ("vcf", write_vcf), "bcf": ("vcf", write_bcf),
    "plink1": ("plink1", write_plink1), "plink2": ("plink2", write_plink2),
}  # fmt: skip
CONTIGS = {"1": 249250621, "2": 243199373, "X": 155270560}
