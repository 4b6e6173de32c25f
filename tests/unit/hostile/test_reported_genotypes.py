"""Genotypes of reported cases, and others of their kinds: what tests/data/reported/manifest.tsv says is
right."""

import csv
import tempfile
from pathlib import Path

import numpy as np
import pysam
import pytest
from genotype_writers import Variant, write_plink1, write_plink2

from genodiff.genotypes.readers.files import genotype_files
from genodiff.runtime.errors import InputError

REPORTED = Path(__file__).parents[2] / "data/reported"
SAMPLES = [f"S{i + 1:02d}" for i in range(24)]
# What the error of a case must say, or what its counts and messages must.
ERRORS = {
    "05_bad_position": r"people\.vcf\.gz: line 23: position 12x4 is not a number, .* correct or remove",
    "09_gvcf": r"no gene has a SNP .* 80 of 80 records: of a gVCF: .*: genotype the individuals",
}
COUNTS = {
    "01_gene_all_heterozygous": {
        ("record", "no_variance"): "1 (1:5550)", ("record", "kept"): "10",
        ("record", "not_in_a_gene"): "29 (1:1100, 1:1250, 1:1400, ...)",
        ("gene", "without_snps"): "1 (G1)", ("gene", "kept"): "1",
    },
    "14_plink_chromosome_23": {("record", "kept"): "40", ("gene", "kept"): "4"},
}  # fmt: skip


def row_of(folder, **more):
    """The row of a folder, as the runner takes it."""
    row = {"genes": folder / "genes.bed", "phenotypes": folder / "phenotypes.tsv"}
    return row | {key: str(value) for key, value in more.items()}


def reported(case):
    folder = REPORTED / case
    if (folder / "chr23.bed").exists():
        return row_of(
            folder, source="plink1", plink1=folder / "chr23.bed", phenotypes=folder / "chr23.fam",
            label="phenotype",
        )  # fmt: skip
    return row_of(folder, vcf=folder / "people.vcf.gz")


def counts(outcome):
    return {(u, o): str(c) for u, o, c in outcome.tally if u != "individual"}


@pytest.mark.parametrize("case", [*ERRORS, *COUNTS])
def test_reported_case(case, run_case):
    with open(REPORTED / "manifest.tsv", newline="") as file:
        assert case in {row["case"] for row in csv.DictReader(file, delimiter="\t")}
    if case in ERRORS:
        with pytest.raises(InputError, match=ERRORS[case]) as caught:
            run_case(reported(case))
        assert "genome build" not in str(caught.value)
        assert "Make one" not in str(caught.value)
        return
    outcome = run_case(reported(case))
    assert counts(outcome) == COUNTS[case]
    assert len(outcome.individuals()) == 24
    if case.startswith("14"):
        assert "chromosomes are named '23' in the genotypes and 'X' in" in outcome.messages


@pytest.fixture
def make_cohort(tmp_path, index_text):
    """Function that writes a cohort of 24 individuals and 20 SNPs, 10 in each of two genes.

    `edit` changes the calls, text (20, 24); `change` the text of the VCF. Gives the runner's row.
    """

    def make(edit=None, change=None, index="tbi", **more):
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        calls = np.random.default_rng(5).choice(["0/0", "0/1", "1/1"], (20, 24)).astype("U8")
        if edit:
            edit(calls)
        head = "##fileformat=VCFv4.2\n##contig=<ID=1,length=249250621>\n"
        head += '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
        columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *SAMPLES]
        rows = [
            ["1", str(100 * i + 50), f"rs{i}", "A", "C", ".", "PASS", ".", "GT", *row]
            for i, row in enumerate(calls)
        ]
        vcf = head + "".join("\t".join(row) + "\n" for row in [columns, *rows])
        index_text(folder / "people.vcf.gz", change(vcf) if change else vcf, index)
        (folder / "genes.bed").write_text("1\t0\t1000\tA\n1\t1000\t2000\tB\n")
        labels = "".join(f"{name}\t{i % 2}\n" for i, name in enumerate(SAMPLES))
        (folder / "phenotypes.tsv").write_text("sample\tstatus\n" + labels)
        return row_of(folder, vcf=folder / "people.vcf.gz") | more

    return make


def fill(rows, columns, call):
    """An edit of the calls."""

    def edit(calls):
        calls[rows, columns] = call

    return edit


EVERY, FIRST, SECOND = slice(None), slice(10), slice(10, None)


