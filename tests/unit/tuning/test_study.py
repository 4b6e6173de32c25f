"""Studies: trials in a journal that a killed process leaves, and that several processes share."""

import json
import pickle
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from optuna.distributions import distribution_to_json

from genodiff.runtime.errors import InputError
from genodiff.runtime.locks import only_process
from genodiff.tuning.spaces.base import NETWORK, RECIPE, Choice, Range
from genodiff.tuning.study import JOURNAL, MOST_INTERRUPTIONS, Journal, Study, suggest

SCRIPTS = Path(__file__).resolve().parents[3] / "workflow/scripts"


class Line:
    """A space of two parameters without a network."""

    def __init__(self, high=1.0):
        self.parameters = [
            Range("rate", RECIPE, 0.01, high), Choice("way", RECIPE, ({"way": 1}, {"way": 2})),
        ]  # fmt: skip

    def default(self):
        return {"rate": 0.1, "way": '{"way": 1}'}

    def changes(self, values):
        return {NETWORK: {}, RECIPE: {"rate": values["rate"], **json.loads(values["way"])}}

    chosen = changes


def worth(parts, report=None):
    rate = parts[RECIPE]["rate"]
    return {"recovery": rate, "closeness": rate**2, "excess": rate - 0.5}


def study(folder, trials=6, worker=0, seed=0, identity="a", space=None):
    return Study(folder, {"of": identity}, space or Line(), trials, worker, seed)


def test_study__the_configured_settings_first_and_no_more_trials_than_asked_for(tmp_path):
    own = study(tmp_path)
    own.run(worth)
    rows = own.rows()
    assert [row["default"] for row in rows] == [True] + 5 * [False]
    assert rows[0]["parameters"] == Line().default()
    assert {row["state"] for row in rows} == {"complete"}
    assert len({row["parameters"]["rate"] for row in rows}) == 6
    assert rows[3]["changes"] == Line().changes(rows[3]["parameters"])
    assert all(row["worth"] == worth(row["changes"]) for row in rows)
    own.run(pytest.fail)
    more = study(tmp_path, trials=8)
    more.run(worth)
    assert more.rows()[:6] == rows
    assert len(more.rows()) == 8


def test_study__the_same_seed_tries_the_same_however_it_is_cut(tmp_path):
    def tried(name, counts, seed=0):
        for trials in counts:
            own = study(tmp_path / name, trials, seed=seed)
            own.run(worth)
        return [row["parameters"] for row in own.rows()]

    whole = tried("whole", [14])
    assert tried("cut", [3, 11, 14]) == whole
    assert tried("other", [14], seed=1) != whole


def test_study__what_attacks_find_and_what_was_given_up_is_infeasible(tmp_path):
    def evaluate(parts, report):
        for epoch in (1, 2):
            report(epoch, parts[RECIPE]["rate"])
        return worth(parts)

    own = study(tmp_path, trials=20)
    own.run(evaluate)
    rows = own.rows()
    given_up = [row for row in rows if row["state"] == "pruned"]
    # Half of those after the warm-up, about; the error is the same at both epochs.
    assert 4 <= len(given_up) <= 14
    assert all(set(row["errors"]) == {"1"} for row in given_up)
    assert all(set(row["errors"]) == {"1", "2"} for row in rows if row["state"] == "complete")
    for trial in own.study.get_trials():
        rate = trial.params["rate"]
        pruned = trial.number in {row["number"] for row in given_up}
        assert sum(trial.constraints.values()) == pytest.approx(1 if pruned else rate - 0.5)


def test_study__the_configured_settings_are_never_given_up(tmp_path):
    own = study(tmp_path, trials=8)
    own.run(lambda parts, report: report(1, parts[RECIPE]["rate"]) or worth(parts))
    trials = own.study.get_trials()
    own.study.enqueue_trial(Line().default(), {"default": True})
    again = study(tmp_path, trials=9)
    again.run(lambda parts, report: report(1, 1e9) or worth(parts))
    assert again.rows()[len(trials)]["state"] == "complete"


@pytest.mark.parametrize("error", [InputError("no memory"), FloatingPointError("not finite")])
def test_study__a_trial_that_fails_counts_and_says_why(tmp_path, error):
    def evaluate(parts, report):
        if parts[RECIPE]["rate"] != 0.1:
            raise error
        return worth(parts)

    own = study(tmp_path, trials=3)
    own.run(evaluate)
    rows = own.rows()
    assert [row["state"] for row in rows] == ["complete", "failed", "failed"]
    assert rows[1]["reason"] == str(error)
    assert rows[1]["worth"] == {}


