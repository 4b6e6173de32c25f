"""Counts with the first places, and their tables."""

import re
from pathlib import Path

import pytest

import genodiff
from genodiff.qc.counts import Tally, read_counts, write_counts
from genodiff.qc.outcomes import OUTCOMES, words
from genodiff.qc.table import ordered, read_qc_table, write_qc_table


def some():
    tally = Tally()
    for place in ("1:5", "1:7", "1:7", "2:9", "2:11"):
        tally.add("record", "multiallelic", place)
    tally.add("record", "kept", None, 40)
    tally.add("gene", "without_snps", "HLA; A")
    return tally


def as_text(tally):
    return {(unit, outcome): str(count) for unit, outcome, count in tally}


def test_tally__counts_and_keeps_the_first_places_once():
    tally = some()
    assert as_text(tally) == {
        ("record", "multiallelic"): "5 (1:5, 1:7, 2:9, ...)",
        ("record", "kept"): "40",
        ("gene", "without_snps"): "1 (HLA; A)",
    }
    assert tally["record", "kept"] == 40
    assert tally["record", "nothing"] == 0
    assert tally.total("record") == 45
    assert list(tally.of("gene")) == ["without_snps"]


def test_sum__adds_counts_and_keeps_the_first_places_of_all():
    other = Tally()
    other.add("record", "multiallelic", "3:1")
    other.add("record", "kept", None, 2)
    other.add("call", "half_missing", "3:1", 4)
    together = Tally.sum([other, some(), Tally()])
    assert as_text(together) == {
        ("record", "multiallelic"): "6 (3:1, 1:5, 1:7, ...)",
        ("record", "kept"): "42",
        ("call", "half_missing"): "4 (3:1, ...)",
        ("gene", "without_snps"): "1 (HLA; A)",
    }


def test_counts__come_back_with_chromosomes_summed(tmp_path):
    path = tmp_path / "c.tsv"
    other = Tally()
    other.add("record", "kept", None, 2)
    write_counts(path, {"1": some(), "": other})
    found = read_counts(path)
    assert found["record", "kept"] == 42
    assert found.of("record")["multiallelic"].examples == ["1:5", "1:7", "2:9"]
    (tmp_path / "other.tsv").write_text("chromosome\twhat\tcount\n")
    with pytest.raises(ValueError, match="not a table of counts of this version"):
        read_counts(tmp_path / "other.tsv")


def test_tally__names_one_individual_of_damaged_calls(tmp_path):
    """Logs and the summary of the check show these places."""
    tallies = {}
    for chromosome in "12":
        tallies[chromosome] = Tally()
        for sample in ("S01", "S02", "S03"):
            tallies[chromosome].add("call", "unknown_allele", f"{chromosome}:5 {sample}")
            tallies[chromosome].add("call", "half_missing", f"{chromosome}:5{sample[-1]}")
    both = Tally.sum(tallies.values())
    write_counts(tmp_path / "a.tsv", tallies)
    for tally in (both, read_counts(tmp_path / "a.tsv")):
        assert str(tally.of("call")["unknown_allele"]) == "6 (1:5 S01, ...)"
        assert str(tally.of("call")["half_missing"]) == "6 (1:51, 1:52, 1:53, ...)"


def test_qc_table__in_words_and_in_order(tmp_path):
    other = Tally()
    # Counts may name individuals and their calls, a table that goes into reports must not.
    other.add("individual", "training", "S07", 9)
    other.add("call", "unknown_allele", "1:5 S07")
    other.add("record", "brand_new", "4:4")
    write_counts(tmp_path / "a.tsv", {"1": some()})
    write_counts(tmp_path / "b.tsv", {"": other})
    write_qc_table(counts=[tmp_path / "a.tsv", tmp_path / "b.tsv"], output=tmp_path / "qc.tsv")
    rows = read_qc_table(tmp_path / "qc.tsv")
    assert [(row["unit"], row["outcome"], row["count"]) for row in rows] == [
        ("individual", "training", "9"), ("record", "kept", "40"), ("record", "multiallelic", "5"),
        ("record", "brand_new", "1"), ("call", "unknown_allele", "1"), ("gene", "without_snps", "1"),
    ]  # fmt: skip
    assert "S07" not in (tmp_path / "qc.tsv").read_text()
    assert rows[2]["first"] == "1:5; 1:7; 2:9"
    assert rows[2]["meaning"] == "more than one alternate allele"
    assert rows[3]["meaning"] == "brand new"
    with pytest.raises(ValueError, match="not a quality table"):
        read_qc_table(tmp_path / "a.tsv")


def test_words__of_the_outcomes_that_the_library_counts_and_no_others():
    files = [path for path in Path(genodiff.__file__).parent.rglob("*.py") if path.stem != "outcomes"]
    code = "\n".join(path.read_text() for path in files)
    counted = set(re.findall(r'tally\.add\(\s*"(\w+)",\s*"(\w+)"', code))
    assert len(counted) >= 10
    known = {(unit, outcome) for unit, outcomes in OUTCOMES.items() for outcome in outcomes}
    assert counted <= known
    assert [outcome for _, outcome in known if f'"{outcome}"' not in code] == []
    assert words("gene", "kept") == "kept"
    assert ordered(Tally()) == []
