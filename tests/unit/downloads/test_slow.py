"""Servers that bring little: at each try, or in the time."""

import pytest

from genodiff.downloads.request import Again, Pace
from genodiff.downloads.transfer import Patience
from genodiff.runtime.errors import InputError

HALF = 1_250_000


def test_slow__server_that_closes_early_each_time_is_not_given_up(site, get, content):
    """Less than a block each time, and more often than the tries that may bring nothing."""
    site.answers["a.gz"] = [("drop", 300_000)] * 9
    assert get().read_bytes() == content
    assert len(site.asked) == 9
    assert site.served["a.gz"] == len(content)


def test_slow__server_that_brings_next_to_nothing_each_time_is_given_up(site, get):
    site.answers["a.gz"] = [("drop", 2**16 - 1)] * 20
    with pytest.raises(InputError, match=r"given up after 4 tries in a row .* less than 64 KiB each"):
        get()
    assert len(site.asked) == 4


def test_slow__server_that_stalls_loses_nothing_of_what_it_sent(site, get, content):
    """A piece that is less than a block is written before the next one is waited for."""
    site.answers["a.gz"] = [("stall", 300_000)]
    assert get(patience=Patience(2, 0.01, 0.02, timeouts=(5.0, 0.3))).read_bytes() == content
    assert [asked for _, _, asked in site.asked] == [None, "bytes=300000-"]


@pytest.mark.parametrize(
    ("etag", "there", "words"),
    [
        (True, HALF + 40, "and the same command asks for the rest"),
        (False, 10, "but .* starts anew, since"),
    ],
)
def test_slow__message_says_what_the_same_command_will_do(site, get, content, etag, there, words):
    site.etag = etag
    site.answers["a.gz"] = [("drop", HALF), *[("drop", 10)] * 4]
    with pytest.raises(InputError, match=rf"; {there} bytes are there, {words}"):
        get()
    site.served.clear()
    assert get().read_bytes() == content
    assert site.served["a.gz"] == len(content) - (there if etag else 0)


def test_pace__is_of_one_window_after_another():
    clock = iter([0.0, 1.0, 59.0, 60.0, 61.0, 110.0, 121.0, 180.0, 185.0])
    pace = Pace(least=100.0, window=60.0, clock=lambda: next(clock))
    # 6,000 bytes in the first minute, 6,100 in the next 61 s.
    for size in (10, 0, 5990, 1, 0, 6099, 2000):
        pace.count(size)
    with pytest.raises(Again, match="too slow, 6000 bytes in 64 s"):
        pace.count(4000)


def test_slow__server_that_crawls_is_given_up(site, get):
    """Two bytes at a time, each well before the timeout."""
    site.block, site.pause = 2, 0.01
    crawling = Patience(2, 0.01, 0.02, timeouts=(5.0, 5.0), least_rate=2000.0, window=0.1)
    with pytest.raises(InputError, match=r"given up after 2 tries .*the server is too slow"):
        get(patience=crawling)
    assert len(site.asked) == 2
