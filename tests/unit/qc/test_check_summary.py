"""What `snakemake check` says about the inputs."""

import json

import pytest

from genodiff.qc.counts import Tally, write_counts
from genodiff.qc.summary import check, summary
from genodiff.runtime.errors import InputError

FACTS = {
    "build": "GRCh37", "build_confirmed": True, "contigs": {"1": "chr1"}, "individuals": 5, "genes": 3,
    "control": "no", "labels": {"no": 2, "yes": 1},
}  # fmt: skip


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
    assert line in summary(FACTS | facts, Tally()).splitlines()


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
    found = summary(facts, Tally()).splitlines()
    assert [text for text in found if text.startswith("Classes")] == line
    assert "Classes" not in summary(FACTS, Tally())
    assert "Classes" not in summary(facts | {"labels": {"1": 1, "2": 1, "3": 1}}, Tally())


def test_check__shows_the_summary_before_it_stops(tmp_path):
    (tmp_path / "facts.json").write_text(json.dumps(FACTS))
    tally, shown = Tally(), []
    tally.add("gene", "too_few_snps", "G1", 3)
    write_counts(tmp_path / "1.tsv", {"1": tally})
    with pytest.raises(InputError, match=r"no gene has a SNP .*counts of what was left out.*above"):
        check(facts_path=tmp_path / "facts.json", counts=[tmp_path / "1.tsv"], show=shown.append)
    assert "Genes        3 listed, 0 kept" in shown[0]
    tally.add("gene", "kept")
    write_counts(tmp_path / "1.tsv", {"1": tally})
    check(facts_path=tmp_path / "facts.json", counts=[tmp_path / "1.tsv"], show=shown.append)
    assert "Genes        3 listed, 1 kept" in shown[1]
