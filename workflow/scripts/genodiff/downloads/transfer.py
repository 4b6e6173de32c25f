"""A file from a server by curl, in as many tries as it takes, verified before it gets its name."""

import errno
import shutil
import subprocess
from dataclasses import dataclass
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import sleep, time

from genodiff.downloads.checksums import file_md5
from genodiff.runtime.errors import InputError
from genodiff.runtime.locks import only_process
from genodiff.runtime.logs import logger

_PIECE = 2**16  # at most so many bytes are read at once
# A try that brings fewer bytes beyond what there was counts as failed. More than a server at the slowest
# rate brings in its window, so that one which crawls is given up.
_LEAST = 64 * 2**10
# Exit statuses of curl: an answer that is an error; no parts of files from this server; and all that may
# pass (names, connections, timeouts, early ends, handshakes).
_STATUS, _NO_PARTS = 22, 33
_PASSING = {5, 6, 7, 16, 18, 28, _NO_PARTS, 35, 52, 55, 56, 92}
# Answers of a server that another try may change: timeouts, too many requests, and its own trouble.
_PASSING_STATUS = {408, 425, 429, 500, 502, 503, 504}
# What to do where another try changes nothing, by curl's exit status.
_ADVICE = {
    1: "No redirection from HTTPS to what is not encrypted is followed. If that is a place you trust, "
    "name it: cohort.mirror",
    2: "Is this curl too old? conda-forge has a newer one",
    _STATUS: "Has the file moved, or does this mirror not have it? cohort.mirror and "
    "cohort.annotation_mirror name other places",
    60: "The server cannot prove who it is: the clock may be wrong, or a proxy looks inside, whose "
    "certificates CURL_CA_BUNDLE names",
    63: "More is still to come than the disk has room for. Make room, or let `results` be on a larger "
    "disk; then the same command again",
}


@dataclass(frozen=True)
class Patience:
    """How long to go on with a server that fails."""

    attempts: int = 8  # in a row that bring (almost) nothing new
    first_wait: float = 1.0  # seconds; doubled each time
    longest_wait: float = 60.0
    longest_asked: float = 600.0  # of what a server asks for
    connect: float = 30.0  # seconds
    least_rate: int = 1024  # bytes a second, averaged over `window`; fewer end a try
    window: int = 60  # seconds, a whole number


PATIENCE = Patience()


class _Again(Exception):
    """A try failed in a way that may pass; the server asks to wait for so many seconds."""

    def __init__(self, message: str, wait: float):
        super().__init__(message)
        self.wait = wait


def _command(url: str, start: int, room: int, headers: str) -> list[str]:
    """curl for the bytes of `url` from `start` on, to its output; the server's headers go to a file."""
    return [
        "curl", "--disable", "--silent", "--show-error", "--fail", "--globoff", "--netrc-optional",
        "--location", "--proto", "=http,https",
        "--proto-redir", "=https" if url.startswith("https:") else "=http,https",
        "--connect-timeout", str(PATIENCE.connect), "--max-filesize", str(room),
        "--speed-limit", str(PATIENCE.least_rate), "--speed-time", str(PATIENCE.window),
        "--continue-at", str(start), "--dump-header", headers, url,
    ]  # fmt: skip


