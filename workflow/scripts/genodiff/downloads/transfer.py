"""Download of one file by curl with retries, verified before it gets its final name."""

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

_PIECE = 2**16  # bytes read at once
# Minimum new bytes for an attempt to count as progress: more than a server at the slowest accepted rate
# sends within the window, so that such a server is given up.
_LEAST = 64 * 2**10
# Exit statuses of curl: an HTTP error; a server without ranges of files; and all temporary failures
# (names, connections, timeouts, early ends, handshakes).
_STATUS, _NO_RANGES = 22, 33
_TEMPORARY = {5, 6, 7, 16, 18, 28, _NO_RANGES, 35, 52, 55, 56, 92}
# HTTP statuses of temporary failures: timeouts, too many requests, errors of the server.
_TEMPORARY_STATUS = {408, 425, 429, 500, 502, 503, 504}
# Remedies for permanent failures, by exit status of curl.
_ADVICE = {
    1: "Redirections from HTTPS to unencrypted servers are not followed. If you trust that server, name "
    "it: cohort.mirror",
    2: "Is this curl too old? conda-forge has a newer one",
    _STATUS: "Has the file moved, or does this mirror lack it? cohort.mirror and "
    "cohort.annotation_mirror name other servers or folders",
    60: "The identity of the server cannot be verified: the clock may be wrong, or a proxy inspects "
    "connections, whose certificates CURL_CA_BUNDLE must name",
    63: "The rest of the file needs more space than the disk has. Make room, or place `results` on a "
    "larger disk; then run the same command again",
}


@dataclass(frozen=True)
class RetryPolicy:
    """Limits for a server that fails; times in seconds."""

    attempts: int = 8  # consecutive ones without progress
    first_wait: float = 1.0  # doubled after each failure
    longest_wait: float = 60.0
    longest_asked: float = 600.0  # longest wait that a server may request
    connect: float = 30.0
    least_rate: int = 1024  # bytes per second over `window`; a slower attempt is ended
    window: int = 60


RETRY_POLICY = RetryPolicy()


class _RetryableError(Exception):
    """A temporary failure; `wait` are the seconds that the server requests to wait."""

    def __init__(self, message: str, wait: float):
        super().__init__(message)
        self.wait = wait


def _command(url: str, start: int, room: int, headers: str) -> list[str]:
    """Command that writes the bytes of `url` from `start` to its output and HTTP headers to a file."""
    return [
        "curl", "--disable", "--silent", "--show-error", "--fail", "--globoff", "--netrc-optional",
        "--location", "--proto", "=http,https",
        "--proto-redir", "=https" if url.startswith("https:") else "=http,https",
        "--connect-timeout", str(RETRY_POLICY.connect), "--max-filesize", str(room),
        "--speed-limit", str(RETRY_POLICY.least_rate), "--speed-time", str(RETRY_POLICY.window),
        "--continue-at", str(start), "--dump-header", headers, url,
    ]  # fmt: skip


