"""Requests to stop, such as the SIGTERM that a cluster sends before a job's time limit."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopped(Exception):
    """Work was stopped on request after its state was saved; the message names the file or folder."""


@contextmanager
def watch_sigterm() -> Iterator[Callable[[], bool]]:
    """Yield a function that returns True once SIGTERM was received; the default action is suppressed.

    Outside the main thread Python cannot handle signals; the function then always returns False.
    """
    received = []
    try:
        before = signal.signal(signal.SIGTERM, lambda *_: received.append(True))
    except ValueError:
        yield lambda: False
        return
    try:
        yield lambda: bool(received)
    finally:
        signal.signal(signal.SIGTERM, before)
