"""From SNPs to per-gene matrices: which genes, which SNPs, and what is counted."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genodiff.formats.genotypes import iter_genes, read_samples
from genodiff.formats.people import write_split
from genodiff.genotypes.genes import Gene, genes_of
from genodiff.genotypes.matrices import (
    Quality,
    frequencies,
    gene_matrices,
    quality_reason,
    write_counts,
    write_matrices,
)
from genodiff.genotypes.vcf import Snp

ANY = Quality(min_maf=0.0, max_missing=1.0)
LUO = Quality(min_maf=0.01, max_missing=0.0)


def snp(pos, dosage=(0, 1, 2, 1)):
    return Snp("1", pos, f"rs{pos}", "A", "C", np.array(dosage, np.int8))


def collect(snps, genes, training=(True,) * 4, quality=ANY, size=(1, None)):
    """(positions by gene name, counts)."""
    counts = Counter()
    found = gene_matrices(snps, genes, np.array(training), quality, size, counts)
    return {columns["gene"][0]: columns["pos"] for columns, _ in found}, counts


def test_frequencies__count_called_training_people_only():
    dosage = np.array([0, 1, 2, -1, 2, 2], np.int8)
    # Training calls 0, 1, 2 and one missing: 3 ALT alleles of 6, and 1 of 4 missing.
    assert frequencies(dosage, np.array([1, 1, 1, 1, 0, 0], bool)) == (0.5, 0.25)
    frequency, missing = frequencies(np.array([-1, 2], np.int8), np.array([True, False]))
    assert np.isnan(frequency)
    assert missing == 1


@pytest.mark.parametrize(
    ("dosage", "quality", "reason"),
    [
        ([0, 0, 0, 0], ANY, "monomorphic_in_training"),
        ([2, 2, 2, 2], ANY, "monomorphic_in_training"),
        ([1, 1, 1, 1], ANY, None),
        ([-1, -1, -1, -1], ANY, "missing_rate"),
        ([-1, 0, 1, 2], LUO, "missing_rate"),
        ([0] * 49 + [1], LUO, None),  # 1 of 100: exactly the threshold
        ([2] * 49 + [1], LUO, None),  # the same with REF and ALT exchanged
        ([0] * 59 + [1], LUO, "minor_allele_frequency"),
        ([2] * 59 + [1], LUO, "minor_allele_frequency"),
        ([2] * 4 + [1], Quality(0.1, 0), None),  # exactly 1 of 10 again
        ([-1] + [1] * 19, Quality(0, 0.05), None),  # exactly 1 of 20 missing
        ([-1] * 2 + [1] * 18, Quality(0, 0.05), "missing_rate"),
    ],
)
def test_quality_reason__thresholds_themselves_pass(dosage, quality, reason):
    calls = np.array(dosage, np.int8)
    assert quality_reason(*frequencies(calls, np.ones(len(calls), bool)), quality) == reason


@settings(max_examples=80, deadline=None, derandomize=True)
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
    training, quality = np.array([True, True, True, False]), Quality(0.2, 0.4)
    snps = [snp(pos, rng.choice([-1, 0, 1, 2], 4)) for pos in sorted(positions)]
    expected = []
    for gene in genes:
        rows = [
            s.dosage
            for s in snps
            if gene.start + 1 <= s.pos <= gene.end
            and quality_reason(*frequencies(s.dosage, training), quality) is None
        ]
        if rows and smallest <= len(rows) <= (largest or 99):
            expected.append((gene.name, np.stack(rows).tolist()))
    counts = Counter()
    found = gene_matrices(iter(snps), genes, training, quality, (smallest, largest), counts)
    assert [(columns["gene"][0], dosage.tolist()) for columns, dosage in found] == expected
    of_genes = {name: n for name, n in counts.items() if name.startswith("genes_")}
    assert counts["genes_kept"] == len(expected)
    assert sum(of_genes.values()) == len(genes)
    assert counts.total() - sum(of_genes.values()) == len(snps)


def test_gene_matrices__nested_and_touching_genes():
    genes = [Gene("wide", "1", 0, 100), Gene("inner", "1", 10, 20), Gene("next", "1", 20, 30)]
    found, counts = collect([snp(p) for p in (10, 11, 20, 21, 30, 31, 101)], genes)
    assert found == {"wide": [10, 11, 20, 21, 30, 31], "inner": [11, 20], "next": [21, 30]}
    assert counts == {"snps_kept": 6, "not_in_a_gene": 1, "genes_kept": 3}


def test_gene_matrices__size_limits_are_inclusive_and_counted():
    genes = [Gene(f"g{n}", "1", 10 * n, 10 * n + 10) for n in range(5)]
    snps = [snp(10 * n + 1 + i) for n in range(5) for i in range(n)]
    found, counts = collect(snps, genes, size=(2, 3))
    assert list(found) == ["g2", "g3"]
    assert (counts["genes_without_snps"], counts["genes_with_too_few_snps"]) == (1, 1)
    assert (counts["genes_with_too_many_snps"], counts["genes_kept"]) == (1, 2)


def test_gene_matrices__stream():
    # A gene comes out as soon as a SNP lies beyond it, before later SNPs are read.
    def snps():
        yield snp(5)
        yield snp(50)
        raise AssertionError("read on")

    genes = [Gene("a", "1", 0, 10), Gene("b", "1", 40, 60)]
    found = gene_matrices(snps(), genes, np.ones(4, bool), ANY, (1, None), Counter())
    assert next(found)[0]["pos"] == [5]


def test_gene_matrices__quality_ignores_people_outside_training():
    training = (True, True, False, False)
    genes = [Gene("g", "1", 0, 10)]
    polymorphic_elsewhere, missing_elsewhere = snp(1, [0, 0, 2, 1]), snp(2, [0, 1, -1, -1])
    found, counts = collect([polymorphic_elsewhere, missing_elsewhere], genes, training, LUO)
    assert found == {"g": [2]}
    assert counts["monomorphic_in_training"] == 1


def test_write_counts__is_a_sorted_table(tmp_path):
    write_counts(tmp_path / "c.tsv", "7", Counter({"records": 3, "duplicate": 1}))
    text = (tmp_path / "c.tsv").read_text()
    assert text == "chromosome\twhat\tcount\n7\tduplicate\t1\n7\trecords\t3\n"


def write_small(tmp_path, make_vcf, bed):
    """write_matrices of a VCF of five people, one of them excluded; (matrices, counts) paths."""
    records = [
        ("1", 2, "rs2", "A", "C", ["0/0", "0/1", "1/1", "0/0", "./."]),
        ("1", 4, "rs4", "A", "C,G", ["0/0", "0/1", "1/1", "0/0", "0/1"]),
        ("1", 5, "rs5", "AT", "A", ["0/0", "0/1", "1/1", "0/0", "0/1"]),
        ("1", 6, "rs6", "G", "T", ["0/0", "0/0", "0/1", "1/1", "0/0"]),
        ("1", 7, "rs7", "G", "T", ["0/1", "1/1", "0/1", "1/1", "0/0"]),
        ("1", 99, "rs99", "G", "T", ["0/1", "1/1", "0/1", "1/1", "0/0"]),
    ]
    vcf = make_vcf("x.vcf.gz", records, ["a", "b", "c", "d", "e"])
    (tmp_path / "genes.bed").write_text(bed)
    split = pd.DataFrame(
        {
            "sample": ["d", "b", "a", "c", "e"],
            "label": ["case", "case", None, "control", None],
            "set": ["test", "train", "unlabelled", "validation", "excluded"],
        }
    )
    write_split(tmp_path / "split.tsv", split)
    matrices, counts = str(tmp_path / "m.parquet"), str(tmp_path / "c.tsv")
    inputs = (vcf, "1", str(tmp_path / "genes.bed"), str(tmp_path / "split.tsv"))
    write_matrices(*inputs, matrices, counts, LUO, (1, None))
    return matrices, pd.read_csv(counts, sep="\t").set_index("what")["count"]


def test_write_matrices__people_of_the_split_without_the_excluded(tmp_path, make_vcf):
    matrices, counts = write_small(tmp_path, make_vcf, "chr1\t0\t10\tG1\nchr1\t5\t7\tG2\n")
    assert read_samples(matrices) == ["d", "b", "a", "c"]
    (first, one), (second, two) = iter_genes(matrices)
    # Training is b and a: rs6 is 0 in both, so it goes although c and d carry it.
    assert first["id"].to_pylist() == ["rs2", "rs7"]
    assert one.tolist() == [[0, 1, 0, 2], [2, 2, 1, 1]]
    assert first["allele_frequency"].to_pylist() == [0.25, 0.75]
    assert first["missing_rate"].to_pylist() == [0, 0]
    assert second["id"].to_pylist() == ["rs7"]
    assert two.tolist() == [[2, 2, 1, 1]]
    genes = counts[counts.index.str.startswith("genes_")]
    assert counts["records"] == counts.drop([*genes.index, "records"]).sum() == 6


def test_write_matrices__chromosome_without_genes_is_an_empty_file(tmp_path, make_vcf):
    matrices, counts = write_small(tmp_path, make_vcf, "chr2\t0\t10\tG1\n")
    assert list(iter_genes(matrices)) == []
    assert read_samples(matrices) == ["d", "b", "a", "c"]
    assert counts["not_in_a_gene"] == 4
