"""One request for a file, or for what is missing of it."""

import json
import math
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from time import monotonic, time
from typing import BinaryIO
from urllib.parse import urljoin

import requests

from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger, progress

BLOCK = 2**20  # bytes, of which progress is told
_PIECE = 2**16  # at most so many are read at once; no more than a block
# Answers that another try may change: timeouts, too many requests, and the server's own trouble.
_PASSING = {408, 425, 429, 500, 502, 503, 504}
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")


class Again(Exception):
    """The request failed in a way that may pass; the message says how."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait  # seconds that the server asks for


class _Changed(Again):
    """What there is cannot be gone on with."""


class Pace:
    """How fast a request brings bytes: `least` a second, averaged over `window` seconds, are too few."""

    def __init__(self, least: float, window: float, clock: Callable[[], float] = monotonic) -> None:
        self._least, self._window, self._clock = least, window, clock
        self._begin, self._size = clock(), 0

    def count(self, size: int) -> None:
        """Count bytes that came. Raises Again where the window is over and they were too few."""
        self._size += size
        seconds = self._clock() - self._begin
        if seconds < self._window:
            return
        if self._size < self._least * seconds:
            raise Again(f"the server is too slow, {self._size} bytes in {seconds:.0f} s")
        self._begin, self._size = self._begin + seconds, 0


class Session(requests.Session):
    """A session that follows no redirection from https to http."""

    def get_redirect_target(self, response: requests.Response) -> str | None:
        """The URL that an answer redirects to. Raises InputError where it is less safe."""
        target = super().get_redirect_target(response)
        if target and response.url.startswith("https:"):
            target = urljoin(response.url, target)
            if not target.startswith("https:"):
                raise InputError(
                    f"{response.url}: redirected to {target}, which is not encrypted; not followed. If "
                    "that is a place you trust, name it: cohort.mirror"
                )
        return target


@dataclass(frozen=True)
class Partial:
    """What is known of a download that is not finished; kept beside it."""

    url: str
    validator: str | None = None  # ETag or date, by which the server tells whether the file is the same
    total: int | None = None  # bytes of the whole file

    @staticmethod
    def note(part: Path) -> Path:
        """The file that says so."""
        return part.with_name(f"{part.name}.json")

    @classmethod
    def read(cls, part: Path, url: str) -> "Partial":
        """What is known of `part`; nothing where it is of another URL."""
        try:
            found = cls(**json.loads(cls.note(part).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return cls(url)
        return found if found.url == url else cls(url)

    def write(self, part: Path) -> None:
        """Keep it beside `part`."""
        self.note(part).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def discard(cls, part: Path) -> None:
        """Remove a partial download, and what is known of it."""
        part.unlink(missing_ok=True)
        cls.note(part).unlink(missing_ok=True)

    @classmethod
    def outlook(cls, part: Path, url: str) -> str:
        """What the same command will do with `part`, in words."""
        size = part.stat().st_size if part.exists() else 0
        if not size:
            return "nothing is there yet"
        if cls.read(part, url).validator is None:
            return (
                f"{size} bytes are there, but the same command starts anew, since the server does not "
                "say which version of its file they are of (no ETag, no date)"
            )
        return f"{size} bytes are there, and the same command asks for the rest"


def _validator(response: requests.Response) -> str | None:
    """What If-Range takes: a strong ETag, or else the date of the last change."""
    etag = response.headers.get("ETag", "")
    strong = etag.startswith('"')
    return etag if strong else response.headers.get("Last-Modified")


def _retry_after(response: requests.Response) -> float | None:
    """Seconds that the server asks to wait for, given as such or as a date."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time())
    except (ValueError, TypeError):
        return None


def _check_status(response: requests.Response) -> None:
    status = f"{response.status_code} {response.reason}"
    if response.status_code in _PASSING:
        raise Again(f"the server answered {status}", _retry_after(response))
    if response.status_code not in (200, 206):
        raise InputError(
            f"{response.url}: the server answered {status}. Has the file moved, or does this mirror not "
            "have it? cohort.mirror and cohort.annotation_mirror name other places"
        )


