# Files and results of datasets, and what is released; functions for the rules, this file has no rules.
def dataset_of(wildcards):
    """The dataset that the wildcards of a drawing name."""
    return keys.Dataset.parse(
        f"{wildcards.generator}{wildcards.share}{wildcards.amount}"
    )


def training_file(wildcards):
    """The file of the individuals to which a generator is fitted."""
    real = keys.Dataset.parse(f"{keys.REAL}{wildcards.share}")
    return PLAN.individuals_file(real, wildcards.seed)


def individuals_files(key, seed):
    """The files of the individuals of joined datasets."""
    return [dataset_file(part, seed) for part in keys.parse_joined(key)]


def dataset_file(dataset, seed):
    """The file of a dataset's individuals; a missing one of an external generator raises WorkflowError."""
    path, name = PLAN.individuals_file(dataset, seed), dataset.generator
    made = dataset.form == keys.GENOTYPES or name not in PLAN.entries
    if made or not PLAN.is_kind(name, "external"):
        return path
    hint = f"; make it, or list the generators to run without {name} in run_generators"
    return existing(f"generators.{name}.path", path, hint)


def own_references(wildcards):
    """The file of the individuals that an attacker has, if the configuration names one."""
    path = config["privacy"]["reference"]
    return [existing("privacy.reference", path)] if path else []


def privacy_of_release(wildcards):
    """The result of all attacks on the evaluated individuals of a released generator."""
    dataset = keys.Dataset(wildcards.generator, form=PLAN.headline)
    return f"{config['results']}/evaluation/{dataset}/privacy.seed{wildcards.seed}.json"


def reference_files(wildcards):
    """The file of the individuals that an attacker has; the null consists of the validation individuals."""
    if wildcards.metric not in ATTACKING:
        return []
    if config["privacy"]["reference"]:
        return own_references(wildcards)
    if wildcards.dataset == keys.NULL:
        return []
    return ["<results>/tensors/validation.parquet"]


def has_dosages(wildcards):
    """Whether attacks have the genotypes of a dataset, as they are released; the null has them too."""
    dataset = keys.Dataset.parse(wildcards.dataset)
    genotypes = dataset.form == keys.GENOTYPES or dataset.generator == keys.NULL
    return wildcards.metric in ATTACKING and HAS_FIDELITY and genotypes


def panel_individuals(wildcards):
    """Layout and public individuals of the panel, for a generator that is private by proof."""
    if not PLAN.is_private(wildcards.generator):
        return []
    return [f"{BASIS}/tensors/{name}" for name in ("layout.json", "train.parquet")]


def attacks_network(wildcards):
    """Whether attacks have the network of a dataset's generator."""
    dataset = keys.Dataset.parse(wildcards.dataset)
    return wildcards.metric in ATTACKING and PLAN.has_network(dataset.generator)


def attack_files(wildcards):
    """What attacks have beside individuals: genotypes, and the network of a diffusion model."""
    files, dataset = {}, keys.Dataset.parse(wildcards.dataset)
    if has_dosages(wildcards):
        files = decoded_files(wildcards)
        files.pop("parquet", None)
        for name, path in (
            ("matrices", "<results>/genotypes/{chrom}.parquet"),
            ("models", "<results>/pca/{chrom}.models.parquet"),
        ):
            files[name] = expand(path, chrom=CHROMOSOMES)
    if attacks_network(wildcards):
        folder = (
            f"<results>/models/{dataset.generator}{dataset.share}/seed{wildcards.seed}"
        )
        files |= {
            "weights": f"{folder}/model.safetensors",
            "network": f"{folder}/config.json",
        }
    return files


def attacked_modules(wildcards):
    """Classes whose code makes a network that is attacked."""
    if not attacks_network(wildcards):
        return []
    return PLAN.modules(keys.Dataset.parse(wildcards.dataset).generator)


def tuned_modules(wildcards):
    """What trials of settings load by name: what is tried, every prediction and sampler, which are among this, and what
    judges individuals."""
    registered = [*PREDICTIONS.values(), *SAMPLERS.values(), *ATTACKS.values()]
    registered += [KINDS["diffusion"], METRICS["privacy"]]
    backbone = PLAN.entries[wildcards.generator]["backbone"]
    own = [*spaces.modules(backbone), *PLAN.modules(wildcards.generator)]
    return [*own, *(entry.reference for entry in registered)]


