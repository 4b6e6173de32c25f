"""A request to stop, such as a cluster sends before a job's time is over."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopped(Exception):
    """Work was stopped on request and its state is saved. The message says where."""


@contextmanager
def watch_sigterm() -> Iterator[Callable[[], bool]]:
    """Give a function that says whether SIGTERM has come; inside the block the signal does no more.

    Outside the main thread, where Python takes no signals, it never has.
    """
    came = []
    try:
        before = signal.signal(signal.SIGTERM, lambda *_: came.append(True))
    except ValueError:
        yield lambda: False
        return
    try:
        yield lambda: bool(came)
    finally:
        signal.signal(signal.SIGTERM, before)
