"""Shared by all unit tests."""

import pytest
import torch


@pytest.fixture
def torch_settings():
    """Undo what jobs set for their process: threads and deterministic algorithms."""
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(strict)
