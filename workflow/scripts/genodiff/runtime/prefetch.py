"""Prefetch results in background threads."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item, Result = TypeVar("Item"), TypeVar("Result")


def prefetch(
    work: Callable[[Item], Result], items: Iterable[Item], threads: int = 1
) -> Iterator[Result]:
    """Yield `work(item)` in the order of `items`. While the caller uses one result, `threads` threads
    compute the next ones; at most `threads` results are held."""
    started: deque = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                started.append(pool.submit(work, item))
                if len(started) > threads:
                    yield started.popleft().result()
            while started:
                yield started.popleft().result()
        finally:  # the caller stopped, or an item raised an error
            for future in started:
                future.cancel()
