# Memory (MiB) and time (minutes) that jobs request, by their inputs and attempt; this file has no rules.
import json
from genodiff.diffusion.samplers import APPLICATIONS
from genodiff.workflow.requests import (
    FORWARD,
    classifier_mb,
    network_minutes,
    process_mb,
    training_mb,
)


def memory(base, share=0):
    """Memory of a job in MiB: `base` and `share` times its inputs' size, multiplied by the attempt."""

    def mem_mb(wildcards, input, attempt):
        return attempt * int(base + share * input.size_mb)

    return mem_mb


def minutes(base, per_gb=0):
    """Time of a job: `base` minutes and `per_gb` for each GB of its inputs, multiplied by the attempt."""

    def runtime(wildcards, input, attempt):
        return attempt * int(base + per_gb * input.size_mb / 1000)

    return runtime


@cache
def individual_mb(layout):
    """Size of one individual in MB, float32, by layout.json."""
    content = json.loads(Path(layout).read_text())
    return 4 * content["padded_genes"] * content["components"] / 1e6


def individuals_mb(path, layout):
    """Size of a tensor file's individuals in memory in MB; the file is smaller, since padded features are zeros."""
    size = os.path.getsize(path) / 1e6
    try:
        from genodiff.formats.tensors import count_individuals

        return count_individuals(path) * individual_mb(layout)
    except (ImportError, ValueError, OSError):
        # Snakemake may run without pyarrow; the job reports an invalid tensor file.
        return 2 * size


def network_of(name):
    """The kind of network of a diffusion generator."""
    backbone = PLAN.entries[name]["backbone"]
    return BACKBONES[backbone].network if backbone in BACKBONES else "unknown"


def training_memory(wildcards, input, attempt):
    """Memory of a training."""
    batch = PLAN.entries[wildcards.generator]["diffusion"]["batch_size"]
    # With `device: auto` the node may have no GPU.
    ways = {GPUS} if config["device"] == "cuda" else {0, GPUS}
    network = network_of(wildcards.generator)
    return attempt * max(
        training_mb(network, individual_mb(input.layout), batch, gpus) for gpus in ways
    )


def tuning_memory(wildcards, input, attempt):
    """Memory of trials of settings: a training of up to twice the width, individuals while they are drawn and the bound
    of comparisons."""
    training = training_memory(wildcards, input, 1)
    bounds = config["synthetic"]["memory_mb"] + config["comparison"]["memory_mb"]
    return attempt * int(
        2 * training + bounds + 3 * individuals_mb(input.train, input.layout)
    )


def tuning_minutes(wildcards, input):
    """Time of the trials of a worker, each up to twice a training. The next attempt goes on after the finished ones and
    requests no more time."""
    tuning = config["tuning"]
    epochs = PLAN.entries[wildcards.generator]["diffusion"]["epochs"]
    trials = 2 * tuning["trials"] / tuning["workers"]
    passes = trials * epochs * individuals_mb(input.train, input.layout)
    return network_minutes(passes, 1, GPUS > 0)


def fitting_memory(wildcards, input, attempt):
    """Memory of fitting: all training individuals and their unmasked features twice; of a private generator, those of
    one class four times, a network, and 512 MiB for gradients of individuals."""
    size = sum(
        individuals_mb(path, input.layout) for path in (input.train, *input.panel[1:])
    )
    network, name = 0, wildcards.generator
    if PLAN.has_network(name):
        batch = PLAN.entries[name]["diffusion"]["batch_size"]
        one = individual_mb(input.layout)
        network = 512 + training_mb(network_of(name), one, batch, 0)
    return attempt * int(process_mb() + (5 if input.panel else 3) * size + network)


def guessing_memory(wildcards, input, attempt):
    """Memory of self-training: all individuals, and their features in double precision several times."""
    return attempt * int(process_mb() + 10 * individuals_mb(input.train, input.layout))


def drawing_memory(wildcards, input, attempt):
    """Memory of drawing: the model with copies, the bound of a batch of individuals, GPU libraries."""
    gpus = GPUS * PLAN.has_network(wildcards.generator)
    bound = config["synthetic"]["memory_mb"]
    return attempt * int(
        process_mb(gpus) + bound + 3e-6 * os.path.getsize(input.weights)
    )


def classifier_memory(wildcards, input, attempt):
    """Memory of a classifier's training: its network; the individuals, at most `comparison.memory_mb`; those of
    validation and test; GPU libraries."""
    size = sum(individuals_mb(path, input.layout) for path in input.dataset)
    size = min(size, config["comparison"]["memory_mb"])
    others = [
        individuals_mb(path, input.layout) for path in (input.validation, input.test)
    ]
    network = classifier_mb(
        CLASSIFIERS[wildcards.classifier].network,
        individual_mb(input.layout),
        config["classifier_training"]["batch_size"],
    )
    total = process_mb(min(1, GPUS)) + network + size
    return attempt * int(total + 2 * sum(others))


