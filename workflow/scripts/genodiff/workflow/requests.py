"""Memory and time that jobs of networks ask a cluster for, from the size of an individual.

Read at parse time by the Snakefile: standard library only. A job that takes more is run again with twice
the request.
"""

# MiB of a process: Python, torch, and room for the rest; CUDA's libraries on top for each GPU.
_PROCESS_MB, _GPU_MB = 2000, 3000
# Memory of a training for each MB of one individual (float32), at the paper's widths: MiB of weights
# (gradients, Adam's moments, best epoch, moving average and checkpoint included), and MiB of activations
# for each individual of a batch. Measured at 18,432 x 8.
_TRAINING_MB = {
    "dense": (24_500, 5),
    "convolution": (300, 1_700),
    "attention": (9_200, 720),
    "mixture": (24_800, 1_700),
    "genewise": (34_000, 450),
}
# The same of a classifier.
_CLASSIFIER_MB = {"dense": (2_000, 16), "convolution": (300, 120), "attention": (2_000, 360)}
# Minutes. Partitions often end here; trainings and samplings go on in another attempt.
LONGEST = 24 * 60
# Start, reading and writing.
_BASE = 60
# Minutes for each MB of individuals that the costliest network of the paper's size is trained on once
# (docs/costs.md). On two cores, as measured: the CNN, 4,970 MB a hundred times in 8.3 days. On a GPU, by
# its products at 100 TFLOP/s: the Transformer, in 33 minutes.
_MINUTES_PER_MB = {"cpu": 0.024, "gpu": 6.6e-5}
# Other processors, and jobs of others beside.
_MARGIN = {"cpu": 3, "gpu": 10}
# Share of a training's arithmetic that is its forward pass.
FORWARD = 1 / 3


def process_mb(gpus: int = 0) -> int:
    """Memory of a process in MiB before there are data, with CUDA's libraries for each GPU."""
    return _PROCESS_MB + _GPU_MB * gpus


def _network_mb(table: dict, network: str, individual_mb: float, batch: int) -> float:
    # A network that is not in the table is taken for the largest.
    weights, activations = table.get(network, tuple(map(max, zip(*table.values(), strict=True))))
    return individual_mb * (weights + batch * activations)


def training_mb(network: str, individual_mb: float, batch: int, gpus: int = 0) -> int:
    """Memory in MiB of a training of a `network` (dense, convolution, attention, mixture, genewise, or
    another) on individuals of so many MB; with `gpus`, that of the host, which holds weights only."""
    if gpus:
        weights = _network_mb(_TRAINING_MB, network, individual_mb, 0)
        return int(gpus * (process_mb(1) + weights * 2 / 3))
    return int(process_mb() + _network_mb(_TRAINING_MB, network, individual_mb, batch))


def classifier_mb(network: str, individual_mb: float, batch: int) -> int:
    """Memory in MiB of a classifier's network, without process and individuals."""
    return int(_network_mb(_CLASSIFIER_MB, network, individual_mb, batch))


def network_minutes(megabytes: float, share: float, on_gpu: bool) -> int:
    """Minutes to ask for, at most `LONGEST`: `megabytes` of individuals go through a network, those of
    each pass counted, at `share` of a training's arithmetic. Too many for narrow networks."""
    kind = "gpu" if on_gpu else "cpu"
    work = megabytes * share * _MINUTES_PER_MB[kind] * _MARGIN[kind]
    return int(min(LONGEST, _BASE + work))
