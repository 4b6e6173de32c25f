"""The table of several splits in the report."""

import re
from dataclasses import replace

import pytest

from genodiff.report.report_job import report_job
from genodiff.report.splits import splits_tables
from genodiff.tables.splits import COLUMNS
from genodiff.tables.write import write_long

GENERATORS = {
    "unet_mlp": {"title": "MLP", "kind": "diffusion"},
    "theirs": {"title": "Theirs", "kind": "external"},
}


@pytest.fixture
def path(tmp_path):
    """splits.tsv without external individuals, and with a recovery in one split only."""
    rows = [
        ("accuracy", "real", "mlp", 3, 0.9, 0.1), ("accuracy", "real", "average", 3, 0.812, 0.02),
        ("accuracy", "unet_mlp", "average", 3, 0.754, 0.03),
        ("chance_corrected_recovery", "real", "average", 1, 1, float("nan")),
        ("chance_corrected_recovery", "unet_mlp", "average", 0, float("nan"), float("nan")),
        ("auc", "null", "NA", 3, 0.5, 0.012), ("auc", "unet_mlp", "NA", 3, 0.61, 0.05),
    ]  # fmt: skip
    keys = ["measure", "dataset", "classifier", "splits", "mean", "sd"]
    rows = [dict(zip(keys, row, strict=True)) for row in rows]
    spread = [{"seeds": 2, "min": row["mean"] - 0.1, "max": row["mean"] + 0.2} for row in rows]
    rows = [row | own for row, own in zip(rows, spread, strict=True)]
    write_long(tmp_path / "splits.tsv", rows, COLUMNS)
    return str(tmp_path / "splits.tsv")


def test_one_split__has_no_table():
    assert splits_tables(None, GENERATORS) == []


def test_several__mean_and_spread_beside_real_individuals_or_the_null(path):
    (table,) = splits_tables(path, GENERATORS)
    assert "Over 3 random splits" in table.caption
    assert [column.title for column in table.columns] == ["Real (null)", "MLP", "Theirs"]
    cells = {headings[0]: [cell.text for cell in row] for headings, row in table.rows}
    assert cells["accuracy (%), average"] == ["81.2 ± 2.0", "75.4 ± 3.0", "NA"]
    assert cells["chance-corrected recovery"] == ["1.00", "NA", "NA"]
    assert cells["AUC of the strongest attack"] == ["0.500 ± 0.012", "0.610 ± 0.050", "NA"]
    notes = [cell.note for cell in table.rows[0][1]]
    assert notes == ["71.2 to 101.2 in 3 splits", "65.4 to 95.4 in 3 splits", ""]


def test_report__has_the_table_and_the_file(finished, path):
    output = finished.folder / "report.html"
    report_job(
        replace(finished.sources, splits=path), output=output, config=finished.config,
        classifiers=finished.classifiers, generators={"components": finished.generators}, commit="",
    )  # fmt: skip
    text = output.read_text()
    assert re.search(r"<td[^>]*>75.4 ± 3.0</td>", text)
    assert "splits.tsv" in re.findall(r'download="([^"]+)"', text)
