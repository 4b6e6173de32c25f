"""Projected cohorts and genome builds: reported cases, and further shapes of their kinds."""

import json
import logging
import re
from pathlib import Path

import numpy as np
import pytest
from genotype_writers import Variant, write_plink1, write_plink2, write_vcf

from genodiff.annotations.lines import stated_lines
from genodiff.annotations.read import read_genes
from genodiff.features.matching import match_chromosome
from genodiff.features.projection_check import (
    OtherCohort,
    check_found,
    inspect_projection,
    read_projection,
)
from genodiff.formats.genotypes import iter_genes, write_genes
from genodiff.genotypes.builds import text_evidence
from genodiff.genotypes.inputs import (
    GenotypeFiles,
    check_genes_build,
    inspect_genes,
    inspect_genotypes,
)
from genodiff.qc.counts import Tally, write_counts
from genodiff.runtime.errors import InputError

REPORTED = Path(__file__).parents[2] / "data/reported"
SAMPLES = [f"s{i}" for i in range(6)]
GRCH37, GRCH38 = {"1": 249250621, "2": 243199373}, {"1": 248956422, "2": 242193529}
PAIRS = ["AC", "CT", "GA", "TG", "AT", "CG", "AG", "GT", "CA", "TC", "GC", "TA"]


def cohort_variants(shift=0):
    """Twelve SNPs on each of two chromosomes, four of A and T or C and G on each."""
    rng = np.random.default_rng(4)
    return [
        Variant(
            chrom, 1000 + 100 * i + shift, f"rs{chrom}{i}", ref, (alt,), rng.integers(0, 3, 6).tolist()
        )
        for chrom in ("1", "2")
        for i, (ref, alt) in enumerate(PAIRS)
    ]


class Project:
    """A cohort of GRCh37 and the check of others against it."""

    def __init__(self, folder):
        self.folder, self.matrices = folder, {}
        own = folder / "own"
        own.mkdir()
        path = write_vcf(own, cohort_variants(), SAMPLES, GRCH37)
        inspection = inspect_genotypes(GenotypeFiles("vcf", {"1": path, "2": path}), None)
        evidence = [vars(e) for e in inspection.evidence]
        self.facts = folder / "facts.json"
        self.facts.write_text(json.dumps({"build_evidence": evidence, "labels": {"a": 3, "b": 3}}))
        for chrom in ("1", "2"):
            here = [v for v in cohort_variants() if v.chrom == chrom]
            columns = {
                "gene": [f"g{chrom}"] * len(here), "chrom": [chrom] * len(here),
                "pos": [v.pos for v in here], "id": [v.id for v in here], "ref": [v.ref for v in here],
                "alt": [v.alts[0] for v in here], "allele_frequency": [0.5] * len(here),
                "missing_rate": [0.0] * len(here),
            }  # fmt: skip
            self.matrices[chrom] = folder / f"{chrom}.parquet"
            calls = np.array([v.calls for v in here], np.int8)
            write_genes(self.matrices[chrom], SAMPLES, iter([(columns, calls)]))

    def check(self, source, paths, phenotypes=None, min_found=0, warn_found=0.5):
        """Numbers of SNPs by outcome, and the dosages by chromosome."""
        files = GenotypeFiles(source, paths if isinstance(paths, dict) else dict.fromkeys("12", paths))
        inputs = self.folder / "inputs.json"
        inspect_projection(
            other=OtherCohort("x", files, phenotypes, ["sample", "phenotype", None]),
            facts_path=self.facts, output=inputs,
        )  # fmt: skip
        samples, self.labels = read_projection(inputs)
        counts, dosages = {}, {}
        for chrom in files.paths:
            matched = self.folder / f"{chrom}.matched"
            tally = match_chromosome(
                files=files, chromosome=chrom, samples=samples, matrices_path=self.matrices[chrom],
                passed_only=False, output=matched,
            )  # fmt: skip
            counts[chrom] = str(self.folder / f"{chrom}.counts")
            write_counts(counts[chrom], {chrom: tally})
            (dosages[chrom],) = (dosage.copy() for _, dosage in iter_genes(matched))
        found = self.folder / "found.json"
        check_found(
            where="projections.x", counts=counts, min_found=min_found, warn_found=warn_found,
            output=found, limit="projections.x.min_found",
        )  # fmt: skip
        return json.loads(found.read_text()), dosages


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.fixture
def write(tmp_path):
    """Function: variants to a VCF in a folder of its own."""

    def make(variants, lengths=GRCH37, samples=SAMPLES, name="other", writer=write_vcf):
        folder = tmp_path / name
        folder.mkdir()
        return writer(folder, variants, samples, lengths)

    return make


