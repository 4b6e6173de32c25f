"""What evaluation jobs found, as JSON."""

import json

import numpy as np
import pytest

from genodiff.formats.results import read_results, write_result

FOUND = {
    "dataset": "unet_mlp", "seed": 3, "accuracy": 1 / 3, "wilson_low": 0.0, "name": "é",
    "rows": [{"value": -0.1, "se": None}],
}  # fmt: skip


def test_result__comes_back_as_written(tmp_path):
    write_result(tmp_path / "new" / "r.json", FOUND)
    assert read_results([str(tmp_path / "new" / "r.json")]) == [FOUND]
    # Any JSON reader will do.
    assert json.loads((tmp_path / "new" / "r.json").read_text(encoding="utf-8")) == FOUND


def test_read_results__in_the_order_of_the_paths(tmp_path):
    paths = [str(tmp_path / f"{name}.json") for name in "cab"]
    for i, path in enumerate(paths):
        write_result(path, {"i": i})
    assert [found["i"] for found in read_results(paths[::-1])] == [2, 1, 0]
    assert read_results([]) == []


def test_result__numbers_of_numpy_come_back_whole(tmp_path):
    value = float(np.float32(0.1))
    write_result(tmp_path / "r.json", {"value": np.float64(value), "undefined": None})
    (found,) = read_results([str(tmp_path / "r.json")])
    assert found == {"value": value, "undefined": None}


def test_write_result__raises_on_what_json_cannot_say(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_result(tmp_path / "r.json", {"value": float("nan")})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bad", [np.int64(1), {1, 2}, np.zeros(2)])
def test_write_result__error_leaves_all_as_it_was(tmp_path, bad):
    path = tmp_path / "r.json"
    with pytest.raises(TypeError, match="not JSON serializable"):
        write_result(path, {"first": 1, "bad": bad})
    assert list(tmp_path.iterdir()) == []
    write_result(path, {"old": 1})
    with pytest.raises(TypeError, match="not JSON serializable"):
        write_result(path, {"first": 1, "bad": bad})
    assert read_results([str(path)]) == [{"old": 1}]
    assert list(tmp_path.iterdir()) == [path]
