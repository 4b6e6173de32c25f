"""What every writer of released genotypes must do: the same individuals, SNPs and dosages, read by our
readers, by bcftools and by plink2."""

import shutil
import subprocess

import numpy as np
import pytest

from genodiff.genotypes.readers import open_genotypes
from genodiff.qc.counts import Tally
from genodiff.release.cohort import Cohort
from genodiff.release.writers import WRITERS

READ = {"vcf": ("vcf", ".vcf.gz"), "bcf": ("vcf", ".bcf"), "plink1": ("plink1", ".bed")}
READ |= {"plink2": ("plink2", ".pgen")}
PLINK2 = {
    "vcf": ["--vcf", "{}.vcf.gz"],
    "bcf": ["--bcf", "{}.bcf"],
    "plink1": ["--bfile", "{}"],
    "plink2": ["--pfile", "{}"],
}
LABELS = ["yes", "no", "no", "yes", None]


@pytest.fixture(params=WRITERS)
def written(request, cohort_of, tmp_path):
    """Name of a format, a cohort, and what the names of its files begin with."""
    cohort, stem = cohort_of(LABELS), tmp_path / "out" / "genotypes"
    stem.parent.mkdir()
    WRITERS[request.param].load()().write(stem, cohort)
    return request.param, cohort, stem


class TestEveryWriter:
    def test_files_are_those_that_it_describes(self, written):
        name, _, stem = written
        described = {f"genotypes{suffix}" for suffix in WRITERS[name].load().files}
        made = {path.name for path in stem.parent.iterdir()}
        assert made <= described
        # One of two kinds of index.
        assert described - made <= {"genotypes.vcf.gz.csi"}

    def test_our_readers_read_it(self, written):
        name, cohort, stem = written
        source, suffix = READ[name]
        reader = open_genotypes(source, f"{stem}{suffix}")
        reader.verify()
        assert reader.samples == cohort.samples
        found = [
            (chrom, site.pos, site.id, site.ref, *site.alts, *reader.dosages(site, Tally()).tolist())
            for chrom in ("1", "22")
            for site in reader.sites(chrom)
        ]
        rows = cohort.sites.itertuples(index=False, name=None)
        assert found == [(*row, *own) for row, own in zip(rows, cohort.dosage.tolist(), strict=True)]

    @pytest.mark.skipif(not shutil.which("plink2"), reason="needs plink2")
    def test_plink2_reads_it(self, written, tmp_path):
        name, cohort, stem = written
        given = [part.format(stem) for part in PLINK2[name]]
        export = [*given, "--export", "A-transpose", "--out", str(tmp_path / "x")]
        done = subprocess.run(["plink2", *export], capture_output=True, text=True, check=True)
        assert "Warning" not in done.stdout + done.stderr
        lines = [line.split("\t") for line in (tmp_path / "x.traw").read_text().splitlines()]
        assert [sample.split("_")[-1] for sample in lines[0][6:]] == cohort.samples
        # The exported dosages count REF or ALT, as its column COUNTED says.
        found = np.array([line[6:] for line in lines[1:]], int)
        alt = np.array([line[4] for line in lines[1:]]) == cohort.sites["alt"]
        np.testing.assert_array_equal(np.where(alt.to_numpy()[:, None], found, 2 - found), cohort.dosage)
        assert [line[1] for line in lines[1:]] == cohort.sites["id"].tolist()

    @pytest.mark.skipif(not shutil.which("plink2"), reason="needs plink2")
    def test_plink_knows_cases_and_controls(self, written, tmp_path):
        name, _, stem = written
        if not name.startswith("plink"):
            pytest.skip("a VCF has no phenotypes")
        given = [part.format(stem) for part in PLINK2[name]]
        command = ["plink2", *given, "--freq", "--out", str(tmp_path / "x")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "1 binary phenotype loaded (2 cases, 2 controls)" in done.stdout

    def test_the_same_individuals_give_the_same_files(self, written, tmp_path):
        name, cohort, stem = written
        WRITERS[name].load()().write(tmp_path / "again", cohort)
        for suffix in WRITERS[name].load().files:
            if (stem.parent / f"genotypes{suffix}").exists():
                again = tmp_path / f"again{suffix}"
                assert again.read_bytes() == (stem.parent / f"genotypes{suffix}").read_bytes()

    def test_blocks_of_snps_make_no_difference(self, written, tmp_path, monkeypatch):
        name, cohort, stem = written
        monkeypatch.setattr("genodiff.formats.plink1.iter_dosages.__defaults__", (11,))
        assert len(list(Cohort.blocks(cohort))) == 4
        WRITERS[name].load()().write(tmp_path / "again", cohort)
        main = READ[name][1]
        # Compressed blocks and PLINK 2's compression of variants may end elsewhere.
        source = READ[name][0]
        both = [open_genotypes(source, f"{path}{main}") for path in (stem, tmp_path / "again")]
        found = [
            [own.dosages(site, Tally()).tolist() for c in ("1", "22") for site in own.sites(c)]
            for own in both
        ]
        assert found[0] == found[1]


@pytest.mark.skipif(not shutil.which("bcftools"), reason="needs bcftools")
@pytest.mark.parametrize(("name", "suffix"), [("vcf", ".vcf.gz"), ("bcf", ".bcf")])
def test_bcftools_reads_it_without_a_word_and_through_its_index(cohort_of, tmp_path, name, suffix):
    cohort, stem = cohort_of(LABELS), tmp_path / "x"
    WRITERS[name].load()().write(stem, cohort)

    def bcftools(*arguments):
        command = ["bcftools", *arguments, f"{stem}{suffix}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        return done.stdout.splitlines()

    lines = bcftools("query", "-f", "%CHROM\t%POS\t%ID\t%REF\t%ALT[\t%GT]\n")
    calls = np.array(["0/0", "0/1", "1/1"])[cohort.dosage]
    rows = cohort.sites.astype(str).itertuples(index=False, name=None)
    expected = ["\t".join([*row, *own]) for row, own in zip(rows, calls, strict=True)]
    assert lines == expected
    assert len(bcftools("view", "-H", "--regions", "22")) == 2
    assert len(bcftools("view", "-H", "--regions", f"1:{2**28}-")) == 1


def test_vcf__of_a_long_chromosome_has_an_index_that_reaches_its_end(cohort_of, tmp_path):
    cohort = cohort_of(["no", "yes"])
    cohort.sites.loc[4, "pos"] = 2**29 + 5
    WRITERS["vcf"].load()().write(tmp_path / "x", cohort)
    assert (tmp_path / "x.vcf.gz.csi").exists()
    assert not (tmp_path / "x.vcf.gz.tbi").exists()
