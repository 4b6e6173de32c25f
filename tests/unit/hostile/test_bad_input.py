"""Every hostile input of the manifest behaves as it says: an error with names, or counts."""

import re
from pathlib import Path

import pytest

from genodiff.features.matching import match_chromosome
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.runtime.errors import InputError

BAD_INPUT = Path(__file__).parents[2] / "data/bad-input"

# What the message of an error must say.
ERRORS = {
    "01a_truncated_mid_block": r"01a_truncated_mid_block\.vcf\.gz: truncated: the BGZF EOF marker",
    "01b_truncated_at_block_edge": r"01b_truncated_at_block_edge\.vcf\.gz: truncated: .* EOF marker",
    "02_plain_gzip": r"02_plain_gzip\.vcf\.gz: compressed with gzip, not bgzip",
    "02b_plain_text_named_gz": r"02b_plain_text_named_gz\.vcf\.gz: not compressed .*\(plain text\)",
    "03b_wrong_index": r"03b_wrong_index\.vcf\.gz\.tbi: this index belongs to another file",
    "03c_corrupt_index": r"03c_corrupt_index\.vcf\.gz\.tbi: unreadable index",
    "04_no_gt": r"04_no_gt\.vcf\.gz: no record of 1 has genotypes: GT",
    "04b_sites_only": r"04b_sites_only\.vcf\.gz: line 9: no samples",
    "06_duplicate_sample_id": r"06_duplicate_sample_id\.vcf\.gz: .*'S03' occurs twice, .* 12 and 18",
    "17_unsorted_positions": r"17_unsorted_positions\.vcf\.gz: not sorted \(line 23: 1:5550 comes after",
    "18b_zero_bytes": r"18b_zero_bytes\.vcf\.gz: the file is empty",
    "18c_no_chrom_line": r"18c_no_chrom_line\.vcf\.gz: no #CHROM line",
    "20b_duplicate_gene_name": r"20b_genes\.bed: line 5: gene 'GENEA' is listed twice",
    "20d_three_columns": r"20d_genes\.bed: line 3: expected chrom, start, end, name, got 3 columns",
    "21b_non_utf8_sample": r"21b_non_utf8_sample\.vcf\.gz: line 9 \(#CHROM\): .* in column 10",
    "21d_utf8_bom_vcf": r"21d_utf8_bom_vcf\.vcf\.gz: line 1: a UTF-8 byte-order mark",
    "26_short_record": r"26_short_record\.vcf\.gz: 1: line 23, 1:5550: 31 columns, .* has 33",
    "27b_bad_genotype": r"27b_bad_genotype\.vcf\.gz: .*line 23, 1:5550: the call '0/x' of sample 'S01'",
    "22_third_class": r"the smallest class \('2'\) has too few individuals .* 0 11, 1 12, 2 1",
    "22b_one_class": r"one class \('1'\)",
    "23b_float_status": r"the smallest class \('0\.5'\) has too few individuals",
    "24c_duplicate_sample_conflict": r"24c_phenotypes\.tsv: sample 'S05' is listed more than once",
    "24d_missing_column": r"24d_phenotypes\.tsv: no column 'status'.* of the table: 'sample', 'pheno'",
    "24g_ragged_row": r"24g_phenotypes\.tsv: line 6: 3 values for 2 columns",
}
# What is counted beside the records that are kept (unit, outcome: count with the first places).
COUNTED = {
    "00_baseline": {},
    "01_full_multiblock": {("record", "not_in_a_gene"): "658 (1:1000, 1:3002, 1:3009, ...)"},
    "04d_gt_not_declared": {},
    "04e_gt_not_first": {},
    "05_sample_missing_from_phenotypes": {("individual", "not_in_phenotypes"): "1 (S07)"},
    "05b_extra_phenotype_sample": {("individual", "not_in_genotypes"): "1 (S99)"},
    "06b_sample_order_differs_A": {},
    "06d_leading_zero_ids": {},
    "06e_odd_sample_names": {},
    "07_duplicate_variant": {("record", "duplicate"): "1 (1:5550)"},
    "07b_duplicate_variant_conflict": {("record", "duplicate_conflict"): "1 (1:5550)"},
    "08_multiallelic": {("record", "multiallelic"): "1 (1:5550)"},
    "09_indel": {("record", "not_a_snp"): "1 (1:5550)"},
    "09c_symbolic": {("record", "not_a_snp"): "1 (1:5550)"},
    "10_spanning_deletion": {("record", "multiallelic"): "1 (1:5550)"},
    "11_half_missing": {("call", "half_missing"): "4 (1:5550, ...)", ("call", "imputed"): "4"},
    "12_haploid": {("call", "not_diploid"): "12 (1:5550, ...)", ("call", "imputed"): "12"},
    "13_all_missing": {("record", "no_call"): "1 (1:5550)"},
    "13b_all_missing_single_dot": {("record", "no_call"): "1 (1:5550)"},
    "14_monomorphic": {("record", "monomorphic"): "1 (1:5550)"},
    "14b_monomorphic_alt": {("record", "monomorphic"): "1 (1:5550)"},
    "14d_gene_all_monomorphic": {
        ("record", "monomorphic"): "10 (1:5100, 1:5250, 1:5400, ...)",
        ("gene", "without_snps"): "1 (GENEB)",
    },
    "14e_gene_rank_one": {},
    "15b_filter_dot": {},
    "16_chr_prefix": {},
    "19_gene_without_snps": {
        ("gene", "without_snps"): "1 (GENEZ)",
        ("gene", "on_other_chromosomes"): "1 (GENEY (9))",
    },
    "19b_gene_with_one_snp": {},
    "20_overlapping_genes": {},
    "20e_spaces_not_tabs": {},
    "20g_path_in_gene_name": {},
    "20h_edge_coordinates": {("gene", "without_snps"): "1 (EDGE1)"},
    "21_non_utf8_header": {},
    "25_allele_index_out_of_range": {
        ("call", "unknown_allele"): "1 (1:5550 S01)",
        ("call", "imputed"): "1",
    },
    "28_lowercase_and_N_ref": {("record", "not_a_snp"): "1 (1:5700)"},
    "29_mixed_phase": {},
    "22d_one_two_coding": {},
    "22e_text_labels": {},
    "24_bom_crlf": {},
    "24f_trailing_blanks": {},
    "24i_no_final_newline": {},
}
# What a warning must say, where the counts do not.
WARNINGS = {
    "05_sample_missing_from_phenotypes": "for example 'S07': they are unlabelled",
    "05b_extra_phenotype_sample": "for example 'S99': they are left out",
    "07b_duplicate_variant_conflict": "repeats an earlier record with other genotypes",
    "16_chr_prefix": "chromosomes are named 'chr1' in the genotypes and '1' in",
    "19_gene_without_snps": "genes on chromosomes without genotypes: 1 (GENEY (9))",
    "21_non_utf8_header": "line 2: the header is not UTF-8",
    "22d_one_two_coding": "controls: 1",
    "22e_text_labels": "controls: control",
}
# Needs a model that was fitted on another file: the last test here.
ELSEWHERE = {"30_swapped_alleles"}


