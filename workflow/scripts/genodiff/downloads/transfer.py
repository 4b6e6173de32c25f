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
from genodiff.downloads.request import BLOCK, Again, Partial, Session, request_file
from genodiff.errors import InputError
from genodiff.logs import logger

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_CONNECTION = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    urllib3.exceptions.HTTPError,
)
_random = SystemRandom()


@dataclass(frozen=True)
class Patience:
    """How long to go on with a server that fails."""

    attempts: int = 8  # in a row that bring nothing new
    first_wait: float = 1.0  # seconds; doubled each time
    longest_wait: float = 60.0
    longest_asked: float = 600.0  # of what a server asks for
    timeouts: tuple[float, float] = (30.0, 60.0)  # to connect, and between two blocks

    def wait(self, failures: int, asked: float | None) -> float:
        """Seconds before the next try: exponential, with half of it random so that many do not come
        back at once; not less than a server asks for."""
        own = min(self.longest_wait, self.first_wait * 2.0 ** (failures - 1))
        return max(own * _random.uniform(0.5, 1.0), min(asked or 0.0, self.longest_asked))


PATIENCE = Patience()


def transfer(url: str, part: Path, patience: Patience) -> None:
    """Bring the whole of `url` into `part`, going on with what is there from an earlier try.

    Dropped connections, timeouts and a server's own trouble are tried again, for as long as something
    new comes. Raises InputError when `patience` is over, for answers that will not change, and for a
    disk without room; but for the last, what is there stays.
    """
    failures, most = 0, _size(part)
    with Session() as session:
        while True:
            try:
                request_file(session, url, part, patience.timeouts)
                return
            except (Again, *_CONNECTION) as error:
                if "CERTIFICATE_VERIFY_FAILED" in str(error):
                    raise InputError(f"{url}: the server cannot prove who it is ({error})") from error
                size = _size(part)
                failures = 1 if size >= most + BLOCK else failures + 1
                most = max(most, size)
                if failures >= patience.attempts:
                    raise InputError(
                        f"{url}: given up after {failures} tries that brought nothing new ({error}); "
                        f"{size} bytes are there, with which the same command goes on. Without a way to "
                        "the internet from here, or with a server that is down, name a copy of the "
                        "files: cohort.mirror (a folder, or the URL of one)"
                    ) from error
                wait = patience.wait(failures, getattr(error, "wait", None))
                logger.info("%s: %s; %d bytes are there, again in %.1f s", url, error, size, wait)
                sleep(wait)
            except requests.RequestException as error:
                raise InputError(f"{url}: {error}") from error
            except OSError as error:
                if error.errno not in _NO_ROOM:
                    raise
                raise InputError(
                    f"{part.parent}: no space left there, after {_size(part)} bytes of {url}. Make "
                    "room; the same command goes on with what is there"
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