def _place(response: requests.Response, start: int, known: Partial) -> tuple[int, Partial]:
    """From which byte on the answer goes, and what is known of the file now.

    Raises Again where the server gives another part than was asked for, or a part of a file that was
    changed since.
    """
    if response.status_code == 206:
        match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        total = int(match[2]) if match and match[2] != "*" else known.total
        same = _validator(response) in (known.validator, None) and known.total in (total, None)
        if not match or match[1] is None or int(match[1]) != start or not same:
            raise _Changed("the server's file is another one than before; from the start")
        return start, Partial(known.url, known.validator, total)
    length = response.headers.get("Content-Length", "")
    return 0, Partial(known.url, _validator(response), int(length) if length.isdecimal() else None)


def request_file(
    session: Session, url: str, part: Path, timeouts: tuple[float, float], pace: Pace
) -> None:
    """Ask for `url` and write it to `part`; for what is missing there, where the server can still tell
    that its file is the same. `timeouts` are seconds, to connect and between two pieces.

    Raises Again for what may pass (besides the exceptions of connections), after which `part` holds what
    was received and can be gone on with; InputError for answers that will not change, and for a disk
    without room.
    """
    known = Partial.read(part, url)
    start = part.stat().st_size if part.exists() and known.validator else 0
    # Bytes as they lie there: no packing on the way, which would make other lengths.
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers |= {"Range": f"bytes={start}-", "If-Range": known.validator}
    try:
        with session.get(url, headers=headers, stream=True, timeout=timeouts) as response:
            if response.status_code == 416:
                if start == known.total:
                    return
                raise _Changed("the server's file is shorter than what there is; from the start")
            _check_status(response)
            start, known = _place(response, start, known)
            _check_room(part, start, known.total)
            if not start:
                # Never old bytes beside what is known of new ones.
                Partial.discard(part)
            known.write(part)
            _receive(response, part, start, known.total, pace)
    except _Changed:
        Partial.discard(part)
        raise


def _check_room(part: Path, start: int, total: int | None) -> None:
    free = shutil.disk_usage(part.parent).free + (part.stat().st_size - start if part.exists() else 0)
    if total is not None and total - start > free:
        raise InputError(
            f"{part.parent}: {free / 1e9:.2f} GB are free, and {(total - start) / 1e9:.2f} GB are still "
            f"to come of {part.name.removesuffix('.part')} alone. Make room, or let `results` be on a "
            "larger disk; then the same command again"
        )


def _written(response: requests.Response, file: BinaryIO, pace: Pace) -> Iterator[None]:
    """Write the answer as it comes; yield at each MiB of the file and at its end."""
    at = file.tell()
    # Whatever has come, without waiting for more, which a server that stalls would never send.
    while piece := response.raw.read1(_PIECE, decode_content=False):
        file.write(piece)
        pace.count(len(piece))
        before, at = at, at + len(piece)
        if at // BLOCK > before // BLOCK:
            yield
    if at % BLOCK:
        yield


def _receive(response: requests.Response, part: Path, start: int, total: int | None, pace: Pace) -> None:
    """Write the answer from byte `start` of `part` on. Raises Again where it ends too early, or comes
    too slowly."""
    if start:
        logger.info("going on after %d of %s bytes", start, total)
    with open(part, "r+b" if part.exists() else "xb") as file:
        file.truncate(start)
        file.seek(start)
        written = _written(response, file, pace)
        if total is not None:
            count = math.ceil(total / BLOCK)
            written = progress(written, count, f"{part.name.removesuffix('.part')}, MiB", start // BLOCK)
        for _ in written:
            pass
        size = file.tell()
    if total is not None and size != total:
        raise Again(f"the connection ended after {size} of {total} bytes")