def test_every_case_of_the_manifest_is_tested(manifest):
    assert set(ERRORS) | set(COUNTED) | ELSEWHERE == set(manifest)
    assert len(manifest) == 65


@pytest.mark.parametrize("case", ERRORS)
def test_error_names_what_is_wrong(case, manifest, run_case):
    assert "error" in manifest[case]["expected"]
    with pytest.raises(InputError, match=ERRORS[case]):
        run_case(manifest[case])


@pytest.mark.parametrize("case", COUNTED)
def test_accepted_and_counted(case, manifest, run_case):
    outcome = run_case(manifest[case])
    told = {
        (unit, what): str(count)
        for unit, what, count in outcome.tally
        if what not in ("kept", "training", "validation", "test", "unlabelled", "excluded")
    }
    assert told == COUNTED[case]
    for places in COUNTED[case].values():
        for place in re.findall(r"\d:\d+|GENE\w|EDGE1|S\d\d", places):
            assert place in outcome.messages
    if case in WARNINGS:
        assert WARNINGS[case] in outcome.messages
    usable = manifest[case]["usable_variants"].split("-")[-1] or "40"
    records = outcome.tally["record", "kept"] + outcome.tally["record", "not_in_a_gene"]
    assert records == int(usable)
    assert len(outcome.individuals()) == 24


@pytest.fixture
def baseline(manifest, run_case):
    outcome = run_case(manifest["00_baseline"])
    return outcome.dosages(), outcome.split