def _run_curl(url: str, part: Path) -> None:
    """Append what is missing to `part`. Raises _Again, InputError, and OSError from writing."""
    room = max(1, shutil.disk_usage(part.parent).free)  # 0 would be no limit
    with NamedTemporaryFile() as headers, open(part, "ab") as file:
        command = _command(url, file.tell(), room, headers.name)
        # Through pipes: a curl whose parent was killed cannot write into the file of the next run.
        try:
            process = subprocess.Popen(  # noqa: S603 (our own command)
                command, bufsize=0, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        except FileNotFoundError as error:
            raise InputError("curl: no such program here; install it, or use --sdm conda") from error
        with process:
            try:
                shutil.copyfileobj(process.stdout, file, _PIECE)
            except BaseException:
                process.kill()
                raise
            said = " ".join(process.stderr.read().decode(errors="replace").split())
        if process.returncode == _NO_PARTS:
            file.truncate(0)
        _check(url, process.returncode, said, headers.read())


def _check(url: str, code: int, said: str, headers: bytes) -> None:
    """Raise what a run of curl has come to, from its exit status and words, and the headers of the
    server's answers, of which the last counts."""
    blocks = [block for block in headers.split(b"\r\n\r\n") if block.startswith(b"HTTP/")]
    line, _, fields = (blocks or [b""])[-1].partition(b"\r\n")
    answer = line.partition(b" ")[2].decode(errors="replace").strip()
    found, status = message_from_bytes(fields), int(answer[:3] or 0)
    # 416: nothing lies behind the end of what there is. Whether that is the file, its checksum tells.
    if code == 0 or status == 416:
        return
    if code == _STATUS:
        said = f"the server answered {answer}"
    elif code == 1 and found["Location"]:
        said = f"redirected to {found['Location']}"
    passing = status in _PASSING_STATUS if code == _STATUS else code in _PASSING
    if not passing:
        raise InputError(f"{url}: {said}. {_ADVICE.get(code, f'curl has ended with status {code}')}")
    asked = found.get("Retry-After", "")
    try:
        wait = float(asked) if asked.isdecimal() else parsedate_to_datetime(asked).timestamp() - time()
    except ValueError:
        wait = 0.0
    raise _Again(said, wait)


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def transfer(url: str, part: Path) -> None:
    """Bring the whole of `url` into `part`, going on with what is there from an earlier try.

    Failures that may pass are tried again for as long as something new comes. Raises InputError when
    its patience is over, for answers that will not change, and for a disk without room; what came stays.
    """
    failures, most = 0, _size(part)
    while True:
        try:
            _run_curl(url, part)
            return
        except _Again as again:
            problem, asked = again, min(again.wait, PATIENCE.longest_asked)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise InputError(f"{part.parent}: no space left there for {url}. {_ADVICE[63]}") from error
        size = _size(part)
        failures = 0 if size >= most + _LEAST else failures + 1
        most = max(most, size)
        if failures >= PATIENCE.attempts:
            raise InputError(
                f"{url}: given up after {failures} tries in a row that brought less than "
                f"{_LEAST // 2**10} KiB each beyond what there was ({problem}); {size} bytes are there, "
                "and the same command asks for the rest. Without a way to the internet from here, or "
                "with a server that is down, name a copy of the files: cohort.mirror"
            )
        wait = max(asked, min(PATIENCE.longest_wait, PATIENCE.first_wait * 2.0 ** max(failures - 1, 0)))
        logger.info("%s: %s; %d bytes are there, again in %.1f s", url, problem, size, wait)
        sleep(wait)


def download(url: str, target: Path, md5: str | None, listed: str) -> None:
    """Put `url` at `target`, whole and verified, or not at all.

    `md5` is what the list `listed` says, None where nothing says it. What an earlier run left in
    `{target}.part` is gone on with if there is an MD5, which tells whether both halves are of one file.
    A file with other bytes is removed and fetched once more. Raises InputError where its bytes are wrong
    then too, and for all that `transfer` raises.
    """
    part = target.with_name(f"{target.name}.part")
    with only_process(target):
        if md5 is None:
            part.unlink(missing_ok=True)
        for again in (True, False):
            try:
                transfer(url, part)
            except InputError:
                if not _size(part):
                    part.unlink(missing_ok=True)
                raise
            found, size = file_md5(part) if md5 else None, _size(part)
            if found == md5:
                part.replace(target)
                logger.info("%s: %d bytes, MD5 %s", url, size, md5 or "not known")
                return
            part.unlink()
            if again:
                logger.warning("%s: wrong bytes (MD5 %s, not %s); once more", url, found, md5)
    raise InputError(
        f"{url}: twice the wrong bytes: {size} of them with MD5 {found}, where {listed} has {md5}. They "
        "were removed. Either something on the way changes files (a proxy, a login page), or file and "
        "list are of different releases: try another place with cohort.mirror, another list with "
        "cohort.checksums"
    )
