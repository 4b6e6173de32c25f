"""Requests to stop: Ctrl-C (SIGINT), and the SIGTERM that a cluster sends before a job's time limit."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

_REQUESTS = (signal.SIGINT, signal.SIGTERM)


class Stopped(Exception):
    """Work was stopped on request after its state was saved; the message names the file or folder."""


@contextmanager
def _handled_by(handler: Callable) -> Iterator[None]:
    """Requests to stop call `handler` during the block. Ignored signals stay ignored; outside the main
    thread, where Python cannot handle signals, nothing changes."""
    before = {}
    try:
        if threading.current_thread() is threading.main_thread():
            for number in _REQUESTS:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    before[number] = signal.signal(number, handler) or signal.SIG_DFL
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def interruptible() -> AbstractContextManager[None]:
    """SIGTERM raises KeyboardInterrupt during the block, as Ctrl-C does."""
    return _handled_by(signal.default_int_handler)


@contextmanager
def watch_stop() -> Iterator[Callable[[], bool]]:
    """Yield a function that returns True once a request to stop was received, which then has no other
    effect. A second Ctrl-C raises KeyboardInterrupt."""
    received = []

    def handle(number: int, _) -> None:
        received.append(number)
        if number == signal.SIGINT:
            signal.signal(number, signal.default_int_handler)

    with _handled_by(handle):
        yield lambda: bool(received)


def quiet_imports() -> None:
    """In a script of Snakemake, let Ctrl-C end the process without a traceback while it imports its
    libraries; `runtime.logs.job_log` handles later requests."""
    script = hasattr(sys.modules["__main__"], "snakemake")
    if script and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
