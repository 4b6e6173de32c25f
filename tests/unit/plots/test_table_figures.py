"""The figures of size, privacy, augmentation and variance: what is drawn is what the tables say."""

import math
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from finished_run import attack_row
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle

from genodiff.evaluation.attacks import ATTACKS, STRONGEST
from genodiff.formats.gene_pca import variance_kept
from genodiff.plots.augmentation import augmentation_figure, draw_augmentation
from genodiff.plots.few_labels import draw_few_labels, few_labels_figure
from genodiff.plots.privacy import draw_privacy, privacy_figure, recovery_limits
from genodiff.plots.release_sizes import draw_release_sizes, release_size_figure
from genodiff.plots.sizes import draw_sizes, size_figure
from genodiff.plots.style import shown
from genodiff.plots.variance import draw_variance
from genodiff.tables.nn_adversarial import LONG_COLUMNS
from genodiff.tables.release_size import FREQUENCY, RELEASE_SIZE_COLUMNS

# Verdicts.
WORDS = {
    "unet_mlp": "nothing found by these attacks", "mosaic": "copies by construction", "theirs": "leaks",
}  # fmt: skip
pytestmark = pytest.mark.usefixtures("look")


def bars(axes):
    """Both ends of each error bar of axes, along its own direction, rounded."""
    found = [
        path.vertices
        for c in axes.collections
        if isinstance(c, LineCollection)
        for path in c.get_paths()
    ]
    return [tuple(np.round(ends[:, 1 if ends[0, 0] == ends[1, 0] else 0], 6)) for ends in found]


def lines(axes):
    """Lines through the points of datasets; not the caps of their error bars."""
    return [line for line in axes.lines if len(line.get_xdata()) > 2 and line.get_linestyle() != "None"]


def levels(axes, direction):
    """Where lines right across the axes are: "h" or "v"."""
    get = {"h": "get_ydata", "v": "get_xdata"}[direction]
    other = {"h": "get_xdata", "v": "get_ydata"}[direction]
    across = [line for line in axes.lines if list(getattr(line, other)()) == [0, 1]]
    return [getattr(line, get)()[0] for line in across]


@pytest.fixture
def sizes(scores):
    """Two seeds and two classifiers; the second classifier is 0.1 worse, the second seed 0.02 better."""

    def make(seeds=(0, 1)):
        base = {"real": {1: 0.8}, "unet_mlp": {1: 0.6, 2: 0.65, 5: 0.7}, "mosaic": {1: 0.7, 5: 0.75}}
        return scores(
            [
                ({"dataset": d, "classifier": c, "seed": s, "multiple": m}, a + c_off + 0.02 * s)
                for d, values in base.items()
                for m, a in values.items()
                for c, c_off in (("mlp", 0), ("cnn", -0.1))
                for s in seeds
            ]
        )

    return make


def of_two_seeds(half, apart):
    """Half the 95% interval of a mean of two seeds, of which one alone has `half`."""
    parts = (half / 1.96) ** 2, apart**2 / 4
    variance = sum(parts)
    return scipy.stats.t.ppf(0.975, variance**2 / parts[1] ** 2) * math.sqrt(variance)


def test_size__means_over_classifiers_and_seeds_with_intervals(sizes, generators, texts):
    figure = draw_sizes(sizes(), generators, 0.5)
    own, references = figure.axes
    (line,) = lines(own)
    # Mean of both classifiers, and of seeds that are 2 points apart.
    assert line.get_ydata() == pytest.approx([56, 61, 66])
    assert line.get_xdata() == pytest.approx([1, 2, 5])
    half = of_two_seeds(4.5, 2)
    assert bars(own)[0] == pytest.approx((56 - half, 56 + half))
    # One dataset that lacks a size has the others.
    assert references.lines[0].get_ydata() == pytest.approx([66, 71])
    assert levels(own, "h") == pytest.approx([50, 76])
    assert [label.get_text() for label in own.get_xticklabels()] == ["1×", "2×", "5×"]
    assert any("bars: 95% interval, 2 seeds" in text for text in texts(figure))


