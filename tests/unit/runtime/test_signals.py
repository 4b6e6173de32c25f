"""Requests to stop, and how a process that gets one ends."""

import signal
import subprocess
import sys
import threading

import pytest

from genodiff.runtime.signals import watch_stop


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_watch_stop__a_request_is_noticed_and_has_no_other_effect(number):
    before = signal.getsignal(number)
    with watch_stop() as stop:
        assert not stop()
        signal.raise_signal(number)
        assert stop()
    assert signal.getsignal(number) is before


def test_watch_stop__ctrl_c_a_second_time_interrupts():
    with pytest.raises(KeyboardInterrupt), watch_stop() as stop:  # noqa: PT012 (the second one raises)
        signal.raise_signal(signal.SIGINT)
        assert stop()
        signal.raise_signal(signal.SIGINT)


def test_watch_stop__what_is_ignored_stays_ignored():
    """As by nohup, or in the processes of torchrun."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with watch_stop() as stop:
            signal.raise_signal(signal.SIGINT)
            assert not stop()
    finally:
        signal.signal(signal.SIGINT, before)


def test_watch_stop__in_another_thread_nothing_is_noticed():
    found = []

    def work():
        with watch_stop() as stop:
            found.append(stop())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [False]


@pytest.mark.parametrize("script", [True, False])
def test_importing__in_a_script_of_snakemake_ctrl_c_leaves_no_traceback(script):
    """Before the log of the job is open, while libraries are imported."""
    program = "import signal\nimport genodiff\nsignal.raise_signal(signal.SIGINT)\n"
    source = f"snakemake = None\n{program}" if script else program
    environment = {"PYTHONPATH": "workflow/scripts"}
    done = subprocess.run(
        [sys.executable, "-c", source], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGINT
    assert ("Traceback" in done.stderr) is not script
