"""From SNPs to per-gene matrices: which genes, which SNPs, and what is counted."""

import logging

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genodiff.annotations.assignment import Assignment
from genodiff.annotations.gene import Gene, genes_of
from genodiff.formats.genotypes import iter_genes, read_samples
from genodiff.formats.split import write_split
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.genotypes.matrices import gene_matrices, write_matrices
from genodiff.genotypes.quality import Quality, SnpFilter
from genodiff.genotypes.snps import Snp
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError

ANY = Quality(min_maf=0.0, max_missing=1.0)
LUO = Quality(min_maf=0.01, max_missing=0.0)


def covers(gene, pos):
    return gene.start < pos <= gene.end


def snp(pos, dosage=(0, 1, 2, 1)):
    return Snp("1", pos, f"rs{pos}", "A", "C", np.array(dosage, np.int8))


def individuals(training):
    return pd.DataFrame({"label": None, "set": np.where(training, "unlabelled", "test")})


def counts_of(tally, unit):
    return {outcome: count.count for outcome, count in tally.of(unit).items()}


def collect(snps, genes, training=(True,) * 4, quality=ANY, size=(1, None)):
    """(positions by gene name, tally)."""
    tally, passes = Tally(), SnpFilter(quality, individuals(training), None)
    assignment = Assignment(genes)
    inside = (s for s in snps if assignment.genes_at(s.pos))
    found = gene_matrices(inside, assignment, passes, size, tally)
    return {columns["gene"][0]: columns["pos"] for columns, _ in found}, tally


@settings(max_examples=80)
@given(
    intervals=st.lists(st.tuples(st.integers(0, 30), st.integers(1, 15)), min_size=1, max_size=8),
    positions=st.lists(st.integers(1, 50), max_size=25),
    smallest=st.integers(1, 3),
    largest=st.one_of(st.none(), st.integers(3, 6)),
    seed=st.integers(0, 1000),
)
def test_gene_matrices__agree_with_brute_force(intervals, positions, smallest, largest, seed):
    # Genes that overlap, nest, touch and share borders; several SNPs at a position.
    rng = np.random.default_rng(seed)
    genes = genes_of([Gene(f"g{i}", "1", s, s + n) for i, (s, n) in enumerate(intervals)], "1")
    training, quality = (True, True, True, False), Quality(0.2, 0.4)
    snps = [snp(pos, rng.choice([-1, 0, 1, 2], 4)) for pos in sorted(positions)]
    inside = [s for s in snps if any(covers(gene, s.pos) for gene in genes)]
    passes = SnpFilter(quality, individuals(training), None)
    expected = []
    for gene in genes:
        rows = [s.dosage for s in inside if covers(gene, s.pos) and passes(s)[0] is None]
        if rows and smallest <= len(rows) <= (largest or 99):
            expected.append((gene.name, np.stack(rows).tolist()))
    tally = Tally()
    found = gene_matrices(iter(inside), Assignment(genes), passes, (smallest, largest), tally)
    assert [(columns["gene"][0], dosage.tolist()) for columns, dosage in found] == expected
    # A SNP is kept when a gene that is kept holds it; SNPs of one position pass or not on their own.
    names = {name for name, _ in expected}
    passed = [s for s in inside if passes(s)[0] is None]
    holders = [{gene.name for gene in genes if covers(gene, s.pos)} & names for s in passed]
    assert tally["record", "kept"] == sum(map(bool, holders))
    assert tally["record", "gene_size"] == len(holders) - sum(map(bool, holders))
    assert tally.total("record") == len(inside)
    assert tally["gene", "kept"] == len(expected)
    assert tally.total("gene") == len(genes)
    assert tally.total("record") == len(inside)


def test_gene_matrices__nested_and_touching_genes():
    genes = [Gene("wide", "1", 0, 100), Gene("inner", "1", 10, 20), Gene("next", "1", 20, 30)]
    found, tally = collect([snp(p) for p in (10, 11, 20, 21, 30, 31, 101)], genes)
    assert found == {"wide": [10, 11, 20, 21, 30, 31], "inner": [11, 20], "next": [21, 30]}
    assert counts_of(tally, "record") == {"kept": 6}
    assert counts_of(tally, "gene") == {"kept": 3}


def test_gene_matrices__size_limits_are_inclusive_and_counted():
    genes = [Gene(f"g{n}", "1", 10 * n, 10 * n + 10) for n in range(5)]
    snps = [snp(10 * n + 1 + i) for n in range(5) for i in range(n)]
    found, tally = collect(snps, genes, size=(2, 3))
    assert list(found) == ["g2", "g3"]
    fates = {"without_snps": "1 (g0)", "too_few_snps": "1 (g1)", "kept": "2", "too_many_snps": "1 (g4)"}
    assert {outcome: str(count) for outcome, count in tally.of("gene").items()} == fates


def test_gene_matrices__stream():
    # A gene comes out as soon as a SNP lies beyond it, before later SNPs are read.
    def snps():
        yield snp(5)
        yield snp(50)
        raise AssertionError("read on")

    genes = [Gene("a", "1", 0, 10), Gene("b", "1", 40, 60)]
    passes = SnpFilter(ANY, individuals([True] * 4), None)
    found = gene_matrices(snps(), Assignment(genes), passes, (1, None), Tally())
    assert next(found)[0]["pos"] == [5]


