"""A file that no writer of the library made."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest


@pytest.fixture
def foreign_parquet(tmp_path):
    """A Parquet file without the metadata of this project."""
    path = tmp_path / "foreign.parquet"
    pq.write_table(pa.table({"gene": ["a"], "value": [1.0]}), path)
    return path


@pytest.fixture
def other_version(tmp_path):
    """Function that copies a Parquet file with the version in its format's name raised by one."""

    def copy(path):
        table = pq.read_table(path)
        metadata = dict(table.schema.metadata)
        name, version = metadata[b"format"].rsplit(b".", 1)
        metadata[b"format"] = name + b".%d" % (int(version) + 1)
        new = tmp_path / f"other-{path.name}"
        pq.write_table(table.replace_schema_metadata(metadata), new)
        return new

    return copy
