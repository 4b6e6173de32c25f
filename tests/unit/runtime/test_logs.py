"""The log file of a job: what a failed job leaves behind."""

import io
import logging
import signal
import sys
import warnings

import pytest
from tqdm import tqdm

from genodiff.runtime import logs
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import job_log, logger, progress
from genodiff.runtime.signals import Stopped

pytestmark = pytest.mark.usefixtures("quiet_logging")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "logs" / "deep" / "job.log"


def test_job_log__holds_the_librarys_records(path, capsys):
    with job_log(str(path)) as log:
        log.info("read %d individuals", 12)
        logging.getLogger("genodiff.child").info("from below")
    text = path.read_text()
    assert "INFO read 12 individuals" in text
    assert "from below" in text
    assert text.rstrip().endswith("INFO done")
    # Nothing but warnings on the console.
    assert capsys.readouterr() == ("", "")


def test_job_log__warnings_go_to_both(path, capsys):
    warnings.simplefilter("always")
    with job_log(str(path)):
        logger.warning("few individuals")
        warnings.warn("from Python", UserWarning, stacklevel=1)
    for text in (path.read_text(), capsys.readouterr().err):
        assert "few individuals" in text
        assert "from Python" in text


def test_job_log__input_error_leaves_its_message_and_exits_1(path, capsys):
    with pytest.raises(SystemExit) as ended, job_log(str(path)):
        _reads_a_bad_file()
    assert ended.value.code == 1
    text = path.read_text()
    assert "ERROR cohort.tsv: line 3: no such column" in text
    assert "Traceback" not in text
    assert "done" not in text
    console = capsys.readouterr()
    assert "Error: cohort.tsv: line 3: no such column" in console.err
    assert console.err == "\nError: cohort.tsv: line 3: no such column\n"
    assert console.out == ""


def test_job_log__a_file_that_cannot_be_opened_is_the_users_matter(path, tmp_path, capsys):
    for file, reason in ((tmp_path, "Is a directory"), (tmp_path / "gone", "No such file or directory")):
        with pytest.raises(SystemExit) as ended, job_log(str(path)):
            file.read_bytes()
        assert ended.value.code == 1
        assert capsys.readouterr().err == f"\nError: {file}: {reason}\n"
        assert f"ERROR {file}: {reason}" in path.read_text()


@pytest.mark.parametrize(
    "error",
    [ZeroDivisionError("split"), FileNotFoundError("which?"), SystemExit(3)],
)
def test_job_log__any_other_exception_passes_through_and_is_logged(path, error):
    with pytest.raises(type(error)) as raised, job_log(str(path)):
        raise error
    assert raised.value is error
    text = path.read_text()
    assert f"CRITICAL failed: {error!r}" in text
    assert "Traceback (most recent call last)" in text
    assert text.rstrip().splitlines()[-1].startswith(type(error).__name__)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_job_log__an_interruption_is_one_line_without_a_traceback(tmp_path, capsys, number):
    path = tmp_path / "logs/classify/real.mlp.log"
    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as ended, job_log(str(path)):
        signal.raise_signal(number)
    assert ended.value.code == 130
    line = "interrupted; the same command does this step again"
    assert capsys.readouterr().err == f"classify/real.mlp: {line}\n"
    assert line in path.read_text()
    assert "Traceback" not in path.read_text()
    assert signal.getsignal(number) is before


def test_job_log__a_stopped_job_says_so_in_one_line(path, capsys):
    with pytest.raises(SystemExit) as ended, job_log(str(path)):
        raise Stopped("stopped after step 3; run the same command to go on")
    assert ended.value.code == 75
    assert capsys.readouterr().err == "deep/job: stopped after step 3; run the same command to go on\n"


def test_job_log__a_child_continues_the_log(path, capsys):
    with job_log(str(path)):
        logger.info("of the first process")
    with pytest.raises(SystemExit), job_log(str(path), child=True):
        raise Stopped("stopped after step 3")
    assert capsys.readouterr().err == "stopped after step 3\n"  # the first process adds the name
    assert "of the first process" in path.read_text()
    assert "stopped after step 3" in path.read_text()


