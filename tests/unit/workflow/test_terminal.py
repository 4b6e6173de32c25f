"""One line on the terminal for each finished step."""

import logging

import pytest

from genodiff.runtime.logs import COLLECTED_WARNINGS, SHARED_TERMINAL
from genodiff.workflow.terminal import prepare_terminal


class Settings:
    """Output settings of Snakemake; all are false by default."""

    def __init__(self, **asked):
        vars(self).update(asked)


class _Lines(logging.Handler):
    """What a terminal shows."""

    def __init__(self):
        super().__init__()
        self.name, self.lines = "DefaultStreamHandler", []
        self.setFormatter(logging.Formatter())

    def emit(self, record):
        self.lines += filter(None, self.format(record).splitlines())


class Run:
    """Snakemake's events, at times of our own."""

    def __init__(self):
        self.logger = logging.Logger("test")
        self.terminal, self.file = _Lines(), _Lines()
        self.file.name = "DefaultLogFileHandler"
        self.logger.handlers[:] = [self.terminal, self.file]

    def log(self, text, now=0.0, level=logging.INFO, **extra):
        record = self.logger.makeRecord("test", level, "", 0, text, (), None, extra=extra)
        record.created = now
        self.logger.handle(record)

    def plan(self, **counts):
        self.log("Job stats", event="run_info", stats={**counts, "total": sum(counts.values())})

    def start(self, job, rule, now, message="A step", chrom=None, log=(), output="x.txt"):
        wildcards = {"chrom": chrom} if chrom else {}
        self.log(
            f"rule {rule}:", now, event="job_info", jobid=job, rule_name=rule, rule_msg=message,
            wildcards=wildcards, log=list(log), output=[output] if output else [],
        )  # fmt: skip

    def finish(self, job, now):
        self.log(f"Finished jobid: {job}", now, event="job_finished", job_id=job)
        self.log("1 of 4 steps", now, event="progress", done=1, total=4)

    @property
    def last(self):
        return self.terminal.lines[-1]


@pytest.fixture
def run(monkeypatch):
    for name in (COLLECTED_WARNINGS, SHARED_TERMINAL):
        monkeypatch.setenv(name, "")
    run = Run()
    prepare_terminal(run.logger, Settings(), 1)
    return run


def test_a_finished_step_is_one_line_with_name_time_and_what_remains(run):
    run.log("Select jobs to execute...")
    run.plan(quick=1, train=2)
    run.start(1, "quick", 100.0, "Something quick")
    run.finish(1, 101.0)
    run.start(2, "train", 101.0, "Training a, seed 0")
    run.log("Removing temporary output x.")
    run.finish(2, 293.0)
    run.start(3, "train", 293.0, "Training b, seed 0")
    run.finish(3, 400.0)
    assert run.terminal.lines == [
        "Job stats",
        "Something quick: took 1 s; 2 of 3 steps remain",
        "Training a, seed 0: took 3 min 12 s; 1 of 3 steps remain, about 3 min 12 s",
        "Training b, seed 0: took 1 min 47 s; all 3 steps are done",
    ]
    # The file has everything.
    assert {"Select jobs to execute...", "rule train:", "Finished jobid: 2"} <= set(run.file.lines)


def test_the_time_left_is_a_lower_bound_while_a_rule_has_no_finished_step(run):
    run.plan(train=3, table=1)
    run.start(1, "train", 0.0)
    run.finish(1, 60.0)
    assert run.last == "A step: took 1 min 0 s; 3 of 4 steps remain, at least 2 min 0 s"


def test_the_time_left_considers_steps_at_the_same_time(run):
    """Four steps of a minute, two at a time: the third and fourth have begun half a minute ago."""
    run.plan(train=4)
    for job, begin in ((1, 0.0), (2, 0.0)):
        run.start(job, "train", begin)
    run.finish(1, 60.0)
    run.start(3, "train", 60.0)
    run.start(4, "train", 60.0)
    run.finish(2, 90.0)
    # 75 s each on average: two steps of 75 s, of which 30 s have passed, (60 + 90) / 90 at a time.
    assert run.last == "A step: took 1 min 30 s; 2 of 4 steps remain, about 54 s"


def test_a_rule_without_a_message_keeps_snakemakes_text(run):
    """As in another workflow that uses this one as a module."""
    run.plan(mine=1)
    run.start(1, "mine", 0.0, message=None)
    run.finish(1, 2.0)
    assert run.terminal.lines[-2:] == ["rule mine:", "mine: took 2 s; all 1 steps are done"]


def test_a_rule_that_only_names_targets_is_a_line_too(run):
    run.plan(all=1)
    run.start(1, "all", 0.0, message=None, output=None)
    run.finish(1, 0.2)
    assert run.terminal.lines == ["Job stats", "all: took 0 s; all 1 steps are done"]


def test_errors_and_other_messages_are_shown_whole(run):
    run.plan(train=1)
    run.start(1, "train", 0.0)
    run.log("Error in rule train:\n    jobid: 1", level=logging.ERROR, event="job_error", jobid=1)
    run.log("WorkflowError:\nno space", level=logging.ERROR, event="error", exception="WorkflowError")
    run.log("Job 1 has been submitted with SLURM jobid 7")
    assert run.terminal.lines[1:] == [
        "Error in rule train:", "    jobid: 1", "WorkflowError:", "no space",
        "Job 1 has been submitted with SLURM jobid 7",
    ]  # fmt: skip


