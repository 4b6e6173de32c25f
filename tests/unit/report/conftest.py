"""A small finished run, by hand: all that the report reads."""

import pytest
from finished_run import finished_run


@pytest.fixture
def finished(tmp_path):
    return finished_run(tmp_path)