def test_size__one_seed_has_wilson_limits_and_one_family_one_panel(sizes, generators, texts):
    table = sizes(seeds=(0,))
    figure = draw_sizes(table[table["dataset"] != "mosaic"], generators, 0.25)
    (axes,) = figure.axes
    assert bars(axes)[0] == pytest.approx((50, 59))
    assert levels(axes, "h") == pytest.approx([25, 75])
    (band,) = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert (band.get_y(), band.get_y() + band.get_height()) == pytest.approx((70, 79))
    assert any("95% interval" in text for text in texts(figure))


@pytest.fixture
def attack():
    """Rows of privacy.tsv, one seed."""
    auc = {"null": 0.5, "planted": 0.58, "unet_mlp": 0.52, "mosaic": 0.49, "theirs": 0.7}
    return pd.DataFrame(
        [
            {"dataset": d, "seed": 0, "auc": a, "auc_low": a - 0.03, "auc_high": a + 0.02}
            for d, a in auc.items()
        ]
    )


@pytest.fixture
def table1(scores):
    """Rows of table1.long.tsv: real accuracies 0.9 and 0.7 of the two classifiers."""
    real = {"mlp": 0.9, "cnn": 0.7}
    accuracy = {"real": real, "unet_mlp": {"mlp": 0.7, "cnn": 0.6}, "mosaic": real, "theirs": real}
    table = scores(
        [
            ({"dataset": d, "classifier": c, "seed": 0}, a)
            for d, values in accuracy.items()
            for c, a in values.items()
        ]
    )
    over = table["classifier"].map(real) - 0.5
    return table.assign(chance_corrected_recovery=(table["accuracy"] - 0.5) / over)


def test_recovery_limits__by_hand(table1):
    found = recovery_limits(table1, 0.5)
    row = found[(found["dataset"] == "unet_mlp") & (found["classifier"] == "mlp")].iloc[0]
    # Recovery 0.5; both standard errors are 0.02, and real individuals are 0.4 above chance.
    error = 0.02 * math.sqrt(1 + 0.25) / 0.4
    assert (row["low"], row["high"]) == pytest.approx((0.5 - 1.96 * error, 0.5 + 1.96 * error))


def test_privacy__a_point_for_each_dataset_with_both_limits(attack, table1, generators, texts):
    figure = draw_privacy(attack, recovery_limits(table1, 0.5), generators, WORDS)
    (axes,) = figure.axes
    points = [
        (line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines if len(line.get_xdata()) == 1
    ]
    assert points == [(0.52, pytest.approx(0.5)), (0.49, pytest.approx(1)), (0.7, pytest.approx(1))]
    assert bars(axes)[0] == pytest.approx((0.49, 0.54))
    assert sum(bars(axes)[1]) / 2 == pytest.approx(0.5)
    assert levels(axes, "v") == [0.5, 0.5, 0.58]  # guessing, null, planted copies
    (band,) = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((0.47, 0.52))
    assert levels(axes, "h") == [0, 1]
    found = texts(figure)
    assert {
        "MLP",
        "Mosaic",
        "null: unseen individuals",
        "planted copies",
        "a generato…body else",
    } <= set(found)
    # Below the axis, the words of the report.
    verdicts = axes.get_xlabel().split("\n")[2:]
    assert verdicts == [
        "nothing found by these attacks: MLP",
        "copies by construction: Mosaic",
        "leaks: a generato…body else",
    ]


def test_privacy__names_do_not_cover_each_other_where_long_bars_cross():
    """Ten generators on 14 populations of the 1000 Genomes Project."""
    # AUC and half its interval, recovery and half its interval.
    numbers = {
        "CNN": (0.641, 0.091, 0.3163, 0.1653), "MLP": (0.6545, 0.0859, 0.0185, 0.1013),
        "MLP+CNN": (0.5637, 0.094, 0.3359, 0.1723), "Transformer": (0.6326, 0.085, 0.4031, 0.1832),
        "Baseline": (0.7243, 0.0792, 0.0542, 0.1112), "Gene mixer": (0.8518, 0.0633, 0.9286, 0.2452),
        "Gaussian": (0.9989, 0.0011, 0.9552, 0.2483), "Independent": (0.8494, 0.0631, 0.8883, 0.2385),
        "Mosaic": (0.9232, 0.0375, 0.881, 0.2394), "Copying": (0.8491, 0.0594, 0.8471, 0.2329),
    }  # fmt: skip
    entries = {name: {"title": name, "kind": "diffusion", "style": None} for name in numbers}
    words = {name: "leaks" if number < 7 else "copies" for number, name in enumerate(numbers)}
    attack = pd.DataFrame(
        [[name, 0, auc, auc - half, auc + half] for name, (auc, half, *_) in numbers.items()]
        + [["null", 0, 0.52, 0.43, 0.61], ["planted", 0, 0.56, 0.5, 0.6]],
        columns=["dataset", "seed", "auc", "auc_low", "auc_high"],
    )
    use = pd.DataFrame(
        [[name, 0, mean, mean - half, mean + half] for name, (*_, mean, half) in numbers.items()],
        columns=["dataset", "seed", "chance_corrected_recovery", "low", "high"],
    )
    figure = draw_privacy(attack, use, shown(entries), words)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    boxes = [text.get_window_extent() for text in axes.texts if text.get_text() in numbers]
    assert len(boxes) == 10
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:number])


