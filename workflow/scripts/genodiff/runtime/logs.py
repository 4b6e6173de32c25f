"""Logging of one job: everything into its log file, warnings to the console.

Snakemake does not redirect the output of a script into the file of its `log:` directive; this
module does, so that the log of a failed job holds what a user got wrong, or the traceback of an error
that is ours.
"""

import logging
import platform
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import NoReturn

from genodiff import __version__
from genodiff.runtime.errors import InputError
from genodiff.runtime.signals import Stopped

logger = logging.getLogger("genodiff")
# Seconds between two progress lines in a log file, and between two notes on a bar.
PROGRESS_INTERVAL = 60.0
_NOTE_INTERVAL = 1.0
# EX_TEMPFAIL of sysexits.h: try again later.
STOPPED_STATUS = 75
_UNREADABLE = (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError)


@contextmanager
def job_log(path: str) -> Iterator[logging.Logger]:
    """Send the library's log records of one job to `path`, and warnings to the console too.

    An InputError, and a file that is named and is not there or must not be read, end the process with
    status 1 and a message on the console and in the log, no traceback; work that was stopped on
    request with status 75 (a temporary failure) and its message; any other exception passes through,
    and leaves its traceback in the log.
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
    except InputError as error:
        _tell(str(error), to_file)
    except Stopped as stopped:
        logger.warning("%s", stopped)
        sys.exit(STOPPED_STATUS)
    except BaseException as error:
        if isinstance(error, _UNREADABLE) and error.filename is not None:
            _tell(f"{error.filename}: {error.strerror}", to_file)
        to_file.handle(_record(logging.CRITICAL, f"failed: {error!r}", sys.exc_info()))
        raise
    finally:
        logging.captureWarnings(False)
        to_file.close()
        logger.handlers.clear()


def _tell(message: str, to_file: logging.Handler) -> NoReturn:
    to_file.handle(_record(logging.ERROR, message, None))
    print(f"\nError: {message}", file=sys.stderr)
    sys.exit(1)


def _record(level: int, message: str, exc_info) -> logging.LogRecord:
    return logging.LogRecord("genodiff", level, __file__, 0, message, None, exc_info)


def progress(
    items: Iterable, total: int, what: str, start: int = 0, note: Callable[[], str] | None = None
) -> Iterator:
    """Yield `items` with a progress bar on a terminal and a plain line in the log now and then.

    `start` of the `total` were done before; `note` gives a few words on how it goes, and is called only
    where they are shown.
    """
    from tqdm import tqdm

    begin = last = noted = monotonic()
    # disable=None: no bar where the console is not a terminal.
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
