"""The run in the report: versions, times, memory."""

import csv
import platform
import re
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from genodiff import __version__

_STAMP = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d{3} ")
_NUMBER = re.compile(r"[\d.]+$")
_PACKAGES = [
    "snakemake", "numpy", "torch", "scikit-learn", "scipy", "pandas", "pyarrow", "msprime", "cyvcf2",
    "umap-learn", "matplotlib",
]  # fmt: skip


def versions() -> dict[str, str]:
    """Versions of genodiff, Python and the packages of this environment that compute results."""
    found = {"genodiff": __version__, "Python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue  # another job's environment has it
    return found


def wall_time(logs: str) -> float | None:
    """Seconds from the first to the last line of the logs of all jobs; None without logs."""
    stamps = []
    for path in Path(logs).rglob("*.log"):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            match = _STAMP.match(line)
            if match:
                stamps.append(datetime.fromisoformat(match[1]))
    return (max(stamps) - min(stamps)).total_seconds() if stamps else None


def job_times(benchmarks: str) -> list[dict]:
    """For each rule with benchmarks its jobs, their total of seconds and the largest memory in MiB; the
    longest first."""
    folder, found = Path(benchmarks), {}
    for path in sorted(folder.rglob("*.tsv")):
        parts = path.relative_to(folder).parts
        rule = found.setdefault(
            parts[0].removesuffix(".tsv"), {"jobs": 0, "seconds": 0.0, "memory": 0.0}
        )
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                rule["jobs"] += 1
                rule["seconds"] += float(row["s"])
                # Very short jobs end before Snakemake measures them: NA or -.
                memory = float(row["max_rss"]) if _NUMBER.match(row["max_rss"]) else 0.0
                rule["memory"] = max(rule["memory"], memory)
    rows = [{"rule": name} | facts for name, facts in found.items()]
    return sorted(rows, key=lambda row: -row["seconds"])
