"""The project's folder, and logging as it was."""

import logging
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def root():
    """The project's folder."""
    return ROOT


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
