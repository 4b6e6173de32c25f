"""The jobs that fit a generator and draw from it, from files to files, with every kind that is fitted
class by class and with one from outside."""

import json
import logging
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from genodiff.cohort.label_mix import SyntheticSize, choose_labels
from genodiff.formats.models import read_config, read_tensors
from genodiff.formats.tensors import Individuals, Layout
from genodiff.generators import base
from genodiff.generators.base import feature_origins
from genodiff.generators.draw_job import FeatureVariance
from genodiff.generators.fit_job import fit_job
from genodiff.runtime.errors import InputError

PLUGIN = """
import numpy as np
from genodiff.generators.base import Generator

class Constant(Generator):
    def __init__(self, layout, value):
        super().__init__(layout)
        self.value = value

    def fit(self, training):
        return {"value": np.full(3, self.value, np.float32)}

    def draw(self, model, numbers, seed, resources):
        for number in numbers:
            yield model["value"][number] * self.layout.mask()[None].astype(np.float32), [number]
"""


def changed(individuals, label, value):
    """The same individuals, those with `label` moved by `value`, on unmasked features."""
    x = individuals.x.copy()
    x[np.array(individuals.labels, object) == label] += value * (individuals.x[0] != 0)
    return replace(individuals, x=x)


def test_feature_origins__in_the_order_of_the_mask(layout):
    found, genes = feature_origins(layout), np.broadcast_to(np.arange(8)[:, None], (8, 3))
    assert found.genes == genes[layout.mask()].tolist() == [0, 0, 0, 1, 2, 2, 4, 4, 4, 5, 5, 6]
    assert found.chromosomes == ["1"] * 6 + ["2"] * 6


class TestEveryKind:
    def test_features_are_in_their_places_and_padded_ones_zero(self, fit_and_draw, cohort, layout):
        # Every unmasked feature has a mean of its own.
        mask, means = layout.mask(), np.arange(1, 13) * 100
        cohort.train.x[:, mask] = means + cohort.train.x[:, mask] / 1000
        cohort.write(cohort.train)
        individuals = fit_and_draw()
        assert individuals.x.shape == (30, 8, 3)
        assert individuals.x.dtype == np.float32
        np.testing.assert_allclose(individuals.x[:, mask], [means] * 30, atol=5)
        assert not individuals.x[:, ~mask].any()

    @pytest.mark.parametrize(
        ("size", "expected"),
        [
            ((None, 2.5, None), {"case": 40, "control": 35}),
            ((20, 1, {"control": 3, "case": 1}), {"case": 5, "control": 15}),
            ((6, 1, {"control": 1}), {"control": 6}),
        ],
    )
    def test_label_counts_are_as_asked(self, fit_and_draw, size, expected):
        assert Counter(fit_and_draw(size).labels) == expected

    def test_labels_may_be_those_of_other_individuals(self, fit_and_draw, cohort):
        labels = ["control", None, "case", "control"]
        others = Individuals([f"REAL-{i}" for i in range(4)], labels, np.zeros((4, 8, 3), np.float32))
        cohort.write(others, "others.parquet")
        drawn = fit_and_draw(labels="others.parquet")
        assert drawn.labels == ["case", "control", "control"]
        assert (drawn.x[:, 0, 0] * [-1, 1, 1] > 2).all()

    def test_model_on_disk_is_all_that_drawing_needs(self, cohort, kind, settings, fit_and_draw):
        before = fit_and_draw()
        (cohort.folder / "train.parquet").unlink()
        np.testing.assert_array_equal(cohort.draw().x, before.x)
        config = read_config(cohort.path("config.json"))
        assert (config.kind, config.settings) == (kind, settings)
        assert {name.split("/")[0] for name in read_tensors(cohort.path("model.safetensors"))} == {
            "0",
            "1",
        }
        for name in ("model.safetensors", "config.json"):
            assert b"REAL" not in (cohort.folder / name).read_bytes()

    def test_unlabelled_individuals_are_not_used(self, fit_and_draw, cohort):
        before = fit_and_draw()
        cohort.write(changed(cohort.train, None, 77))
        np.testing.assert_array_equal(fit_and_draw().x, before.x)

    @pytest.mark.parametrize(("label", "rows"), [("case", slice(16, 30)), ("control", slice(16))])
    def test_classes_are_fitted_apart(self, fit_and_draw, cohort, label, rows):
        before = fit_and_draw()
        cohort.write(changed(cohort.train, label, 77))
        after = fit_and_draw()
        np.testing.assert_array_equal(after.x[rows], before.x[rows])
        assert not np.array_equal(after.x, before.x)

    def test_same_seed_same_individuals_another_seed_others(self, fit_and_draw):
        one, again, other = (fit_and_draw(seed=seed) for seed in (3, 3, 4))
        np.testing.assert_array_equal(one.x, again.x)
        assert not (one.x == other.x).all(axis=(1, 2)).any()

    @pytest.mark.parametrize("values", [1, 24, 5 * 24, 2**25])
    def test_blocks_hold_all_individuals_each_once(self, fit_and_draw, monkeypatch, values):
        monkeypatch.setattr(base, "_BLOCK_VALUES", values)
        individuals = fit_and_draw()
        assert individuals.samples == [f"SYN{i + 1:06d}" for i in range(30)]
        assert individuals.labels == ["case"] * 16 + ["control"] * 14
        assert (individuals.x[:16, 0, 0] < 0).all()
        assert (individuals.x[16:, 0, 0] > 0).all()
        assert len(np.unique(individuals.x.reshape(30, -1), axis=0)) == 30

    def test_log_names_no_individual(self, fit_and_draw, kind, caplog):
        with caplog.at_level(logging.DEBUG, logger="genodiff"):
            fit_and_draw()
        assert kind in caplog.text
        assert "30 synthetic individuals" in caplog.text
        assert "REAL" not in caplog.text
        assert "SYN0" not in caplog.text

    def test_raises_on_a_class_without_training_individuals(self, fit_and_draw, cohort):
        cohort.write(
            replace(cohort.train, labels=["case" if c == "case" else None for c in cohort.train.labels])
        )
        with pytest.raises(ValueError, match="no training individual of class 'control'"):
            fit_and_draw()


