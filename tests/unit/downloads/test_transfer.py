"""A download against servers that drop, lie, change their minds or are not there."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections import namedtuple

import pytest
from hostile_server import Site, serve

from genodiff.downloads import transfer
from genodiff.downloads.transfer import download
from genodiff.runtime.errors import InputError
from genodiff.runtime.locks import only_process

HALF = 1_250_000


@pytest.fixture
def folder(tmp_path):
    """Where the tests' files are downloaded to."""
    (tmp_path / "downloads").mkdir()
    return tmp_path / "downloads"


def left(folder):
    """Files in a folder, by name."""
    return sorted(path.name for path in folder.iterdir())


def statuses(site):
    """What the server answered."""
    return [status for _, status, _ in site.asked]


def test_honest_server_is_asked_once(site, get, content, folder):
    assert get().read_bytes() == content
    assert left(folder) == ["a.gz"]
    assert site.asked == [("a.gz", 200, None)]


def test_goes_on_where_the_connection_was_dropped(site, get, content):
    site.answers["a.gz"] = [("drop", HALF), ("drop", 700_000)]
    assert get().read_bytes() == content
    assert [asked for _, _, asked in site.asked] == [None, f"bytes={HALF}-", f"bytes={HALF + 700_000}-"]
    assert site.served["a.gz"] == len(content)


def test_starts_anew_where_the_server_gives_no_parts(site, get, content):
    site.ranges = False
    site.answers["a.gz"] = [("drop", HALF)]
    assert get().read_bytes() == content
    assert statuses(site) == [200, 200, 200]


def test_never_mixes_two_versions_of_a_file(site, get, content, md5, caplog):
    new = content[::-1]
    site.answers["a.gz"] = [("drop", HALF), *[("drop", 0)] * 4]
    with pytest.raises(InputError, match="given up"):
        get(expected=md5(new))
    site.files["a.gz"] = new
    site.asked.clear()
    assert get(expected=md5(new)).read_bytes() == new
    assert statuses(site) == [206, 200]
    assert "wrong content" in caplog.text


def test_asks_for_nothing_more_where_all_is_there_already(site, get, content, folder):
    """Killed between the last byte and the rename."""
    (folder / "a.gz.part").write_bytes(content)
    assert get().read_bytes() == content
    assert site.asked == [("a.gz", 416, f"bytes={len(content)}-")]
    assert site.served == {}


@pytest.mark.parametrize("part", [b"", b"x" * 3_000_000, b"other bytes"], ids=len)
def test_is_right_whatever_lies_there(get, content, folder, part):
    (folder / "a.gz.part").write_bytes(part)
    assert get().read_bytes() == content
    assert left(folder) == ["a.gz"]


@pytest.mark.parametrize("page", [b"<html>please log in</html>", b""])
def test_wrong_bytes_are_fetched_once_more_and_then_it_stops(site, get, folder, md5, content, page):
    site.answers["a.gz"] = [("wrong", page)]
    assert get().read_bytes() == content
    site.answers["a.gz"] = [("wrong", page), ("wrong", page)]
    with pytest.raises(InputError) as error:
        get()
    for word in (f"{site.url}/a.gz", md5(page), md5(content), "the list", "cohort.mirror"):
        assert word in str(error.value)
    assert f"{len(page)} bytes with" in str(error.value)
    assert left(folder) == ["a.gz"]  # the one from before


def test_a_file_that_ends_early_is_noticed_without_a_length(site, get, folder):
    site.length, site.ranges = False, False
    site.answers["a.gz"] = [("drop", HALF), ("drop", HALF)]
    with pytest.raises(InputError, match="wrong content in two attempts"):
        get()
    assert left(folder) == []


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 425, 408])
def test_what_may_pass_is_tried_again(site, get, content, status):
    site.answers["a.gz"] = [status, status]
    assert get().read_bytes() == content
    assert statuses(site) == [status, status, 200]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_what_will_not_change_is_not(site, get, folder, status):
    site.answers["a.gz"] = [status] * 5
    match = f"{site.url}/a.gz: the server answered {status} .*cohort.mirror"
    with pytest.raises(InputError, match=match):
        get()
    assert statuses(site) == [status]
    assert left(folder) == []


