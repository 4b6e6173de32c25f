"""Training and sampling of each backbone, at the built-in cohort's size and the paper's, against a
plain loop.

python tests/benchmarks/training.py [--scale demo paper] [--backbones NAME ...] [--seconds S]
    [--batch N] [--threads N] [--device auto|cpu|cuda] [--recipe NAME] [--set KEY=VALUE ...]
    [--output FILE] [--minutes M] [--profile]

The plain loop is what one writes in an afternoon: float32, Adam, a DataLoader over rows,
noise predicted on the linear schedule, ancestral sampling of its 1,000 steps (both samplings are timed
by a few of their steps).
Each case is a process of its own (training_case.py). On a processor they come one after the other; on a
GPU all are started at once, compile at the same time, and then measure one after the other.
FLOP/s are those of matrix products and convolutions (torch's FlopCounterMode), as a share of the best
rate of a bare matrix product of the same type.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from select import select
from time import monotonic

from training_case import SCALES, prepare

from genodiff.generators import REFERENCES
from genodiff.networks.backbones import BACKBONES
from genodiff.runtime.errors import InputError

COLUMNS = (
    "backbone", "million parameters, plain", "ours", "GFLOP an individual, plain", "ours",
    "individuals/s trained, plain", "ours", "ratio", "precision", "share of product rate, plain", "ours",
    "s an epoch", "s to compile", "peak GiB, plain", "ours", "individuals/s sampled, plain", "ours",
    "ratio",
)  # fmt: skip
# Characters of a reason in the table, and lines of a failed case's errors below it.
_REASON, _LINES = 160, 12
# Part of the time in which a case on a GPU has to be ready to be measured.
_READY = 0.7


class FailedCase(Exception):
    """Why a case has no result."""


class Case:
    """A measurement in a process of its own."""

    def __init__(self, o: argparse.Namespace, kind: str, **own: str):
        keys = ("batch", "device", "profile", "recipe", "seconds", "set", "threads")
        settings = {key: getattr(o, key) for key in keys} | {"kind": kind, "backbone": None, **own}
        self.name = " ".join(filter(None, (kind, settings["backbone"])))
        self.errors, self.ended = tempfile.TemporaryFile("w+"), ""  # noqa: SIM115
        program = str(Path(__file__).with_name("training_case.py"))
        self.process = subprocess.Popen(
            [sys.executable, program, json.dumps(settings)], env=os.environ | o.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
        )  # fmt: skip

    def says(self, deadline: float) -> bool:
        """Wait for its next line, or its end; whether there is one before the deadline."""
        return bool(select([self.process.stdout], [], [], max(0.0, deadline - monotonic()))[0])

    def _line(self, deadline: float) -> dict:
        if not self.says(deadline):
            raise FailedCase("no result in the time of --minutes")
        line = self.process.stdout.readline()
        if line:
            return json.loads(line)
        status = self.process.wait()
        if self.ended:
            raise FailedCase(self.ended)
        said = [line for line in self.said().splitlines() if line.strip()]
        if status < 0:
            raise FailedCase(f"ended by signal {-status}: out of memory?")
        raise FailedCase(said[-1][:_REASON] if said else f"ended with status {status}")

    def measure(self, deadline: float) -> dict:
        """Its result. Raises FailedCase."""
        self._line(deadline)
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return self._line(deadline)

    def said(self) -> str:
        self.errors.seek(0)
        return self.errors.read()

    def end(self, why: str = "") -> None:
        self.ended = self.ended or why
        self.process.kill()
        self.process.wait()


class Run:
    """All cases of one scale, in their order; `failures`: what those that failed have said."""

    def __init__(self, o: argparse.Namespace, scale: str):
        self.o, self.scale, self.failures = o, scale, []
        begun, seconds = monotonic(), 60 * o.minutes
        self.deadline = begun + seconds
        wanted = [("products", None)]
        wanted += [(kind, name) for name in o.backbones for kind in ("plain", "ours")]
        wanted += [("classifiers", None)]
        self.cases: dict[tuple, Case] = {}
        if o.device == "cuda":
            self.cases = {case: self._start(*case) for case in wanted}
            # What still compiles then would take its time from what is measured.
            for case in self.cases.values():
                if not case.says(begun + _READY * seconds):
                    case.end(f"not compiled within {_READY * seconds:.0f} s")

    def _start(self, kind: str, backbone: str | None) -> Case:
        return Case(self.o, kind, backbone=backbone, scale=self.scale)

    def result(self, kind: str, backbone: str | None = None) -> dict | str:
        """What a case has found, or why it has not."""
        case = self.cases.get((kind, backbone)) or self._start(kind, backbone)
        try:
            return case.measure(self.deadline)
        except (FailedCase, BrokenPipeError) as failed:
            last = "\n".join(case.said().splitlines()[-_LINES:])
            self.failures.append(f"{case.name}: {failed}\n{last}")
            return str(failed)
        finally:
            case.end()


def row(o: argparse.Namespace, scale: str, name: str, loop: dict, found: dict, products: dict) -> str:
    """A line of the table."""
    both = (loop, found)
    speed = [o.batch * part["batches"] for part in both]
    sampled = [o.batch / part["sampling"] for part in both]
    kinds = ["float32", "bfloat16" if found["bfloat16"] else "float32"]
    shares = [s * p["flops"] / products[k] for s, p, k in zip(speed, both, kinds, strict=True)]
    found["epoch"] = SCALES[scale][2] / speed[1]
    cells = [
        BACKBONES[name].title, *(f"{part['parameters'] / 1e6:.3g}" for part in both),
        *(f"{part['flops'] / 1e9:.3g}" for part in both), *(f"{value:.3g}" for value in speed),
        f"**{speed[1] / speed[0]:.2f}**", kinds[1], *(f"{share:.0%}" for share in shares),
        f"{found['epoch']:.3g}", f"{found['compile']:.0f}" if found["compile"] else "",
        *(f"{part['memory'] / 2**30:.2f}" for part in both), *(f"{value:.3g}" for value in sampled),
        f"**{sampled[1] / sampled[0]:.3g}**",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def table1_hours(o: argparse.Namespace, scale: str, found: dict[str, dict], judged: dict | str) -> str:
    """What the whole of Table 1 takes by these figures: backbones that are measured, one seed."""
    count = SCALES[scale][2]
    hours = {
        "trainings": sum(part["epochs"] * part["epoch"] for part in found.values()) / 3600,
        "samplings": sum(count * part["sampling"] / o.batch for part in found.values()) / 3600,
    }  # fmt: skip
    lines = []
    if isinstance(judged, dict):
        datasets = 1 + len(BACKBONES) + len(REFERENCES)
        seconds = sum(judged["wanted"] / speed for speed in judged["steps"].values())
        hours[f"classifiers on {datasets} datasets"] = datasets * seconds / 3600
        steps = ", ".join(f"{name} {speed:.3g}" for name, speed in judged["steps"].items())
        lines.append(f"Classifiers, steps/s (batches of 32): {steps}")
    else:
        lines.append(f"Classifiers: {judged}")
    epochs = "/".join(sorted({str(part["epochs"]) for part in found.values()}))
    parts = ", ".join(f"{what} {value:.3g}" for what, value in hours.items())
    lines.append(
        f"Hours of Table 1 by these figures ({len(found)} of {len(BACKBONES)} backbones, {epochs} "
        f"epochs of {count:,} individuals, as many sampled of each): {parts}; "
        f"together {sum(hours.values()):.3g}"
    )
    return "\n".join(lines)


def scale_table(o: argparse.Namespace, scale: str, say) -> list[str]:
    """Print the table of one scale line by line; what failed."""
    genes, _, _, share, _ = SCALES[scale]
    run = Run(o, scale)
    rates = run.result("products")
    if isinstance(rates, str):
        say(f"bare matrix products: {rates}")
        rates = {"device": "", "products": {"float32": float("nan"), "bfloat16": float("nan")}}
    shown = ", ".join(f"{kind} {value / 1e9:,.0f} GFLOP/s" for kind, value in rates["products"].items())
    say(f"{rates['device']}; bare matrix products: {shown}")
    say(f"\n{scale}: {genes:,} x 8 features, {share:.0%} unmasked, batches of {o.batch}\n")
    say(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    measured = {}
    for name in o.backbones:
        pair = [run.result(kind, name) for kind in ("plain", "ours")]
        if all(isinstance(part, dict) for part in pair):
            say(row(o, scale, name, *pair, rates["products"]))
            measured[name] = pair[1]
        else:
            whose = zip(("plain", "ours"), pair, strict=True)
            reasons = "; ".join(f"{kind}: {part}" for kind, part in whose if isinstance(part, str))
            say(f"| {BACKBONES[name].title} | {reasons} |")
    say("\n" + table1_hours(o, scale, measured, run.result("classifiers")))
    for name, found in measured.items():
        if "profile" in found:
            say(f"\n{BACKBONES[name].title}, training: {found['profile']}")
    return run.failures


def _pair(text: str) -> tuple[str, object]:
    key, _, value = text.partition("=")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", nargs="+", default=list(SCALES), choices=SCALES)
    parser.add_argument("--backbones", nargs="+", default=list(BACKBONES), choices=BACKBONES)
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement, at least")
    parser.add_argument("--batch", type=int, default=32, help="individuals a step, in both loops")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--recipe", default="best")
    parser.add_argument("--set", nargs="+", default=[], help="of the recipe, as in precision=float32")
    parser.add_argument("--output", type=Path, help="file for the table as well")
    parser.add_argument("--minutes", type=float, default=600, help="of a scale at most")
    parser.add_argument("--profile", action="store_true", help="and which kernels a step consists of")
    o = parser.parse_args()
    o.set = dict(map(_pair, o.set))
    try:
        place = prepare(o.device, o.threads)[0]
    except InputError as error:
        sys.exit(f"Error: {error}")
    o.device, o.environment = place.type, {}
    if o.device == "cuda":
        # This process has locked the GPU. Its children take it by number, as those of torchrun do, and
        # compile beside each other.
        o.environment = {"LOCAL_RANK": str(place.index), "TORCHINDUCTOR_COMPILE_THREADS": "8"}
    if o.output:
        o.output.write_text("")

    def say(text: str) -> None:
        print(text, flush=True)
        if o.output:
            with o.output.open("a") as file:
                file.write(f"{text}\n")

    failures = [line for scale in o.scale for line in scale_table(o, scale, say)]
    for failure in failures:
        print(f"\n{failure}", file=sys.stderr)
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