def test_fit_job__raises_on_a_class_of_one_individual_and_leaves_no_file(cohort):
    labels = ["control" if label == "case" else label for label in cohort.train.labels]
    cohort.write(replace(cohort.train, labels=["case", *labels[1:]]))
    with pytest.raises(
        InputError, match=r"gaussian: a class with one .* no covariance; .*run_generators"
    ):
        cohort.fit("gaussian", {"rank": 4})
    assert not list(cohort.folder.glob("model*"))


def test_fit_job__a_class_that_the_cohort_lacks_stops_before_the_fit(cohort, layout):
    with pytest.raises(
        InputError,
        match=r"^release\.x\.label_mix: no class 'Case' in the cohort; classes: case, control",
    ):
        fit_job(
            layout_path=cohort.path("layout.json"), train_path="none", weights_path="w", config_path="c",
            kind="independent", settings={}, plugins=[],
            label_mixes={"release.x.label_mix": ["case", "Case"]},
        )  # fmt: skip


def test_choose_labels__names_the_setting_of_the_label_mix():
    size = SyntheticSize(9, 1, {"patient": 1})
    with pytest.raises(InputError, match=r"^release\.x\.label_mix: no class 'patient'"):
        choose_labels(["case", "control"], ["case", "control"], size, "release.x.label_mix")


def test_draw_job__raises_on_another_layout(cohort, layout):
    cohort.fit("independent", {})
    Layout(layout.genes, 9, 3, layout.classes).write(cohort.path("layout.json"))
    with pytest.raises(ValueError, match=r"config\.json: .*another layout"):
        cohort.draw()


def test_jobs__take_a_generator_from_a_folder(cohort):
    folder = cohort.folder / "own"
    folder.mkdir()
    (folder / "constant_generator.py").write_text(PLUGIN)
    kind = "constant_generator:Constant"
    cohort.fit(kind, {"value": 7}, [str(folder)])
    assert json.loads((cohort.folder / "config.json").read_text())["kind"] == kind
    drawn = cohort.draw(plugins=[str(folder)])
    assert drawn.labels == ["case"] * 16 + ["control"] * 14
    assert (drawn.x[:, cohort.layout.mask()] == 7).all()


@pytest.mark.parametrize("kind", ["absent_generator:Constant", "gauss"])
def test_jobs__raise_on_a_generator_that_no_folder_has(cohort, kind):
    with pytest.raises(InputError, match=rf"plugins: no module .* for '{kind}' in the folders \(.*\)"):
        cohort.fit(kind, {}, [str(cohort.folder)])


def test_feature_variance__is_that_of_all_individuals_of_all_blocks():
    x = np.random.default_rng(0).normal(3, 2, (50, 4, 2)).astype(np.float32)
    mask = np.array([[True, True], [True, False], [True, True], [False, False]])
    variance = FeatureVariance(mask)
    passed = list(variance.watch((part, None) for part in np.split(x, [7, 31])))
    assert np.array_equal(np.concatenate([part for part, _ in passed]), x)
    assert variance.mean() == pytest.approx(x[:, mask].astype(float).var(0).mean())
