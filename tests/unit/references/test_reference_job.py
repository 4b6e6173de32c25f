"""The job that writes a reference dataset, on every reference."""

import logging
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from genodiff.generators.reference_job import feature_origins, reference_job

from genodiff.cohort.label_mix import SyntheticSize
from genodiff.formats.tensors import Individuals, read_individuals, write_individuals
from genodiff.generators import reference_job as module
from genodiff.runtime.errors import InputError

ONCE = SyntheticSize(None, 1, None)


@pytest.fixture
def run(cohort):
    """Function: run the job, by default on the training individuals and their labels; the individuals it
    wrote."""

    def job(name, settings, amount=ONCE, seed=1, labels=None):
        output = cohort.folder / "out" / "individuals.parquet"
        layout, train = cohort.paths
        reference_job(layout, train, labels or train, str(output), name, settings, amount, seed)
        assert [path.name for path in output.parent.iterdir()] == ["individuals.parquet"]
        return read_individuals(output, cohort.layout)

    return job


def changed(individuals, label, value):
    """The same individuals, those with `label` moved by `value`, on unmasked features."""
    x = individuals.x.copy()
    x[np.array(individuals.labels, object) == label] += value * (individuals.x[0] != 0).astype(
        np.float32
    )
    return replace(individuals, x=x)


def test_unmasked_features__in_the_order_of_the_mask(cohort, features):
    assert feature_origins(cohort.layout) == features
    genes = np.broadcast_to(np.arange(8)[:, None], (8, 3))
    assert genes[cohort.layout.mask()].tolist() == features.genes


class TestEveryReference:
    def test_individuals_fit_the_layout_and_padded_features_are_zero(self, run, name, settings, cohort):
        individuals = run(name, settings)
        assert individuals.x.shape == (30, 8, 3)
        assert individuals.x.dtype == np.float32
        mask = cohort.layout.mask()
        assert not individuals.x[:, ~mask].any()
        assert individuals.x[:, mask].all()

    def test_features_are_in_their_places(self, run, name, settings, cohort):
        # Every unmasked feature has a mean of its own.
        mask = cohort.layout.mask()
        cohort.train.x[:, mask] = np.arange(12) * 100 + cohort.train.x[:, mask] / 1000
        cohort.write()
        np.testing.assert_allclose(run(name, settings).x[:, mask], [np.arange(12) * 100] * 30, atol=5)

    def test_default_amount_is_the_labelled_training_individuals(self, run, name, settings):
        assert run(name, settings).labels == ["case"] * 16 + ["control"] * 14

    def test_label_counts_are_as_asked(self, run, name, settings):
        individuals = run(name, settings, SyntheticSize(20, 1, {"control": 3, "case": 1}))
        assert Counter(individuals.labels) == {"case": 5, "control": 15}
        assert Counter(run(name, settings, SyntheticSize(None, 2.5, None)).labels) == {
            "case": 40, "control": 35,
        }  # fmt: skip

    def test_class_that_nobody_asks_for_is_left_out(self, run, name, settings):
        assert run(name, settings, SyntheticSize(6, 1, {"control": 1})).labels == ["control"] * 6

    def test_labels_may_be_those_of_other_individuals(self, run, name, settings, cohort):
        labels = ["control", None, "case", "control"]
        individuals = Individuals(
            [f"REAL-{i}" for i in range(4)], labels, np.zeros((4, 8, 3), np.float32)
        )
        write_individuals(cohort.folder / "others.parquet", cohort.layout, [individuals])
        made = run(name, settings, labels=str(cohort.folder / "others.parquet"))
        assert made.labels == ["case", "control", "control"]
        assert (made.x[:, 0, 0] * [-1, 1, 1] > 2).all()

    def test_individuals_are_near_their_class(self, run, name, settings, cohort):
        individuals = run(name, settings, SyntheticSize(2_000, 1, {"case": 1, "control": 1}))
        mask = cohort.layout.mask()
        for label in ("case", "control"):
            made, real = (
                p.x[np.array(p.labels, object) == label][:, mask] for p in (individuals, cohort.train)
            )
            # 1,000 individuals of deviation about 1.
            np.testing.assert_allclose(made.mean(0), real.mean(0), atol=0.2)

    def test_unlabelled_individuals_are_not_used(self, run, name, settings, cohort):
        before = run(name, settings)
        cohort.write(changed(cohort.train, None, 77))
        np.testing.assert_array_equal(run(name, settings).x, before.x)

    @pytest.mark.parametrize(("label", "rows"), [("case", slice(16, 30)), ("control", slice(16))])
    def test_classes_are_fitted_apart(self, run, name, settings, cohort, label, rows):
        before = run(name, settings)
        cohort.write(changed(cohort.train, label, 77))
        after = run(name, settings)
        np.testing.assert_array_equal(after.x[rows], before.x[rows])
        assert not np.array_equal(after.x, before.x)

    def test_same_seed_same_individuals_another_seed_others(self, run, name, settings):
        one, again, other = (run(name, settings, seed=seed) for seed in (3, 3, 4))
        np.testing.assert_array_equal(one.x, again.x)
        assert not (one.x == other.x).all(axis=(1, 2)).any()

    def test_ids_name_nobody_and_are_unique(self, run, name, settings, monkeypatch):
        whole = run(name, settings)
        monkeypatch.setattr(module, "_BLOCK_VALUES", 5 * 24)  # five individuals a block
        for individuals in (whole, run(name, settings)):
            assert individuals.samples == [f"synthetic_{i + 1:07d}" for i in range(30)]

    @pytest.mark.parametrize("values", [1, 24, 5 * 24])
    def test_blocks_hold_everybody_and_are_new_individuals(
        self, run, name, settings, cohort, monkeypatch, values
    ):
        monkeypatch.setattr(module, "_BLOCK_VALUES", values)
        individuals = run(name, settings)
        assert individuals.labels == ["case"] * 16 + ["control"] * 14
        assert (individuals.x[:16, 0, 0] < 0).all()
        assert (individuals.x[16:, 0, 0] > 0).all()
        assert len(np.unique(individuals.x.reshape(30, -1), axis=0)) == 30

    def test_log_names_nobody(self, run, name, settings, caplog):
        with caplog.at_level(logging.DEBUG, logger="genodiff"):
            run(name, settings)
        assert f"30 individuals of reference {name}" in caplog.text
        assert "REAL" not in caplog.text
        assert "synthetic_" not in caplog.text


def test_reference_job__class_of_one_individual_is_told_and_leaves_no_file(run, cohort):
    labels = ["control" if label == "case" else label for label in cohort.train.labels]
    labels[3] = "case"
    cohort.write(replace(cohort.train, labels=labels))
    with pytest.raises(InputError, match="a class with one training individual has no covariance"):
        run("gaussian", {"rank": 4})
    assert list((cohort.folder / "out").iterdir()) == []


def test_reference_job__raises_on_an_unknown_reference(run):
    with pytest.raises(ValueError, match="unknown reference 'gauss'; known: gaussian, independent"):
        run("gauss", {})
