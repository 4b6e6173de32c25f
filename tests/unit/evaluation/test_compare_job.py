"""The compare job, from tensor files to the rows of a dataset."""

import json

import numpy as np
import pytest

from genodiff.evaluation.compare_job import Comparison, compare_job
from genodiff.formats.tensors import GeneFeatures, Individuals, Layout, write_individuals
from genodiff.runtime.errors import InputError

LAYOUT = Layout(
    [GeneFeatures(f"G{i}", "1", 9, [0.0] * 4, [1.0] * 4) for i in range(3)], 4, 4, ["case", "control"]
)
KEYS = {"dataset": "unet_mlp", "seed": 3}


pytestmark = pytest.mark.usefixtures("torch_settings")


@pytest.fixture
def compare(tmp_path):
    """Run the job on train, test and a dataset; what it wrote."""

    def write(name, n, seed, labels=None):
        x = np.random.default_rng(seed).standard_normal((n, 4, 4)) * LAYOUT.mask()
        labels = labels or ["case", "control"] * (n // 2)
        individuals = Individuals([f"secret{i}" for i in range(n)], labels, x.astype(np.float32))
        write_individuals(tmp_path / name, LAYOUT, [individuals])

    LAYOUT.write(tmp_path / "layout.json")
    write("train.parquet", 60, 1)
    write("test.parquet", 20, 2)
    write("copies.parquet", 60, 1)
    write("unseen.parquet", 40, 3)
    write("cases.parquet", 4, 4, ["case"] * 4)

    def run(dataset, null=False, memory_mb=64, keys=KEYS):
        paths = [str(tmp_path / n) for n in ("layout.json", "train.parquet", "test.parquet", dataset)]
        output = tmp_path / "out" / "rows.json"
        settings = Comparison(nearest=5, repeats=3, planted_share=0.5, memory_mb=memory_mb)
        compare_job(*paths, str(output), keys, null, settings, 7, "cpu", 1)
        assert "secret" not in output.read_text()
        assert [path.name for path in output.parent.iterdir()] == ["rows.json"]
        return json.loads(output.read_text())

    return run


def test_compare_job__rows_carry_their_keys(compare):
    found = compare("unseen.parquet")
    assert {(row["dataset"], row["seed"]) for row in found["closeness"]} == {("unet_mlp", 3)}
    assert [row["dataset"] for row in found["membership"]] == ["unet_mlp"]
    assert len(found["closeness"]) == 13


def test_compare_job__copies_are_found(compare):
    found = compare("copies.parquet")
    assert found["membership"][0]["auc"] == 1
    assert found["membership"][0]["tpr_at_fpr_1"] == 1
    train = [r for r in found["closeness"] if r["against"] == "train" and r["measure"] == "aa_ts"]
    assert [row["value"] for row in train] == [0]


def test_compare_job__null_has_its_positive_control(compare):
    found = compare("unseen.parquet", null=True, keys={"dataset": "real", "seed": 0})
    null, planted = found["membership"]
    assert (null["dataset"], planted["dataset"]) == ("null", "planted")
    assert planted["synthetic"] == null["synthetic"] + 30
    assert planted["tpr_at_fpr_1"] >= 0.3  # half of the training individuals are there as they are
    assert {row["dataset"] for row in found["closeness"]} == {"real"}


def test_compare_job__little_memory_gives_the_same(compare):
    assert compare("copies.parquet", memory_mb=0.001) == compare("copies.parquet")


def test_compare_job__raises_on_a_dataset_that_lacks_a_class(compare):
    with pytest.raises(
        InputError, match=r"'unet_mlp' .*cannot be compared .*no individual of class 'control'"
    ):
        compare("cases.parquet")


def test_compare_job__raises_on_a_file_that_is_not_individuals(compare):
    with pytest.raises(InputError, match=r"layout\.json\) cannot be compared"):
        compare("layout.json")
