"""Logging of one job: all records into its log file, messages and progress also to the console.

Snakemake does not redirect the output of a script into the file of its `log:` directive.
"""

import io
import logging
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, NoReturn

from genodiff import __version__
from genodiff.runtime.errors import InputError
from genodiff.runtime.signals import Stopped, interruptible

logger = logging.getLogger("genodiff")
# Seconds between two progress lines, and between two notes on a progress bar.
PROGRESS_INTERVAL = 60.0
_NOTE_INTERVAL = 1.0
# EX_TEMPFAIL of sysexits.h: try again later.
STOPPED_STATUS = 75
# As a shell reports a process that SIGINT has ended.
INTERRUPTED_STATUS = 130
# Environment variables that the Snakefile sets for its jobs: whether several jobs share the terminal,
# and whether Snakemake's process shows the warnings of jobs for single chromosomes.
SHARED_TERMINAL, COLLECTED_WARNINGS = "GENODIFF_SHARED_TERMINAL", "GENODIFF_COLLECTED_WARNINGS"
_UNREADABLE = (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError)
# Name of the running job in lines on the console; empty outside of a job.
_job = ""


def job_name(path: str) -> str:
    """The name of a job on the console: the path of its log below the folder `logs`, without suffix."""
    parts = Path(path).parts
    below = len(parts) - parts[::-1].index("logs") if "logs" in parts else len(parts) - 1
    return "/".join(parts[below:]).removesuffix(".log")


def duration(seconds: float) -> str:
    """A duration in the largest two units that it fills, for example "2 h 5 min"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@contextmanager
def job_log(path: str, *, chromosome: bool = False, child: bool = False) -> Iterator[logging.Logger]:
    """Send the library's log records of one job to `path`, and warnings also to the console.

    chromosome: the job is one of a run's that do the same for each chromosome; Snakemake's process may
    then show their warnings together (see workflow.terminal). child: a process of a job that another
    process started, whose log it continues and which shows its messages.

    An InputError, or a named file that is absent or unreadable, ends the process with status 1 and a
    message on the console and in the log, without a traceback. A request to stop ends it with one line:
    with status 75 (a temporary failure) if the job has saved its state (`Stopped`), otherwise 130. Any
    other exception is logged with its traceback and passes through.
    """
    global _job
    _job = "" if child else job_name(path)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    if not child:
        Path(path).write_bytes(b"")
    # Several processes may append to one log.
    to_file = logging.FileHandler(path, mode="a", encoding="utf-8")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    to_console = logging.StreamHandler(sys.stderr)
    collected = chromosome and os.environ.get(COLLECTED_WARNINGS) == "1"
    to_console.setLevel(logging.ERROR if collected else logging.WARNING)
    to_console.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logger.setLevel(logging.INFO)
    logger.handlers[:] = [to_file, to_console]
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").handlers[:] = [to_file, to_console]
    try:
        with interruptible():
            logger.info("genodiff %s, Python %s", __version__, platform.python_version())
            yield logger
            logger.info("done")
    except BaseException as error:
        logger.removeHandler(to_console)
        _end(error)
    finally:
        logging.captureWarnings(False)
        to_file.close()
        logger.handlers.clear()
        _job = ""


def _end(error: BaseException) -> NoReturn:
    """End the process with the message of `error`; raises it again if it is none of the user's."""
    if isinstance(error, (Stopped, KeyboardInterrupt)):
        stopped = isinstance(error, Stopped)
        message = str(error) if stopped else "interrupted; the same command does this step again"
        logger.warning("%s", message)
        print(f"{_job}: {message}" if _job else message, file=sys.stderr)
        sys.exit(STOPPED_STATUS if stopped else INTERRUPTED_STATUS)
    if isinstance(error, _UNREADABLE) and error.filename is not None:
        message = f"{error.filename}: {error.strerror}"
    elif isinstance(error, InputError):
        message = str(error)
    else:
        logger.critical("failed: %r", error, exc_info=error)
        raise error
    logger.error("%s", message)
    print(f"\nError: {message}", file=sys.stderr)
    sys.exit(1)


def progress(
    items: Iterable, total: int | None, what: str, start: int = 0,
    note: Callable[[], str] | None = None,
) -> Iterator:  # fmt: skip
    """Yield `items`, and show how far the job is: by a bar on a terminal that no other job uses,
    otherwise by a line every PROGRESS_INTERVAL, which also goes to the log.

    `start` of the `total` items (None: unknown) were done before. `note` returns a short text on the
    state of the work and is called only when this text is shown.
    """
    from tqdm import tqdm

    begin = last = noted = monotonic()
    name = f"{_job}: {what}" if _job else what
    # disable=None: no bar if the console is not a terminal.
    hidden = True if os.environ.get(SHARED_TERMINAL) == "1" else None
    bar = tqdm(items, total=total, initial=start, desc=name, disable=hidden, leave=False)
    for done, item in enumerate(bar, start + 1):
        yield item
        now = monotonic()
        if note and not bar.disable and now - noted >= _NOTE_INTERVAL:
            bar.set_postfix_str(note(), refresh=False)
            noted = now
        due = now - last >= PROGRESS_INTERVAL
        if due or done == total:
            line = _progress_line(done, total, now - begin, done - start, note)
            logger.info("%s: %s", what, line)
            if due and bar.disable and _job:
                print(f"{name}: {line}", file=sys.stderr, flush=True)
            last = now


class _Lines(io.StringIO):
    """A file for a library's progress bar, each state of which becomes a line of the log and console."""

    def write(self, text: str) -> int:
        if line := text.strip():
            logger.info("%s", line.removeprefix(f"{_job}: "))
            print(line, file=sys.stderr, flush=True)
        return len(text)


def tqdm_options(what: str) -> dict[str, Any]:
    """Keyword arguments of tqdm by which a library's own progress bar appears as `progress` does."""
    options = {"desc": f"{_job}: {what}" if _job else what, "leave": False, "disable": False}
    if sys.stderr.isatty() and os.environ.get(SHARED_TERMINAL) != "1":
        return options
    text = "{desc}: {n_fmt} of {total_fmt}, {elapsed} so far, about {remaining} left"
    interval = {"mininterval": PROGRESS_INTERVAL, "delay": PROGRESS_INTERVAL}
    return options | interval | {"file": _Lines(), "bar_format": text}


@contextmanager
def warnings_only() -> Iterator[None]:
    """Leave the messages and progress lines of the block out of the log, but for warnings."""
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)


def _progress_line(
    done: int, total: int | None, seconds: float, lately: int, note: Callable[[], str] | None
) -> str:
    """Text on the progress: `done` of `total` items, of which `lately` were finished in `seconds`."""
    line = f"{done}" if total is None else f"{done} of {total}"
    if note:
        line += f", {note()}"
    line += f", {duration(seconds)} so far"
    if total is not None:
        line += f", about {duration(seconds / lately * (total - done))} left"
    return line