def flipped(variant):
    table = str.maketrans("ACGT", "TGCA")
    return variant._replace(ref=variant.ref.translate(table), alts=(variant.alts[0].translate(table),))


def swapped(variant):
    return variant._replace(
        ref=variant.alts[0], alts=(variant.ref,), calls=[2 - call for call in variant.calls]
    )


def test_02_no_snp_in_common_stops_and_says_where_the_ids_are(project, write):
    with pytest.raises(InputError) as raised:
        project.check("vcf", write(cohort_variants(50_000)))
    message = str(raised.value)
    assert "projections.x: 0 of the 24 SNPs of the models are found; 24 SNPs have" in message
    assert "(rs10 at 1:51000, here 1000): it is of another genome build" in message


def test_positions_elsewhere_without_ids_stop_too(project, write):
    """Counted from zero, or ids unknown: nothing but positions can be compared."""
    with pytest.raises(InputError, match="chromosome names agree, but 24 of its SNPs are at other pos"):
        project.check("vcf", write([v._replace(id=".") for v in cohort_variants(-1)]))


def test_other_alleles_at_the_same_positions_stop(project, write):
    """Neighbouring positions of another build: the alleles have nothing in common."""
    others = [
        v._replace(ref="A", alts=("G",)) for v in cohort_variants() if {v.ref, *v.alts} == set("CG")
    ]
    with pytest.raises(
        InputError, match="4 of its SNPs have other alleles at the same positions, for ex"
    ):
        project.check("vcf", write(others))


def test_a_flipped_cohort_stops_although_some_alleles_agree(project, write):
    """SNPs of A and T look like exchanged alleles on the other strand, and would be inverted."""
    with pytest.raises(InputError) as raised:
        project.check("vcf", write([flipped(v) for v in cohort_variants()]))
    assert "16 (1:1000, 1:1100, 1:1200, ...) SNPs have the alleles of the other strand" in str(
        raised.value
    )
    assert "its 8 SNPs of A and T or C and G would be exchanged unnoticed" in str(raised.value)


def test_a_few_flipped_snps_warn(project, write, caplog):
    variants = cohort_variants()
    found, _ = project.check("vcf", write([flipped(variants[0]), *variants[1:]]))
    assert (found["found"], found["other_strand"], found["absent"]) == (23, 1, 1)
    assert "1 SNPs have the alleles of the other strand and are left out; 8 of A and T" in caplog.text


@pytest.mark.parametrize("writer", [write_vcf, write_plink1, write_plink2])
def test_exchanged_alleles_of_all_snps_give_the_same_dosages(project, write, writer):
    source = {write_plink1: "plink1", write_plink2: "plink2"}.get(writer, "vcf")
    variants = cohort_variants()
    _, plain = project.check(source, write(variants, name="plain", writer=writer))
    found, turned = project.check(
        source, write([swapped(v) for v in variants], name="turned", writer=writer)
    )
    assert found["swapped"] == 24
    for chrom in "12":
        np.testing.assert_array_equal(plain[chrom], turned[chrom])
        np.testing.assert_array_equal(plain[chrom], [v.calls for v in variants if v.chrom == chrom])


def test_a_gvcf_is_named_as_such(project, write):
    with pytest.raises(InputError) as raised:
        project.check("vcf", write([v._replace(alts=(*v.alts, "<NON_REF>")) for v in cohort_variants()]))
    assert "0 of the 24 SNPs of the models are found; 24 of 24 records: of a gVCF" in str(raised.value)
    assert "genotype the individuals together first" in str(raised.value)


def test_snps_without_calls_are_not_found(project, write):
    """They would make all individuals the training mean."""
    empty = [v._replace(calls=[-1] * 6) for v in cohort_variants()]
    with pytest.raises(InputError, match=r"0 of the 24 SNPs .* 24 \(1:1000, .* have no call that can"):
        project.check("vcf", write(empty))


