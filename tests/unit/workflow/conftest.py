"""Configurations written as YAML, loaded as the Snakefile does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from snakemake.utils import update_config

from genodiff.runtime.errors import InputError
from genodiff.workflow.settings import load


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return Path(__file__).parents[3]


@pytest.fixture(scope="session")
def loaded(root) -> Callable[..., dict[str, Any]]:
    """Function: the complete configuration of a simulated cohort with YAML, or files of the project, on
    top of it in their order."""

    def fill(*texts: str) -> dict[str, Any]:
        config: dict[str, Any] = {"cohort": {"source": "simulate"}}
        for text in texts:
            text = (root / text).read_text() if text.endswith(".yaml") else text
            update_config(config, yaml.safe_load(text) or {})
        return load(config)

    return fill


@pytest.fixture(scope="session")
def refused(loaded) -> Callable[..., list[str]]:
    """Function: what `load` says is wrong with such a configuration, a line for each problem."""

    def lines(*texts: str) -> list[str]:
        with pytest.raises(InputError) as raised:
            loaded(*texts)
        first, *problems = str(raised.value).splitlines()
        assert first == "the configuration is not usable:"
        return [line.removeprefix("  ") for line in problems]

    return lines
