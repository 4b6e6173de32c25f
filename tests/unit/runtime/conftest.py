"""Logging as it was."""

import logging
import warnings

import pytest


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