def test_study__an_error_with_the_configured_settings_is_none_of_what_is_tried(tmp_path):
    own = study(tmp_path, trials=3)
    with pytest.raises(
        InputError, match="with the configured settings: epoch 1: the error of the network"
    ):
        own.run(lambda parts, report: report(1, float("nan")))
    # It is tried again when the cause is mended, and did not count.
    again = study(tmp_path, trials=3)
    again.run(worth)
    assert [(row["state"], row["default"]) for row in again.rows()] == [
        ("complete", True), ("complete", False), ("complete", False),
    ]  # fmt: skip


def test_study__a_trial_that_ends_every_process_fails_at_last(tmp_path):
    def evaluate(parts, report):
        if parts[RECIPE]["rate"] != 0.1:
            raise MemoryError
        return worth(parts)

    for _ in range(MOST_INTERRUPTIONS):
        with pytest.raises(MemoryError):
            study(tmp_path, trials=2).run(evaluate)
    own = study(tmp_path, trials=2)
    own.run(worth)
    rows = own.rows()
    assert [row["state"] for row in rows] == ["complete", "failed"]
    assert rows[1]["reason"].startswith(f"interrupted {MOST_INTERRUPTIONS} times")


def test_study__the_configured_settings_are_tried_again_however_often_they_were_interrupted(tmp_path):
    def stopped(parts, report):
        raise KeyboardInterrupt

    for _ in range(MOST_INTERRUPTIONS + 1):
        with pytest.raises(KeyboardInterrupt):
            study(tmp_path, trials=2).run(stopped)
    own = study(tmp_path, trials=2)
    own.run(worth)
    assert [(row["state"], row["default"]) for row in own.rows()] == [
        ("complete", True), ("complete", False),
    ]  # fmt: skip


def test_study__fewer_trials_than_there_are_are_the_first_ones(tmp_path):
    own = study(tmp_path, trials=6)
    own.run(worth)
    fewer = study(tmp_path, trials=3)
    fewer.run(pytest.fail)
    assert fewer.rows() == own.rows()[:3]


def test_study__a_trial_that_another_worker_took_over_is_left_to_it(tmp_path, caplog):
    """Where locks do not reach the other machine, a live trial is taken for interrupted."""
    own, other = study(tmp_path, trials=2), study(tmp_path, trials=2)

    def evaluate(parts, report):
        if not other.rows() or all(row["state"] == "running" for row in other.rows()):
            other.run(worth)
        return worth(parts)

    own.run(evaluate)
    assert "taken for interrupted by another worker" in caplog.text
    assert [row["state"] for row in own.rows()] == ["complete"] * 2


def test_study__another_error_is_none_of_the_settings(tmp_path):
    with pytest.raises(ZeroDivisionError):
        study(tmp_path).run(lambda parts, report: 1 / 0)


@pytest.mark.parametrize("change", [{"identity": "b"}, {"space": Line(high=2.0)}])
def test_study__begins_anew_with_another_identity_or_space(tmp_path, caplog, change):
    study(tmp_path, trials=2).run(worth)
    assert "begins anew" not in caplog.text
    other = study(tmp_path, trials=2, **change)
    assert "begins anew" in caplog.text
    assert other.rows() == []
    other.run(worth)
    assert len(other.rows()) == 2
    # The trials of the first one are still there.
    study(tmp_path, trials=2).run(pytest.fail)


def test_study__nothing_is_pickled(tmp_path, monkeypatch):
    for name in ("dumps", "loads", "dump", "load"):
        monkeypatch.setattr(pickle, name, pytest.fail)
    study(tmp_path, trials=12).run(worth)
    lines = (tmp_path / JOURNAL).read_text().splitlines()
    assert all(isinstance(json.loads(line), dict) for line in lines)


def test_journal__the_lock_of_a_killed_process_is_seen_in_a_relative_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study(Path("own"), trials=1)  # makes the journal
    journal = Journal(Path("own") / JOURNAL)
    assert journal.lock.acquire()
    # Its time is that of the file it points to, by which optuna tells an old lock.
    assert Path(journal.lock._lock_file).stat().st_size > 0
    journal.lock.release()


def test_a_trial_that_was_interrupted_is_no_rival_of_its_repetition(tmp_path):
    """An error of 3.45 is below the median of six others, 3.5, and above that of these and 3.4."""

    def search(trials, *found, stop=False):
        errors = iter(found)

        def reporting(parts, report):
            report(1, next(errors))
            if stop:
                raise KeyboardInterrupt
            return worth(parts)

        own = study(tmp_path, trials=trials)
        own.run(reporting)
        return own.rows()

    search(6, *range(6, 0, -1))
    with pytest.raises(KeyboardInterrupt):
        search(7, 3.4, stop=True)
    assert [row["state"] for row in search(7, 3.45)] == ["complete"] * 7


