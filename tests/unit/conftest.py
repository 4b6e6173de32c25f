"""Shared by all unit tests: small VCFs from text, a mask, settings of torch."""

import pysam
import pytest
import torch

from genodiff.genotypes.readers import READERS

# Readers are imported on first use, which in a long run of tests may be after somebody has changed their
# files: then they would not fit the modules that were imported before.
for entry in READERS.values():
    entry.load()


@pytest.fixture
def torch_settings():
    """Undo what jobs set for their process: threads and deterministic algorithms."""
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(strict)


@pytest.fixture
def mask():
    """Unmasked features of four genes by three components; the last gene is padding."""
    return torch.tensor([[1, 1, 1], [1, 0, 0], [1, 1, 0], [0, 0, 0]], dtype=torch.bool)


def vcf_text(records, samples, contigs=("1",)):
    """A VCF as text; `records` are (chrom, pos, id, ref, alt, genotypes)."""
    head = ["##fileformat=VCFv4.2", *(f"##contig=<ID={name}>" for name in contigs)]
    head.append('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">')
    head.append('##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">')
    fixed = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"]
    lines = [
        [chrom, str(pos), name, ref, alt, ".", ".", ".", "GT", *calls]
        for chrom, pos, name, ref, alt, calls in records
    ]
    return "\n".join([*head, *("\t".join(line) for line in [[*fixed, *samples], *lines])]) + "\n"


@pytest.fixture(scope="session")
def make_text():
    return vcf_text


@pytest.fixture(scope="session")
def index_text():
    """Function that bgzips a VCF text at a path and indexes it ('tbi', 'csi' or None)."""

    def write(path, text, index="tbi"):
        with pysam.BGZFile(str(path), "w") as out:
            out.write(text.encode())
        if index:
            pysam.tabix_index(
                str(path), preset="vcf", keep_original=True, force=True, csi=index == "csi"
            )
        return str(path)

    return write


@pytest.fixture
def make_vcf(tmp_path, index_text):
    """Function (name, records, samples, ...) that writes an indexed VCF in tmp_path."""

    def write(name, records, samples, contigs=("1",), index="tbi"):
        return index_text(tmp_path / name, vcf_text(records, samples, contigs), index)

    return write