@pytest.mark.slow
def test_privacy__several_seeds_have_intervals(attack, table1, generators, texts):
    second = attack.assign(seed=1, auc=attack["auc"] + 0.02)
    tables = pd.concat([attack, second]), pd.concat([table1, table1.assign(seed=1)])
    figure = draw_privacy(tables[0], recovery_limits(tables[1], 0.5), generators, WORDS)
    (axes,) = figure.axes
    half = of_two_seeds(0.025, 0.02)
    assert bars(axes)[0] == pytest.approx((0.53 - half, 0.53 + half), abs=1e-6)
    assert levels(axes, "v") == pytest.approx([0.5, 0.51, 0.59])
    assert "bars: 95% interval, 2 seeds" in texts(figure)


def test_privacy__a_dataset_without_recovery_is_left_out_and_named(attack, table1, generators, caplog):
    missing = table1["dataset"] == "mosaic"
    table1.loc[missing, "chance_corrected_recovery"] = np.nan
    figure = draw_privacy(attack, recovery_limits(table1, 0.5), generators, WORDS)
    drawn = [line.get_xdata()[0] for line in figure.axes[0].lines if len(line.get_xdata()) == 1]
    assert drawn == [0.52, 0.7]
    assert "without a recovery: ['mosaic']" in caplog.text


def test_privacy__real_individuals_at_chance_leave_an_empty_figure(attack, table1, generators):
    table1 = table1.assign(accuracy=0.5, chance_corrected_recovery=np.nan)
    figure = draw_privacy(attack, recovery_limits(table1, 0.5), generators, WORDS)
    assert levels(figure.axes[0], "v") == [0.5, 0.5, 0.58]


@pytest.fixture
def augmentation(scores):
    """Rows of augmentation.tsv: real individuals alone, and two generators, by share."""
    rows = []
    for generator, gain in (("NA", 0), ("unet_mlp", 0.03), ("mosaic", 0.05)):
        for share, accuracy in ((0.1, 0.55), (0.5, 0.65), (1.0, 0.7)):
            individuals = 0 if generator == "NA" else 100
            keys = {
                "generator": generator, "classifier": "mlp", "seed": 0, "share": share,
                "synthetic_individuals": individuals,
            }  # fmt: skip
            rows.append((keys, accuracy + gain))
    return scores(rows)


