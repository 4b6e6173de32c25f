"""Snakemake's scheduler and its timers."""

import inspect
import threading
import time

from snakemake.scheduling.job_scheduler import JobScheduler

from genodiff.workflow.scheduling import _METHOD, one_timer_at_a_time


class Scheduler:
    def __init__(self):
        self._open_jobs = threading.Semaphore(0)

    def _schedule_reevalutation(self, delay):
        raise AssertionError("the method was not replaced")


def passes(scheduler, seconds):
    """Wake-ups of a scheduler within so many seconds, each of which asks for another one."""
    count, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        if scheduler._open_jobs.acquire(timeout=0.02):
            count += 1
            scheduler._schedule_reevalutation(0.05)
    return count


def test_one_timer_at_a_time__passes_do_not_multiply_with_finished_jobs():
    kind = type("Own", (Scheduler,), {})
    one_timer_at_a_time(kind)
    scheduler, other = kind(), kind()
    for _ in range(40):  # as 40 finished jobs do
        scheduler._open_jobs.release()
    # 40 passes, and then one for each timer of 0.05 s instead of 40 for each.
    assert 41 <= passes(scheduler, 0.5) <= 52
    other._schedule_reevalutation(0.01)
    assert other._open_jobs.acquire(timeout=5)


def test_one_timer_at_a_time__another_version_of_snakemake_is_left_alone():
    kind = type("Other", (), {})
    one_timer_at_a_time(kind)
    assert not hasattr(kind, _METHOD)


def test_the_pinned_snakemake_has_the_method_and_releases_the_same_semaphore():
    assert list(inspect.signature(getattr(JobScheduler, _METHOD)).parameters) == ["self", "delay"]
    assert "self._open_jobs.acquire()" in inspect.getsource(JobScheduler.schedule)