@pytest.mark.parametrize("how", ["seconds", "date"])
def test_waits_as_long_as_the_server_asks(site, get, content, monkeypatch, how):
    waits = []
    monkeypatch.setattr(transfer, "sleep", waits.append)
    in_an_hour = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 300))
    site.answers["a.gz"] = [("wait", 300 if how == "seconds" else in_an_hour), ("wait", 10**6)]
    assert get().read_bytes() == content
    assert waits == [pytest.approx(300, abs=10), 600]


def test_waits_longer_each_time_and_never_too_long(site, get, monkeypatch, patience):
    waits = []
    monkeypatch.setattr(transfer, "sleep", waits.append)
    site.answers["a.gz"] = [503] * 5
    patience(attempts=6, first_wait=1.0, longest_wait=5.0)
    get()
    assert waits == [1, 2, 4, 5, 5]


def test_gives_up_and_keeps_what_it_has(site, get, content, folder):
    site.answers["a.gz"] = [("drop", HALF), *[("drop", 2**16 - 1), *[("drop", 0)] * 3]]
    there = HALF + 2**16 - 1
    match = rf"given up after 4 consecutive .* less than 64 KiB .* each .*; {there} bytes are present"
    with pytest.raises(InputError, match=match):
        get()
    assert left(folder) == ["a.gz.part"]
    assert get().read_bytes() == content
    assert site.served["a.gz"] == len(content)


def test_does_not_give_up_while_something_new_comes(site, get, content):
    """Nine tries, where four without anything new are the end."""
    site.answers["a.gz"] = [("drop", 300_000)] * 9
    assert get().read_bytes() == content
    assert len(site.asked) == 9
    assert site.served["a.gz"] == len(content)


def test_ends_where_the_server_only_ever_sends_the_beginning(site, get):
    """Without parts nothing new comes, however much is sent."""
    site.ranges = False
    site.answers["a.gz"] = [("drop", HALF)] * 20
    with pytest.raises(InputError, match="given up after 4 consecutive"):
        get()
    assert len(site.asked) == 5


@pytest.mark.slow
def test_a_server_that_stalls_loses_nothing_of_what_it_sent(site, get, content, patience):
    site.answers["a.gz"] = [("stall", 300_000)]
    # Of curl's average over several seconds, so that a high rate shortens the test.
    patience(least_rate=10**6)
    assert get().read_bytes() == content
    assert [asked for _, _, asked in site.asked] == [None, "bytes=300000-"]


def test_a_server_that_crawls_is_given_up(site, get, patience):
    site.block, site.pause = 2, 0.01
    patience(attempts=1)
    with pytest.raises(InputError, match=r"given up after 1 consecutive .*Operation too slow"):
        get()


@pytest.mark.parametrize(
    ("server", "reason"),
    [("127.0.0.1:1", "connect"), ("no-such-host.invalid", "Could not resolve host")],
)
def test_a_server_that_is_not_there_names_the_way_out(folder, server, reason):
    with pytest.raises(InputError, match=rf"given up after 4 consecutive .*{reason}.*cohort\.mirror"):
        download(f"http://{server}/a.gz", folder / "a.gz", "0" * 32, "the list")
    assert left(folder) == []


def test_goes_through_the_proxy_that_the_environment_names(site, content, md5, tmp_path, monkeypatch):
    """The server of these tests plays the proxy, which is asked for whole URLs."""
    url = "http://nowhere.invalid/a.gz"
    site.files[url] = content
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("http_proxy", site.url)
    download(url, tmp_path / "a.gz", md5(content), "the list")
    assert site.asked == [(url, 200, None)]


def test_sends_the_password_of_netrc_and_shows_it_to_nobody(site, get, content, tmp_path, monkeypatch):
    site.login = "name:hush"
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".curlrc").write_text("fail-early\noutput = elsewhere\n")  # of no consequence
    with pytest.raises(InputError, match="the server answered 401"):
        get()
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login name password hush\n")
    site.answers["a.gz"] = [("drop", HALF)]
    assert get().read_bytes() == content
    assert statuses(site) == [401, 200, 206]


