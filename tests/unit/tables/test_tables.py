"""What all tables share: the tidy file and the wide one."""

import numpy as np
import pandas as pd
import pytest

from genodiff.tables.write import cell, write_long, write_rows, write_wide

DATASETS = {"real": "Real (null)", "unet_mlp": "MLP"}


def test_write_long__as_text(tmp_path):
    rows = [
        {"b": 1, "a": "x", "c": 1 / 3, "other": "left out"},
        {"a": None, "b": 20, "c": float("nan")},
        {"a": "y", "b": 3},
    ]
    write_long(tmp_path / "t.tsv", rows, ["a", "b", "c"])
    assert (tmp_path / "t.tsv").read_text() == "a\tb\tc\nx\t1\t0.333333\nNA\t20\tNA\ny\t3\tNA\n"
    assert [path.name for path in tmp_path.iterdir()] == ["t.tsv"]


def test_write_long__returns_what_it_wrote_in_full(tmp_path):
    found = write_long(tmp_path / "t.tsv", [{"a": 1 / 3}, {"a": 2.0}], ["a"])
    assert list(found["a"]) == [1 / 3, 2.0]
    read = pd.read_csv(tmp_path / "t.tsv", sep="\t")
    np.testing.assert_allclose(read["a"], found["a"], atol=1e-6)


def test_write_rows__of_all_results_with_the_columns_of_the_first(tmp_path):
    results = [{"rows": [{"dataset": "null", "n": 2}]}, {"rows": [{"n": 1, "dataset": "a"}]}]
    write_rows(results, tmp_path / "t.tsv")
    assert (tmp_path / "t.tsv").read_text() == "dataset\tn\nnull\t2\na\t1\n"


def test_write_long__nothing_is_a_header(tmp_path):
    write_long(tmp_path / "t.tsv", [], ["a", "b"])
    assert (tmp_path / "t.tsv").read_text() == "a\tb\n"


@pytest.mark.parametrize(
    ("values", "digits", "text"),
    [
        ([0.51234], 4, "0.5123"),
        ([76.0], 2, "76.00"),
        ([0.5, 0.7], 2, "0.60 ± 0.14"),  # deviation of a sample: 0.2 / sqrt(2)
        ([1, 2, 3, 4], 3, "2.500 ± 1.291"),
        ([0.5, 0.5], 1, "0.5 ± 0.0"),
        ([-0.25], 4, "-0.2500"),
        ([], 4, "NA"),
        ([float("nan")], 4, "NA"),
        ([float("nan")] * 2, 4, "NA"),
    ],
)
def test_cell__mean_and_behind_it_the_deviation_of_several_seeds(values, digits, text):
    assert cell(pd.Series(values, dtype=float), digits) == text


@pytest.fixture
def wide(tmp_path):
    """Function: write a wide table; its rows of cells."""

    def write(long, rows, datasets=DATASETS, digits=2):
        write_wide(tmp_path / "wide.tsv", pd.DataFrame(long), rows, datasets, "value", digits)
        assert [path.name for path in tmp_path.iterdir()] == ["wide.tsv"]
        return [line.split("\t") for line in (tmp_path / "wide.tsv").read_text().splitlines()]

    return write


def row(dataset, kind, side, value):
    return {"dataset": dataset, "kind": kind, "side": side, "value": value}


LONG = [
    row("real", "a", "train", 0.5), row("real", "a", "test", 0.75), row("real", "b", "train", 0.25),
    row("unet_mlp", "a", "train", 1.0), row("unet_mlp", "a", "train", 0.0),
    row("foreign", "a", "train", 9.0),
]  # fmt: skip


def test_write_wide__a_row_is_what_all_its_keys_say(wide):
    rows = [
        ({"Kind": "A", "Side": "train"}, {"kind": "a", "side": "train"}),
        ({"Kind": "A", "Side": "test"}, {"kind": "a", "side": "test"}),
        ({"Kind": "B", "Side": "train"}, {"kind": "b", "side": "train"}),
    ]
    assert wide(LONG, rows) == [
        ["Kind", "Side", "Real (null)", "MLP"],
        ["A", "train", "0.50", "0.50 ± 0.71"],
        ["A", "test", "0.75", "NA"],
        ["B", "train", "0.25", "NA"],
    ]


def test_write_wide__columns_are_the_datasets_in_their_order(wide):
    rows = [({"Kind": "A"}, {"kind": "a", "side": "train"})]
    assert wide(LONG, rows, {"foreign": "F", "none": "None", "real": "Real"}, digits=1) == [
        ["Kind", "F", "None", "Real"],
        ["A", "9.0", "NA", "0.5"],
    ]


def test_cell__deviation_needs_two_values():
    assert cell(pd.Series([0.5, float("nan")]), 2) == "0.50"
