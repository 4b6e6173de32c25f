"""A file from a server, in as many requests as it takes."""

import errno
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from time import sleep

import requests
import urllib3

from genodiff.downloads.checksums import file_md5
from genodiff.downloads.lock import alone
from genodiff.downloads.request import Again, Pace, Partial, Session, request_file
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_CONNECTION = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    urllib3.exceptions.HTTPError,
)
# Bytes that a try must bring beyond what there was, or it counts as one that brought nothing. More than
# the slowest one that is suffered brings in its window, so that a crawling server is given up.
_LEAST = 64 * 2**10
_random = SystemRandom()


@dataclass(frozen=True)
class Patience:
    """How long to go on with a server that fails."""

    attempts: int = 8  # in a row that bring (almost) nothing new
    first_wait: float = 1.0  # seconds; doubled each time
    longest_wait: float = 60.0
    longest_asked: float = 600.0  # of what a server asks for
    timeouts: tuple[float, float] = (30.0, 60.0)  # seconds, to connect and between two pieces
    least_rate: float = 1024.0  # bytes a second, averaged over `window`; fewer end a try
    window: float = 60.0  # seconds

    def wait(self, failures: int, asked: float | None) -> float:
        """Seconds before the next try: exponential, with half of it random so that many do not come
        back at once; not less than a server asks for."""
        own = min(self.longest_wait, self.first_wait * 2.0 ** (failures - 1))
        return max(own * _random.uniform(0.5, 1.0), min(asked or 0.0, self.longest_asked))


PATIENCE = Patience()


def transfer(url: str, part: Path, patience: Patience) -> None:
    """Bring the whole of `url` into `part`, going on with what is there from an earlier try.

    Dropped connections, timeouts, a rate near nothing and a server's own trouble are tried again, for as
    long as something new comes. Raises InputError when `patience` is over, for answers that will not
    change, and for a disk without room; but for the last, what is there stays.
    """
    failures, most = 0, _size(part)
    with Session() as session:
        while True:
            try:
                pace = Pace(patience.least_rate, patience.window)
                request_file(session, url, part, patience.timeouts, pace)
                return
            except (Again, *_CONNECTION) as error:
                if "CERTIFICATE_VERIFY_FAILED" in str(error):
                    raise InputError(f"{url}: the server cannot prove who it is ({error})") from error
                size = _size(part)
                failures = 0 if size >= most + _LEAST else failures + 1
                most = max(most, size)
                if failures >= patience.attempts:
                    raise InputError(
                        f"{url}: given up after {failures} tries in a row that brought less than "
                        f"{_LEAST // 2**10} KiB each beyond what there was ({error}); "
                        f"{Partial.outlook(part, url)}. Without a way to the internet from here, or "
                        "with a server that is down, name a copy of the files: cohort.mirror (a folder, "
                        "or the URL of one)"
                    ) from error
                wait = patience.wait(max(failures, 1), getattr(error, "wait", None))
                logger.info("%s: %s; %d bytes are there, again in %.1f s", url, error, size, wait)
                sleep(wait)
            except requests.RequestException as error:
                raise InputError(f"{url}: {error}") from error
            except OSError as error:
                if error.errno not in _NO_ROOM:
                    raise
                raise InputError(
                    f"{part.parent}: no space left there for {url}. Make room; "
                    f"{Partial.outlook(part, url)}"
                ) from error


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def download(url: str, target: Path, md5: str | None, patience: Patience, listed: str) -> None:
    """Put `url` at `target`, whole and verified, or not at all.

    `md5` is what the list `listed` says, None where there is nothing to verify it against. What an
    earlier try has left in `{target}.part` is gone on with; a file with other bytes is removed and
    fetched once more. Raises InputError where its bytes are wrong then too, and for all that `transfer`
    raises.
    """
    part = target.with_name(f"{target.name}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    with alone(target):
        for again in (True, False):
            transfer(url, part, patience)
            found = file_md5(part) if md5 else None
            if found == md5:
                part.replace(target)
                Partial.note(part).unlink(missing_ok=True)
                logger.info("%s: %d bytes, MD5 %s", url, target.stat().st_size, md5 or "not known")
                return
            size = _size(part)
            Partial.discard(part)
            if again:
                logger.warning("%s: wrong bytes (MD5 %s, not %s); once more", url, found, md5)
    raise InputError(
        f"{url}: twice the wrong bytes: {size} of them with MD5 {found}, where {listed} has {md5}. They "
        "were removed. Either something on the way changes files (a proxy, a login page), or file and "
        "list are of different releases: try another place with cohort.mirror, another list with "
        "cohort.checksums"
    )