def run_other(manifest, run_case, case):
    """Dosages and split of a case; the baseline's files are gone then."""
    outcome = run_case(manifest[case])
    return outcome.dosages(), outcome.split


@pytest.mark.parametrize(
    ("case", "touched"),
    [
        ("04e_gt_not_first", 0), ("06b_sample_order_differs_A", 0), ("15b_filter_dot", 0),
        ("16_chr_prefix", 0), ("21_non_utf8_header", 0), ("29_mixed_phase", 0),
        ("07_duplicate_variant", 0),
        ("24_bom_crlf", 0), ("24f_trailing_blanks", 0), ("24i_no_final_newline", 0),
        ("11_half_missing", 4), ("12_haploid", 12), ("25_allele_index_out_of_range", 1),
    ],
)  # fmt: skip
def test_genotypes_are_those_of_the_baseline(case, touched, baseline, manifest, run_case):
    """Individual by individual; but for calls that are missing now."""
    expected, split = baseline
    found, sets = run_other(manifest, run_case, case)
    assert list(found) == list(expected)
    changed = [
        found[key][name]
        for key, calls in expected.items()
        for name in calls
        if found[key][name] != calls[name]
    ]
    assert changed == [-1] * touched
    assert sets.equals(split)


def test_labels_of_other_codings_say_the_same(baseline, manifest, run_case):
    _, split = baseline
    for case, coding in (
        ("22d_one_two_coding", {"0": "1", "1": "2"}),
        ("22e_text_labels", {"0": "control", "1": "case"}),
    ):
        labels = run_case(manifest[case]).split["label"]
        assert labels.to_dict() == split["label"].map(coding).to_dict()


def test_a_individual_without_a_phenotype_gets_no_label(manifest, run_case):
    split = run_case(manifest["05_sample_missing_from_phenotypes"]).split
    assert split.loc["S07"].to_list() == [None, "unlabelled"]
    assert (split["label"].isna()).sum() == 1


def test_names_are_kept_as_they_are(manifest, run_case):
    """Ids that look like numbers, like missing values, like paths."""
    assert "0001" in run_case(manifest["06d_leading_zero_ids"]).individuals()
    individuals = run_case(manifest["06e_odd_sample_names"]).individuals()
    assert {"NA", "nan"} <= set(individuals)
    assert any("/" in name for name in individuals)


def test_shared_snps_belong_to_each_gene(manifest, run_case):
    found = run_case(manifest["20_overlapping_genes"]).dosages()
    snps = {gene: {pos for name, pos in found if name == gene} for gene, _ in found}
    assert snps["GENEB3"] < snps["GENEB"]
    assert snps["GENEB3"] == {pos for pos in snps["GENEB"] if 5200 < pos <= 5600}
    assert snps["GENEB"] & snps["GENEB2"] == {pos for pos in snps["GENEB"] if 5500 < pos <= 7000}


def test_edges_of_genes_are_half_open(manifest, run_case):
    found = run_case(manifest["20h_edge_coordinates"]).dosages()
    assert [pos for gene, pos in found if gene == "EDGE0"] == [1100]


def test_dangerous_gene_names_write_nothing_elsewhere(manifest, run_case, tmp_path):
    outcome = run_case(manifest["20g_path_in_gene_name"])
    assert {"../../evil", "HLA-A/B", "GENE D"} <= {gene for gene, _ in outcome.dosages()}
    assert not list(tmp_path.parent.rglob("evil*"))
    assert all(path.is_file() and path.parent == tmp_path for path in tmp_path.rglob("*"))


def test_30_swapped_alleles(tmp_path, run_case, manifest):
    """A model fitted on the baseline, applied to the file in which one SNP's alleles are exchanged."""
    outcome = run_case(manifest["00_baseline"])
    vcf = BAD_INPUT / manifest["30_swapped_alleles"]["vcf"]
    files = GenotypeFiles("vcf", {"1": str(vcf)})
    tally = match_chromosome(
        files=files, chromosome="1", samples=files.open("1").samples, passed_only=False,
        matrices_path=outcome.folder / "1.parquet", output=tmp_path / "matched.parquet",
    )  # fmt: skip
    assert str(tally.of("snp")["swapped"]) == "1 (1:5550)"
    assert tally["snp", "found"] == 19
    assert "absent" not in tally.of("snp")
