"""Tables 2 and 3 by hand: the null and one generator of two seeds."""

import pandas as pd
import pytest

from genodiff.tables.nn_adversarial import LONG_COLUMNS, write_table2, write_table3

DATASETS = {"real": "Real (null)", "unet_mlp": "MLP"}
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
    return [job("real", 0, 0.5), job("unet_mlp", 0, 0.25), job("unet_mlp", 1, 0.75)]


@pytest.fixture
def tables(tmp_path):
    """Function: write Table 2 or 3; the wide one as rows of cells, the long one as a frame."""

    def write(function, results, datasets=DATASETS):
        wide, long = tmp_path / "table.tsv", tmp_path / "table.long.tsv"
        function(results, wide, long, datasets)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["table.long.tsv", "table.tsv"]
        return [line.split("\t") for line in wide.read_text().splitlines()], pd.read_csv(long, sep="\t")

    return write


def test_table2__shape_and_numbers(results, tables):
    wide, _ = tables(write_table2, results)
    # nn_share is row 0 against train and row 4 against test; seeds are half a point apart.
    assert wide == [
        ["Comparison", "Real (null)", "MLP"],
        ["train", "0.5000", "0.5000 ± 0.3536"],
        ["test", "0.5400", "0.5400 ± 0.3536"],
    ]


def test_table2__long_rows(results, tables):
    _, long = tables(write_table2, results)
    assert list(long) == LONG_COLUMNS
    assert set(long["measure"]) == {"nn_share"}
    assert list(zip(long["dataset"], long["against"], long["seed"], long["value"], strict=True)) == [
        ("real", "train", 0, 0.5), ("real", "test", 0, 0.54),
        ("unet_mlp", "train", 0, 0.25), ("unet_mlp", "test", 0, 0.29),
        ("unet_mlp", "train", 1, 0.75), ("unet_mlp", "test", 1, 0.79),
    ]  # fmt: skip


def test_table3__shape_and_numbers(results, tables):
    wide, _ = tables(write_table3, [results[0], results[1]])
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


def test_table3__long_rows(results, tables):
    _, long = tables(write_table3, results)
    assert list(long) == LONG_COLUMNS
    assert len(long) == 3 * (3 * 3 + 1)
    assert set(long["measure"]) == {"aa_truth", "aa_syn", "aa_ts", "privacy_loss"}
    assert set(long["against"]) == {*AGAINST, "both"}
    loss = long[long["measure"] == "privacy_loss"]
    assert list(loss["value"]) == pytest.approx([0.62, 0.37, 0.87])
    assert set(loss["against"]) == {"both"}


@pytest.mark.parametrize("function", [write_table2, write_table3])
def test_tables__deviation_only_with_several_seeds(results, tables, function):
    for chosen, marked in ((results, True), (results[:2], False)):
        wide, _ = tables(function, chosen)
        lines = wide[1:]
        assert all(("±" in line[-1]) == marked for line in lines)
        assert not any("±" in line[-2] for line in lines)


@pytest.mark.parametrize("function", [write_table2, write_table3])
def test_tables__na_for_what_is_missing(results, tables, function):
    # A row without its error, and a dataset that nobody compared.
    results[0]["rows"][0]["se"] = results[0]["rows"][1]["se"] = None
    wide, long = tables(function, results, DATASETS | {"mosaic": "Mosaic"})
    assert wide[0][-1] == "Mosaic"
    assert {line[-1] for line in wide[1:]} == {"NA"}
    assert long["se"].isna().sum() == 1


def test_write_table2__long_file_as_text(results, tmp_path):
    results[0]["rows"][0]["repeat_sd"] = float("nan")
    write_table2(results[:1], tmp_path / "wide.tsv", tmp_path / "long.tsv", DATASETS)
    assert (tmp_path / "long.tsv").read_text() == (
        "dataset\tagainst\tmeasure\tseed\tn\trepeats\tvalue\tse\trepeat_sd\n"
        "real\ttrain\tnn_share\t0\t40\t5\t0.500000\t0.010000\tNA\n"
        "real\ttest\tnn_share\t0\t40\t5\t0.540000\t0.010000\t0.125000\n"
    )
