"""Tables 2 and 3 by hand: the null and one generator of two seeds."""

import pytest

from genodiff.tables.nn_adversarial import LONG_COLUMNS, write_table2, write_table3
from genodiff.tables.read import read_long

DATASETS = {"null": "Real (null)", "unet_mlp": "MLP"}
AGAINST = ("train", "test", "train_as_test")
MEASURES = ("nn_share", "aa_truth", "aa_syn", "aa_ts")


def job(dataset, seed, first):
    """What a compare job found; values go up from `first` by 0.01, in the order of the job's rows."""
    keys = [(measure, against) for against in AGAINST for measure in MEASURES]
    keys.append(("privacy_loss", "both"))
    rows = [
        {
            "dataset": dataset, "seed": seed, "measure": measure, "against": against, "n": 40,
            "repeats": 5, "value": first + i / 100, "se": 0.01, "repeat_sd": 0.125,
        }
        for i, (measure, against) in enumerate(keys)
    ]  # fmt: skip
    return {"rows": rows}


@pytest.fixture
def results():
    return [job("null", 0, 0.5), job("unet_mlp", 0, 0.25), job("unet_mlp", 1, 0.75)]


@pytest.fixture
def tables(tmp_path):
    """Function: write Table 2 or 3; the wide one as rows of cells, the long one as a frame."""

    def write(function, results, datasets=DATASETS):
        wide, long = tmp_path / "table.tsv", tmp_path / "table.long.tsv"
        function(results, wide, long, datasets)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["table.long.tsv", "table.tsv"]
        return [line.split("\t") for line in wide.read_text().splitlines()], read_long(
            long, LONG_COLUMNS
        )

    return write


def test_table2__numbers(results, tables):
    results[0]["rows"][0]["repeat_sd"] = float("nan")
    wide, long = tables(write_table2, results)
    # nn_share is row 0 against train and row 4 against test; seeds are half a point apart.
    assert wide == [
        ["Comparison", "Real (null)", "MLP"],
        ["train", "0.5000", "0.5000 ± 0.3536"],
        ["test", "0.5400", "0.5400 ± 0.3536"],
    ]
    assert list(long) == LONG_COLUMNS
    assert long.drop(columns="repeat_sd").to_numpy().tolist() == [
        [name, against, "nn_share", seed, 40, 5, value, 0.01]
        for name, seed, first in (("null", 0, 0.5), ("unet_mlp", 0, 0.25), ("unet_mlp", 1, 0.75))
        for against, value in (("train", first), ("test", round(first + 0.04, 2)))
    ]
    assert long["repeat_sd"].isna().tolist() == [True] + [False] * 5


def test_table3__numbers(results, tables):
    wide, long = tables(write_table3, results[:2])
    assert wide == [
        ["Measure", "Comparison", "Real (null)", "MLP"],
        ["AA_truth", "train", "0.5100", "0.2600"],
        ["AA_truth", "test", "0.5500", "0.3000"],
        ["AA_syn", "train", "0.5200", "0.2700"],
        ["AA_syn", "test", "0.5600", "0.3100"],
        ["AA_TS", "train", "0.5300", "0.2800"],
        ["AA_TS", "test", "0.5700", "0.3200"],
        ["AA_TS", "train, as many as test", "0.6100", "0.3600"],
        ["privacy loss", "test less train, as many as test", "0.6200", "0.3700"],
    ]
    assert list(long) == LONG_COLUMNS
    assert long.groupby(["dataset", "measure"]).size().to_dict() == {
        (name, measure): 1 if measure == "privacy_loss" else 3
        for name in DATASETS
        for measure in (*MEASURES[1:], "privacy_loss")
    }
    wide, _ = tables(write_table3, results)
    assert all("±" in line[-1] and "±" not in line[-2] for line in wide[1:])


@pytest.mark.parametrize("function", [write_table2, write_table3])
def test_tables__na_for_what_is_missing(results, tables, function):
    # A row without its error, and a dataset that nobody compared.
    results[0]["rows"][0]["se"] = results[0]["rows"][1]["se"] = None
    wide, long = tables(function, results, DATASETS | {"mosaic": "Mosaic"})
    assert wide[0][-1] == "Mosaic"
    assert {line[-1] for line in wide[1:]} == {"NA"}
    assert long["se"].isna().sum() == 1
