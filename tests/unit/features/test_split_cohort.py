"""split.tsv from a VCF and a phenotype table."""

import pysam
import pytest

from genodiff.errors import InputError
from genodiff.features.split import split_cohort
from genodiff.formats.people import read_split

SAMPLES = [f"{i:03d}" for i in range(60, 0, -1)]
COLUMNS = ["sample", "phenotype", None]


@pytest.fixture
def cohort(tmp_path):
    """Function: phenotype table text (columns, fractions, seed) to the split."""
    fixed = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"]
    vcf = tmp_path / "x.vcf.gz"
    with pysam.BGZFile(str(vcf), "w") as out:
        out.write(("##fileformat=VCFv4.2\n" + "\t".join([*fixed, *SAMPLES]) + "\n").encode())

    def split(content, columns=COLUMNS):
        (tmp_path / "phenotypes.tsv").write_text(content)
        split_cohort(
            str(vcf),
            str(tmp_path / "phenotypes.tsv"),
            str(tmp_path / "split.tsv"),
            columns,
            [0.2, 0.2],
            0,
        )
        return read_split(tmp_path / "split.tsv")

    return split


def lines(samples):
    return [f"{s}\t{'case' if int(s) % 2 else 'control'}\tF{int(s) // 2}\n" for s in samples]


HEADER = "sample\tphenotype\tfamily\n"


def test_split_cohort__is_in_the_order_of_the_vcf(cohort):
    split = cohort(HEADER + "".join(sorted(lines(SAMPLES))))
    assert split["sample"].tolist() == SAMPLES
    assert split["label"].tolist() == ["control", "case"] * 30
    assert split["set"].value_counts().to_dict() == {"train": 38, "test": 12, "validation": 10}


def test_split_cohort__people_the_table_lacks_are_unlabelled_and_strangers_left_out(cohort):
    split = cohort(HEADER + "".join(lines([*SAMPLES[10:], "900", "901"])))
    assert split["sample"].tolist() == SAMPLES
    assert split["set"].tolist()[:10] == ["unlabelled"] * 10
    assert "unlabelled" not in split["set"].tolist()[10:]


def test_split_cohort__families_stay_whole(cohort):
    split = cohort(HEADER + "".join(lines(SAMPLES)), ["sample", "phenotype", "family"])
    sets = split.groupby(split["sample"].astype(int) // 2)["set"].agg(set)
    assert all(len(found - {"excluded"}) <= 1 for found in sets)
    assert {"train", "validation", "test"} <= set(split["set"])


@pytest.mark.parametrize(
    "content", [HEADER + "1\tcase\tF\n2\tcontrol\tF\n", HEADER], ids=["1", "no lines"]
)
def test_split_cohort__raises_when_nobody_is_shared(cohort, content):
    with pytest.raises(InputError, match=r"none of the 60 samples of .*x\.vcf\.gz .*'sample'"):
        cohort(content)
