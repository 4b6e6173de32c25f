"""The classify job, from tensor files to one JSON row."""

import json
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from tiny_classifiers import separable, settings_of

from genodiff.evaluation import classify_job as classify_module
from genodiff.evaluation.batches import read_batches
from genodiff.evaluation.classify_job import ClassifierEvaluation, classify_job
from genodiff.formats.tensors import GeneFeatures, Individuals, Layout, write_individuals
from genodiff.networks.classifiers import CLASSIFIERS
from genodiff.runtime.errors import InputError
from genodiff.runtime.signals import Stopped, watch_stop

BUDGET = {"steps": 30, "batch_size": 8, "learning_rate": 5e-3, "weight_decay": 0.01, "evaluations": 3}
ROW = {"dataset": "real", "classifier": "mlp", "seed": 4}


pytestmark = pytest.mark.usefixtures("torch_settings")


@pytest.fixture
def write(tmp_path):
    """Write a tensor file: `individuals` of `classes` in turn, `noise` around their patterns."""
    features = [GeneFeatures(f"G{i}", "1", 30, [0.0] * 3, [1.0] * 3) for i in range(8)]
    layout = Layout(features, 8, 3, ["case", "control"])
    layout.write(tmp_path / "layout.json")

    def make(name, individuals, seed, noise=1.0, labels=None):
        x, numbers = separable(individuals, 2, seed, noise)
        labels = labels or [layout.classes[number] for number in numbers]
        write_individuals(
            tmp_path / name,
            layout,
            [Individuals([f"p{i}" for i in range(individuals)], labels, x[: len(labels)])],
        )
        return x, labels

    make("train.parquet", 40, 1)
    make("validation.parquet", 20, 2)
    make("test.parquet", 30, 3)
    return make


@pytest.fixture
def classify(tmp_path):
    """Function: run the job on files of `write`; the row it wrote."""

    def run(*datasets, classifier="mlp", memory_mb=64, minutes=10, code=""):
        files = {"layout": "layout.json", "validation": "validation.parquet", "test": "test.parquet"}
        evaluation = ClassifierEvaluation(
            **{f"{name}_path": str(tmp_path / file) for name, file in files.items()},
            classifier=classifier, settings=settings_of(classifier), training=BUDGET, seed=7,
            device="cpu", threads=1,
        )  # fmt: skip
        paths, output = (
            [str(tmp_path / name) for name in datasets or ["train.parquet"]],
            tmp_path / "row.json",
        )
        row = ROW | {"classifier": classifier}
        classify_job(
            evaluation, dataset_paths=paths, output=str(output), row=row, memory_mb=memory_mb, code=code,
            checkpoint_minutes=minutes,
        )  # fmt: skip
        return json.loads(output.read_text())

    return run


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_classify_job__writes_keys_and_scores(write, classify, classifier):
    row = classify(classifier=classifier)
    assert row | ROW | {"classifier": classifier} == row
    assert (row["classes"], row["n_train"], row["n_test"]) == (2, 40, 30)
    assert row["best_step"] in (10, 20, 30)
    # The patterns are far apart, so this is far above chance, and consistent with itself.
    assert row["accuracy"] > 0.8
    assert row["accuracy"] == row["balanced_accuracy"]  # both classes have 15 test individuals
    assert row["wilson_low"] < row["accuracy"] < row["wilson_high"] or row["accuracy"] == 1
    assert row["auc"] >= row["accuracy"] - 0.1
    assert row["validation_balanced_accuracy"] > 0.8


def test_classify_job__does_not_learn_what_is_not_there(write, classify):
    # Labels that have nothing to do with x: the test individuals must not give them away.
    labels = np.random.default_rng(0).permutation(["case", "control"] * 20).tolist()
    write("shuffled.parquet", 40, 1, labels=labels)
    found = classify()
    assert classify("shuffled.parquet")["accuracy"] < 0.8 < found["accuracy"]
    assert classify() == found


def test_classify_job__test_individuals_do_not_choose_the_step(write, classify):
    before = classify()
    write("test.parquet", 30, 3, labels=["control", "case"] * 15)
    after = classify()
    chosen = ("best_step", "validation_balanced_accuracy")
    assert [before[key] for key in chosen] == [after[key] for key in chosen]
    assert after["accuracy"] == pytest.approx(1 - before["accuracy"])
    assert after["auc"] == pytest.approx(1 - before["auc"])


def test_classify_job__ignores_individuals_without_a_label(write, classify):
    x, labels = write("half.parquet", 20, 9)
    # Of individuals 21 to 40: the wrong one, or none.
    later = dict(zip(labels, labels[::-1], strict=True))
    x_all, _ = write("none.parquet", 40, 9, labels=labels + [None] * 20)
    write("wrong.parquet", 40, 9, labels=labels + [later[label] for label in labels])
    np.testing.assert_array_equal(x, x_all[:20])
    assert classify("none.parquet") == classify("half.parquet") != classify("wrong.parquet")


