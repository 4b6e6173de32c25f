"""Event files with the history of a training, read back by TensorBoard."""

import sys

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from genodiff.runtime.errors import InputError
from genodiff.training.tensorboard import CURVES, tensorboard


def _rows(count):
    return [
        {"epoch": epoch} | {column: 10 * epoch + i for i, column in enumerate(CURVES.values())}
        for epoch in range(1, count + 1)
    ]


def _curves(folder):
    """(epoch, value) pairs of each curve."""
    events = EventAccumulator(str(folder)).Reload()
    return {name: [(e.step, e.value) for e in events.Scalars(name)] for name in events.Tags()["scalars"]}


def _expected(epochs):
    return {name: [(e, 10 * e + i) for e in range(1, epochs + 1)] for i, name in enumerate(CURVES)}


def test_tensorboard__shows_each_epoch_once_and_at_once(tmp_path):
    write = tensorboard(tmp_path / "board")
    for epochs in (1, 2, 3):
        write(_rows(epochs))
        assert _curves(tmp_path / "board") == _expected(epochs)


def test_tensorboard__a_training_that_goes_on_replaces_what_it_showed_before(tmp_path):
    tensorboard(tmp_path / "board")(_rows(4))
    # Its state was that of the second epoch, and now it is in the third.
    tensorboard(tmp_path / "board")(_rows(3))
    assert _curves(tmp_path / "board") == _expected(3)


def test_tensorboard__says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(InputError, match=r"logger: .*pip install tensorboard, or set logger to null"):
        tensorboard(tmp_path)
