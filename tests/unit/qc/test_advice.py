"""The reason for which no gene is left, from counts."""

import pytest

from genodiff.qc.advice import why_no_genes
from genodiff.qc.counts import Tally

THRESHOLDS = {
    "min_maf": 0.01, "max_missing": 0.0, "max_individual_missing": None, "min_hwe_p": 1e-5,
    "max_association_p": 0.05, "max_ld_r2": 0.5, "min_snps": 5, "max_snps": None,
}  # fmt: skip


def why(genes=2, calls=(), **records):
    """The message for counts of records, and of calls with the id that they name."""
    tally = Tally()
    for outcome, count in records.items():
        tally.add("record", outcome, "1:5", count)
    for outcome, count, example in calls:
        tally.add("call", outcome, example, count)
    tally.add("gene", "without_snps", "A", genes)
    return why_no_genes(tally, THRESHOLDS)


@pytest.mark.parametrize(
    ("records", "says"),
    [
        ({"minor_allele_frequency": 9, "monomorphic": 3}, "lower quality.min_maf (0.01)"),
        ({"hardy_weinberg": 9, "monomorphic": 3}, "lower quality.min_hwe_p (1e-05)"),
        ({"gene_size": 9}, "features.min_snps (5) or features.max_snps (None)"),
        ({"association": 9, "gene_size": 1}, "raise quality.max_association_p (0.05)"),
        ({"missing_rate": 9}, "raise quality.max_missing (0.0), or impute missing calls"),
        ({"duplicate": 9}, "9 of 9 records: repeats an earlier record"),
        # Of a whole genome most records are in no gene, and some are no SNPs.
        (
            {"not_in_a_gene": 900, "not_a_snp": 90, "missing_rate": 9},
            "9 of 999 records: too many missing",
        ),
        ({"not_in_a_gene": 900, "gvcf": 990, "missing_rate": 9}, "990 of 1899 records: of a gVCF"),
    ],
)
def test_the_outcome_of_most_records_that_count(records, says):
    message = why(**records)
    assert says in message
    assert "genome build" not in message
    assert message.count(" records: ") == 1


def test_records_outside_of_genes_point_to_the_build():
    assert "compare genome build" in why(not_in_a_gene=50)
    both = why(genes=9, not_in_a_gene=50, monomorphic=3)
    assert both.index("compare genome build") < both.index("3 of 53 records: monomorphic")
    assert "genome build" not in why()


def test_an_individual_is_named_only_if_calls_have_no_other_fault():
    incomplete = ("of_incomplete_individuals", 80, "S07")
    assert "such as 'S07'" in why(missing_rate=9, calls=[incomplete])
    haploid = why(no_call=9, calls=[incomplete, ("not_diploid", 80, "1:5")])
    assert "diploid" in haploid
    assert "S07" not in haploid
