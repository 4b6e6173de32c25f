"""A study: the trials of one generator in a journal, which several processes share and continue.

The journal is a text file of JSON lines that is only appended to. A trial whose process was killed stays
in it as running. Each process is a worker with a number and a lock of its own, and each trial has the
number of its worker: a running trial whose worker has ended, or is this process, was interrupted. It
becomes a failed one, and is tried again; it does not count.
"""

import hashlib
import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import optuna
from optuna.samplers import TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock
from optuna.trial import FrozenTrial, Trial, TrialState

from genodiff.runtime.errors import InputError
from genodiff.runtime.locks import has_ended, wait_for
from genodiff.runtime.logs import logger
from genodiff.runtime.seeds import job_seed
from genodiff.tuning.judge import Worth
from genodiff.tuning.pruning import earlier_errors, gives_up
from genodiff.tuning.spaces.base import Parts, Range, Space

# Random trials, the configured settings among them, before the sampler learns from them.
STARTUP = 10
JOURNAL = "journal.jsonl"
# Attributes of a trial.
_WORKER, _DEFAULT, _ERRORS, _REASON, _WORTH, _SECONDS, _TIMES = (
    "worker", "default", "errors", "reason", "worth", "cpu_seconds", "interruptions",
)  # fmt: skip
# A trial that is interrupted so often fails.
MOST_INTERRUPTIONS = 3
# A trial that was given up is worse than any that attacks find something in.
_GIVEN_UP = 1.0
_STATES = {
    TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
}  # fmt: skip
# Called after some epochs with the epoch and the error of the network.
Report = Callable[[int, float], None]
# Trains, draws and judges with complete settings and recipe.
Evaluate = Callable[[Parts, Report], Worth]


class Journal(JournalFileBackend):
    """The file of a journal. A line that a killed process has not finished is removed before the next
    one is appended, to which it would stick."""

    def __init__(self, path: Path):
        # The lock is a link to the path as it is given: a relative one would point to nothing, and the
        # lock of a killed process would never be taken for old.
        self.path = path.absolute()
        self.lock = JournalFileSymlinkLock(str(self.path))
        super().__init__(str(self.path), lock_obj=self.lock)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        text = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
        self.lock.acquire()
        try:
            with open(self.path, "r+b") as file:
                file.truncate(_whole_lines(file))
                file.seek(0, os.SEEK_END)
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
        finally:
            self.lock.release()


