"""The terminal during a run: one line for each finished step, in place of Snakemake's blocks.

Snakemake's logger plugins have to be installed in its environment, so this module changes the handler
that writes to the terminal instead. The handler of the file in `.snakemake/log` keeps its own formatter:
the file has everything.
"""

import logging
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

from genodiff.runtime.logs import COLLECTED_WARNINGS, SHARED_TERMINAL, duration

# Options of Snakemake for more, less or other output, which then remains as it is.
_ASKED = ("dryrun", "verbose", "quiet", "printshellcmds", "debug_dag")
# Snakemake's name of the handler that writes to the terminal.
_TERMINAL = "DefaultStreamHandler"
# Events (LogEvent of snakemake-interface-logger-plugins) and beginnings of messages that are left out.
_HIDDEN_EVENTS = {"workflow_started", "resources_info", "job_started", "progress"}
_HIDDEN_MESSAGES = (
    "Select jobs to execute", "Removing temporary output", "Using shell", "Conda environments: ignored",
    "Singularity containers: ignored",
)  # fmt: skip
# After Ctrl-C, the ends of the interrupted jobs are not errors.
_INTERRUPTED = "Terminating processes on user request"
_ERRORS = {"job_error", "group_error", "error"}
_LAST_MESSAGE = "Complete log(s)"
# Messages after a job has failed for a reason that its log gives.
_AFTER_FAILURES = ("Shutting down, this might", "Exiting because a job execution failed")
_RECORD = re.compile(r"^\d{4}-\S+ \S+ ([A-Z]+) ", re.M)
_WARNING = re.compile(r"^\S+ \S+ WARNING (.*)$", re.M)
# What differs between the same warnings of two chromosomes: quoted names, and words with digits.
_VARIABLE = re.compile(r"'[^']*'|\S*\d\S*")


@dataclass
class Step:
    """A job that has started, at a time in seconds."""

    rule: str
    name: str
    began: float
    logs: list[str]
    chromosome: str | None


class Steps:
    """The steps of a run: which are finished, how long they took, and the time that is left."""

    def __init__(self) -> None:
        self.planned: Counter[str] = Counter()  # number of steps of each rule
        self.running: dict[int, Step] = {}
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)  # of finished steps, by rule
        self._began: float | None = None

    @property
    def finished(self) -> int:
        return sum(map(len, self.seconds.values()))

    @property
    def left(self) -> int:
        return max(0, self.planned.total() - self.finished)

    def start(self, job: int, step: Step) -> None:
        if self._began is None:
            self._began = step.began
        self.running[job] = step

    def finish(self, job: int, now: float) -> tuple[Step, float]:
        """A step that was running, and its seconds."""
        step = self.running.pop(job)
        self.seconds[step.rule].append(now - step.began)
        return step, now - step.began

    def unfinished(self, rule: str) -> int:
        return self.planned[rule] - len(self.seconds[rule])

    def estimate(self, now: float) -> tuple[float, bool]:
        """Seconds that are left if steps take as long as the finished ones of their rule, as many at a
        time as so far; and whether all rules have finished ones."""
        means = {rule: fmean(seconds) for rule, seconds in self.seconds.items() if seconds}
        ahead = {rule: self.unfinished(rule) for rule in self.planned if self.unfinished(rule) > 0}
        work = sum(count * means.get(rule, 0.0) for rule, count in ahead.items())
        for step in self.running.values():
            work -= min(now - step.began, means.get(step.rule, 0.0))
        done = sum(map(sum, self.seconds.values()))
        return work / max(1.0, done / max(now - self._began, 1e-9)), ahead.keys() <= means.keys()


