"""Figures 3 and 4: the lines are the histories."""

import numpy as np
import pytest

from genodiff.plots.training import (
    draw_figure3,
    draw_figure4,
    read_histories,
    smoothing_window,
    stages,
    training_figures,
)

NAMES = ["unet_mlp", "mlp_cnn"]

pytestmark = pytest.mark.usefixtures("look")


@pytest.fixture
def trained(generators):
    """Two diffusion models as figures take them."""
    return {name: generators[name] for name in NAMES}


@pytest.fixture
def histories(write_history):
    """Of two generators with two seeds."""
    paths = [write_history(f"{n}{s}", 24, s, n == "mlp_cnn") for n in NAMES for s in (0, 2)]
    return read_histories(paths, NAMES)


def test_read_histories__generator_by_generator(histories, write_history):
    assert {name: len(frames) for name, frames in histories.items()} == {"unet_mlp": 2, "mlp_cnn": 2}
    assert histories["unet_mlp"][1]["train_loss"].iloc[0] == 3
    assert histories["unet_mlp"][1]["mixing"].isna().all()
    assert histories["mlp_cnn"][0]["mixing"].notna().all()
    with pytest.raises(ValueError, match="3 histories"):
        read_histories([write_history("a")] * 3, NAMES)


@pytest.mark.parametrize(("epochs", "window"), [(1, 1), (19, 1), (20, 3), (25, 3), (100, 5), (400, 21)])
def test_smoothing_window(epochs, window):
    assert smoothing_window(epochs) == window


def test_stages():
    assert stages(100) == {"start": 0, "middle": 49, "end": 99}
    assert stages(25) == {"start": 0, "middle": 12, "end": 24}
    assert stages(2) == {"start": 0, "end": 1}
    assert stages(1) == {"start": 0}


def test_figure3__mean_over_seeds_of_running_means_with_their_range(histories, trained, bands, texts):
    figure = draw_figure3(histories, trained)
    scale = {(0, 0): 1, (0, 1): 2, (1, 0): 3, (1, 1): 4}
    epochs = np.arange(1, 25)
    for place, axes in enumerate(figure.axes):
        values = scale[divmod(place, 2)] / epochs
        expected = [values[max(0, i - 1) : i + 2].mean() for i in range(24)]
        assert len(axes.lines) == 2
        assert axes.lines[0].get_xdata().tolist() == epochs.tolist()
        # Seeds are 0 and 2 higher.
        assert axes.lines[0].get_ydata() == pytest.approx(np.add(expected, 1))
        assert bands(axes)[0] == pytest.approx((expected[-1], expected[0] + 2))
    assert "epoch (running mean over 3 epochs, mean and range of 2 seeds)" in texts(figure)
    assert {"training individuals", "validation individuals", "MLP", "MLP+CNN"} <= set(texts(figure))


def test_figure3__few_epochs_and_one_seed_are_drawn_as_they_are(write_history, trained, bands, texts):
    figure = draw_figure3(read_histories([write_history("a", 2)], ["unet_mlp"]), trained)
    assert figure.axes[1].lines[0].get_ydata().tolist() == [2, 1]
    assert bands(figure.axes[1]) == []
    assert "epoch" in texts(figure)


def test_figure4__errors_at_the_middles_of_the_bins(histories, trained, texts):
    figure = draw_figure4(histories, trained)
    *panels, mixing = figure.axes
    for axes, epoch in zip(panels, (1, 12, 24), strict=True):
        line = axes.lines[0]
        assert line.get_xdata().tolist() == [0.125, 0.375, 0.625, 0.875]
        assert line.get_ydata() == pytest.approx(
            [(1 + 0.1 * epoch) / 2, np.nan, (1 + 0.3 * epoch) / 2, 3], nan_ok=True
        )
        assert axes.get_yscale() == "log"
        assert axes.get_ylim() == panels[0].get_ylim()
    lambdas = [line for line in mixing.lines if len(line.get_xdata()) == 2]
    assert [line.get_ydata().tolist() for line in lambdas] == [[0.01, 0.5], [0.12, 0.5], [0.24, 0.5]]
    assert lambdas[0].get_xdata().tolist() == [0.5, 1]
    assert {"start (epoch 1)", "middle (epoch 12)", "end (epoch 24)", "mixing in MLP+CNN"} <= set(
        texts(figure)
    )


def test_figure4__no_panel_of_lambda_without_it(write_history, trained, texts):
    figure = draw_figure4(read_histories([write_history("a", 1)], ["unet_mlp"]), trained)
    assert len(figure.axes) == 1
    assert not any("λ" in text for text in texts(figure))


def test_figures__trainings_of_different_lengths_are_drawn_to_their_own_ends(
    write_history, trained, texts
):
    paths = [write_history(f"{n}{e}", e, mixing=n == "mlp_cnn") for n in NAMES for e in (8, 24)]
    histories = read_histories(paths, NAMES)
    axes = draw_figure3(histories, trained).axes[0]
    for line in axes.lines:
        assert line.get_xdata().tolist() == list(range(1, 25))
        # The mean over seeds, of which one is left after epoch 8.
        assert line.get_ydata()[8] == pytest.approx(np.mean([1 / 8, 1 / 9, 1 / 10]))
        assert line.get_ydata()[-1] == pytest.approx(np.mean([1 / 23, 1 / 24]))
    figure = draw_figure4(histories, trained)
    shown = {"start (epoch 1)", "middle (epoch 4 to 12)", "end (epoch 8 to 24)"}
    assert shown <= set(texts(figure))
    end = figure.axes[2].lines[0].get_ydata()[0]
    assert end == pytest.approx(np.mean([(0.1 * epoch) / 2 for epoch in (8, 24)]))


@pytest.mark.slow
def test_figures__same_histories_same_bytes(tmp_path, entries, write_history):
    paths = [write_history("a"), write_history("b", mixing=True)]
    files = [tmp_path / name for name in ("3.svg", "3.png", "4.svg", "4.png")]
    found, own = [], {name: entries[name] for name in NAMES}
    for _ in range(2):
        training_figures(paths=paths, generators=own, figure3=files[:2], figure4=files[2:])
        found.append([file.read_bytes() for file in files])
    assert found[0] == found[1]
