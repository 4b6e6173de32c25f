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


def test_check__shows_the_summary_before_it_stops(tmp_path):
    (tmp_path / "facts.json").write_text(json.dumps(FACTS))
    tally, shown = Tally(), []
    tally.add("gene", "too_few_snps", "G1", 3)
    write_counts(tmp_path / "1.tsv", {"1": tally})
    arguments = {"facts_path": tmp_path / "facts.json", "thresholds": {}, "show": shown.append}
    with pytest.raises(InputError, match=r"no gene has a SNP .*counts are above"):
        check(counts=[tmp_path / "1.tsv"], **arguments)
    assert "Genes        3 listed, 0 kept" in shown[0]
    tally.add("gene", "kept")
    write_counts(tmp_path / "1.tsv", {"1": tally})
    check(counts=[tmp_path / "1.tsv"], **arguments)
    assert "Genes        3 listed, 1 kept" in shown[1]
