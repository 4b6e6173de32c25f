"""The panel of individuals as a table of phenotypes."""

import pytest

from genodiff.downloads.panel import write_phenotypes
from genodiff.formats.phenotypes import read_phenotypes
from genodiff.runtime.errors import InputError

# The published header ends in two tabs, its lines do not.
HEADER = "sample\tpop\tsuper_pop\tgender\t\t\n"


def written(tmp_path, text):
    (tmp_path / "panel").write_text(text)
    write_phenotypes(tmp_path / "panel", tmp_path / "phenotypes.tsv")
    return tmp_path / "phenotypes.tsv"


def test_panel__becomes_a_table_that_the_workflow_reads(tmp_path):
    path = written(tmp_path, HEADER + "P1\tGBR\tEUR\tmale\rP2\tYRI\tAFR\tfemale\t\t\n\n")
    assert path.read_text() == (
        "sample\tpopulation\tsuperpopulation\tsex\nP1\tGBR\tEUR\tmale\nP2\tYRI\tAFR\tfemale\n"
    )
    odd = written(tmp_path, HEADER + "P\x1c1\tGBR\tEUR\tmale\n")
    assert odd.read_text().endswith("P\x1c1\tGBR\tEUR\tmale\n")
    path = written(tmp_path, HEADER + "P1\tGBR\tEUR\tmale\nP2\tYRI\tAFR\tfemale\n")
    individuals = read_phenotypes(path, "sample", "superpopulation", None)
    assert individuals["label"].tolist() == ["EUR", "AFR"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "contains no individuals"),
        (HEADER, "contains no individuals"),
        ("<html>\n", "not a text file in UTF-8 but HTML"),
        ("who\n", "line 1: expected the columns sample, pop, super_pop, gender, found 'who'"),
        (HEADER + "P1\tGBR\tEUR\n", "line 2: expected 4 values"),
        (HEADER + "P1\tGBR\t\tmale\n", "line 2: expected 4 values"),
        (HEADER + "P1\tGBR\tEUR\tmale\nP1\tGBR\tEUR\tmale\n", "line 3: sample 'P1' is listed twice"),
    ],
)
def test_panel__that_is_none_stops(tmp_path, text, words):
    with pytest.raises(InputError, match=words):
        written(tmp_path, text)
    assert not (tmp_path / "phenotypes.tsv").exists()