def test_haploid_calls_are_not_found_and_said(project, tmp_path, make_text, index_text):
    records = [
        (v.chrom, v.pos, v.id, v.ref, v.alts[0], [str(call % 2) for call in v.calls])
        for v in cohort_variants()
    ]
    path = index_text(tmp_path / "haploid.vcf.gz", make_text(records, SAMPLES, ("1", "2")))
    with pytest.raises(InputError, match=r"144 calls: haploid or polyploid.* needs diploid calls"):
        project.check("vcf", path)


def test_an_individual_without_calls_is_named(project, write, caplog):
    variants = [v._replace(calls=[*v.calls[:4], -1, v.calls[5]]) for v in cohort_variants()]
    found, _ = project.check("vcf", write(variants))
    assert found["found"] == 24
    assert "1 of the 6 individuals have no call at these SNPs, 's4' first" in caplog.text
    caplog.clear()
    project.check("vcf", write(cohort_variants(), name="whole"))
    assert "have no call" not in caplog.text


def test_few_snps_warn_and_the_setting_stops(project, write, caplog):
    path = write([v for i, v in enumerate(cohort_variants()) if i % 3 == 0])
    found, _ = project.check("vcf", path)
    assert (found["found"], found["absent"]) == (8, 16)
    assert "projections.x: 8 of the 24 SNPs of the models are found; the others" in caplog.text
    assert caplog.text.count("are found; the others") == 1
    assert "under other names" not in caplog.text
    caplog.clear()
    project.check("vcf", path, warn_found=0.3)
    assert "are found" not in caplog.text
    with pytest.raises(InputError, match=r"8 of the 24 SNPs .* \(projections.x.min_found is 0.5\)"):
        project.check("vcf", path, min_found=0.5)


def test_one_chromosome_of_another_build_stops(project, write):
    """Half of all SNPs are found, but all genes of chromosome 2 would be at the mean."""
    variants = [v._replace(pos=v.pos + 50_000) if v.chrom == "2" else v for v in cohort_variants()]
    path = write(variants)
    with pytest.raises(InputError, match="0 of the 12 SNPs of the models on chromosome 2"):
        project.check("vcf", path)
    found, _ = project.check("vcf", path, min_found=None)
    assert found["found"] == 12


def test_chromosomes_with_and_without_chr_are_the_same(project, write):
    variants = [v._replace(chrom=f"chr{v.chrom}") for v in cohort_variants()]
    lengths = {f"chr{name}": length for name, length in GRCH37.items()}
    found, _ = project.check("vcf", write(variants, lengths))
    assert found["found"] == 24


def test_a_missing_chromosome_stops(project, write):
    path = write([v for v in cohort_variants() if v.chrom == "1"])
    with pytest.raises(InputError, match=r"projections\.x: .*no record on chromosome '2'"):
        project.check("vcf", path)


def test_04_another_build_stops_before_any_genotype_is_read(project, write):
    with pytest.raises(InputError) as raised:
        project.check("vcf", write(cohort_variants(), GRCH38))
    assert re.search(
        r"projections\.x: .*other/x\.vcf\.gz is of GRCh38 \(contig '1' has 248956422 bases\), but "
        r".*own/x\.vcf\.gz is of GRCh37 \(contig '1' has 249250621 bases\)", str(raised.value),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("sample\tphenotype\ns0_s0\ta\ns1_s1\tb\n", "none of the 6 samples of .* is in column 'sample'"),
        ("sample\tphenotype\ns0\ta\ns1\tz\n", r"label 'z' is none of this cohort's \(a, b\)"),
        ("sample\tstatus\ns0\ta\n", "no column 'phenotype', which cohort.label_column names"),
        ("sample\tphenotype\ns0\tNA\ns1\t\n", "has a phenotype of none of the 6 used individuals"),
        ("sample\tphenotype\ns0\ta\ns0\tb\n", "sample 's0' is listed more than once"),
    ],
)
def test_04_the_table_of_a_projected_cohort_is_checked(project, write, tmp_path, table, words):
    (tmp_path / "p.tsv").write_text(table)
    with pytest.raises(InputError, match=rf"projections\.x: .*{words}"):
        project.check("vcf", write(cohort_variants()), str(tmp_path / "p.tsv"))