@pytest.mark.parametrize("called", [EVERY, slice(0, None, 2)])
def test_a_gene_whose_calls_are_all_heterozygous_is_without_snps(make_cohort, run_case, called):
    """Whether the other individuals have calls, or missing ones, which are imputed with the mean."""

    def edit(calls):
        calls[FIRST] = "./."
        calls[FIRST, called] = "0/1"

    outcome = run_case(make_cohort(edit))
    found = counts(outcome)
    assert found["record", "no_variance"] == "10 (1:50, 1:150, 1:250, ...)"
    assert found["gene", "without_snps"] == "1 (A)"
    assert found["record", "kept"] == "10"
    assert "10  without variance: all calls" in outcome.summary


def test_variance_among_held_out_individuals_alone_is_none(make_cohort, run_case):
    sets = run_case(make_cohort()).split["set"]
    held_out = [i for i, name in enumerate(SAMPLES) if sets[name] in ("test", "validation")]

    def edit(calls):
        calls[FIRST] = "0|1"
        calls[FIRST, held_out] = "1/1"

    found = counts(run_case(make_cohort(edit)))
    assert found["record", "no_variance"].startswith("10 ")
    assert found["gene", "without_snps"] == "1 (A)"


def replace(old, new):
    return lambda vcf: vcf.replace(old, new)


# A call in three is missing.
SPARSE = (np.arange(20)[:, None] + np.arange(24)) % 3 == 0
# Cohorts without a gene that is left: how they are made, and what the message says.
REASONS = {
    "gvcf_of_bcftools": ({"change": replace("A\tC\t", "A\t<*>\t")}, "20 of 20 .*gVCF.*GenotypeGVCFs"),
    "gvcf_beside_alt": ({"change": replace("A\tC\t", "A\tC,<*>\t")}, "20 of 20 .*gVCF.*GenotypeGVCFs"),
    "haploid": (
        {"edit": fill(EVERY, EVERY, "1")},
        r"20 of 20 records: no call .*; 480 calls: haploid or polyploid.*needs diploid calls.*fixploidy",
    ),
    "haploid_phased_males": (
        {"edit": fill(EVERY, slice(0, None, 2), "1"), "max_missing": 0.0},
        "20 of 20 records: too many missing.*; 240 calls: haploid .*needs diploid calls",
    ),
    "triploid": ({"edit": fill(EVERY, EVERY, "0/0/1")}, "480 calls: haploid or polyploid.*diploid"),
    "half_calls": ({"edit": fill(EVERY, 3, "./1"), "max_missing": 0.0}, "20 calls: one allele missing"),
    "one_individual": (
        {"edit": fill(EVERY, 3, "./."), "max_missing": 0.0},
        r"20 calls: missing, of a few .* such as 'S04' with quality\.max_individual_missing, "
        r".* quality\.max_missing \(0\.0\)",
    ),
    "nobody_differs": ({"edit": fill(EVERY, EVERY, "0/0")}, "20 of 20 records: monomorphic.* differ"),
    "heterozygous": ({"edit": fill(EVERY, EVERY, "0/1")}, "20 of 20 records: without variance.* pooled"),
    "indels": ({"change": replace("A\tC\t", "A\tCT\t")}, "20 of 20 records: not a SNP"),
    "multiallelic": ({"change": replace("A\tC\t", "A\tC,G\t")}, "more than one .*: bcftools norm -m"),
    "no_calls": (
        {"edit": fill(EVERY, EVERY, "./.")},
        "20 of 20 records: no call .*: use files with calls",
    ),
    "sparse": (
        {"edit": lambda calls: np.copyto(calls, "./.", where=SPARSE), "max_missing": 0.0},
        r"20 of 20 records: too many missing .*\d: raise quality\.max_missing \(0\.0\), or impute",
    ),
    "all_sites": ({"change": replace("A\tC\t", "A\t.\t")}, "20 of 20 records: no alternate allele"),
}


@pytest.mark.parametrize("case", REASONS)
def test_the_message_names_the_reason_that_no_gene_is_left_and_its_remedy(case, make_cohort, run_case):
    cohort, says = REASONS[case]
    with pytest.raises(InputError, match=f"no gene has a SNP that passes .*{says}") as caught:
        run_case(make_cohort(**cohort))
    assert "genome build" not in str(caught.value)


