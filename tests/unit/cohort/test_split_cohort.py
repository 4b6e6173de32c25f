"""split.tsv from a VCF and a phenotype table."""

import numpy as np
import pytest

from genodiff.cohort.split import split_cohort
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError

SAMPLES = [f"{i:03d}" for i in range(60, 0, -1)]
COLUMNS = ["sample", "phenotype", None]


@pytest.fixture
def cohort(tmp_path):
    """Function: phenotype table (columns, missing rates, threshold) to the split and the tally."""

    def split(content, columns=COLUMNS, rates=None, most=None):
        (tmp_path / "phenotypes.tsv").write_text(content)
        tally = Tally()
        phenotypes = str(tmp_path / "phenotypes.tsv")
        found = split_cohort(
            samples=SAMPLES,
            genotypes="c.vcf.gz",
            phenotypes=phenotypes,
            columns=columns,
            fractions=[0.2, 0.2],
            seed=0,
            missing_rates=rates,
            max_missing=most,
            tally=tally,
        )
        return found, tally

    return split


def lines(samples):
    return [f"{s}\t{'case' if int(s) % 2 else 'control'}\tF{int(s) // 2}\n" for s in samples]


HEADER = "sample\tphenotype\tfamily\n"


def test_split_cohort__is_in_the_order_of_the_vcf(cohort):
    split, tally = cohort(HEADER + "".join(sorted(lines(SAMPLES))))
    assert split["sample"].tolist() == SAMPLES
    assert split["label"].tolist() == ["control", "case"] * 30
    assert split["set"].value_counts().to_dict() == {"train": 38, "test": 12, "validation": 10}
    assert [tally["individual", name] for name in ("training", "validation", "test")] == [38, 10, 12]


def test_split_cohort__individuals_the_table_lacks_are_unlabelled_and_strangers_left_out(cohort):
    split, tally = cohort(HEADER + "".join(lines([*SAMPLES[10:], "900", "901"])))
    assert split["sample"].tolist() == SAMPLES
    assert split["set"].tolist()[:10] == ["unlabelled"] * 10
    assert "unlabelled" not in split["set"].tolist()[10:]
    assert str(tally.of("individual")["not_in_phenotypes"]) == "10 (060, 059, 058, ...)"
    assert str(tally.of("individual")["not_in_genotypes"]) == "2 (900, 901)"


def test_split_cohort__families_stay_whole(cohort):
    split, _ = cohort(HEADER + "".join(lines(SAMPLES)), ["sample", "phenotype", "family"])
    sets = split.groupby(split["sample"].astype(int) // 2)["set"].agg(set)
    assert all(len(found - {"excluded"}) <= 1 for found in sets)
    assert {"train", "validation", "test"} <= set(split["set"])


@pytest.mark.parametrize(
    "content", [HEADER + "1\tcase\tF\n2\tcontrol\tF\n", HEADER + "x\tcase\tF\n"], ids=["1", "x"]
)
def test_split_cohort__raises_without_a_common_individual(cohort, content):
    with pytest.raises(
        InputError, match=r"none of the 60 samples of c.vcf.gz is in column 'sample' .*; name the"
    ):
        cohort(content)


def test_split_cohort__individuals_who_miss_many_calls_are_excluded_before_the_draw(cohort):
    rates = np.zeros(60)
    rates[[3, 7]] = 0.3
    rates[8] = 0.1
    content = HEADER + "".join(lines(SAMPLES))
    split, tally = cohort(content, rates=rates, most=0.1)
    assert split["set"].tolist()[3] == split["set"].tolist()[7] == "excluded"
    assert (split["set"] == "excluded").sum() == 2
    assert str(tally.of("individual")["missing_rate"]) == "2 (057, 053)"
    # The others are split as if those two had never been there.
    others = cohort("".join([HEADER, *lines(SAMPLES)]), rates=np.zeros(60), most=0.1)[0]
    assert (others["set"] != "excluded").all()
    with pytest.raises(
        InputError, match="no individual has so few missing calls; the smallest missing rate is 20"
    ):
        cohort(content, rates=np.full(60, 0.2), most=0.1)


@pytest.mark.parametrize(
    ("label", "says"),
    [("NA", "has a phenotype of none of the 60 used individuals of c.vcf.gz"), ("case", "at least two")],
)
def test_split_cohort__names_table_and_column_where_labels_do_not_do(cohort, label, says):
    with pytest.raises(InputError, match=rf"phenotypes\.tsv.*column 'phenotype'.*{says}"):
        cohort(HEADER + "".join(f"{s}\t{label}\tF\n" for s in SAMPLES))


def test_split_cohort__names_the_columns_of_the_table_not_those_of_the_configuration(cohort):
    one_class = "".join(f"{sample}\t1\n" for sample in SAMPLES)
    with pytest.raises(InputError, match=r"phenotypes\.tsv, column 'T2D': .*one class \('1'\)"):
        cohort("#IID\tT2D\n" + one_class)
    with pytest.raises(InputError, match="column 'T2D' has a phenotype of none of the 60"):
        cohort("#IID\tT2D\n" + one_class.replace("\t1", "\tNONE"))
    with pytest.raises(InputError, match=r"none of the 60 samples of .* is in column 'IID'"):
        cohort("#IID\tT2D\nx\t1\ny\t2\n")
