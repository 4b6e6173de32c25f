"""The BCF writer against readers of its own format: htslib's by pysam, and bcftools."""

import shutil
import subprocess

import numpy as np
import pytest
from pysam import VariantFile

from genodiff.annotations.gene import Gene
from genodiff.simulation.bcf import write_bcf
from genodiff.simulation.simulate import SimulatedChromosome

BASES = "ACGT"


def random_chromosome(individuals, snps, seed=0, name="7"):
    """Random haplotypes at random positions: the writer knows nothing of where they come from."""
    rng = np.random.default_rng(seed)
    haplotypes = rng.integers(0, 2, (snps, 2 * individuals), np.int8)
    positions = np.sort(rng.choice(240_000_000, snps, replace=False)) + 1
    alleles = [tuple(rng.choice(list(BASES), 2, replace=False).tolist()) for _ in range(snps)]
    gene = Gene("G", name, 0, int(positions[-1]))
    bits = np.packbits(haplotypes, axis=1)
    return SimulatedChromosome(name, individuals, positions, alleles, bits, [gene]), haplotypes


def ids(individuals):
    return [f"p{i}" for i in range(individuals)]


@pytest.mark.parametrize(("individuals", "snps"), [(1, 1), (3, 64), (41, 65), (130, 200)])
def test_write_bcf__pysam_reads_what_was_simulated(tmp_path, individuals, snps):
    chromosome, haplotypes = random_chromosome(individuals, snps)
    path = str(tmp_path / "x.bcf")
    write_bcf(path, chromosome, ids(individuals))
    with VariantFile(path) as file:
        assert file.format == "BCF"
        assert list(file.header.samples) == ids(individuals)
        contigs = {name: contig.length for name, contig in file.header.contigs.items()}
        assert contigs == {"7": chromosome.positions[-1] + 1}
        records = list(file)
    assert [record.pos for record in records] == chromosome.positions.tolist()
    assert [record.alleles for record in records] == chromosome.alleles
    for record, row in zip(records, haplotypes, strict=True):
        assert (record.chrom, record.id, record.qual) == ("7", f"7_{record.pos}", None)
        assert list(record.filter) == ["PASS"]
        assert list(record.info) == []
        calls = [allele for sample in record.samples.values() for allele in sample["GT"]]
        assert calls == row.tolist()
        assert all(sample.phased for sample in record.samples.values())


def test_write_bcf__the_index_finds_regions(tmp_path):
    chromosome, _ = random_chromosome(5, 500, seed=1)
    path = str(tmp_path / "x.bcf")
    write_bcf(path, chromosome, ids(5))
    positions = chromosome.positions
    with VariantFile(path) as file:
        for first, last in [(0, 0), (17, 40), (499, 499), (0, 499)]:
            start, stop = int(positions[first]) - 1, int(positions[last])
            found = [record.pos for record in file.fetch("7", start, stop)]
            assert found == positions[first : last + 1].tolist()


@pytest.mark.skipif(not shutil.which("bcftools"), reason="needs bcftools")
def test_write_bcf__bcftools_reads_it_without_a_word(tmp_path):
    chromosome, haplotypes = random_chromosome(9, 70, seed=2)
    path = str(tmp_path / "x.bcf")
    write_bcf(path, chromosome, ids(9))

    def bcftools(*arguments):
        done = subprocess.run(["bcftools", *arguments, path], capture_output=True, text=True, check=True)
        assert done.stderr == ""
        return done.stdout

    expected = [
        f"7\t{position}\t7_{position}\t{ref}\t{alt}\t.\tPASS\t.\tGT\t"
        + "\t".join(f"{a}|{b}" for a, b in row.reshape(-1, 2))
        for position, (ref, alt), row in zip(
            chromosome.positions, chromosome.alleles, haplotypes, strict=True
        )
    ]
    assert bcftools("view", "-H").splitlines() == expected
    # Through the index, from the third SNP on.
    region = f"7:{chromosome.positions[2]}-"
    assert bcftools("view", "-H", "--regions", region).splitlines() == expected[2:]
    length = chromosome.positions[-1] + 1
    assert bcftools("index", "--stats") == f"7\t{length}\t70\n"


def test_write_bcf__refuses_other_individuals_and_writes_nothing(tmp_path):
    chromosome, _ = random_chromosome(4, 3)
    with pytest.raises(ValueError, match="5 samples for 4 individuals"):
        write_bcf(tmp_path / "x.bcf", chromosome, ids(5))
    assert list(tmp_path.iterdir()) == []