def test_journal__a_line_that_was_not_finished_is_removed(tmp_path):
    own = study(tmp_path, trials=2)
    own.run(worth)
    whole = (tmp_path / JOURNAL).read_bytes()
    (tmp_path / JOURNAL).write_bytes(whole + b'{"op_code": 5, "trial_')
    again = study(tmp_path, trials=3)
    again.run(worth)
    assert (tmp_path / JOURNAL).read_bytes().startswith(whole + b'{"op_code"')
    assert again.rows()[:2] == own.rows()[:2]
    assert len(again.rows()) == 3
    journal = Journal(tmp_path / "new")
    journal.append_logs([{"a": 1}, {"b": 2}])
    assert list(journal.read_logs(0)) == [{"a": 1}, {"b": 2}]


CHILD = """
import json, sys, time
sys.path[:0] = {paths!r}
from genodiff.runtime.locks import only_process
from genodiff.tuning.study import Study
from test_study import Line, study, worth

folder, trials, worker, slow = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])

def evaluate(parts, report):
    print("begun", flush=True)
    time.sleep(slow)
    return worth(parts)

with only_process(Study.work(folder, worker)):
    study(folder, trials, worker).run(evaluate)
"""


@pytest.fixture
def child(tmp_path):
    """Function that starts a worker; all are ended with the test."""
    script, started = tmp_path / "child.py", []
    paths = [str(SCRIPTS), str(Path(__file__).parent)]
    script.write_text(textwrap.dedent(CHILD.format(paths=paths)))

    def start(trials, worker, slow):
        command = [sys.executable, script, tmp_path / "study", str(trials), str(worker), str(slow)]
        started.append(subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()


@pytest.mark.slow
@pytest.mark.parametrize("skipped", [0, 2])
def test_a_killed_worker__its_trial_is_tried_again_and_does_not_count(tmp_path, child, skipped):
    process = child(5, 0, 0.3)
    for _ in range(skipped + 1):
        assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    own = study(tmp_path / "study", 5)
    before = own.study.get_trials()
    assert [t.state.name for t in before] == ["COMPLETE"] * skipped + ["RUNNING"]
    own.run(worth)
    rows = own.rows()
    assert [row["state"] for row in rows] == ["complete"] * 5
    assert rows[skipped]["parameters"] == before[-1].params
    assert [row["default"] for row in rows] == [True] + 4 * [False]
    reference = study(tmp_path / "reference", 5)
    reference.run(worth)
    assert [r["parameters"] for r in rows] == [r["parameters"] for r in reference.rows()]


@pytest.mark.slow
def test_two_workers__share_the_trials_and_leave_live_ones_alone(tmp_path, child):
    slow = child(6, 1, 3.0)
    assert slow.stdout.readline() == "begun\n"
    with only_process(Study.work(tmp_path / "study", 0)):
        own = study(tmp_path / "study", 6, worker=0)
        own.run(worth)  # does not wait for the last trial of the other
    running = [row for row in own.rows() if row["state"] == "running"]
    assert [row["worker"] for row in running] == [1]
    assert slow.wait(60) == 0
    rows = own.rows()
    assert [row["state"] for row in rows] == ["complete"] * 6
    assert {row["worker"] for row in rows} == {0, 1}
    assert sum(row["default"] for row in rows) == 1


@pytest.mark.slow
def test_two_workers__the_trial_of_a_dead_one_is_taken_over(tmp_path, child):
    dead = child(4, 1, 60)
    assert dead.stdout.readline() == "begun\n"
    dead.kill()
    dead.wait()
    own = study(tmp_path / "study", 4, worker=0)
    own.run(worth)
    rows = own.rows()
    assert [(row["state"], row["worker"]) for row in rows] == [("complete", 0)] * 4
    assert sum(row["default"] for row in rows) == 1


def test_suggest__distributions_are_of_the_space(tmp_path):
    own = study(tmp_path)
    trial = own.study.ask()
    for parameter in own.space.parameters:
        suggest(trial, parameter)
    found = {n: json.loads(distribution_to_json(d)) for n, d in trial.distributions.items()}
    assert found["rate"]["attributes"] == {"log": True, "step": None, "low": 0.01, "high": 1.0}
    assert found["way"]["attributes"]["choices"] == ['{"way": 1}', '{"way": 2}']
