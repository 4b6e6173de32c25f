"""split.tsv."""

import numpy as np
import pandas as pd
import pytest

from genodiff.formats.split import SETS, read_split, write_split


def split(**changes):
    columns = {
        "sample": ["007", "b c", "c", "d", "e"],
        "label": ["case", "NA", "2", None, None],
        "set": ["train", "validation", "test", "unlabelled", "excluded"],
    }
    return pd.DataFrame(columns | changes)


def test_split__comes_back_as_written(tmp_path):
    # "NA" and "2" are labels here: split.tsv says "unknown" with an empty field only.
    write_split(tmp_path / "split.tsv", split(family=list("vwxyz")))
    found = read_split(tmp_path / "split.tsv")
    assert found.columns.tolist() == ["sample", "label", "set"]
    assert found["sample"].tolist() == ["007", "b c", "c", "d", "e"]
    assert found["label"].tolist() == ["case", "NA", "2", None, None]
    assert found["set"].tolist() == list(SETS)
    assert (tmp_path / "split.tsv").read_text().splitlines()[3:5] == ["c\t2\ttest", "d\t\tunlabelled"]


@pytest.mark.parametrize("bare", [None, np.nan, pd.NA])
def test_write_split__every_kind_of_no_label_is_empty(tmp_path, bare):
    labels = ["case", "control", "case", bare, bare]
    write_split(tmp_path / "split.tsv", split(label=pd.Series(labels, dtype=object)))
    assert read_split(tmp_path / "split.tsv")["label"].tolist()[3:] == [None, None]


BAD_SPLITS = [
    ({"set": ["train", "validation", "test", "unlabelled", "Test"]}, "unknown set.*Test"),
    ({"sample": ["a", "b", "a", "d", "e"]}, "appears twice"),
    ({"label": ["case", None, "case", None, None]}, "no label"),
    ({"label": ["case", "case", "case", "case", None]}, "label"),  # unlabelled with a label
]


@pytest.mark.parametrize(("change", "says"), BAD_SPLITS)
def test_split__raises_on_write_and_on_read(tmp_path, change, says):
    with pytest.raises(ValueError, match=says):
        write_split(tmp_path / "split.tsv", split(**change))
    assert list(tmp_path.iterdir()) == []
    split(**change).to_csv(tmp_path / "by_hand.tsv", sep="\t", index=False)
    with pytest.raises(ValueError, match=says):
        read_split(tmp_path / "by_hand.tsv")


def test_split__keeps_batches_where_there_are_some(tmp_path):
    write_split(tmp_path / "split.tsv", split(batch=["x", "NA", "", "x", "x"]))
    found = read_split(tmp_path / "split.tsv")
    assert found.columns.tolist() == ["sample", "label", "set", "batch"]
    assert found["batch"].tolist() == ["x", "NA", "", "x", "x"]