def test_gene_matrices__rows_of_a_gene_that_is_too_large_are_not_kept():
    genes = [Gene("wide", "1", 0, 100), Gene("small", "1", 40, 45)]
    snps = [snp(pos) for pos in range(1, 100)]
    passes, tally = SnpFilter(ANY, individuals([True] * 4), None), Tally()
    # At most five SNPs a gene, of four individuals: twice five rows, and a copy of one of the genes.
    found = list(gene_matrices(iter(snps), Assignment(genes), passes, (1, 5), tally, 4 * 15))
    assert [columns["pos"] for columns, _ in found] == [[41, 42, 43, 44, 45]]
    assert str(tally.of("gene")["too_many_snps"]) == "1 (wide)"


def test_gene_matrices__a_gene_that_does_not_fit_stops():
    passes = SnpFilter(ANY, individuals([True] * 4), None)
    snps = (snp(pos) for pos in range(1, 100))
    found = gene_matrices(snps, Assignment([Gene("wide", "1", 0, 100)]), passes, (1, None), Tally(), 60)
    with pytest.raises(
        InputError, match=r"gene wide \(1:1-100\): its first 8 SNPs of 4 individuals.*max_snps"
    ):
        list(found)


RECORDS = [
    ("1", 2, "rs2", "A", "C", ["0/0", "0/1", "1/1", "0/0", "./."]),
    ("1", 4, "rs4", "A", "C,G", ["0/0", "0/1", "1/1", "0/0", "0/1"]),
    ("1", 5, "rs5", "AT", "A", ["0/0", "0/1", "1/1", "0/0", "0/1"]),
    ("1", 6, "rs6", "G", "T", ["0/0", "0/0", "0/1", "1/1", "0/0"]),
    ("1", 7, "rs7", "G", "T", ["0/1", "1/1", "0/1", "1/1", "0/0"]),
    ("1", 99, "rs99", "G", "T", ["0/1", "1/1", "0/1", "1/1", "0/0"]),
]
GENES = [Gene("G1", "1", 0, 10), Gene("G2", "1", 5, 7)]


@pytest.fixture
def write_small(tmp_path, make_vcf):
    """Function: write_matrices of a VCF of five individuals, one of them excluded; (matrices, tally)."""

    def write(genes=GENES, records=RECORDS, between="drop", quality=LUO):
        vcf = make_vcf("x.vcf.gz", records, ["a", "b", "c", "d", "e"])
        split = pd.DataFrame(
            {
                "sample": ["d", "b", "a", "c", "e"],
                "label": ["case", "case", None, "control", None],
                "set": ["test", "train", "unlabelled", "validation", "excluded"],
            }
        )
        write_split(tmp_path / "split.tsv", split)
        matrices = tmp_path / "m.parquet"
        tally = write_matrices(
            files=GenotypeFiles("vcf", {"1": vcf}), chromosome="1", genes=genes, between=between,
            split_path=tmp_path / "split.tsv", matrices_path=matrices,
            quality=quality, size=(1, None), control=None, memory_mb=2048
        )  # fmt: skip
        return matrices, tally

    return write


def test_write_matrices__individuals_of_the_split_without_the_excluded(write_small):
    matrices, tally = write_small()
    assert read_samples(matrices) == ["d", "b", "a", "c"]
    (first, one), (second, two) = iter_genes(matrices)
    # Training is b and a: rs6 is 0 in both, so it goes although c and d carry it.
    assert first["id"].to_pylist() == ["rs2", "rs7"]
    assert one.tolist() == [[0, 1, 0, 2], [2, 2, 1, 1]]
    assert first["allele_frequency"].to_pylist() == [0.25, 0.75]
    assert first["missing_rate"].to_pylist() == [0, 0]
    assert second["id"].to_pylist() == ["rs7"]
    assert two.tolist() == [[2, 2, 1, 1]]
    assert {outcome: str(count) for outcome, count in tally.of("record").items()} == {
        "kept": "2", "multiallelic": "1 (1:4)", "not_a_snp": "1 (1:5)", "monomorphic": "1 (1:6)",
        "not_in_a_gene": "1 (1:99)",
    }  # fmt: skip


def test_write_matrices__snps_between_genes_go_to_the_nearest(write_small):
    matrices, tally = write_small(between="nearest")
    assert [s["id"].to_pylist() for s, _ in iter_genes(matrices)] == [["rs2", "rs7", "rs99"], ["rs7"]]
    assert tally["record", "kept"] == 3


def test_write_matrices__chromosome_without_genes_is_an_empty_file(write_small):
    matrices, tally = write_small([Gene("G1", "2", 0, 10)])
    assert list(iter_genes(matrices)) == []
    assert read_samples(matrices) == ["d", "b", "a", "c"]
    assert tally["record", "not_in_a_gene"] == 4


def test_write_matrices__counts_calls_that_are_imputed_and_names_who_misses_many(write_small, caplog):
    records = [("1", p, ".", "A", "C", ["0/0", "0/1", "./.", "1/1", "0/0"]) for p in (2, 3, 4)]
    records[0][5][2] = "0/1"
    with caplog.at_level(logging.WARNING, logger="genodiff"):
        _, tally = write_small(records=records)
    # c (third of the file) is a validation individual; no training individual lacks a call.
    assert (tally["record", "kept"], tally["call", "imputed"]) == (3, 2)
    assert "1 individuals lack more than 10% of the calls, 'c' (67%) most" in caplog.text
    assert "quality.max_individual_missing" in caplog.text