def _whole_lines(file: Any) -> int:
    """Bytes of a file up to the end of its last whole line."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - 2**16)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


class Study:
    """The trials of a generator in `folder`, of which this process is the `worker` of that number.

    identity: what trials depend on beside their settings, values that JSON can hold; a study with
    another identity is not continued, but begins anew in the same journal. trials: of all workers
    together; seed: of what is tried.
    """

    def __init__(
        self, folder: str | os.PathLike, identity: dict[str, Any], space: Space, trials: int,
        worker: int = 0, seed: int = 0,
    ):  # fmt: skip
        self.folder, self.space, self.trials = Path(folder), space, trials
        self.worker, self.seed = worker, seed
        self.folder.mkdir(parents=True, exist_ok=True)
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        whole = json.dumps([identity, _described(space)], sort_keys=True)
        name = hashlib.sha256(whole.encode()).hexdigest()[:16]
        with self._alone():
            storage = JournalStorage(Journal(self.folder / JOURNAL))
            known = [one.study_name for one in optuna.get_all_study_summaries(storage)]
            if known and name not in known:
                logger.warning(
                    "%s: settings, data or code are not those of the trials so far, which do not "
                    "count; the search begins anew", self.folder,
                )  # fmt: skip
            self.study = optuna.create_study(
                storage=storage, study_name=name, directions=["maximize", "minimize"],
                load_if_exists=True, sampler=TPESampler(seed=seed),
            )  # fmt: skip

    @staticmethod
    def work(folder: str | os.PathLike, worker: int) -> Path:
        """What a worker holds a lock on while it works (see `runtime.locks.only_process`)."""
        return Path(folder) / f"worker{worker}"

    def run(self, evaluate: Evaluate) -> None:
        """Try settings until all trials are done or in the hands of other workers."""
        while (trial := self._claim()) is not None:
            self._try(trial, evaluate)

    def rows(self) -> list[dict[str, Any]]:
        """A row for each of the first `trials`: number (with gaps where one was interrupted), state,
        default, worker, reason of a failure, parameters, the keys that they set, errors by epoch, CPU
        seconds, and what it is worth."""
        found = []
        for trial in self._counted()[: self.trials]:
            own = trial.user_attrs
            whole = trial.params.keys() >= self.space.default().keys()
            found.append(
                {
                    "number": trial.number, "state": _STATES[trial.state],
                    "default": own.get(_DEFAULT, False), "worker": own.get(_WORKER),
                    "reason": own.get(_REASON), "parameters": trial.params,
                    "changes": self.space.changes(trial.params) if whole else {},
                    "errors": own.get(_ERRORS, {}), "cpu_seconds": own.get(_SECONDS),
                    "worth": own.get(_WORTH, {}),
                }
            )  # fmt: skip
        return found

    def _alone(self) -> Any:
        return wait_for(self.folder / "claim")

    def _trials(self) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False)

    def _counted(self) -> list[FrozenTrial]:
        """Trials that were begun, without the interrupted ones: failed without a reason."""
        return [
            trial
            for trial in self._trials()
            if trial.state != TrialState.WAITING
            and (trial.state != TrialState.FAIL or _REASON in trial.user_attrs)
        ]

    def _claim(self) -> Trial | None:
        """The next trial with all its parameters; None if there are enough."""
        with self._alone():
            if not self._trials():
                self.study.enqueue_trial(self.space.default(), {_DEFAULT: True})
            self._repeat_interrupted()
            begun = len(self._counted())
            if begun >= self.trials:
                return None
            # By number: a search that was interrupted goes on as it would have.
            self.study.sampler = TPESampler(
                seed=job_seed(self.seed, "sampler", begun), n_startup_trials=STARTUP
            )
            trial = self.study.ask()
            trial.set_user_attr(_WORKER, self.worker)
            for parameter in self.space.parameters:
                suggest(trial, parameter)
        logger.info(
            "trial %d, %d of %d: %s", trial.number, begun + 1, self.trials, json.dumps(trial.params)
        )
        return trial

    def _repeat_interrupted(self) -> None:
        ended: dict[int | None, bool] = {self.worker: True, None: True}
        for trial in self._trials():
            if trial.state != TrialState.RUNNING:
                continue
            # Without a worker: its process was killed while it held the lock of `_alone`.
            worker = trial.user_attrs.get(_WORKER)
            if worker not in ended:
                ended[worker] = has_ended(self.work(self.folder, worker))
            if not ended[worker]:
                continue
            times = 1 + trial.user_attrs.get(_TIMES, 0)
            default = trial.user_attrs.get(_DEFAULT, False)
            if times >= MOST_INTERRUPTIONS and not default:
                self._give_up(trial, times)
                continue
            logger.info("trial %d was interrupted, and is tried again", trial.number)
            if times >= MOST_INTERRUPTIONS:
                logger.warning(
                    "the configured settings were interrupted %d times: a kill, or too little memory?",
                    times,
                )
            self.study.tell(trial.number, state=TrialState.FAIL)
            known = trial.params.keys() >= self.space.default().keys()
            if known or default:
                self.study.enqueue_trial(
                    trial.params if known else self.space.default(), {_DEFAULT: default, _TIMES: times}
                )

    def _give_up(self, trial: FrozenTrial, times: int) -> None:
        """Fail a trial that ends every process, as where memory is full."""
        reason = f"interrupted {times} times: a kill, or too little memory for these settings?"
        logger.warning("trial %d fails: %s", trial.number, reason)
        Trial(self.study, trial._trial_id).set_user_attr(_REASON, reason)
        self.study.tell(trial.number, state=TrialState.FAIL)

    def _try(self, trial: Trial, evaluate: Evaluate) -> None:
        try:
            self._finish(trial, evaluate)
        except optuna.exceptions.UpdateFinishedTrialError:
            logger.warning(
                "trial %d was taken for interrupted by another worker, which repeats it: locks of this "
                "file system do not reach from one machine to another", trial.number,
            )  # fmt: skip

    def _finish(self, trial: Trial, evaluate: Evaluate) -> None:
        started = process_time()
        values, state = None, TrialState.COMPLETE
        try:
            worth = evaluate(self.space.chosen(trial.params), self._report(trial))
        except optuna.TrialPruned:
            trial.set_constraint("given up", _GIVEN_UP)
            state = TrialState.PRUNED
        except (InputError, FloatingPointError) as error:
            if trial.user_attrs.get(_DEFAULT):
                # Not the fault of what is tried. The trial stays unfinished, and is tried again.
                raise InputError(f"with the configured settings: {error}") from error
            # Settings with which a training diverges or a network does not fit into memory.
            logger.info("trial %d failed: %s", trial.number, error)
            trial.set_user_attr(_REASON, str(error))
            state = TrialState.FAIL
        else:
            trial.set_user_attr(_WORTH, worth)
            trial.set_constraint("attack", worth["excess"])
            values = [worth["recovery"], worth["closeness"]]
        trial.set_user_attr(_SECONDS, process_time() - started)
        self.study.tell(trial, values, state)

    def _report(self, trial: Trial) -> Report:
        def report(epoch: int, error: float) -> None:
            if not math.isfinite(error):
                raise FloatingPointError(f"epoch {epoch}: the error of the network is not finite")
            known = trial.user_attrs.get(_ERRORS, {}) | {str(epoch): error}
            trial.set_user_attr(_ERRORS, known)
            others = (
                (own.user_attrs.get(_ERRORS, {}), own.state == TrialState.PRUNED)
                for own in self._counted()
                if own.number != trial.number
            )
            if not trial.user_attrs.get(_DEFAULT) and gives_up(error, earlier_errors(others, epoch)):
                logger.info(
                    "trial %d is given up after epoch %d, error %.4f", trial.number, epoch, error
                )
                raise optuna.TrialPruned

        return report


def suggest(trial: Trial, parameter: Any) -> None:
    """Give a trial its value of a parameter."""
    if isinstance(parameter, Range):
        trial.suggest_float(parameter.name, parameter.low, parameter.high, log=True)
    else:
        trial.suggest_categorical(parameter.name, parameter.texts)


def _described(space: Space) -> list:
    """The parameters of a space: values of another space do not fit into its study."""
    return [[type(own).__name__, *map(str, vars(own).values())] for own in space.parameters]
