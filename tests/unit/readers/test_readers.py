"""What every reader must do: the same individuals and variants, from files of each format."""

import numpy as np
import pandas as pd
import pytest

from genodiff.annotations.gene import Gene
from genodiff.formats.genotypes import iter_genes
from genodiff.formats.split import write_split
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.genotypes.matrices import write_matrices
from genodiff.genotypes.quality import Quality
from genodiff.genotypes.readers import open_genotypes
from genodiff.genotypes.readers.files import contigs_with_records, genotype_files
from genodiff.genotypes.snps import iter_snps
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError

GENES = [Gene("A", "1", 0, 100), Gene("B", "1", 50, 300), Gene("C", "2", 0, 200)]


class TestEveryReader:
    def test_individuals_contigs_and_files(self, format_name, write_format, cohort):
        samples, variants = cohort
        source, path = write_format(format_name, variants, samples)
        reader = open_genotypes(source, path)
        assert reader.samples == samples
        assert list(reader.contigs) == ["1", "2", "X"]
        assert contigs_with_records(source, path) == ["1", "2", "X"]
        assert genotype_files(source, path)[0] == path
        assert not reader.notes
        reader.verify()

    @pytest.mark.parametrize("contig", ["1", "2", "X"])
    def test_sites_and_dosages(self, format_name, write_format, cohort, contig):
        samples, variants = cohort
        reader = open_genotypes(*write_format(format_name, variants, samples))
        own = [v for v in variants if v.chrom == contig]
        tally, found = Tally(), []
        for site in reader.sites(contig):
            assert site.passed
            dosage = reader.dosages(site, tally)
            assert dosage.dtype == np.int8
            found.append((site.pos, site.id, site.ref, site.alts, dosage.tolist()))
        assert found == [tuple(v[1:]) for v in own]
        assert not list(tally)

    def test_rows_stay_what_they_were(self, format_name, write_format, cohort):
        samples, variants = cohort
        reader = open_genotypes(*write_format(format_name, variants, samples))
        rows = [reader.dosages(site, Tally()) for site in reader.sites("1")]
        assert [row.tolist() for row in rows] == [v.calls for v in variants if v.chrom == "1"]

    def test_snps_of_wanted_individuals_in_their_order(self, format_name, write_format, cohort):
        samples, variants = cohort
        reader = open_genotypes(*write_format(format_name, variants, samples))
        wanted, tally = ["007", "000", "010"], Tally()
        columns = [samples.index(name) for name in wanted]
        found = list(iter_snps(reader, "chr1", wanted, tally))
        expected = [v for v in variants if v.chrom == "1" and v.id.startswith("rs")]
        assert [(s.pos, s.dosage.tolist()) for s in found] == [
            (v.pos, [v.calls[c] for c in columns]) for v in expected
        ]
        assert {o: c.count for o, c in tally.of("record").items()} == {
            "not_a_snp": 1, "duplicate": 1, "no_alternate_allele": 1,
        }  # fmt: skip

    def test_a_missing_contig_or_individual_stops(self, format_name, write_format, cohort):
        samples, variants = cohort
        reader = open_genotypes(*write_format(format_name, variants, samples))
        with pytest.raises(InputError, match=r"no contig '7' .*Contigs of the file: 1, 2, X"):
            list(iter_snps(reader, "7", samples, Tally()))
        with pytest.raises(
            InputError, match="1 of the 2 individuals of the split are not in this file, for example 'z'"
        ):
            list(iter_snps(reader, "1", ["000", "z"], Tally()))

    def test_a_file_cut_short_stops(self, format_name, write_format, cohort):
        samples, variants = cohort
        source, path = write_format(format_name, variants, samples)
        with open(path, "rb") as file:
            content = file.read()
        with open(path, "wb") as file:
            file.write(content[:-40])
        with pytest.raises(InputError, match=r"truncated|not a readable"):
            list(iter_snps(open_genotypes(source, path), "1", samples, Tally()))

    def test_no_file_stops(self, format_name, write_format, cohort, tmp_path):
        source, path = write_format(format_name, cohort[1], cohort[0])
        with pytest.raises(InputError, match=rf"no such file \(cohort\.{source}\)"):
            genotype_files(source, str(tmp_path / f"no{path[-5:]}"))
        with pytest.raises(InputError, match="no such file"):
            open_genotypes(source, str(tmp_path / f"no{path[-5:]}"))


def matrices(source, path, samples, tmp_path, name):
    """Bytes of the matrices of chromosomes 1 and 2, and the counts."""
    sets = ["train"] * 6 + ["unlabelled"] * 2 + ["validation", "test", "excluded"]
    labels = ["case", "control"] * 3 + [None, None, "case", "control", None]
    split = pd.DataFrame({"sample": samples, "label": labels, "set": sets})
    write_split(tmp_path / "split.tsv", split)
    written = []
    for chromosome in ("1", "2"):
        output = tmp_path / f"{name}{chromosome}.parquet"
        tally = write_matrices(
            files=GenotypeFiles(source, {chromosome: path}), chromosome=chromosome, genes=GENES,
            between="nearest",
            split_path=tmp_path / "split.tsv", matrices_path=output,
            quality=Quality(0.05, 0.5, 1e-5), size=(1, None), control=None, memory_mb=2048,
        )  # fmt: skip
        written += [output.read_bytes(), [(unit, what, str(count)) for unit, what, count in tally]]
    assert len(list(iter_genes(tmp_path / f"{name}1.parquet"))) == 2
    return written


@pytest.mark.parametrize("other", ["bcf", "plink1", "plink2"])
def test_matrices__are_byte_equal_from_every_format(write_format, cohort, tmp_path, other):
    samples, variants = cohort
    expected = matrices(*write_format("vcf", variants, samples), samples, tmp_path, "vcf")
    assert matrices(*write_format(other, variants, samples), samples, tmp_path, other) == expected


@pytest.mark.parametrize("name", ["plink1", "plink2"])  # of an unsorted VCF there can be no index
def test_iter_snps__positions_that_are_not_sorted_stop(name, write_format, cohort):
    samples, variants = cohort
    swapped = [variants[1], variants[0], *variants[2:]]
    reader = open_genotypes(*write_format(name, swapped, samples))
    with pytest.raises(InputError, match="not sorted: 1:5 comes after 1:15"):
        list(iter_snps(reader, "1", samples, Tally()))
