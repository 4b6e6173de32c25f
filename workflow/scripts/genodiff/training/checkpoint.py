"""Checkpoints: the state of an unfinished training in a folder, saved at intervals.

A state is tensors by name and a JSON object in one safetensors file, which holds no code. The last two
are kept: `state.safetensors`, and `previous.safetensors` in case the first cannot be read.
"""

import errno
import json
import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.optim import Optimizer

from genodiff.formats.common import whole_file
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger

FORMAT = "genodiff.state.1"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class State:
    """Tensors by name, and facts that JSON can hold. Tensors of a loaded state are mapped from its file:
    copy those that are kept."""

    tensors: dict[str, Tensor]
    facts: dict[str, Any]


def optimizer_tensors(optimizer: Optimizer) -> dict[str, Tensor]:
    """The state of each parameter, named `number/name`, not copied."""
    each = optimizer.state_dict()["state"]
    return {f"{number}/{name}": v for number, own in each.items() for name, v in own.items()}


def restore_optimizer(optimizer: Optimizer, tensors: dict[str, Tensor]) -> None:
    """Restore the state of parameters, as a copy, from the names of `optimizer_tensors`."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        number, _, key = name.partition("/")
        state.setdefault(int(number), {})[key] = value.clone()
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def named(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors as `prefix/name`."""
    return {f"{prefix}/{name}": value for name, value in tensors.items()}


def by_prefix(tensors: dict[str, Tensor]) -> defaultdict[str, dict[str, Tensor]]:
    """The reverse of `named` for several prefixes."""
    parts: defaultdict[str, dict[str, Tensor]] = defaultdict(dict)
    for name, value in tensors.items():
        prefix, _, rest = name.partition("/")
        parts[prefix][rest] = value
    return parts


class Checkpoints:
    """The checkpoints of one training in `folder`, saved every `minutes`.

    `identity` describes the training (settings, data, code; values that JSON can hold). A checkpoint
    with a different identity is rejected, or, with `anew`, left: the training begins from the start.
    """

    def __init__(
        self, folder: str | os.PathLike, identity: dict[str, Any], minutes: float, anew: bool = False
    ):
        self.folder, self.identity = Path(folder), json.loads(json.dumps(identity))
        self.anew = anew
        self.minutes, self.saved = minutes, monotonic()

    @property
    def _paths(self) -> list[Path]:
        return [self.folder / f"{name}.safetensors" for name in ("state", "previous")]

    def due(self) -> bool:
        """Whether the last checkpoint is older than `minutes`."""
        return monotonic() - self.saved >= 60 * self.minutes

    def save(self, state: State) -> None:
        """Write a state atomically, and keep the one before. Raises InputError if the disk is full."""
        newest, previous = self._paths
        tensors = {name: value.detach().contiguous().cpu() for name, value in state.tensors.items()}
        content = {"format": FORMAT, "identity": self.identity, "facts": state.facts}
        try:
            with whole_file(newest) as temporary:
                save_file(tensors, temporary, metadata={"genodiff": json.dumps(content)})
                with open(temporary, "rb") as file:
                    os.fsync(file.fileno())
                if newest.exists():
                    os.replace(newest, previous)
        except (OSError, SafetensorError) as error:
            size = sum(value.nbytes for value in tensors.values()) / 2**30
            raise InputError(
                f"cannot save the state of the training in {self.folder}: {error}. It takes {size:.2f} "
                "GiB, and up to three such files are there while one is written. A state that was saved "
                "before is kept: make room and run the same command, and it goes on from there"
            ) from error
        self.saved = monotonic()

    def load(self) -> State | None:
        """The newest state that can be read; None if there is none.

        Raises InputError if no file can be read, and if the state has a different identity (unless
        `anew`).
        """
        broken = []
        for path in self._paths:
            if not path.exists():
                continue
            try:
                state, identity = _read(path)
            except (OSError, SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
                broken.append(f"{path}: {error}")
                continue
            if broken:
                logger.warning("%s cannot be read; going on from the state before it", broken[0])
                # Otherwise the next save would keep it as the state before.
                self._paths[0].unlink()
            try:
                self._check(identity)
            except InputError as error:
                if not self.anew:
                    raise
                logger.warning("%s. This training begins from the start", str(error).split(". ")[0])
                self.clear()
                return None
            return state
        if broken:
            raise InputError(
                f"no state of the unfinished training can be read ({'; '.join(broken)}). To train from "
                f"the start, delete {self.folder}"
            )
        return None

    def _check(self, identity: dict[str, Any]) -> None:
        saved, current = _flat(identity), _flat(self.identity)
        changed = [
            f"{name} was {_short(saved.get(name))}, is {_short(current.get(name))}"
            for name in sorted(saved.keys() | current.keys())
            if saved.get(name) != current.get(name)
        ]
        if changed:
            raise InputError(
                f"{self.folder} holds an unfinished training of another kind: {'; '.join(changed)}. "
                "Restore that to continue it; to train from the start, delete the folder"
            )

    def clear(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Values of nested objects by their dotted names."""
    flat = {}
    for name, value in values.items():
        path = f"{prefix}{name}"
        flat |= _flat(value, f"{path}.") if isinstance(value, dict) else {path: value}
    return flat


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _read(path: Path) -> tuple[State, dict[str, Any]]:
    with safe_open(path, framework="pt") as file:
        content = json.loads((file.metadata() or {})["genodiff"])
        if content.get("format") != FORMAT:
            raise ValueError("not a state of this version")
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    return State(tensors, content["facts"]), content["identity"]


@contextmanager
def disk_advice(folder: str | os.PathLike) -> Iterator[None]:
    """Turn the several exceptions of a full disk into an InputError; `folder` is that of the state."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        full = getattr(error, "errno", None) in _FULL
        if not full and not any(os.strerror(number) in str(error) for number in _FULL):
            raise
        raise InputError(
            f"no room on the disk ({error}): make some and run the same command. What was saved before "
            f"is in {folder}"
        ) from error