@pytest.mark.parametrize(("present", "absent"), [("case", "control"), ("control", "case")])
def test_classify_job__raises_on_an_absent_class(write, classify, present, absent, tmp_path):
    write("one.parquet", 10, 5, labels=[present] * 9 + [None])
    with pytest.raises(InputError, match=rf"one\.parquet: no individual of class '{absent}'"):
        classify("one.parquet")
    assert not (tmp_path / "row.json").exists()


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"sample": ["a"], "label": ["case"], "x": [[1.0, 2.0]]}, "not individuals of"),
        (None, "Parquet magic bytes not found"),
    ],
    ids=["other columns", "no Parquet"],
)
def test_classify_job__raises_on_a_dataset_that_is_none(write, classify, tmp_path, table, says):
    path = tmp_path / "theirs.parquet"
    if table is None:
        path.write_text("sample,label\n")
    else:
        pq.write_table(pa.table(table), path)
    message = rf"dataset 'real': .*{says}.*theirs\.parquet must have the columns .*docs/extending\.md"
    with pytest.raises(InputError, match=message):
        classify("theirs.parquet")


def test_classify_job__several_files_are_one_dataset(write, classify):
    write("more.parquet", 24, 9)
    assert classify("train.parquet", "more.parquet")["n_train"] == 64
    assert classify("train.parquet", "train.parquet")["n_train"] == 80


@pytest.mark.parametrize("files", [["train.parquet"], ["train.parquet", "more.parquet"]])
def test_classify_job__more_individuals_than_memory_are_read_from_a_scratch_file(
    write, classify, tmp_path, files
):
    write("more.parquet", 24, 9)
    held = classify(*files)
    before = {path.name for path in tmp_path.iterdir()}
    assert classify(*files, memory_mb=1e-4) == held
    assert {path.name for path in tmp_path.iterdir()} == before


def test_read_batches__are_the_individuals_by_number(write, tmp_path):
    x, _ = write("train.parquet", 40, 1, labels=["case", None] * 20)
    layout = Layout.read(tmp_path / "layout.json")
    for memory_mb in (64, 1e-4):
        path = str(tmp_path / "train.parquet")
        found = read_batches([path, path], layout, torch.device("cpu"), memory_mb, tmp_path)
        assert found.labels.tolist() == [0] * 40
        assert found.files.tolist() == [0] * 20 + [1] * 20
        numbers = torch.tensor([39, 0, 7, 8, 20])
        np.testing.assert_array_equal(found[numbers].numpy(), x[::2][numbers.numpy() % 20])


def test_classify_job__few_individuals_beside_many_others_decide_as_much(write, classify):
    # Ten times as many individuals with exchanged labels.
    write("few.parquet", 20, 1)
    write("wrong.parquet", 200, 2, labels=["control", "case"] * 100)
    few, wrong = (classify(name)["auc"] for name in ("few.parquet", "wrong.parquet"))
    # Without equal weights AUC 0.0 as well.
    assert wrong < 0.1 < 0.4 < classify("few.parquet", "wrong.parquet")["auc"] <= few


@pytest.fixture
def interrupted(monkeypatch):
    """Function: Ctrl-C comes at this step of the next training, or never."""

    def at(step):
        left = iter(range(step or 0))

        @contextmanager
        def watched():
            yield lambda: next(left, None) is None

        monkeypatch.setattr(classify_module, "watch_stop", watched if step else watch_stop)

    return at


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_classify_job__an_interrupted_training_goes_on_and_ends_as_one_that_was_not(
    write, classify, interrupted, tmp_path, classifier
):
    whole = classify(classifier=classifier)
    (tmp_path / "row.json").unlink()
    # Before the first evaluation, which is at step 10, and after it.
    for step in (4, 13):
        interrupted(step)
        with pytest.raises(Stopped, match=r"row\.json\.state: run the same command to go on"):
            classify(classifier=classifier)
        assert not (tmp_path / "row.json").exists()
    interrupted(None)
    assert classify(classifier=classifier) == whole
    assert not (tmp_path / "row.json.state").exists()


@pytest.mark.parametrize("other", ["code", "individuals"])
def test_classify_job__a_state_of_other_individuals_or_code_is_left(
    write, classify, interrupted, tmp_path, caplog, other
):
    interrupted(5)
    with pytest.raises(Stopped):
        classify()
    interrupted(None)
    if other == "individuals":
        write("train.parquet", 40, 2)
    found = classify(code="b" * (other == "code"))
    assert "unfinished training of another kind" in caplog.text
    assert "begins from the start" in caplog.text
    assert not (tmp_path / "row.json.state").exists()
    assert found == classify(code="c")
