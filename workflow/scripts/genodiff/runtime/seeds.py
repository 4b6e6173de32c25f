"""Seeds of single jobs, derived from the seed of the run. Standard library only: read at parse time."""

import hashlib


def job_seed(seed: int, *keys: str | int) -> int:
    """Seed of one job, in [0, 2**31), from the run's seed and the job's keys.

    Jobs with different keys draw independent numbers; a job draws the same numbers in every run.
    """
    text = "/".join(map(str, (seed, *keys)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