def test_augmentation__real_alone_and_with_synthetic_individuals_in_each_panel(augmentation, generators):
    figure = draw_augmentation(augmentation, generators, {"mlp": "MLP"}, 0.5)
    # A generator without rows has no panel.
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["MLP", "Mosaic"]
    for axes, gain in zip(figure.axes, (3, 5), strict=True):
        alone, added = lines(axes)
        assert alone.get_ydata() == pytest.approx([55, 65, 70])
        assert added.get_ydata() == pytest.approx([55 + gain, 65 + gain, 70 + gain])
        assert alone.get_xdata() == pytest.approx([10, 50, 100], rel=0.05)
        assert bars(axes)[0] == pytest.approx((50, 59))
        assert levels(axes, "h") == [50]
        assert axes.get_xscale() == "log"


@pytest.fixture
def few_labels(scores):
    """Rows of labels.tsv: two classifiers, two generators, by share of the labels."""
    rows = []
    kinds = (("labelled", "NA", 0), ("self_training", "NA", 0.01), ("synthetic", "unet_mlp", 0.02))
    for training, generator, gain in (*kinds, ("both", "unet_mlp", 0.03), ("both", "mosaic", 0.04)):
        for classifier, share, accuracy in product(("mlp", "cnn"), (0.02, 0.2, 1.0), (0.6,)):
            keys = {
                "training": training, "generator": generator, "classifier": classifier, "seed": 0,
                "share": share,
            }  # fmt: skip
            rows.append((keys, accuracy + gain + 0.1 * (classifier == "cnn")))
    return scores(rows)


def test_few_labels__a_line_for_each_training(few_labels, generators, texts):
    shown = {name: generators[name] for name in ("unet_mlp", "mosaic")}
    figure = draw_few_labels(few_labels, shown, {"mlp": "Dense", "cnn": "CNN"}, 0.5)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["Dense: MLP", "Dense: Mosaic", "CNN: MLP", "CNN: Mosaic"]
    for axes, base, gains in zip(
        figure.axes, (60, 60, 70, 70), ((0, 1, 2, 3), (0, 1, 4)) * 2, strict=True
    ):
        drawn = [line.get_ydata() for line in lines(axes)]
        assert [y[0] for y in drawn] == pytest.approx([base + gain for gain in gains])
        assert levels(axes, "h") == [50]
    assert {"labelled individuals", "labelled and synthetic"} <= set(texts(figure))


def test_variance__shares_by_hand():
    genes = [
        {"explained_variance": [3.0, 1.0], "total_variance": 5.0},
        {"explained_variance": [0.1, 0.2], "total_variance": 0.3},
        {"explained_variance": [], "total_variance": 0.0},
    ]
    kept = variance_kept(genes)
    assert kept[:2].tolist() == pytest.approx([80, 100])
    assert kept[1] <= 100
    assert np.isnan(kept[2])


def test_variance__every_gene_is_in_a_bar_and_the_claim_is_judged(texts):
    kept = np.array([80.0, 98.99, 99.0, 99.5, 100.0, np.nan])
    figure = draw_variance(kept)
    (axes,) = figure.axes
    bars = {round(patch.get_x(), 6): patch.get_height() for patch in axes.patches}
    assert sum(bars.values()) == 5
    assert bars[80] == 1
    # The claim is an edge, so that no bar is on both sides of it.
    assert sum(height for x, height in bars.items() if x >= 99) == 3
    assert levels(axes, "v") == [99]
    assert any(text.startswith("60.0% of 5 genes keep 99% or more") for text in texts(figure))


