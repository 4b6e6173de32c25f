# Memory (MiB) and time (minutes) that jobs ask for, by their inputs and attempt. No rules here.
import json
from genodiff.workflow.network_memory import BASE_MB, GPU_LIBRARIES_MB, training_mb
from genodiff.workflow.classifier_memory import classifier_mb
from genodiff.workflow.job_time import CLASSIFIER, FORWARD, network_minutes


def memory(base, share=0):
    """Memory of a job in MiB: `base` and `share` times its inputs' size, so much more at each attempt."""

    def mem_mb(wildcards, input, attempt):
        return attempt * int(base + share * input.size_mb)

    return mem_mb


@cache
def individual_shape(layout):
    """Padded genes and components of individuals, and the unmasked features among theirs, from layout.json."""
    content = json.loads(Path(layout).read_text())
    live = sum(len(gene["mean"]) for gene in content["genes"])
    return content["padded_genes"], content["components"], live


def individual_mb(layout):
    """Size of one individual in MB, float32."""
    padded_genes, components, _ = individual_shape(layout)
    return 4 * padded_genes * components / 1e6


def individuals_mb(path, layout):
    """Size of a tensor file's individuals in memory in MB; the file is smaller, by the zeros of padded features."""
    size = os.path.getsize(path) / 1e6
    try:
        from genodiff.formats.tensors import count_individuals

        return count_individuals(path) * individual_mb(layout)
    except (ImportError, ValueError, OSError):
        # Snakemake may run without pyarrow; and what is no tensor file its job will say.
        return 2 * size


def training_memory(wildcards, input, attempt):
    """Memory of a training in MiB: its network's and its batches', so much more at each attempt."""
    settings = config["backbone_settings"][wildcards.backbone]
    padded_genes, components, _ = individual_shape(input.layout)
    shape = padded_genes, components, RECIPE["batch_size"]
    # With `device: auto` there may be no GPU after all.
    ways = {GPUS} if config["device"] == "cuda" else {0, GPUS}
    return attempt * max(
        training_mb(wildcards.backbone, settings, *shape, gpus) for gpus in ways
    )


def classifier_memory(wildcards, input, attempt):
    """Memory of a classifier's training in MiB: its own; all individuals, twice where they are of two files
    that are joined; with a GPU, its libraries."""
    dataset = input.dataset
    parts = [dataset] if isinstance(dataset, str) else list(dataset)
    size = len(parts) * sum(individuals_mb(path, input.layout) for path in parts)
    others = individuals_mb(input.validation, input.layout) + individuals_mb(
        input.test, input.layout
    )
    padded_genes, components, _ = individual_shape(input.layout)
    own = classifier_mb(
        wildcards.classifier,
        config["classifier_settings"][wildcards.classifier],
        padded_genes,
        components,
        config["classifier_training"]["batch_size"],
    )
    own += BASE_MB + GPU_LIBRARIES_MB * bool(GPUS)
    return attempt * int(own + size + 2 * others)


def reference_memory(wildcards, input, attempt):
    """Memory of a reference in MiB: all training individuals; the unmasked features of one class, which may be
    nearly all individuals, three times more, once of these in float64."""
    padded_genes, components, live = individual_shape(input.layout)
    share = live / (padded_genes * components)
    size = individuals_mb(input.train, input.layout)
    return attempt * int(BASE_MB + (1 + 4 * share) * size)


def embedding_memory(wildcards, input, attempt):
    """Memory of UMAP in MiB: so many individuals of each dataset, twice while they are joined."""
    sets = len(input.datasets) + 1
    kept = sets * config["figures"]["umap_individuals"] * individual_mb(input.layout)
    return attempt * int(2 * BASE_MB + 2 * (kept + individuals_mb(input.test, input.layout)))


def minutes(base, per_gb=0):
    """Time of a job: `base` minutes and `per_gb` for each GB of its inputs, so much more at each attempt."""

    def runtime(wildcards, input, attempt):
        return attempt * int(base + per_gb * input.size_mb / 1000)

    return runtime


def training_minutes(wildcards, input):
    """Time of a training. The next attempt goes on where it was, so that it asks for no more."""
    passes = RECIPE["epochs"] * individuals_mb(input.train, input.layout)
    return network_minutes(passes, 1, GPUS > 0)


def sampling_minutes(wildcards, input):
    """Time of a sampling of the largest dataset; likewise."""
    multiple = max([config["synthetic"]["multiple"], *SIZES])
    individuals = config["synthetic"]["individuals"]
    size = max(
        multiple * individuals_mb(input.labels, input.layout),
        (individuals or 0) * individual_mb(input.layout),
    )
    steps = SAMPLING["sampler_steps"] or RECIPE["schedule"]["steps"]
    return network_minutes(steps * size, FORWARD, GPUS > 0)


def classifier_minutes(wildcards, input, attempt):
    """Time of a classifier's trainings, one, or one for each size. They start anew at each attempt."""
    training, trainings = config["classifier_training"], max(1, len(SIZES))
    individuals = trainings * training["steps"] * training["batch_size"]
    once = network_minutes(individuals * individual_mb(input.layout), CLASSIFIER, GPUS > 0)
    return attempt * once


def simulation_memory_mb():
    """Memory of a chromosome's simulation: libraries and trees, and a bit for each haplotype of a SNP."""
    simulated = config["cohort"]["simulate"]
    genes = -(-simulated["genes"] // simulated["chromosomes"])
    snps = genes * (simulated["snps_per_gene"][1] + 10)
    return 400 + simulated["individuals"] * (2 * snps // 8 + 20_000) // 2**20