def configured_network(wildcards):
    """Backbone, settings and whole recipe of a generator."""
    entry = PLAN.entries[wildcards.generator]
    return {key: entry[key] for key in ("backbone", "settings", "diffusion")}


def own_recipe(name):
    """The keys of a generator's recipe that are not those of all diffusion models."""
    shared = resolve(config["diffusion"])
    recipe = PLAN.entries[name]["diffusion"]
    return {key: value for key, value in recipe.items() if value != shared[key]}


def embedded():
    """Datasets of the UMAP: those of diffusion models, or all if there are none."""
    every = PLAN.shown(form=PLAN.headline)
    own = {key: entry for key, entry in every.items() if entry["kind"] in NETWORKS}
    return own or every


def embedded_files(wildcards):
    """The files of their individuals."""
    return [
        dataset_file(keys.Dataset.parse(key), config["seeds"][0]) for key in embedded()
    ]


def evaluations(datasets, classifiers):
    """Results of classifiers on datasets, for every seed."""
    return expand(
        "<results>/evaluation/{dataset}/{classifier}.seed{seed}.json",
        dataset=datasets,
        classifier=classifiers,
        seed=config["seeds"],
    )


def metric_results(metric):
    """Results of a metric for every dataset, the null first, and every seed."""
    return expand(
        "<results>/evaluation/{dataset}/{metric}.seed{seed}.json",
        dataset=PLAN.compared_titles(),
        metric=metric,
        seed=config["seeds"],
    )


def fidelity_results(seeds):
    """Results of genetic fidelity for every dataset, the null first, and these seeds."""
    return expand(
        "<results>/evaluation/{dataset}/fidelity.seed{seed}.json",
        dataset=FIDELITY_TITLES,
        seed=seeds,
    )


def decoded_files(wildcards):
    """The decoded genotypes of a dataset and its tensor file; none for the null."""
    dataset = keys.Dataset.parse(wildcards.dataset)
    if dataset.generator == keys.NULL:
        return {}
    prefix = PLAN.genotypes_prefix(dataset, wildcards.seed)
    return {name: f"{prefix}.{name}" for name in ("bed", "bim", "fam", "parquet")}


def releases(wildcards):
    """The folders of all releases; WorkflowError if there are none."""
    if not RELEASES:
        raise WorkflowError(
            "release: no generator is named; add to the configuration, for instance, `release: [NAME]`, or "
            "call snakemake release --config 'release=[NAME]', with one of: "
            + ", ".join(PLAN.run)
        )
    return RELEASES


def released_files(wildcards):
    """The decoded genotypes of a release and the tensor file that has their labels."""
    dataset = PLAN.released(wildcards.generator)
    prefix = PLAN.genotypes_prefix(dataset, wildcards.seed)
    names = {"bed": "bed", "bim": "bim", "tensors": "parquet"}
    return {name: f"{prefix}.{suffix}" for name, suffix in names.items()}


def origin_of(wildcards):
    """What the datasheet says about where the individuals come from."""
    name, own = wildcards.generator, config["release"][wildcards.generator]
    dataset = PLAN.released(name)
    return {
        "dataset": str(PLAN.evaluated(name)),
        "title": PLAN.entries[name]["title"],
        "kind": PLAN.entries[name]["kind"],
        "settings": PLAN.public_settings(name),
        "seed": int(wildcards.seed),
        "evaluated": dataset.multiple is None or own["evaluate"],
        "description": own["description"],
        "terms": own["terms"],
        "contact": own["contact"],
        "force": own["force"],
        "commit": commit(),
    }


def split_config(number):
    """The configuration of the run on another split: of the same cohort, what Tables 1 to 3 and the attacks need."""
    run = [name for name in PLAN.run if not PLAN.is_kind(name, "external")]
    least = {"splits": 1, "release": [], "projections": {}, "run_generators": run}
    for part in ("augmentation", "labels"):
        least[part] = config[part] | {"enabled": False}
    least["size"] = config["size"] | {"multiples": []}
    least["tuning"] = config["tuning"] | {"generators": []}
    results = f"{config['results']}/splits/{number}"
    part = {OTHER_SPLIT: {"number": number, "of": config["results"]}}
    return GIVEN | least | {"results": results} | part


def split_tables(name):
    """A table of the main split and of every other one."""
    others = [f"<results>/splits/{number}/" for number in range(1, config["splits"])]
    return [f"{folder}{name}" for folder in ["<results>/", *others]]