def test_the_message_of_snps_outside_of_genes_asks_for_the_build(make_cohort, run_case):
    """With one SNP in a gene by chance, of 20, which is monomorphic."""
    row = make_cohort(fill(0, EVERY, "1/1"))
    Path(row["genes"]).write_text("1\t0\t60\tA\n1\t90000\t91000\tB\n")
    with pytest.raises(
        InputError, match=r"19 of 20 records: not in a gene.*: compare genome build"
    ) as e:
        run_case(row)
    assert "1 of 20 records: monomorphic" in str(e.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("1\t550\t", "1\tabc\t", "line 10: position abc is not a number"),
        ("1\t550\t", "1\t1e3\t", "line 10: position 1e3 is not a number"),
        ("1\t550\t", "1\t-550\t", "line 10: position -550 is not a number from 0"),
        ("1\t550\t", "1\t.\t", r"line 10: position \. is not a number"),
        ("1\t550\t", "1\t 550\t", "line 10: position ' 550' is not a number"),
        ("1\t550\t", "1\t99999999999\t", "line 10: position 99999999999 is larger than VCF allows"),
        ("1\t550\t", "1\t\t", "line 10: the position is empty"),
        ("1\t550\t", "\t550\t", "line 10: the chromosome is empty"),
        ("1\t550\t", "\n1\t550\t", "line 10: a line without a record"),
        ("1\t550\t", "1 550\n1\t550\t", "line 10: not tab-separated columns"),
        ("1\t550\t", "2\t550\t", "line 11: 1 occurs again after other chromosomes"),
        ("1\t550\t", "1\t50\t", r"line 10: 1:50 comes after position 450"),
    ],
)
def test_a_file_that_cannot_have_an_index_is_not_to_be_indexed(make_cohort, run_case, old, new, says):
    with pytest.raises(InputError, match=rf"people\.vcf\.gz: .*{says}.* so it cannot have an index"):
        run_case(make_cohort(change=replace(old, new), index=None))


@pytest.mark.parametrize("position", ["550x", "550.0"])
def test_an_index_of_a_bad_line_does_not_hide_it(make_cohort, run_case, position):
    """tabix makes one, from the digits at the beginning."""
    row = make_cohort(change=replace("1\t550\t", f"1\t{position}\t"))
    with pytest.raises(InputError, match=rf"people\.vcf\.gz: .*line 10: position {position} is not a"):
        run_case(row)


def test_an_unsorted_bcf_cannot_have_an_index(make_cohort, tmp_path):
    row = make_cohort(index=None)
    paths = {name: str(tmp_path / f"{name}.bcf") for name in ("sorted", "unsorted")}
    with pysam.VariantFile(row["vcf"]) as file:
        records = list(file)
        for name, path in paths.items():
            with pysam.VariantFile(path, "wb", header=file.header) as out:
                for i in range(20) if name == "sorted" else [*range(5, 20), *range(5)]:
                    out.write(records[i])
    with pytest.raises(InputError, match=r"not sorted \(record 16: contig number 0:50 comes after"):
        genotype_files("vcf", paths["unsorted"])
    with pytest.raises(InputError, match=r"no index .*bcftools index"):
        genotype_files("vcf", paths["sorted"])


@pytest.mark.parametrize("call", ["/0/1", "|0|1", "/0|1", "|1", "/.", "|.|."])
@pytest.mark.parametrize("version", ["4.2", "4.4"])
def test_calls_that_begin_with_their_phase_stop_with_line_and_remedy(
    make_cohort, run_case, call, version
):
    row = make_cohort(fill(5, 2, call), replace("VCFv4.2", f"VCFv{version}"))
    with pytest.raises(
        InputError, match=r"line 10, 1:550: .* of sample 'S03' begins with its phase"
    ) as e:
        run_case(row)
    assert f"the call {call!r}" in str(e.value)
    assert "bcftools view -Ob" in str(e.value)


def test_calls_that_begin_with_their_phase_are_read_from_bcf(make_cohort, run_case):
    def edit(calls):
        calls[5, :6] = ["/0/1", "|0|1", "|1|1", "/0/0", "|.|.", "/1"]

    row = make_cohort(edit, replace("VCFv4.2", "VCFv4.4"))
    bcf = str(Path(row["vcf"]).with_name("people.bcf"))
    with pysam.VariantFile(row["vcf"]) as file, pysam.VariantFile(bcf, "wb", header=file.header) as out:
        for record in file:
            out.write(record)
    pysam.tabix_index(bcf, preset="bcf", csi=True)
    outcome = run_case(row | {"vcf": bcf})
    assert [outcome.dosages()["A", 550][name] for name in SAMPLES[:6]] == [1, 1, 2, 0, -1, -1]
    assert str(outcome.tally.of("call")["not_diploid"]) == "1 (1:550)"


