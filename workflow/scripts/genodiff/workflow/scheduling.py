"""A remedy for the scheduler of Snakemake 9.27. Read at parse time: imports Snakemake only."""

import threading
from typing import Any

# The method of Snakemake's scheduler, spelled as there; another version may not have it.
_METHOD = "_schedule_reevalutation"


def one_timer_at_a_time(scheduler: type | None = None) -> None:
    """Let a class of schedulers, by default Snakemake's, have one pending timer at most.

    Where the rate of jobs is limited, which is the default, each pass of the scheduler starts a timer
    that causes another pass a second later, and so does each finished job: after N jobs there are N
    passes a second, which take more time than the jobs of a small cohort.
    """
    if scheduler is None:
        try:
            from snakemake.scheduling.job_scheduler import JobScheduler as scheduler
        except ImportError:  # another version
            return
    if not hasattr(scheduler, _METHOD):
        return
    pending: set[int] = set()
    lock = threading.Lock()

    def schedule(self: Any, delay: float) -> None:
        with lock:
            if id(self) in pending:
                return
            pending.add(id(self))

        def wake() -> None:
            with lock:
                pending.discard(id(self))
            self._open_jobs.release()

        timer = threading.Timer(delay, wake)
        timer.daemon = True  # or Snakemake would wait for it at its end
        timer.start()

    setattr(scheduler, _METHOD, schedule)