@pytest.mark.slow
def test_figures_from_files__same_tables_same_bytes(
    tmp_path, layout, entries, sizes, attack, table1, augmentation, few_labels
):
    rows = [
        attack_row(row["dataset"], name, row["auc"])
        for row in attack.to_dict("records")
        for name in (*ATTACKS, STRONGEST)
    ]
    rows += [row | {"dataset": "planted_few"} for row in rows if row["dataset"] == "null"]
    losses = [[name, "both", "privacy_loss", 0, 9, 1, 0, 1, 0] for name in attack["dataset"]]
    tables = {
        "size": sizes(), "privacy": pd.DataFrame(rows), "table1": table1, "augmentation": augmentation,
        "labels": few_labels, "table3": pd.DataFrame(losses, columns=LONG_COLUMNS),
    }  # fmt: skip
    for name, table in tables.items():
        table.to_csv(tmp_path / f"{name}.tsv", sep="\t", index=False, na_rep="NA")
    path = {name: tmp_path / f"{name}.tsv" for name in tables}
    found = []
    for _ in range(2):
        files = [[str(tmp_path / f"{name}.{kind}") for kind in ("svg", "png")] for name in "spal"]
        same = {"layout_path": layout, "generators": entries}
        size_figure(table_path=path["size"], outputs=files[0], **same)
        privacy_figure(
            attack_path=path["privacy"], table1_path=path["table1"], table3_path=path["table3"],
            outputs=files[1], **same,
        )  # fmt: skip
        augmentation_figure(
            table_path=path["augmentation"], classifiers={"mlp": "MLP"}, outputs=files[2], **same
        )
        few_labels_figure(
            table_path=path["labels"], classifiers={"mlp": "MLP"}, outputs=files[3], **same
        )
        found.append([Path(file).read_bytes() for pair in files for file in pair])
    assert found[0] == found[1]


@pytest.fixture
def parts():
    """Function: rows of release_size.tsv; AUCs rise by 0.01 with each size, by 0.002 with seeds."""

    def rows(seeds=(0,), datasets=("unet_mlp.genotypes",)):
        found = [
            [d, s, m, g, 20 * g, 8 * g, attack, "nearest" if attack == STRONGEST else np.nan,
             auc, auc - 0.03, auc + 0.03, 200, 0.5, 0.46, 0.54,
             auc + 0.02 if attack == FREQUENCY else np.nan]
            for d in datasets
            for s in seeds
            for i, g in enumerate((5, 48))
            for j, m in enumerate((200, 1000, 2000))
            for attack, base in ((FREQUENCY, 0.52), (STRONGEST, 0.51))
            for auc in [base + 0.01 * (i + j) + 0.002 * s]
        ]  # fmt: skip
        return pd.DataFrame(found, columns=RELEASE_SIZE_COLUMNS)

    return rows


TITLES = {"unet_mlp.genotypes": "MLP", "theirs.genotypes": "Theirs"}


def test_release_size__a_line_for_each_number_of_genes_and_its_bound(parts, texts):
    figure = draw_release_sizes(parts(), TITLES)
    means, strongest = figure.axes
    few, bound_few, many, bound_many = lines(means)
    assert few.get_ydata() == pytest.approx([0.52, 0.53, 0.54])
    assert bound_few.get_ydata() == pytest.approx([0.54, 0.55, 0.56])
    assert many.get_ydata() == pytest.approx([0.53, 0.54, 0.55])
    assert few.get_xdata() == pytest.approx([200, 1000, 2000], rel=0.03)
    assert bars(means)[0] == pytest.approx((0.49, 0.55))
    assert bound_many.get_linestyle() != "-" == many.get_linestyle()
    # Theory has no bound for the other attacks.
    assert np.isnan(lines(strongest)[1].get_ydata()).all()
    assert levels(means, "h") == levels(strongest, "h") == [0.5]
    written = texts(figure)
    assert {"5 genes, 100 SNPs", "48 genes, 960 SNPs", "guessing; grey: null"} <= set(written)
    assert "strongest attack: Neare" in " ".join(written)


def test_release_size__a_row_for_each_dataset_and_means_over_seeds(parts, texts):
    figure = draw_release_sizes(parts((0, 1), tuple(TITLES)), TITLES)
    assert len(figure.axes) == 4
    assert lines(figure.axes[0])[0].get_ydata()[0] == pytest.approx(0.521)
    assert "released individuals (bars: 95% interval, 2 seeds)" in texts(figure)


def test_release_size__from_the_table_to_files(parts, tmp_path):
    parts().to_csv(tmp_path / "release_size.tsv", sep="\t", index=False, na_rep="NA")
    outputs = [tmp_path / "a.svg", tmp_path / "a.png"]
    release_size_figure(table_path=tmp_path / "release_size.tsv", titles=TITLES, outputs=outputs)
    assert all(path.stat().st_size > 1000 for path in outputs)