def _run_curl(url: str, part: Path) -> None:
    """Append the missing bytes to `part`. Raises _RetryableError, InputError, and OSError on writing."""
    room = max(1, shutil.disk_usage(part.parent).free)  # 0 would mean no limit
    with NamedTemporaryFile() as headers, open(part, "ab") as file:
        command = _command(url, file.tell(), room, headers.name)
        # Output to a pipe: a curl whose parent was killed cannot write into the file of the next run.
        try:
            process = subprocess.Popen(  # noqa: S603 (our own command)
                command, bufsize=0, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        except FileNotFoundError as error:
            raise InputError("curl: program not found; install it, or use --sdm conda") from error
        with process:
            try:
                shutil.copyfileobj(process.stdout, file, _PIECE)
            except BaseException:
                process.kill()
                raise
            message = " ".join(process.stderr.read().decode(errors="replace").split())
        if process.returncode == _NO_RANGES:
            file.truncate(0)
        _check(url, process.returncode, message, headers.read())


def _check(url: str, code: int, message: str, headers: bytes) -> None:
    """Raise the error of a run of curl, if any, from its exit status, its message and the headers of the
    server's answers, of which the last counts."""
    blocks = [block for block in headers.split(b"\r\n\r\n") if block.startswith(b"HTTP/")]
    line, _, fields = (blocks or [b""])[-1].partition(b"\r\n")
    answer = line.partition(b" ")[2].decode(errors="replace").strip()
    fields, status = message_from_bytes(fields), int(answer[:3] or 0)
    # 416: the file has no bytes beyond the present ones; the checksum verifies them.
    if code == 0 or status == 416:
        return
    if code == _STATUS:
        message = f"the server answered {answer}"
    elif code == 1 and fields["Location"]:
        message = f"redirected to {fields['Location']}"
    temporary = status in _TEMPORARY_STATUS if code == _STATUS else code in _TEMPORARY
    if not temporary:
        raise InputError(f"{url}: {message}. {_ADVICE.get(code, f'curl has ended with status {code}')}")
    asked = fields.get("Retry-After", "")
    try:
        wait = float(asked) if asked.isdecimal() else parsedate_to_datetime(asked).timestamp() - time()
    except ValueError:
        wait = 0.0
    raise _RetryableError(message, wait)


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def transfer(url: str, part: Path) -> None:
    """Download `url` into `part`, resuming after the bytes that are present.

    Temporary failures are retried while attempts make progress (see RETRY_POLICY). Raises InputError for
    too many attempts without progress, a permanent failure and a full disk; received bytes are kept.
    """
    failures, most = 0, _size(part)
    while True:
        try:
            _run_curl(url, part)
            return
        except _RetryableError as error:
            problem, asked = error, min(error.wait, RETRY_POLICY.longest_asked)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise InputError(f"{part.parent}: no space left for {url}. {_ADVICE[63]}") from error
        size = _size(part)
        failures = 0 if size >= most + _LEAST else failures + 1
        most = max(most, size)
        if failures >= RETRY_POLICY.attempts:
            raise InputError(
                f"{url}: given up after {failures} consecutive attempts with less than "
                f"{_LEAST // 2**10} KiB of new data each ({problem}); {size} bytes are present, and "
                "the same command requests the rest. Without access to the internet, or if the server "
                "is down, name a copy of the files: cohort.mirror"
            )
        backoff = RETRY_POLICY.first_wait * 2.0 ** max(failures - 1, 0)
        wait = max(asked, min(RETRY_POLICY.longest_wait, backoff))
        logger.info("%s: %s; %d bytes present, next attempt in %.1f s", url, problem, size, wait)
        sleep(wait)


def download(url: str, target: Path, md5: str | None, listed: str) -> None:
    """Download `url` to `target`, whole and verified, or not at all.

    `md5` comes from the list `listed`; None omits the verification. With an MD5 the download continues
    `{target}.part` of an earlier run, since the MD5 detects parts of different versions. A file with
    another MD5 is removed and fetched once more. Raises InputError if its MD5 is wrong again, and as
    `transfer` does.
    """
    part = target.with_name(f"{target.name}.part")
    with only_process(target):
        if md5 is None:
            part.unlink(missing_ok=True)
        for attempts_left in (1, 0):
            try:
                transfer(url, part)
            except InputError:
                if not _size(part):
                    part.unlink(missing_ok=True)
                raise
            actual, size = file_md5(part) if md5 else None, _size(part)
            if actual == md5:
                part.replace(target)
                logger.info("%s: %d bytes, MD5 %s", url, size, md5 or "not known")
                return
            part.unlink()
            if attempts_left:
                logger.warning("%s: wrong content (MD5 %s, not %s); fetching again", url, actual, md5)
    raise InputError(
        f"{url}: wrong content in two attempts: {size} bytes with MD5 {actual}, but {listed} has {md5}. "
        "The file was removed. Either a proxy or login page replaces files, or file and list are of "
        "different releases: name another server or folder in cohort.mirror, or another list in "
        "cohort.checksums"
    )