def test_individuals_that_the_table_lacks_are_unlabelled(project, write, tmp_path, caplog):
    (tmp_path / "p.tsv").write_text("sample\tphenotype\ns4\ta\ns1\tb\nnobody\ta\n")
    project.check("vcf", write(cohort_variants()), str(tmp_path / "p.tsv"))
    assert project.labels == [None, "b", None, None, "a", None]
    assert "4 of the 6 individuals of" in caplog.text
    assert "diffusion models" not in caplog.text


def test_individuals_in_another_order_on_a_chromosome_keep_their_calls(project, write):
    variants = cohort_variants()
    one = write([v for v in variants if v.chrom == "1"], name="one")
    turned = [v._replace(calls=v.calls[::-1]) for v in variants if v.chrom == "2"]
    two = write(turned, samples=SAMPLES[::-1], name="two")
    _, dosages = project.check("vcf", {"1": one, "2": two})
    np.testing.assert_array_equal(dosages["2"], [v.calls for v in variants if v.chrom == "2"])


class TestBuilds:
    def test_03_files_of_different_builds_stop(self):
        folder = REPORTED / "03_mixed_builds"
        files = GenotypeFiles("vcf", {c: str(folder / f"chr{c}.vcf.gz") for c in "12"})
        with pytest.raises(InputError) as raised:
            inspect_genotypes(files, None)
        assert re.search(
            r"chr2\.vcf\.gz is of GRCh38 \(contig '1' .*chr1\.vcf\.gz is of GRCh37 \(contig '1'",
            str(raised.value),
        )

    def test_a_header_of_two_builds_stops(self, write):
        path = write(cohort_variants(), {"1": GRCH37["1"], "2": GRCH38["2"]})
        with pytest.raises(InputError, match=r"is of GRCh38 .contig '2'.* is of GRCh37 .contig '1'"):
            inspect_genotypes(GenotypeFiles("vcf", dict.fromkeys("12", path)), None)

    @pytest.mark.parametrize(
        ("source", "declared"),
        [("plink1", True), ("plink2", True), ("vcf", True), ("plink2", False), ("vcf", False)],
    )
    def test_a_position_beyond_the_end_of_a_chromosome_tells_builds_apart(self, write, source, declared):
        """Chromosome 1 ends at 248,956,422 in GRCh38, which is declared or shown by the other file."""
        writer = {"plink1": write_plink1, "plink2": write_plink2, "vcf": write_vcf}[source]
        far = [Variant("1", 249_100_000, "f", "A", ("C",), [0] * 6)]
        near = [v for v in cohort_variants() if v.chrom == "2"]
        paths = {
            "1": write(far, {}, name="one", writer=writer),
            "2": write(near, {} if declared else {"2": GRCH38["2"]}, name="two", writer=writer),
        }
        with pytest.raises(
            InputError, match=r"\(a record at 1:249\d{6}, but the chromosome has 248956422"
        ):
            inspect_genotypes(GenotypeFiles(source, paths), "GRCh38" if declared else None)

    def test_positions_of_another_species_name_no_build(self, write):
        """Mouse: chromosome 19 ends beyond GRCh37 and GRCh38, chromosome 18 beyond all human builds."""
        far = {"18": 90_000_000, "19": 60_000_000}
        variants = [Variant(chrom, pos, "f", "A", ("C",), [0] * 6) for chrom, pos in far.items()]
        for lengths in ({}, {"18": 90_720_763, "19": 61_420_004}):
            path = write(variants, lengths, name=f"mouse{len(lengths)}")
            found = inspect_genotypes(GenotypeFiles("vcf", dict.fromkeys(far, path)), None)
            assert (found.build, found.evidence) == (None, [])
        path = write(variants[1:], {}, name="short")
        assert inspect_genotypes(GenotypeFiles("vcf", {"19": path}), None).build is None

    @pytest.mark.parametrize(
        ("line", "build"),
        [
            ("##reference=file:///data/hg19.fa", "GRCh37"),
            ("##reference=ftp://x/hs37d5.fa.gz", "GRCh37"),
            ("##reference=/ref/GRCh38_full_analysis_set.fa", "GRCh38"),
            ("##reference=chm13v2.0.fa", "T2T-CHM13v2.0"),
            ("##reference=/home/lab37/genome.fa", None),
            ("##description: human genome (GRCh38), version 44, mapped to GRCh37", None),
        ],
    )
    def test_words_of_a_header(self, line, build):
        assert [own.builds for own in text_evidence("x", [line])] == [[build]] * (build is not None)

    def test_the_reference_line_counts_without_lengths_and_warns_against_them(
        self, tmp_path, make_text, index_text, caplog
    ):
        paths = {}
        for chrom, build in (("1", "hg19"), ("2", "hg38")):
            text = make_text([(chrom, 5, ".", "A", "C", ["0/1"])], ["a"], (chrom,))
            text = text.replace("##contig", f"##reference=/r/{build}.fa\n##contig", 1)
            paths[chrom] = index_text(tmp_path / f"{chrom}.vcf.gz", text)
        with pytest.raises(
            InputError, match=r"2\.vcf\.gz is of GRCh38 .its header has '##reference=/r/h"
        ):
            inspect_genotypes(GenotypeFiles("vcf", paths), None)
        text = text.replace("##contig=<ID=2>", f"##contig=<ID=2,length={GRCH37['2']}>")
        paths["2"] = index_text(tmp_path / "3.vcf.gz", text)
        assert inspect_genotypes(GenotypeFiles("vcf", paths), None).build == "GRCh37"
        assert "but by the lengths of its contigs it is of GRCh37" in caplog.text

    @pytest.mark.parametrize(
        ("name", "text", "stops"),
        [
            ("g.gtf", '#!genome-build GRCh38.p14\n1\tx\tgene\t5\t9\t.\t+\t.\tgene_id "g";\n', True),
            ("g.gtf", '#!genome-build GRCh37.p13\n1\tx\tgene\t5\t9\t.\t+\t.\tgene_id "g";\n', False),
            ("g.bed", "track name=x db=hg38\n1\t5\t9\tg\n", True),
            ("g.bed", "# lifted over from hg38\n1\t5\t9\tg\n", False),
            # Chromosome 2 ends at 243,199,373 in GRCh37; a gene that only ends beyond may be extended.
            ("g.bed", "1\t5\t9\tg\n21\t48129896\t48129899\th\n", False),
            ("g.bed", "1\t249250620\t249250999\tg\n", False),
        ],
    )
    def test_annotations_of_another_build(self, write, tmp_path, name, text, stops):
        (tmp_path / name).write_text(text)
        path = write([v for v in cohort_variants() if v.chrom == "1"])
        inspection = inspect_genotypes(GenotypeFiles("vcf", {"1": path}), None)
        genes = read_genes(tmp_path / name, Tally())
        assert len(stated_lines(tmp_path / name)) == (stops or "37" in text.split("\n")[0])
        if stops:
            with pytest.raises(InputError, match=rf"{name} is of GRCh38 .* is of GRCh37"):
                check_genes_build(genes, str(tmp_path / name), inspection)
        else:
            check_genes_build(genes, str(tmp_path / name), inspection)

    def test_a_gene_that_starts_beyond_its_chromosome_stops(self, write, tmp_path, caplog):
        path = write([v for v in cohort_variants() if v.chrom == "1"], GRCH38)
        inspection = inspect_genotypes(GenotypeFiles("vcf", {"1": path}), None)
        (tmp_path / "g.bed").write_text("1\t249000000\t249000100\tg\n")
        genes = read_genes(tmp_path / "g.bed", Tally())
        with pytest.raises(
            InputError, match=r"a gene starts at 1:249000001, but the chromosome has 2489"
        ):
            check_genes_build(genes, str(tmp_path / "g.bed"), inspection)
        (tmp_path / "g.bed").write_text("1\t248956000\t249000100\tg\n")
        genes = read_genes(tmp_path / "g.bed", Tally())
        check_genes_build(genes, str(tmp_path / "g.bed"), inspection)
        with caplog.at_level(logging.WARNING, logger="genodiff"):
            inspect_genes(genes, "g.bed", inspection, Tally())
        assert "1 genes end beyond the end of their chromosome" in caplog.text
