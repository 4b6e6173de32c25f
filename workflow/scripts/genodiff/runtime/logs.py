"""Logging of one job: all records into its log file, warnings also to the console.

Snakemake does not redirect the output of a script into the file of its `log:` directive.
"""

import logging
import platform
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from genodiff import __version__
from genodiff.runtime.errors import InputError
from genodiff.runtime.signals import Stopped

logger = logging.getLogger("genodiff")
# Seconds between two progress lines in a log file, and between two notes on a progress bar.
PROGRESS_INTERVAL = 60.0
_NOTE_INTERVAL = 1.0
# EX_TEMPFAIL of sysexits.h: try again later.
STOPPED_STATUS = 75
_UNREADABLE = (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError)


@contextmanager
def job_log(path: str) -> Iterator[logging.Logger]:
    """Send the library's log records of one job to `path`, and warnings also to the console.

    An InputError, or a named file that is absent or unreadable, ends the process with status 1 and a
    message on the console and in the log, without a traceback. A request to stop (`Stopped`) ends it
    with status 75 (a temporary failure) and its message. Any other exception is logged with its
    traceback and passes through.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    to_file = logging.FileHandler(path, mode="w", encoding="utf-8")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    to_console = logging.StreamHandler(sys.stderr)
    to_console.setLevel(logging.WARNING)
    to_console.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logger.setLevel(logging.INFO)
    logger.handlers[:] = [to_file, to_console]
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").handlers[:] = [to_file, to_console]
    try:
        logger.info("genodiff %s, Python %s", __version__, platform.python_version())
        yield logger
        logger.info("done")
    except Stopped as stopped:
        logger.warning("%s", stopped)
        sys.exit(STOPPED_STATUS)
    except BaseException as error:
        logger.removeHandler(to_console)
        if isinstance(error, _UNREADABLE) and error.filename is not None:
            message = f"{error.filename}: {error.strerror}"
        elif isinstance(error, InputError):
            message = str(error)
        else:
            logger.critical("failed: %r", error, exc_info=True)
            raise
        logger.error("%s", message)
        print(f"\nError: {message}", file=sys.stderr)
        sys.exit(1)
    finally:
        logging.captureWarnings(False)
        to_file.close()
        logger.handlers.clear()


def progress(
    items: Iterable, total: int, what: str, start: int = 0, note: Callable[[], str] | None = None
) -> Iterator:
    """Yield `items`; show a progress bar on a terminal, and log a line every PROGRESS_INTERVAL.

    `start` of the `total` items were done before. `note` returns a short text on the state of the work
    and is called only when this text is shown.
    """
    from tqdm import tqdm

    begin = last = noted = monotonic()
    # disable=None: no bar if the console is not a terminal.
    bar = tqdm(items, total=total, initial=start, desc=what, disable=None, leave=False)
    for done, item in enumerate(bar, start + 1):
        yield item
        now = monotonic()
        if note and not bar.disable and now - noted >= _NOTE_INTERVAL:
            bar.set_postfix_str(note(), refresh=False)
            noted = now
        if now - last >= PROGRESS_INTERVAL or done == total:
            left = (now - begin) / (done - start) * (total - done)
            logger.info(
                "%s: %d of %d%s, %.0f s so far, about %.0f s left",
                what, done, total, f", {note()}" if note else "", now - begin, left,
            )  # fmt: skip
            last = now
