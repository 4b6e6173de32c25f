"""Tables of genetic fidelity from results of jobs."""

import pandas as pd
import pytest

from genodiff.tables.fidelity import LONG_COLUMNS, write_fidelity
from genodiff.tables.read import read_long

DATASETS = {"null": "Real (null)", "a.genotypes": "A"}


def result(dataset, seed, value, error=0.1):
    rows = [("frequency", "correlation", "all"), ("frequency", "correlation", "class case"),
            ("score", "auc", "all")]  # fmt: skip
    numbers = [
        {"metric": m, "number": n, "bin": b, "value": value, "se": error, "n": 10} for m, n, b in rows
    ]
    return {"dataset": dataset, "seed": seed, "numbers": numbers, "curves": {}}


@pytest.fixture
def paths(tmp_path):
    return tmp_path / "wide.tsv", tmp_path / "long.tsv"


def test_long_table_has_the_null_of_the_same_seed_beside_each_number(paths):
    results = [
        result(d, s, v) for d, s, v in [("null", 0, 0.9), ("null", 1, 0.8), ("a.genotypes", 1, 0.5)]
    ]
    write_fidelity(results, *paths, DATASETS)
    long = read_long(paths[1], LONG_COLUMNS)
    own = long[long["dataset"] == "a.genotypes"]
    assert own["null"].tolist() == [0.8] * 3
    assert own["null_se"].tolist() == [0.1] * 3
    assert own["bin"].tolist() == ["all", "class case", "all"]


def test_wide_table_has_a_row_for_each_dataset_with_mean_and_deviation_over_seeds(paths):
    results = [result("null", s, 0.9) for s in (0, 1)]
    results += [result("a.genotypes", 0, 0.5), result("a.genotypes", 1, 0.7)]
    write_fidelity(results, *paths, DATASETS)
    wide = pd.read_csv(paths[0], sep="\t", dtype=str)
    assert wide.columns.tolist() == ["Dataset", "frequency_correlation", "score_auc"]
    assert wide["Dataset"].tolist() == ["Real (null)", "A"]
    assert wide["score_auc"].tolist() == ["0.9000 ± 0.0000", "0.6000 ± 0.1414"]


def test_what_cannot_be_judged_is_na(paths):
    results = [result("null", 0, 0.9), result("a.genotypes", 0, None, None)]
    write_fidelity(results, *paths, DATASETS)
    assert paths[0].read_text().splitlines()[2] == "A\tNA\tNA"
    long = read_long(paths[1], LONG_COLUMNS)
    assert long.loc[long["dataset"] != "null", ["value", "se"]].isna().all(axis=None)