@pytest.mark.parametrize(("collected", "shown"), [("1", ""), ("0", "WARNING: no gene\n")])
def test_job_log__warnings_of_a_chromosome_may_be_shown_by_snakemakes_process(
    path, capsys, monkeypatch, collected, shown
):
    monkeypatch.setenv(logs.COLLECTED_WARNINGS, collected)
    with job_log(str(path), chromosome=True):
        logger.warning("no gene")
    assert capsys.readouterr().err == shown
    assert "WARNING no gene" in path.read_text()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("results/logs/train_diffusion/unet_mlp.seed0.log", "train_diffusion/unet_mlp.seed0"),
        ("/home/logs/mine/logs/umap_embedding.log", "umap_embedding"),
        ("deep/job.log", "job"),
    ],
)
def test_job_name__is_the_path_below_the_folder_of_logs(path, name):
    assert logs.job_name(path) == name


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.6, "1 min 0 s"), (3599, "59 min 59 s"), (3600, "1 h 0 min"), (7530, "2 h 5 min")],
)
def test_duration(seconds, text):
    assert logs.duration(seconds) == text


def _reads_a_bad_file():
    raise InputError("cohort.tsv: line 3: no such column")


def test_job_log__message_with_percent_signs_is_kept(path):
    with pytest.raises(SystemExit), job_log(str(path)):
        raise InputError("100%s of 5% are missing")
    assert "100%s of 5% are missing" in path.read_text()


def test_job_log__begins_anew_and_lets_go_of_the_file(path):
    for word in ("first", "second"):
        with job_log(str(path)):
            logger.info(word)
        logger.warning("after the job")
    text = path.read_text()
    assert "second" in text
    assert "first" not in text
    assert "after the job" not in text


def test_progress__yields_everything_and_logs_the_end(path):
    with job_log(str(path)):
        assert list(progress(iter("abc"), 3, "letters")) == ["a", "b", "c"]
    lines = [line for line in path.read_text().splitlines() if "letters" in line]
    assert len(lines) == 1
    assert "letters: 3 of 3, 0 s so far, about 0 s left" in lines[0]


def test_progress__logs_now_and_then(path, monkeypatch, capsys):
    # A clock that a step moves on by 24 s: a line every minute or more, and one at the end.
    seconds = iter(range(0, 600, 24))
    monkeypatch.setattr(logs, "monotonic", lambda: float(next(seconds)))
    with job_log(str(path)):
        list(progress(range(8), 8, "steps"))
    lines = [line.split("INFO ")[1] for line in path.read_text().splitlines() if "steps" in line]
    assert lines == [
        "steps: 3 of 8, 1 min 12 s so far, about 2 min 0 s left",
        "steps: 6 of 8, 2 min 24 s so far, about 48 s left",
        "steps: 8 of 8, 3 min 12 s so far, about 0 s left",
    ]
    # In a pipe, lines that name the job; none for the end, which the job's own end shows.
    assert capsys.readouterr().err == "".join(f"deep/job: {line}\n" for line in lines[:2])


def test_progress__without_a_total_says_how_many(path, monkeypatch, capsys):
    seconds = iter(range(0, 600, 24))
    monkeypatch.setattr(logs, "monotonic", lambda: float(next(seconds)))
    with job_log(str(path)):
        list(progress(range(4), None, "records"))
    assert capsys.readouterr().err == "deep/job: records: 3, 1 min 12 s so far\n"


def _library(items, **options):
    """A library that shows its own progress."""
    return list(tqdm(items, **options))


def test_tqdm_options__a_librarys_bar_becomes_lines_in_a_pipe(path, monkeypatch, capsys):
    monkeypatch.setattr(logs, "PROGRESS_INTERVAL", 0.0)
    with job_log(str(path)):
        _library(range(3), **logs.tqdm_options("UMAP epochs"))
    lines = capsys.readouterr().err.splitlines()
    assert any(line.startswith("deep/job: UMAP epochs: 2 of 3, 00:00 so far") for line in lines)
    assert "INFO UMAP epochs: 2 of 3" in path.read_text()


def test_tqdm_options__a_short_work_is_not_mentioned_in_a_pipe(path, capsys):
    with job_log(str(path)):
        _library(range(3), **logs.tqdm_options("UMAP epochs"))
    assert capsys.readouterr().err == ""


class _Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("shared", ["0", "1"])
def test_progress__a_terminal_has_a_named_bar_unless_jobs_share_it(path, monkeypatch, shared):
    monkeypatch.setenv(logs.SHARED_TERMINAL, shared)
    monkeypatch.setattr(sys, "stderr", _Terminal())
    with job_log(str(path)):
        list(progress(range(8), 8, "steps"))
        _library(range(8), **logs.tqdm_options("epochs"))
    for name in ("steps", "epochs"):
        assert (f"deep/job: {name}:   0%|" in sys.stderr.getvalue()) == (shared == "0")


def test_progress__takes_nothing_ahead():
    taken = []
    items = progress((taken.append(i) or i for i in range(5)), 5, "lazy")
    assert next(items) == 0
    assert taken == [0]
