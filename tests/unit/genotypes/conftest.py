"""Small VCFs from text, and a small simulated cohort's settings."""

import pysam
import pytest

from genodiff.genotypes.simulate import SimulationSettings


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


@pytest.fixture(scope="session")
def simulation():
    """Function that gives the settings of a small cohort, with changes."""

    def settings(**changes):
        small = {
            "people": 120, "chromosomes": 2, "genes": 7, "snps_per_gene": [3, 12], "min_maf": 0.05,
            "mutation_rate": 1.29e-8, "recombination_rate": 1e-8, "causal_genes": 4,
            "heritability": 0.8, "dominance_share": 0.2, "interaction_share": 0.1,
            "case_fraction": 0.3, "unlabelled_fraction": 0.1,
        }  # fmt: skip
        return SimulationSettings(**(small | changes))

    return settings
