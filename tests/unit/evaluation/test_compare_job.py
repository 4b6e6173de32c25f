"""The compare job, from tensor files to the rows of a dataset."""

import json

import numpy as np
import pytest

from genodiff.evaluation import METRICS
from genodiff.evaluation.attacks import ATTACKS
from genodiff.evaluation.base import Comparison
from genodiff.evaluation.compare_job import compare_job
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
    write("reference.parquet", 30, 5)
    write("cases.parquet", 4, 4, ["case"] * 4)

    def run(metric, dataset, null=False, memory_mb=64, row=KEYS, reference="reference.parquet"):
        names = {"layout": "layout.json", "train": "train.parquet", "test": "test.parquet"}
        paths = {f"{k}_path": str(tmp_path / v) for k, v in (names | {"dataset": dataset}).items()}
        output = tmp_path / "out" / "rows.json"
        compare_job(
            **paths, output=str(output), metric=metric, row=row, null=null, seed=7, device="cpu",
            threads=1, reference_path=None if null else str(tmp_path / reference),
            settings=Comparison(5, 3, planted_share=0.5, attack_repeats=2, memory_mb=memory_mb),
        )  # fmt: skip
        assert "secret" not in output.read_text()
        assert [path.name for path in output.parent.iterdir()] == ["rows.json"]
        return json.loads(output.read_text())["rows"]

    return run


@pytest.mark.parametrize("metric", METRICS)
def test_compare_job__rows_carry_their_keys_and_have_the_same_columns(compare, metric):
    rows = compare(metric, "unseen.parquet")
    assert {(row["dataset"], row["seed"]) for row in rows} == {("unet_mlp", 3)}
    assert {tuple(row) for row in rows} == {tuple(rows[0])}


def test_compare_job__copies_are_found(compare):
    attacked = {row["attack"]: row for row in compare("privacy", "copies.parquet")}
    assert list(attacked) == [*(n for n in ATTACKS if n != "kinship"), "strongest"]
    assert attacked["nearest"]["auc"] == attacked["nearest"]["tpr_1"] == 1
    assert attacked["strongest"]["auc"] == 1
    # Validation individuals and half of the 20 test individuals, where an attack uses references.
    assert attacked["nearest"]["references"] == 0
    assert attacked["frequency"]["references"] == attacked["strongest"]["references"] == 30 + 10
    rows = compare("neighbours", "copies.parquet")
    assert len(rows) == 13
    train = [r for r in rows if r["against"] == "train" and r["measure"] == "aa_ts"]
    assert [row["value"] for row in train] == [0]


def test_compare_job__null_has_its_positive_control(compare):
    table = compare("privacy", "unseen.parquet", null=True, row={"dataset": "null", "seed": 0})
    found = {row["dataset"]: row for row in table if row["attack"] == "nearest"}
    assert list(found) == ["null", "planted", "planted_few", "noised"]
    # As many as training individuals, and copies of a half, of a twentieth, of a half.
    assert [row["synthetic"] for row in found.values()] == [60, 90, 63, 90]
    assert found["planted"]["tpr_1"] >= 0.3
    (frequency,) = (r for r in table if (r["dataset"], r["attack"]) == ("null", "frequency"))
    assert frequency["references"] == 10  # none of the validation individuals
    rows = compare("neighbours", "unseen.parquet", null=True, row={"dataset": "null", "seed": 0})
    assert {row["dataset"] for row in rows} == {"null"}


@pytest.mark.parametrize("metric", METRICS)
def test_compare_job__little_memory_gives_the_same(compare, metric):
    little, much = (compare(metric, "copies.parquet", memory_mb=mb) for mb in (0.001, 64))
    for one, other in zip(little, much, strict=True):
        assert one == pytest.approx(other, abs=1e-4)


def test_compare_job__raises_on_a_dataset_that_lacks_a_class(compare):
    with pytest.raises(
        InputError, match=r"'unet_mlp' .*cannot be compared .*no individual of class 'control'"
    ):
        compare("privacy", "cases.parquet")


def test_compare_job__raises_on_a_file_that_is_not_individuals(compare):
    with pytest.raises(InputError, match=r"layout\.json\) cannot be compared"):
        compare("privacy", "layout.json")