class TerminalLines(logging.Formatter):
    """Filter and formatter of the terminal's handler; other records are formatted as before."""

    def __init__(self, usual: logging.Formatter) -> None:
        super().__init__()
        self._usual, self._steps = usual, Steps()
        self._interrupted = False
        # Lines of the jobs that failed for a reason that their logs give.
        self._failures: dict[int, str] = {}
        # Chromosomes by rule and kind of warning, and the first of these warnings.
        self._warnings: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the terminal shows the record."""
        event, message = getattr(record, "event", None), str(record.msg)
        if event == "run_info":
            planned = {rule: count for rule, count in record.stats.items() if rule != "total"}
            self._steps.planned = Counter(planned)
        elif event == "job_info":
            return self._start(record)
        elif event == "job_error":
            self._fail(record, self._steps.running.pop(record.jobid, None))
        elif event == "error" and "CalledProcessError" in message:
            # It names a job's script; the record of the job follows.
            if any(_reason(step.logs) for step in self._steps.running.values()):
                return False
        elif event is None:
            self._interrupted |= message.startswith(_INTERRUPTED)
            if self._failures and message.startswith(_AFTER_FAILURES):
                return False
        if self._interrupted and event in _ERRORS:
            return False
        return event not in _HIDDEN_EVENTS and not message.startswith(_HIDDEN_MESSAGES)

    def _start(self, record: logging.LogRecord) -> bool:
        """Note the start of a step. Of a rule without a message Snakemake's own text is shown, unless it
        has no output either, as `rule all`."""
        chromosome = dict(record.wildcards or {}).get("chrom")
        name = record.rule_msg or record.rule_name
        step = Step(record.rule_name, name, record.created, list(record.log), chromosome)
        self._steps.start(record.jobid, step)
        return not record.rule_msg and bool(record.output)

    def _fail(self, record: logging.LogRecord, step: Step | None) -> None:
        self._collect(step)
        reason = _reason(step.logs) if step else ""
        if reason:
            lasted = duration(record.created - step.began)
            self._failures[record.jobid] = (
                f"{step.name}: failed after {lasted}: {reason} (log: {', '.join(step.logs)})"
            )

    def format(self, record: logging.LogRecord) -> str:
        if getattr(record, "event", None) == "job_error" and record.jobid in self._failures:
            return self._failures[record.jobid]
        if getattr(record, "event", None) == "job_finished" and record.job_id in self._steps.running:
            return self._finish(record)
        text = self._usual.format(record)
        if text.startswith(_LAST_MESSAGE):
            lines = [*self._summaries(list(self._warnings)), text]
            if self._interrupted:
                lines.append(f"Interrupted: {self._remain()}; the same command continues from here.")
            return "\n".join(lines)
        return text

    def _finish(self, record: logging.LogRecord) -> str:
        step, seconds = self._steps.finish(record.job_id, record.created)
        self._collect(step)
        line = f"{step.name}: took {duration(seconds)}; {self._remain()}"
        expected, certain = self._steps.estimate(record.created)
        if expected >= 1:
            line += f", {'about' if certain else 'at least'} {duration(expected)}"
        ended = [step.rule] if self._steps.unfinished(step.rule) <= 0 else []
        return "\n".join([line, *self._summaries(ended)])

    def _remain(self) -> str:
        left, finished = self._steps.left, self._steps.finished
        return f"{left} of {left + finished} steps remain" if left else f"all {finished} steps are done"

    def _collect(self, step: Step | None) -> None:
        """Read the warnings in the log of a chromosome's job, which does not print them itself."""
        if step is None or step.chromosome is None:
            return
        for path in step.logs:
            try:
                with open(path, encoding="utf-8") as file:
                    found = _WARNING.findall(file.read())
            except OSError:
                continue
            for text in found:
                kind = self._warnings[step.rule].setdefault(_VARIABLE.sub("", text), [text])
                kind.append(step.chromosome)

    def _summaries(self, rules: Iterable[str]) -> list[str]:
        """One line for each kind of warning of these rules, whose jobs have ended."""
        lines = []
        for rule in rules:
            for text, *chromosomes in self._warnings.pop(rule, {}).values():
                if len(chromosomes) > 1:
                    of = self._steps.planned[rule]
                    text = (
                        f"{rule}, on {len(chromosomes)} of {of} chromosomes "
                        f"({', '.join(chromosomes)}), first: {text}"
                    )
                lines.append(f"WARNING: {text}")
        return lines


def _reason(logs: Iterable[str]) -> str:
    """The message with which a job has ended (see `runtime.logs.job_log`), from its logs; empty if it
    has ended otherwise, with a traceback for example."""
    for path in logs:
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        except OSError:
            continue
        last = list(_RECORD.finditer(text))[-1:]
        if last and last[0][1] == "ERROR":
            return text[last[0].end() :].strip()
    return ""


def _show_steps(logger: logging.Logger) -> bool:
    """Show the lines where `logger` writes to the terminal; returns False if it does not, since a logger
    plugin has replaced that handler."""
    handlers = [handler for handler in logger.handlers if handler.name == _TERMINAL]
    for handler in handlers:
        # It may belong to a workflow that uses this one as a module several times.
        if not isinstance(handler.formatter, TerminalLines):
            lines = TerminalLines(handler.formatter)
            handler.setFormatter(lines)
            handler.addFilter(lines)
    return bool(handlers)


def prepare_terminal(logger: logging.Logger, settings: object, cores: int | None) -> None:
    """Show one line for each finished step on the terminal of Snakemake's main process.

    settings: OutputSettings of Snakemake; options for other output leave it as it is. cores: of the run,
    None without a limit. Its jobs learn by environment variables whether they share the terminal, and
    whether this process shows their warnings.
    """
    asked = (getattr(settings, name, False) for name in _ASKED)
    shown = not any(asked) and _show_steps(logger)
    os.environ[COLLECTED_WARNINGS] = str(int(shown))
    os.environ[SHARED_TERMINAL] = str(int(cores != 1))
