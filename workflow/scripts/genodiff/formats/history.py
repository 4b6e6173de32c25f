"""The history of a training: history.parquet, one row per epoch."""

import os

import pyarrow as pa
import pyarrow.parquet as pq

from genodiff.formats.common import same_format, whole_file

HISTORY_SCHEMA = pa.schema(
    [
        ("epoch", pa.int32()),  # from 1
        ("individuals_seen", pa.int64()),  # training individuals seen so far, over all passes
        ("learning_rate", pa.float64()),  # of the epoch's last step
        ("train_loss", pa.float64()),  # masked mean squared error of the noise, over unmasked features
        ("validation_loss", pa.float64()),
        ("train_reconstruction_error", pa.float64()),  # mean |x_0 - x| over unmasked features
        ("validation_reconstruction_error", pa.float64()),
        # the same in equal bins of the noise level t / T; null in a bin without individuals
        ("validation_error_by_noise", pa.list_(pa.float64())),
        # the same of sqrt(alpha_bar) x_t, the best linear denoiser of features with variance 1
        ("linear_error_by_noise", pa.list_(pa.float64())),
        # lambda at evenly spaced noise levels; null for a network without it
        ("mixing", pa.list_(pa.float64())),
    ],
    metadata={"format": "genodiff.history.3"},
)


def write_history(path: str | os.PathLike, history: list[dict]) -> None:
    """Write one row per epoch, with the columns of HISTORY_SCHEMA."""
    with whole_file(path) as temporary:
        pq.write_table(pa.Table.from_pylist(history, HISTORY_SCHEMA), temporary)


def read_history(path: str | os.PathLike) -> pa.Table:
    """The history; raises ValueError on another format."""
    table = pq.read_table(path)
    if not same_format(table.schema, HISTORY_SCHEMA):
        raise ValueError(f"{path}: not a training history of this version")
    return table