def embedding_memory(wildcards, input, attempt):
    """Memory of UMAP: a sample of each dataset, twice while they are joined."""
    sets = len(input.datasets) + 1
    kept = sets * config["figures"]["umap_individuals"] * individual_mb(input.layout)
    return attempt * int(
        2 * process_mb() + 2 * (kept + individuals_mb(input.test, input.layout))
    )


def denoising_memory(wildcards, input, attempt):
    """Memory of measuring denoisers: all training individuals, their parts once more, 1000 individuals and what is
    restored of them several times."""
    kept = 2 * individuals_mb(input.train, input.layout) + 20 * 1000 * individual_mb(
        input.layout
    )
    return attempt * int(process_mb(min(1, GPUS)) + 1500 + kept)


def denoising_minutes(wildcards, input):
    """Time of measuring a network: 1000 training and validation individuals at ten noise levels."""
    return network_minutes(20 * 1000 * individual_mb(input.layout), FORWARD, GPUS > 0)


def training_minutes(wildcards, input):
    """Time of a training. The next attempt continues from the saved state and requests no more time."""
    epochs = PLAN.entries[wildcards.generator]["diffusion"]["epochs"]
    passes = epochs * individuals_mb(input.train, input.layout)
    return network_minutes(passes, 1, GPUS > 0)


def fitting_minutes(wildcards, input, attempt):
    """Time of fitting; a private network is trained on the panel, and takes steps of several draws of each individual,
    whose gradients take about three times as long as those of a batch."""
    if not PLAN.has_network(wildcards.generator):
        return attempt * 60
    entry = PLAN.entries[wildcards.generator]
    passes = entry["diffusion"]["epochs"] * individuals_mb(input.panel[1], input.layout)
    steps = entry["dp_sgd"]
    drawn = 3 * steps["epochs"] * steps["draws"]
    passes += drawn * individuals_mb(input.train, input.layout)
    return attempt * network_minutes(passes, 1, False)


def drawing_minutes(wildcards, input):
    """Time of drawing, the same for each attempt."""
    if not PLAN.has_network(wildcards.generator):
        return 60
    size = PLAN.size(dataset_of(wildcards))
    one = individual_mb(input.layout)
    megabytes = (size["individuals"] or 0) * one or size["multiple"] * individuals_mb(
        input.labels, input.layout
    )
    recipe = PLAN.entries[wildcards.generator]["diffusion"]
    steps = recipe["sampler_steps"] or recipe["schedule"]["steps"]
    passes = steps * APPLICATIONS.get(recipe["sampler"], 1)
    if recipe["guidance"] != 1:
        passes *= 2
    return network_minutes(passes * megabytes, FORWARD, GPUS > 0)


def classifier_minutes(wildcards, input):
    """Time of a classifier's training. The next attempt continues from the saved state and requests no more time."""
    training = config["classifier_training"]
    passes = training["steps"] * training["batch_size"] * individual_mb(input.layout)
    # The paper's transformer classifier has half the layers of the diffusion transformer.
    return network_minutes(passes, 1 / 2, GPUS > 0)


def comparison_memory(wildcards, input, attempt):
    """Memory of a comparison: its bound, and a byte for each individual and SNP whose dosages attacks use; the null is
    copied for its controls."""
    base = process_mb(min(1, GPUS)) + config["comparison"]["memory_mb"]
    if has_dosages(wildcards):
        files = input.train, input.test, *input.dataset
        sizes = sum(individuals_mb(path, input.layout) for path in files)
        individuals = 3 * sizes / individual_mb(input.layout)
        base += individuals * config["fidelity"]["snps"] / 1e6
    return attempt * int(base)


def comparison_minutes(wildcards, input, attempt):
    """Time of a comparison: ten times the duration on two cores for 10,000 individuals of the paper's size
    (docs/benchmarks.md); of attacks, five times the estimate in docs/costs.md, and the null has three controls.
    """
    null = wildcards.dataset == keys.NULL
    per_gb = (120 if null else 60) if wildcards.metric in ATTACKING else 20
    base = 60
    if attacks_network(wildcards):
        files = input.train, input.test
        megabytes = sum(individuals_mb(path, input.layout) for path in files)
        # Once through the network at each of ten noise levels.
        base += network_minutes(10 * megabytes, FORWARD, GPUS > 0)
    return attempt * int(base + per_gb * input.size_mb / 1000)


def simulation_memory_mb():
    """Memory of a chromosome's simulation: libraries, trees, and one bit for each haplotype of a SNP."""
    simulated = config["cohort"]["simulate"]
    genes = -(-simulated["genes"] // simulated["chromosomes"])
    snps = genes * (simulated["snps_per_gene"][1] + 10)
    return (
        400
        + (simulated["individuals"] + simulated["panel"])
        * (2 * snps // 8 + 20_000)
        // 2**20
    )
