"""Genetic fidelity in the report."""

import re
from dataclasses import replace

import pytest

from genodiff.report.fidelity import fidelity_tables
from genodiff.report.report_job import report_job
from genodiff.tables.fidelity import write_fidelity

VALUES = {"null": 0.99, "unet_mlp.genotypes": 0.97, "unet_cnn.genotypes": 0.4, "copies.genotypes": 0.99}


@pytest.fixture
def entries(finished):
    """Generators by the key of their decoded dataset."""
    return {f"{name}.genotypes": entry for name, entry in finished.generators.items()}


@pytest.fixture
def long_path(finished):
    """A long table of two numbers and a bin."""
    return _written(finished.folder, seeds=1)


def _written(folder, seeds):
    results = [
        {
            "dataset": name,
            "seed": seed,
            "numbers": [
                _row("frequency", "correlation", value, 0.002),
                _row("frequency", "largest_difference", 1 - value, None),
                _row("ld", "r2_bias", value - 1, 0.001, "within genes"),
                _row("relatedness", "within_second_degree", None, None),
            ],
        }
        for name, value in VALUES.items()
        for seed in range(seeds)
    ]
    path = folder / "fidelity.long.tsv"
    write_fidelity(results, folder / "fidelity.tsv", path, dict.fromkeys(VALUES, "title"))
    return str(path)


def _row(metric, number, value, error, bin_="all"):
    return {"metric": metric, "number": number, "bin": bin_, "value": value, "se": error, "n": 80}


@pytest.mark.parametrize("seeds", [1, 2])
def test_tables__in_bold_only_what_another_training_would_not_change(finished, entries, seeds):
    frequency = fidelity_tables(_written(finished.folder, seeds), entries)[0]
    (correlation,) = (cells for headings, cells in frequency.rows if headings == ["correlation"])
    assert [cell.best for cell in correlation][:3] == [False, seeds == 2, False]


def test_tables__null_first_with_intervals(long_path, entries):
    tables = fidelity_tables(long_path, entries)
    frequency = tables[0]
    assert [column.name for column in frequency.columns][:3] == [
        "null", "unet_mlp.genotypes", "unet_cnn.genotypes",
    ]  # fmt: skip
    rows = {headings[0]: cells for headings, cells in frequency.rows}
    assert [cell.text for cell in rows["correlation"]][:3] == ["0.9900", "0.9700", "0.4000"]
    assert rows["correlation"][0].note == "80 individuals, 95% interval 0.9861 to 0.9939, SE 0.0020"
    assert rows["largest difference"][0].note == "80 individuals"
    bias = {headings[0]: cells for headings, cells in tables[2].rows}["r2 within genes, difference"]
    assert bias[1].text == "-0.030"
    related = {headings[0]: cells for headings, cells in tables[4].rows}
    assert related["within, second degree"][0].text == "NA"


def test_tables__none_without_genotypes(long_path, entries):
    assert fidelity_tables(None, entries) == fidelity_tables(long_path, None) == []


def test_page__has_the_section(finished, entries, long_path):
    output = finished.folder / "report.html"
    report_job(
        replace(finished.sources, fidelity=long_path), output=output, config=finished.config,
        classifiers=finished.classifiers, commit="",
        generators={"components": finished.generators, "genotypes": entries},
    )  # fmt: skip
    text = output.read_text()
    assert 'id="fidelity"' in text
    assert len(re.findall("<table", text)) > 7
    assert "0.9700" in text