CALLED = "RuleException:\nCalledProcessError in file x.smk, line 3:\nCommand 'set -euo pipefail'"
AFTER = ["Shutting down, this might take some time.", "Exiting because a job execution failed. Look"]


@pytest.mark.parametrize(
    ("ending", "shown"),
    [
        (
            "ERROR p.tsv: line 3:\nno label",
            ["A step: failed after 8 s: p.tsv: line 3:", "no label (log: "],
        ),
        ("CRITICAL failed: KeyError()", [*CALLED.split("\n"), "Error in rule split:", *AFTER]),
        ("WARNING p.tsv: line 3: no label", [*CALLED.split("\n"), "Error in rule split:", *AFTER]),
    ],
)
def test_a_job_that_stops_with_a_message_is_a_line(run, tmp_path, ending, shown):
    log = tmp_path / "split.log"
    log.write_text(f"2026-11-26 14:40:03,9 INFO genodiff\n2026-11-26 14:40:04,1 {ending}\n")
    run.plan(split=1)
    run.start(1, "split", 0.0, log=[str(log)])
    run.log(CALLED, level=logging.ERROR, event="error", exception="RuleException")
    run.log("Error in rule split:", 8.0, level=logging.ERROR, event="job_error", jobid=1)
    for message in AFTER:
        run.log(message)
    run.log(
        "WorkflowError:\nAt least one", level=logging.ERROR, event="error", exception="WorkflowError"
    )
    found = run.terminal.lines[1:]
    assert len(found) == len(shown) + 2
    assert all(line.startswith(own) for line, own in zip(found, shown, strict=False))
    assert {"Error in rule split:", *AFTER} <= set(run.file.lines)


def test_after_ctrl_c_the_ends_of_jobs_are_no_errors(run):
    run.plan(train=3)
    run.start(1, "train", 0.0)
    run.finish(1, 1.0)
    run.start(2, "train", 1.0)
    run.log("Terminating processes on user request, this might take some time.")
    run.log("Error in rule train:", level=logging.ERROR, event="job_error", jobid=2)
    run.log("RuleException:", level=logging.ERROR, event="error", exception="RuleException")
    run.log("Complete log(s): x.log")
    assert run.terminal.lines[2:] == [
        "Terminating processes on user request, this might take some time.",
        "Complete log(s): x.log",
        "Interrupted: 2 of 3 steps remain; the same command continues from here.",
    ]
    assert "Error in rule train:" in run.file.lines


@pytest.fixture
def chromosomes(run, tmp_path):
    """Two jobs for a chromosome each, whose logs have warnings of one kind, and one of another."""
    for name, rest in (("1", ""), ("2", "2026-11-26 14:40:04,1 WARNING chr2.vcf: not indexed\n")):
        (tmp_path / f"{name}.log").write_text(
            "2026-11-26 14:40:03,9 INFO genodiff\n"
            f"2026-11-26 14:40:03,9 WARNING chr{name}.vcf: {name}7 individuals, 'S{name}' most\n" + rest
        )
    run.plan(gene_pca=2, train=1)
    for job in ("1", "2"):
        run.start(int(job), "gene_pca", 0.0, chrom=job, log=[tmp_path / f"{job}.log"])
    return run


COLLECTED = [
    "WARNING: gene_pca, on 2 of 2 chromosomes (1, 2), first: chr1.vcf: 17 individuals, 'S1' most",
    "WARNING: chr2.vcf: not indexed",
]


def test_the_same_warning_of_all_chromosomes_is_shown_once(chromosomes):
    chromosomes.finish(1, 1.0)
    assert "WARNING" not in chromosomes.last
    chromosomes.finish(2, 2.0)
    assert chromosomes.terminal.lines[-2:] == COLLECTED


def test_warnings_are_shown_at_the_end_if_a_chromosome_fails(chromosomes):
    chromosomes.finish(1, 1.0)
    chromosomes.log("Error in rule", level=logging.ERROR, event="job_error", jobid=2)
    chromosomes.log("Complete log(s): x.log")
    assert chromosomes.terminal.lines[-3:] == [*COLLECTED, "Complete log(s): x.log"]


@pytest.mark.parametrize("asked", ["dryrun", "verbose", "quiet", "printshellcmds", "debug_dag"])
def test_options_for_other_output_leave_it_as_it_is(asked, monkeypatch):
    monkeypatch.setenv(COLLECTED_WARNINGS, "")
    run = Run()
    prepare_terminal(run.logger, Settings(**{asked: True}), 8)
    assert type(run.terminal.formatter) is logging.Formatter
    assert not run.terminal.filters


@pytest.mark.parametrize(("cores", "shared"), [(1, "0"), (8, "1"), (None, "1")])
def test_jobs_learn_whether_they_share_the_terminal(monkeypatch, cores, shared):
    environment = {}
    monkeypatch.setattr("os.environ", environment)
    prepare_terminal(Run().logger, Settings(), cores)
    assert environment == {COLLECTED_WARNINGS: "1", SHARED_TERMINAL: shared}


def test_a_logger_plugin_is_left_alone(monkeypatch):
    environment = {}
    monkeypatch.setattr("os.environ", environment)
    run = Run()
    run.logger.handlers[:] = [run.file]
    prepare_terminal(run.logger, Settings(), 1)
    assert type(run.file.formatter) is logging.Formatter
    assert environment[COLLECTED_WARNINGS] == "0"


def test_a_second_module_of_a_workflow_changes_nothing(run):
    prepare_terminal(run.logger, Settings(), 1)
    assert len(run.terminal.filters) == 1
