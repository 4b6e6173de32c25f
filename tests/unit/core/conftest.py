"""The project's schema and a configuration filled with its defaults."""

import logging
import warnings
from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from snakemake.utils import validate

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def root():
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def schema():
    return yaml.safe_load((ROOT / "config" / "schema.yaml").read_text())


@pytest.fixture(scope="session")
def fill():
    """Validate a configuration and put the schema's defaults in, as the Snakefile does."""

    def filled(config):
        config = deepcopy(config)
        validate(config, str(ROOT / "config" / "schema.yaml"))
        return config

    return filled


@pytest.fixture(scope="session")
def _defaults(fill):
    return fill({"cohort": {"source": "simulate"}})


@pytest.fixture
def defaults(_defaults):
    """The schema's defaults for the built-in cohort; a copy to change at will."""
    return deepcopy(_defaults)


@pytest.fixture
def quiet_logging():
    """Undo what job_log does to the process: handlers, level, and warnings sent to the log."""
    loggers = [logging.getLogger("genodiff"), logging.getLogger("py.warnings")]
    before = [(logger.level, logger.handlers[:]) for logger in loggers]
    with warnings.catch_warnings():
        yield
        logging.captureWarnings(False)
    for logger, (level, handlers) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.handlers[:] = handlers
