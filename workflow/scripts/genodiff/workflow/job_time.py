"""How long jobs of networks may take, from the size of what they read: what they ask a cluster for.

Read at parse time by the Snakefile: standard library only.
"""

# Minutes. Partitions often end here; what is trained or sampled goes on in another attempt.
LONGEST = 24 * 60
# Start, reading and writing.
_BASE = 60
# Minutes for each MB of individuals that the costliest network of the paper's size is trained on once
# (docs/costs.md). On two cores, as measured: the CNN, 4,970 MB a hundred times in 8.3 days. On a GPU, by
# its products at 100 TFLOP/s: the Transformer, in 33 minutes.
_MINUTES_PER_MB = {"cpu": 0.024, "gpu": 6.6e-5}
# Other processors, other individuals' jobs beside; and what is only estimated.
_MARGIN = {"cpu": 3, "gpu": 10}
# Parts of a training's arithmetic, forwards and backwards.
FORWARD = 1 / 3
# The paper's transformer that classifies has half the layers of that which generates.
CLASSIFIER = 1 / 2


def network_minutes(megabytes: float, share: float, on_gpu: bool) -> int:
    """Minutes to ask for, at most `LONGEST`: `megabytes` of individuals go through a network, those of
    each pass counted, at `share` of a training's arithmetic. Too many for narrow networks."""
    kind = "gpu" if on_gpu else "cpu"
    work = megabytes * share * _MINUTES_PER_MB[kind] * _MARGIN[kind]
    return int(min(LONGEST, _BASE + work))