def test_follows_redirections_but_none_to_other_protocols(site, get, content, folder):
    site.files["b.gz"] = content
    site.answers["a.gz"] = [("redirect", "/b.gz"), ("redirect", "ftp://example.org/b.gz")]
    assert get().read_bytes() == content
    with pytest.raises(InputError, match=r"redirected to ftp://example\.org/b\.gz.*cohort\.mirror"):
        get()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here to make a certificate with")
def test_https_needs_a_certificate_and_is_not_left_for_http(site, content, md5, tmp_path, monkeypatch):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2",
         "-keyout", tmp_path / "key.pem", "-out", tmp_path / "certificate.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")

    def get(name):
        download(f"{safe.url}/{name}", tmp_path / name, md5(content), "the list")

    with serve(Site({"a.gz": content}), context) as safe:
        with pytest.raises(InputError, match=r"certificate.*cannot be verified.*CURL_CA_BUNDLE"):
            get("a.gz")
        monkeypatch.setenv("CURL_CA_BUNDLE", str(tmp_path / "certificate.pem"))
        get("a.gz")
        safe.answers["b.gz"] = [("redirect", f"{site.url}/a.gz")]
        with pytest.raises(InputError, match=f"redirected to {site.url}/a.gz.*unencrypted"):
            get("b.gz")
        safe.answers["c.gz"] = [("redirect", f"{safe.url}/a.gz")]
        get("c.gz")
    assert site.asked == []


def test_of_two_processes_one_is_told_of_the_other(site, get, folder):
    with only_process(folder / "a.gz"), pytest.raises(InputError) as error:
        get()
    assert f"a.gz: another process (PID {os.getpid()} on {socket.gethostname()})" in str(error.value)
    assert site.asked == []
    assert get().exists()


def test_a_disk_that_is_too_small_is_noticed_before_anything_is_written(
    get, monkeypatch, folder, content
):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(transfer.shutil, "disk_usage", lambda _: usage(1_000_000))
    with pytest.raises(InputError, match=r"than the disk has\. Make room"):
        get()
    assert left(folder) == []
    (folder / "a.gz.part").write_bytes(content[:1_600_000])
    assert get().read_bytes() == content  # there is room for the rest


def test_a_full_disk_is_named(get, monkeypatch, folder):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(transfer.shutil, "copyfileobj", full)
    with pytest.raises(InputError, match=r"downloads: no space left.*Make room"):
        get()


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (None, "curl: program not found; install it"),
        (
            "echo curl: option --proto: is unknown >&2; exit 2",
            "--proto: is unknown. Is this curl too old",
        ),
        ("kill -9 $$", "curl has ended with status -9"),
    ],
)
def test_a_curl_that_is_missing_or_useless_is_named(get, monkeypatch, tmp_path, program, message):
    if program:
        (tmp_path / "curl").write_text(f"#!/bin/sh\n{program}\n")
        (tmp_path / "curl").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=message):
        get()


def test_goes_on_after_its_process_was_killed(site, get, content, folder, root):
    """kill -9 half-way: its curl ends too, and the same download again transfers the rest only."""
    site.pause, part = 0.02, folder / "a.gz.part"
    code = (
        "import sys; sys.path.insert(0, 'workflow/scripts')\n"
        "from pathlib import Path\n"
        "from genodiff.downloads.transfer import download\n"
        f"download('{site.url}/a.gz', Path('{part.with_suffix('')}'), '0' * 32, 'the list')"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=root) as process:
        while not part.exists() or part.stat().st_size < 2**20:
            assert process.poll() is None
            time.sleep(0.005)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    there = part.stat().st_size
    site.pause = 0.0
    time.sleep(0.3)  # the server sees that the client has gone
    assert part.stat().st_size == there < len(content)
    assert left(folder) == ["a.gz.lock", "a.gz.part"]
    site.served.clear()
    assert get().read_bytes() == content
    assert site.asked[-1] == ("a.gz", 206, f"bytes={there}-")
    assert site.served["a.gz"] == len(content) - there
    assert left(folder) == ["a.gz"]
