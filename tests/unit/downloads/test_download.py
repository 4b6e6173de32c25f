"""A download against servers that drop, lie, change their minds or are not there."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import namedtuple

import pytest
import requests

from genodiff.downloads import request
from genodiff.downloads.lock import alone
from genodiff.downloads.request import Session
from genodiff.downloads.transfer import Patience, download
from genodiff.runtime.errors import InputError

HALF = 1_250_000


def left(target):
    """Files beside the target, by name."""
    return sorted(path.name for path in target.parent.iterdir()) if target.parent.exists() else []


def test_download__of_an_honest_server_asks_once_and_leaves_the_file_alone(site, get, content):
    target = get()
    assert target.read_bytes() == content
    assert left(target) == ["a.gz"]
    assert site.asked == [("a.gz", 200, None)]


def test_download__goes_on_where_the_connection_was_dropped(site, get, content):
    site.answers["a.gz"] = [("drop", HALF), ("drop", 700_000)]
    assert get().read_bytes() == content
    # What arrived is never sent again: the buffers of the network are within one file's size.
    assert [status for _, status, _ in site.asked] == [200, 206, 206]
    assert site.asked[1][2] == f"bytes={HALF}-"
    assert site.served["a.gz"] == len(content)


def test_download__starts_anew_where_the_server_gives_no_parts(site, get, content):
    site.ranges = False
    site.answers["a.gz"] = [("drop", HALF)]
    assert get().read_bytes() == content
    assert [status for _, status, _ in site.asked] == [200, 200]
    assert site.served["a.gz"] == len(content) + HALF


def test_download__goes_by_the_date_where_there_is_no_etag(site, get, content):
    site.etag, site.dated = False, True
    site.answers["a.gz"] = [("drop", HALF)]
    assert get().read_bytes() == content
    assert [status for _, status, _ in site.asked] == [200, 206]


def test_download__starts_anew_where_nothing_tells_whether_the_file_is_the_same(site, get, content):
    site.etag = False
    site.answers["a.gz"] = [("drop", HALF)]
    assert get().read_bytes() == content
    assert [asked for _, _, asked in site.asked] == [None, None]


@pytest.mark.parametrize(("heedless", "statuses"), [(False, [200]), (True, [206, 200])])
def test_download__never_mixes_two_versions_of_a_file(site, get, content, md5, heedless, statuses):
    """A server that knows If-Range sends the new file whole; another sends a part of the new one."""
    new = content[::-1]
    site.answers["a.gz"] = [("drop", HALF), ("drop", 0)]
    with pytest.raises(InputError, match="given up"):
        get(expected=md5(new), patience=Patience(1, timeouts=(5, 5)))
    site.files["a.gz"], site.heedless = new, heedless
    site.asked.clear()
    assert get(expected=md5(new)).read_bytes() == new
    assert [status for _, status, _ in site.asked] == statuses


def test_download__asks_for_nothing_more_where_all_is_there_already(site, get, content, tmp_path, md5):
    """Killed between the last byte and the rename."""
    folder = tmp_path / "downloads"
    folder.mkdir()
    (folder / "a.gz.part").write_bytes(content)
    known = request.Partial(f"{site.url}/a.gz", f'"{md5(content)}"', len(content))
    known.write(folder / "a.gz.part")
    assert get().read_bytes() == content
    assert site.asked == [("a.gz", 416, f"bytes={len(content)}-")]
    assert site.served == {}


@pytest.mark.parametrize(
    "part",
    [b"", b"x" * 3_000_000, b"other bytes"],
    ids=["empty", "longer than the file", "of nobody knows what"],
)
def test_download__is_right_whatever_lies_there(site, get, content, tmp_path, part, md5):
    folder = tmp_path / "downloads"
    folder.mkdir()
    known = json.dumps({"url": f"{site.url}/a.gz", "validator": f'"{md5(content)}"'})
    for note in (None, "no JSON", "[]", known):
        (folder / "a.gz.part").write_bytes(part)
        if note is not None:
            (folder / "a.gz.part.json").write_text(note)
        target = get()
        assert target.read_bytes() == content
        assert left(target) == ["a.gz"]
        target.unlink()


def test_download__fetches_wrong_bytes_once_more(site, get, content):
    site.answers["a.gz"] = [("wrong", b"<html>please log in</html>")]
    target = get()
    assert target.read_bytes() == content
    assert left(target) == ["a.gz"]


def test_download__stops_at_wrong_bytes_the_second_time(site, get, tmp_path, md5, content):
    page = b"<html>please log in</html>"
    site.answers["a.gz"] = [("wrong", page), ("wrong", page)]
    with pytest.raises(InputError) as error:
        get()
    for word in (f"{site.url}/a.gz", md5(page), md5(content), "the list", "cohort.mirror", "26 of them"):
        assert word in str(error.value)
    assert left(tmp_path / "downloads" / "a.gz") == []


def test_download__notices_a_file_that_ends_early_by_its_checksum(site, get, content, tmp_path):
    """Without a length nothing else tells."""
    site.length, site.ranges = False, False
    site.answers["a.gz"] = [("drop", HALF)]
    assert get().read_bytes() == content
    site.answers["a.gz"] = [("drop", HALF), ("drop", HALF)]
    (tmp_path / "downloads/a.gz").unlink()
    with pytest.raises(InputError, match="twice the wrong bytes"):
        get()
    assert left(tmp_path / "downloads" / "a.gz") == []


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
def test_download__tries_again_what_may_pass(site, get, content, status):
    site.answers["a.gz"] = [status, status]
    assert get().read_bytes() == content
    assert [found for _, found, _ in site.asked] == [status, status, 200]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_download__does_not_try_again_what_will_not_change(site, get, tmp_path, status):
    site.answers["a.gz"] = [status] * 5
    with pytest.raises(
        InputError, match=f"{site.url}/a.gz: the server answered {status} .*cohort.mirror"
    ):
        get()
    assert len(site.asked) == 1
    assert left(tmp_path / "downloads" / "a.gz") == []


def test_download__waits_as_long_as_the_server_asks(site, get, content):
    site.answers["a.gz"] = [("wait", 1)]
    begin = time.monotonic()
    assert get().read_bytes() == content
    assert time.monotonic() - begin >= 1.0


def test_download__gives_up_and_keeps_what_it_has(site, get, content, tmp_path):
    site.answers["a.gz"] = [("drop", HALF), *[("drop", 0)] * 4]
    with pytest.raises(InputError, match=rf"given up after 4 tries .*{HALF} bytes are there"):
        get()
    assert left(tmp_path / "downloads" / "a.gz") == ["a.gz.part", "a.gz.part.json"]
    assert get().read_bytes() == content
    assert site.served["a.gz"] == len(content)


def test_download__does_not_give_up_while_something_new_comes(site, get, content, md5):
    """Ten drops, where four without anything new are the end."""
    long = content * 10
    site.files["a.gz"] = long
    site.answers["a.gz"] = [("drop", 2_200_000)] * 11
    assert get(expected=md5(long)).read_bytes() == long
    assert site.served["a.gz"] == len(long)


def test_download__ends_where_the_server_only_ever_sends_the_beginning(site, get):
    """Without parts nothing new comes, however much is sent."""
    site.ranges = False
    site.answers["a.gz"] = [("drop", HALF)] * 20
    with pytest.raises(InputError, match="given up after 4 tries"):
        get()
    assert len(site.asked) <= 5


def test_download__of_a_server_that_is_not_there_names_the_way_out(tmp_path, patience, site):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    target = tmp_path / "a.gz"
    with pytest.raises(InputError, match=r"given up after 4 tries .*cohort\.mirror"):
        download(f"http://127.0.0.1:{port}/a.gz", target, "0" * 32, patience, "the list")
    assert left(target) == []


def test_download__waits_longer_each_time_and_never_too_long():
    patience = Patience(first_wait=1.0, longest_wait=60.0, longest_asked=600.0)
    for failures, longest in ((1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (20, 60)):
        waits = [patience.wait(failures, None) for _ in range(50)]
        assert longest / 2 <= min(waits) < max(waits) <= longest
    assert patience.wait(1, 30.0) == 30.0
    assert patience.wait(1, 1e9) == 600.0


def test_download__does_not_wait_for_a_server_that_fell_asleep(site, get, content):
    site.answers["a.gz"] = [("stall", HALF)]
    sleepless = Patience(4, 0.01, 0.02, timeouts=(5.0, 0.3))
    assert get(patience=sleepless).read_bytes() == content
    assert [status for _, status, _ in site.asked] == [200, 206]


def test_download__goes_through_the_proxy_that_the_environment_names(
    site, patience, content, md5, tmp_path, monkeypatch
):
    """The server of these tests plays the proxy, which is asked for whole URLs."""
    url = "http://nowhere.invalid/a.gz"
    site.files[url] = content
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("http_proxy", site.url)
    download(url, tmp_path / "a.gz", md5(content), patience, "the list")
    assert site.asked == [(url, 200, None)]


def test_download__sends_the_password_of_netrc(site, get, content, tmp_path, monkeypatch):
    site.login = "name:hush"
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login name password hush\n")
    with pytest.raises(InputError, match="the server answered 401"):
        get()
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    site.answers["a.gz"] = [("drop", HALF)]
    assert get().read_bytes() == content
    assert [status for _, status, _ in site.asked] == [401, 200, 206]


def test_download__does_not_argue_with_a_server_without_a_certificate(get, monkeypatch):
    tries = []

    def refuse(*_, **__):
        tries.append(1)
        raise requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed")

    monkeypatch.setattr(Session, "get", refuse)
    with pytest.raises(InputError, match="cannot prove who it is"):
        get()
    assert len(tries) == 1


def test_download__is_not_seen_before_it_is_whole(site, get, content, tmp_path):
    site.pause = 0.005
    target, seen = tmp_path / "downloads/a.gz", []
    thread = threading.Thread(target=get)
    thread.start()
    while thread.is_alive():
        if target.exists():
            seen.append(target.stat().st_size)
    thread.join()
    assert set(seen) <= {len(content)}
    assert target.read_bytes() == content


def test_download__of_two_processes_one_waits_outside(site, get, tmp_path):
    (tmp_path / "downloads").mkdir()
    with alone(tmp_path / "downloads/a.gz"), pytest.raises(InputError) as error:
        get()
    whose = f"another process (number {os.getpid()} on {socket.gethostname()}) is downloading it"
    assert whose in str(error.value)
    assert get().exists()


def test_download__says_before_it_writes_that_the_disk_is_too_small(get, monkeypatch, tmp_path):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(request.shutil, "disk_usage", lambda _: usage(1_000_000))
    with pytest.raises(InputError, match=r"0\.00 GB are free.*to come of a\.gz .*Make room"):
        get()
    assert left(tmp_path / "downloads" / "a.gz") == []


def test_download__says_that_the_disk_is_full(site, get, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(request, "_receive", full)
    with pytest.raises(InputError, match=r"downloads: no space left there.*Make room"):
        get()


def test_download__goes_on_after_its_process_was_killed(site, get, content, tmp_path, root):
    """kill -9 half-way; the same download again transfers the rest and nothing else."""
    site.pause, part = 0.02, tmp_path / "downloads/a.gz.part"
    code = (
        "import sys; sys.path.insert(0, 'workflow/scripts')\n"
        "from pathlib import Path\n"
        "from genodiff.downloads.transfer import PATIENCE, download\n"
        f"download('{site.url}/a.gz', Path('{part.with_suffix('')}'), '0' * 32, PATIENCE, 'the list')"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=root) as process:
        while not part.exists() or part.stat().st_size < 2**20:
            assert process.poll() is None
            time.sleep(0.005)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    there = part.stat().st_size
    assert 0 < there < len(content)
    assert not part.with_suffix("").exists()
    site.pause = 0.0
    time.sleep(0.2)  # the server sees that nobody listens
    site.served.clear()
    assert get().read_bytes() == content
    assert site.asked[-1] == ("a.gz", 206, f"bytes={there}-")
    assert site.served["a.gz"] == len(content) - there


def test_session__does_not_follow_from_https_to_http():
    """By hand, since the server of these tests has no certificate."""
    answer = requests.Response()
    answer.url, answer.status_code = "https://example.org/a.gz", 302
    answer.headers["Location"] = "http://example.org/b.gz"
    with Session() as session:
        with pytest.raises(InputError, match=r"redirected to http://example\.org/b\.gz.*not encrypted"):
            session.get_redirect_target(answer)
        for safe in ("https://mirror.example.org/a.gz", "/b.gz", "//example.org/b.gz"):
            answer.headers["Location"] = safe
            assert session.get_redirect_target(answer).startswith("https://")
        answer.url, answer.headers["Location"] = "http://example.org/a.gz", "http://example.org/b.gz"
        assert session.get_redirect_target(answer) == "http://example.org/b.gz"


def test_download__follows_a_redirection(site, get, content):
    site.files["b.gz"] = content
    site.answers["a.gz"] = [("redirect", "/b.gz")]
    assert get().read_bytes() == content
