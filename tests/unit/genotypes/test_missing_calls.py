"""Missing calls of each individual, over chromosomes."""

import numpy as np

from genodiff.annotations.gene import Gene
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.genotypes.missing_calls import missing_rates, write_missing_calls


def test_missing_rates__over_snps_in_genes_of_all_chromosomes(make_vcf, tmp_path, caplog):
    records = [
        ("1", 5, ".", "A", "C", ["./.", "0/0", "0/1"]),
        ("1", 6, ".", "A", "C", ["./1", "0/0", "0/1"]),
        ("1", 7, ".", "A", "CT", ["./.", "./.", "./."]),  # no SNP
        ("1", 50, ".", "A", "C", ["./.", "./.", "./."]),  # in no gene
        ("2", 5, ".", "A", "C", ["0/0", "./.", "0"]),
        ("2", 6, ".", "A", "C", ["0/0", "0/1", "1/1"]),
    ]
    one = make_vcf("1.vcf.gz", records[:4], ["a", "NA", "007"])
    # Another order of individuals on chromosome 2.
    two = make_vcf(
        "2.vcf.gz",
        [(*r[:5], [r[5][i] for i in (2, 0, 1)]) for r in records[4:]],
        ["007", "a", "NA"],
        ("2",),
    )
    genes = [Gene("g", "1", 0, 10), Gene("h", "2", 0, 10)]
    files, paths = GenotypeFiles("vcf", {"1": one, "2": two}), []
    for chromosome in "12":
        paths.append(tmp_path / f"{chromosome}.tsv")
        write_missing_calls(
            files=files,
            chromosome=chromosome,
            genes=genes,
            between="drop",
            passed_only=False,
            output=paths[-1],
        )
    np.testing.assert_allclose(missing_rates(paths, ["a", "NA", "007"]), [2 / 4, 1 / 4, 1 / 4])
    np.testing.assert_allclose(missing_rates(paths, ["007", "a", "NA"]), [1 / 4, 2 / 4, 1 / 4])
    assert "1.vcf.gz: calls, one allele missing (./1): taken as missing: 1 (1:6)" in caplog.text
    assert "2.vcf.gz: calls, haploid or polyploid: taken as missing: 1 (2:5)" in caplog.text


def test_missing_rates__without_snps_are_zero(make_vcf, tmp_path):
    path = make_vcf("1.vcf.gz", [("1", 50, ".", "A", "C", ["./."])], ["a"])
    write_missing_calls(
        files=GenotypeFiles("vcf", {"1": path}),
        chromosome="1",
        genes=[Gene("g", "1", 0, 10)],
        between="drop",
        passed_only=False,
        output=tmp_path / "m.tsv",
    )
    assert missing_rates([tmp_path / "m.tsv"], ["a"]).tolist() == [0]
