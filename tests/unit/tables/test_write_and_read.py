"""The tidy and the wide file of every table, and reading and averaging tidy ones."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from genodiff.tables.read import over_seeds, read_long, seeds_text
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


def test_write_long__returns_what_it_wrote_in_full_and_nothing_is_a_header(tmp_path):
    found = write_long(tmp_path / "t.tsv", [{"a": 1 / 3}, {"a": 2.0}], ["a"])
    assert list(found["a"]) == [1 / 3, 2.0]
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
        ([0.5, float("nan")], 2, "0.50"),
        ([], 4, "NA"),
        ([float("nan")] * 2, 4, "NA"),
    ],
)
def test_cell__mean_and_standard_deviation_of_several_seeds(values, digits, text):
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


def test_read_long__texts_stay_and_missing_numbers_are_missing(tmp_path):
    path = tmp_path / "privacy.tsv"
    path.write_text("dataset\tseed\tauc\tother\nnull\t0\t0.5\tx\nNA\t0\tNA\ty\n")
    table = read_long(path, ["dataset", "auc"])
    assert list(table["dataset"]) == ["null", "NA"]
    assert table["auc"].isna().tolist() == [False, True]
    assert list(table) == ["dataset", "auc"]


def test_read_long__a_missing_column_is_named(tmp_path):
    path = tmp_path / "table.tsv"
    path.write_text("dataset\tseed\n")
    with pytest.raises(ValueError, match=r"table\.tsv: no column auc, auc_low"):
        read_long(path, ["dataset", "auc", "auc_low"])


def test_over_seeds__one_seed_keeps_its_limits():
    table = pd.DataFrame(
        {"dataset": "a", "seed": 0, "classifier": ["x", "y"], "v": [1, 3], "l": [0, 1], "h": [2, 6]}
    )
    row = over_seeds(table, ["dataset"], "v", "l", "h").iloc[0]
    assert row.to_dict() == {"dataset": "a", "mean": 2, "low": 0.5, "high": 4}
    assert seeds_text(table) == "bars: 95% interval"


def test_over_seeds__several_seeds_add_their_variance_and_missing_values_are_left_out():
    table = pd.DataFrame(
        {"dataset": ["a"] * 6 + ["b"], "seed": [0, 0, 1, 1, 2, 2, 0],
         "v": [1.0, 3, 4, np.nan, 3, 3, np.nan], "l": 0.0, "h": 3.92}
    )  # fmt: skip
    found = over_seeds(table, ["dataset"], "v", "l", "h").set_index("dataset")
    # Means of the seeds 2, 4 and 3, variance 1: by 3 seeds and two degrees of freedom. The individuals
    # have a standard error of 1 and any number of degrees: (1 + 1/3)^2 / (1/9 / 2) = 32.
    half = scipy.stats.t.ppf(0.975, 32) * (4 / 3) ** 0.5
    assert found.loc["a"].tolist() == pytest.approx([3, 3 - half, 3 + half])
    assert np.isnan(found.loc["b", "mean"])
    assert seeds_text(table) == "bars: 95% interval, 3 seeds"


def test_over_seeds__seeds_that_agree_do_not_hide_the_error_of_the_individuals():
    table = pd.DataFrame({"dataset": "a", "seed": range(3), "v": 0.5, "l": 0.45, "h": 0.55})
    row = over_seeds(table, ["dataset"], "v", "l", "h").iloc[0]
    assert [row["low"], row["high"]] == pytest.approx([0.45, 0.55], abs=1e-4)


def test_write_rows__of_all_results_with_the_columns_of_the_first(tmp_path):
    results = [{"rows": [{"dataset": "null", "n": 2}]}, {"rows": [{"n": 1, "dataset": "a"}]}]
    write_rows(results, tmp_path / "t.tsv")
    assert (tmp_path / "t.tsv").read_text() == "dataset\tn\nnull\t2\na\t1\n"
