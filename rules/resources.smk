# Memory (MiB) and time (minutes) that jobs ask for, by their inputs and attempt. No rules here.
import json
from genodiff.backbones.memory import BASE_MB, GPU_LIBRARIES_MB, training_mb
from genodiff.classifiers.memory import classifier_mb
from genodiff.job_time import CLASSIFIER, FORWARD, network_minutes


def memory(base, share=0):
    """Memory of a job in MiB: `base` and `share` times its inputs' size, so much more at each attempt."""

    def mem_mb(wildcards, input, attempt):
        return attempt * int(base + share * input.size_mb)

    return mem_mb


@cache
def person_shape(layout):
    """Padded genes and components of people, and the live slots among theirs, from layout.json."""
    content = json.loads(Path(layout).read_text())
    live = sum(len(gene["mean"]) for gene in content["genes"])
    return content["padded_genes"], content["components"], live


def person_mb(layout):
    """Size of one person in MB, float32."""
    padded_genes, components, _ = person_shape(layout)
    return 4 * padded_genes * components / 1e6


def people_mb(path, layout):
    """Size of a tensor file's people in memory in MB; the file is smaller, by the zeros of padded slots."""
    size = os.path.getsize(path) / 1e6
    try:
        from genodiff.formats.tensors import count_people

        return count_people(path) * person_mb(layout)
    except (ImportError, ValueError, OSError):
        # Snakemake may run without pyarrow; and what is no tensor file its job will say.
        return 2 * size


def training_memory(wildcards, input, attempt):
    """Memory of a training in MiB: its network's and its batches', so much more at each attempt."""
    settings = config["backbone_settings"][wildcards.backbone]
    padded_genes, components, _ = person_shape(input.layout)
    shape = padded_genes, components, RECIPE["batch_size"]
    # With `device: auto` there may be no GPU after all.
    ways = {GPUS} if config["device"] == "cuda" else {0, GPUS}
    return attempt * max(
        training_mb(wildcards.backbone, settings, *shape, gpus) for gpus in ways
    )


def classifier_memory(wildcards, input, attempt):
    """Memory of a classifier's training in MiB: its own; all people, twice where they are of two files
    that are joined; with a GPU, its libraries."""
    dataset = input.dataset
    parts = [dataset] if isinstance(dataset, str) else list(dataset)
    size = len(parts) * sum(people_mb(path, input.layout) for path in parts)
    others = people_mb(input.validation, input.layout) + people_mb(
        input.test, input.layout
    )
    padded_genes, components, _ = person_shape(input.layout)
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
    """Memory of a reference in MiB: all training people; the live slots of one class, which may be
    nearly all people, three times more, once of these in float64."""
    padded_genes, components, live = person_shape(input.layout)
    share = live / (padded_genes * components)
    size = people_mb(input.train, input.layout)
    return attempt * int(BASE_MB + (1 + 4 * share) * size)


def embedding_memory(wildcards, input, attempt):
    """Memory of UMAP in MiB: so many people of each dataset, twice while they are joined."""
    sets = len(input.datasets) + 1
    kept = sets * config["figures"]["umap_people"] * person_mb(input.layout)
    return attempt * int(2 * BASE_MB + 2 * (kept + people_mb(input.test, input.layout)))


def minutes(base, per_gb=0):
    """Time of a job: `base` minutes and `per_gb` for each GB of its inputs, so much more at each attempt."""

    def runtime(wildcards, input, attempt):
        return attempt * int(base + per_gb * input.size_mb / 1000)

    return runtime


def training_minutes(wildcards, input):
    """Time of a training. The next attempt goes on where it was, so that it asks for no more."""
    passes = RECIPE["epochs"] * people_mb(input.train, input.layout)
    return network_minutes(passes, 1, GPUS > 0)


def sampling_minutes(wildcards, input):
    """Time of a sampling of the largest dataset; likewise."""
    multiple = max([config["synthetic"]["multiple"], *SIZES])
    people = config["synthetic"]["people"]
    size = max(
        multiple * people_mb(input.labels, input.layout),
        (people or 0) * person_mb(input.layout),
    )
    steps = SAMPLING["sampler_steps"] or RECIPE["schedule"]["steps"]
    return network_minutes(steps * size, FORWARD, GPUS > 0)


def classifier_minutes(wildcards, input, attempt):
    """Time of a classifier's trainings, one, or one for each size. They start anew at each attempt."""
    training, trainings = config["classifier_training"], max(1, len(SIZES))
    people = trainings * training["steps"] * training["batch_size"]
    once = network_minutes(people * person_mb(input.layout), CLASSIFIER, GPUS > 0)
    return attempt * once


def simulation_memory_mb():
    """Memory of a chromosome's simulation: libraries and trees, and a bit for each haplotype of a SNP."""
    simulated = config["cohort"]["simulate"]
    genes = -(-simulated["genes"] // simulated["chromosomes"])
    snps = genes * (simulated["snps_per_gene"][1] + 10)
    return 400 + simulated["people"] * (2 * snps // 8 + 20_000) // 2**20