@pytest.fixture
def make_plink(tmp_path):
    """Function (format, variants) that writes a cohort; gives the runner's row."""

    def make(source, variants):
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        write = {"plink1": write_plink1, "plink2": write_plink2}[source]
        path = write(folder, variants, SAMPLES, {})
        labels = "".join(f"{name}\t{i % 2}\n" for i, name in enumerate(SAMPLES))
        (folder / "phenotypes.tsv").write_text("sample\tstatus\n" + labels)
        return row_of(folder, **{"source": source, source: path})

    return make


def variants_of(places, seed=1):
    """SNPs at (chromosome, position)."""
    rng = np.random.default_rng(seed)
    return [
        Variant(chrom, pos, f"v{i}", "A", ("C",), rng.integers(0, 3, 24).tolist())
        for i, (chrom, pos) in enumerate(places)
    ]


@pytest.mark.parametrize("source", ["plink1", "plink2"])
@pytest.mark.parametrize(
    ("there", "listed"),
    [
        ("23", "X"),
        ("23", "chrX"),
        ("X", "23"),
        ("chr23", "X"),
        ("24", "Y"),
        ("26", "chrM"),
        ("MT", "26"),
    ],
)
def test_plinks_numbers_are_the_chromosomes_with_letters(make_plink, run_case, source, there, listed):
    row = make_plink(source, variants_of([("1", 10), ("1", 20), (there, 10), (there, 20)]))
    Path(row["genes"]).write_text(f"1\t0\t100\tA\n{listed}\t0\t100\tB\n")
    outcome = run_case(row)
    assert {gene for gene, _ in outcome.dosages()} == {"A", "B"}
    assert f"chromosomes are named {there!r} in the genotypes and {listed!r} in" in outcome.messages


@pytest.mark.parametrize("source", ["plink1", "plink2"])
def test_variants_without_a_position_are_counted_and_in_no_gene(make_plink, run_case, source):
    """PLINK leaves out variants of negative positions, wherever they stand in the table."""
    places = [("1", 0), ("1", 10), ("1", -20), ("1", 20), ("1", 0), ("1", 30), ("25", 7), ("0", 0)]
    row = make_plink(source, variants_of(places))
    Path(row["genes"]).write_text("1\t0\t100\tA\nX\t0\t100\tB\n")
    outcome = run_case(row | {"between": "nearest"})
    expected = {("A", v.pos): v.calls for v in variants_of(places) if v.chrom == "1" and v.pos > 0}
    found = {key: list(calls.values()) for key, calls in outcome.dosages().items()}
    assert found == expected
    assert str(outcome.tally.of("record")["no_position"]) == "4 (0:0, 1:0, 1:-20, ...)"


@pytest.mark.parametrize("source", ["plink1", "plink2", "vcf"])
def test_a_snp_that_occurs_again_with_exchanged_alleles_counts_once(
    make_plink, make_cohort, run_case, source
):
    """The second time the dosages are those of the other allele, or they conflict."""
    if source == "vcf":
        twice = "0/1\t1/1\t./.\t" + "0/0\t" * 20 + "0/0"
        again = "0/1\t0/0\t./.\t" + "1/1\t" * 20 + "1/1"
        lines = "".join(
            f"1\t{pos}\t.\t{alleles}\t.\tPASS\t.\tGT\t{calls}\n"
            for pos, alleles, calls in (
                (555, "A\tC", twice), (555, "C\tA", again), (556, "G\tT", twice), (556, "T\tG", twice),
            )
        )  # fmt: skip
        outcome = run_case(make_cohort(change=replace("1\t650\t", f"{lines}1\t650\t")))
        kept, places = 22, ("1:555", "1:556")
    else:
        first, other = variants_of([("1", 10), ("1", 20)])
        swapped = [2 - dosage for dosage in first.calls]
        row = make_plink(
            source,
            [
                first, first._replace(id="x", ref="C", alts=("A",), calls=swapped),
                other, other._replace(id="y", ref="C", alts=("A",)),
            ],
        )  # fmt: skip
        Path(row["genes"]).write_text("1\t0\t100\tA\n")
        outcome = run_case(row)
        kept, places = 2, ("1:10", "1:20")
    found = counts(outcome)
    assert found["record", "kept"] == str(kept)
    assert found["record", "duplicate"] == f"1 ({places[0]})"
    assert found["record", "duplicate_conflict"] == f"1 ({places[1]})"
