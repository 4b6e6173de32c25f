"""What `snakemake check` says about the inputs."""

import json

import pytest

from genodiff.qc.counts import Tally, write_counts
from genodiff.qc.summary import check, summary
from genodiff.runtime.errors import InputError

FACTS = {
    "build": "GRCh37", "build_confirmed": True, "contigs": {"1": "chr1"}, "individuals": 5, "genes": 3,
    "control": "no", "labels": {"no": 2, "yes": 1}, "family_column": None,
    "test": {"individuals": 380, "accuracy": 0.1016, "auc": 0.5449},
}  # fmt: skip
RELATIVES = {"pairs": 95688, "snps": 10000, "limit": 0.0884, "related": 0}


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({}, "Build        GRCh37"),
        ({"build_confirmed": False}, "Build        GRCh37, as declared; the files do not confirm it"),
        (
            {"build": None, "build_confirmed": False},
            "Build        unknown: the contig lengths of the files match no build that GenoDiff knows",
        ),
    ],
)
def test_summary__says_whether_the_files_confirm_the_build(facts, line):
    assert line in summary(FACTS | facts, RELATIVES, Tally(), []).splitlines()


def test_summary__what_the_components_keep_and_the_test_set_shows():
    text = summary(FACTS, RELATIVES, Tally(), [40.2, 99.0])
    assert "Components   keep 70% of the variance of a gene's SNPs on average, 40% of the gene" in text
    assert "Test set     380 individuals" in text
    assert "accuracy from 10 points and attacks from an AUC of 0.54" in text


@pytest.mark.parametrize(
    ("found", "family", "line", "cure"),
    [
        ({}, None, "0 with a kinship above 0.088 among 95,688 pairs", None),
        ({"limit": None}, None, "cannot be judged: too few independent SNPs", None),
        ({"limit": 0.64}, None, "cannot be judged: too few independent SNPs", None),
        ({"related": 9}, None, "9 with a kinship above 0.088", "cohort.family_column"),
        ({"related": 9}, "fam", "9 with a kinship above 0.088", "families of 'fam' do not hold all"),
    ],
)
def test_summary__relatives(found, family, line, cure):
    text = summary(FACTS | {"family_column": family}, RELATIVES | found, Tally(), [])
    assert f"Relatives    {line}" in text
    assert ("Warning: 9 pairs" in text) == (cure is not None)
    assert cure is None or cure in text


@pytest.mark.parametrize(
    ("control", "line"),
    [
        ("1", ["Classes      1,200 controls (label 1), 3 cases (label 2)"]),
        # As cohort.control_label may say.
        ("2", ["Classes      3 controls (label 2), 1,200 cases (label 1)"]),
        (None, []),
    ],
)
def test_summary__names_controls_and_cases_that_are_numbers(control, line):
    facts = FACTS | {"labels": {"1": 1200, "2": 3}, "control": control}
    found = summary(facts, RELATIVES, Tally(), []).splitlines()
    assert [text for text in found if text.startswith("Classes")] == line
    assert "Classes" not in summary(FACTS, RELATIVES, Tally(), [])
    assert "Classes" not in summary(facts | {"labels": {"1": 1, "2": 1, "3": 1}}, RELATIVES, Tally(), [])


def test_check__shows_the_summary_before_it_stops(tmp_path):
    for name, content in (("facts", FACTS), ("relatives", RELATIVES)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    tally, shown = Tally(), []

    def run():
        write_counts(tmp_path / "1.tsv", {"1": tally})
        paths = {f"{name}_path": tmp_path / f"{name}.json" for name in ("facts", "relatives")}
        check(**paths, counts=[tmp_path / "1.tsv"], models=[], show=shown.append, thresholds={})

    tally.add("gene", "too_few_snps", "G1", 3)
    with pytest.raises(InputError, match=r"no gene has a SNP .*counts are above"):
        run()
    assert "Genes        3 listed, 0 kept" in shown[0]
    tally.add("gene", "kept")
    run()
    assert "Genes        3 listed, 1 kept" in shown[1]
