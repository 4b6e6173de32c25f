"""Work done ahead by threads comes in order, and no further ahead than said."""

import threading

import pytest

from genodiff.runtime.prefetch import prefetch


def test_work_ahead__works_on_one_more_than_was_asked_for_in_order():
    begun, wanted = [], [threading.Event() for _ in range(4)]

    def work(item):
        begun.append(item)
        wanted[item].set()
        return 10 * item

    results = prefetch(work, range(4))
    assert begun == []
    assert next(results) == 0
    assert wanted[1].wait(10)
    assert begun == [0, 1]
    assert list(results) == [10, 20, 30]
    assert list(prefetch(work, [])) == []


def test_work_ahead__an_error_comes_where_its_result_would():
    results = prefetch(lambda item: 1 / item, [2, 0, 4])
    assert next(results) == 0.5
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_work_ahead__several_threads_work_at_once_and_results_keep_their_order():
    together = threading.Barrier(3, timeout=10)

    def work(item):
        together.wait()
        return item

    assert list(prefetch(work, range(6), threads=3)) == list(range(6))


def test_work_ahead__what_is_not_begun_when_the_caller_ends_is_not_done():
    done, go = [], threading.Event()

    def work(item):
        go.wait(10)
        done.append(item)

    results = prefetch(work, range(100), threads=1)
    go.set()
    next(results)
    results.close()
    assert len(done) <= 3
