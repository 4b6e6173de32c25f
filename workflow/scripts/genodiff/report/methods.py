"""The methods of a run in sentences, from its settings, with the sources that they cite."""

from collections.abc import Iterator
from typing import Any

from genodiff.diffusion.samplers import SAMPLERS
from genodiff.evaluation.attacks import ATTACKS
from genodiff.features import has_panel
from genodiff.features.decoders import DECODERS
from genodiff.generators import COPYING, NETWORKS, PRIVATE

# Sources by the words that cite them in the text below.
SOURCES = {
    "Kenneweg et al. 2025": "Kenneweg et al. 2025, Generating synthetic genotypes using diffusion "
    "models, Bioinformatics, btaf209.",
    "Luo et al. 2023": "Luo, Kang and Schönhuth 2023, Predicting the prevalence of complex genetic "
    "diseases from individual genotype profiles using capsule networks, Nat Mach Intell.",
    "Ho et al. 2020": "Ho, Jain and Abbeel 2020, Denoising diffusion probabilistic models, NeurIPS.",
    "Nichol and Dhariwal 2021": "Nichol and Dhariwal 2021, Improved denoising diffusion probabilistic "
    "models, ICML.",
    "Song et al. 2021": "Song, Meng and Ermon 2021, Denoising diffusion implicit models, ICLR.",
    "Li and Stephens 2003": "Li and Stephens 2003, Modeling linkage disequilibrium and identifying "
    "recombination hotspots using single-nucleotide polymorphism data, Genetics.",
    "Lu et al. 2022": "Lu et al. 2022, DPM-Solver++, arXiv:2211.01095.",
    "Karras et al. 2022": "Karras, Aittala, Aila and Laine 2022, Elucidating the design space of "
    "diffusion-based generative models, NeurIPS.",
    "Dey and Lee 2019": "Dey and Lee 2019, Asymptotic properties of principal component analysis and "
    "shrinkage-bias adjustment under the generalized spiked population model, J Multivar Anal.",
    "Ho and Salimans 2022": "Ho and Salimans 2022, Classifier-free diffusion guidance, "
    "arXiv:2207.12598.",
    "Salimans and Ho 2022": "Salimans and Ho 2022, Progressive distillation for fast sampling of "
    "diffusion models, ICLR.",
    "Wigginton et al. 2005": "Wigginton, Cutler and Abecasis 2005, A note on exact tests of "
    "Hardy-Weinberg equilibrium, Am J Hum Genet.",
    "Yale et al. 2019": "Yale et al. 2019, Privacy preserving synthetic health data, ESANN.",
    "DeLong et al. 1988": "DeLong, DeLong and Clarke-Pearson 1988, Comparing the areas under correlated "
    "ROC curves, Biometrics.",
    "Homer et al. 2008": "Homer et al. 2008, Resolving individuals contributing trace amounts of DNA, "
    "PLoS Genet.",
    "Sankararaman et al. 2009": "Sankararaman et al. 2009, Genomic privacy and limits of individual "
    "detection in a pool, Nat Genet.",
    "van Breugel et al. 2023": "van Breugel et al. 2023, Membership inference attacks against synthetic "
    "data through overfitting detection, AISTATS.",
    "Dwork and Roth 2014": "Dwork and Roth 2014, The algorithmic foundations of differential privacy, "
    "Foundations and Trends in Theoretical Computer Science.",
    "Abadi et al. 2016": "Abadi et al. 2016, Deep learning with differential privacy, ACM CCS.",
    "Mironov 2017": "Mironov 2017, Renyi differential privacy, IEEE CSF.",
    "Nadeau and Bengio 2003": "Nadeau and Bengio 2003, Inference for the generalization error, Machine "
    "Learning.",
    "Manichaikul et al. 2010": "Manichaikul et al. 2010, Robust relationship inference in genome-wide "
    "association studies, Bioinformatics.",
}
_SAMPLER_SOURCES = {
    "ancestral": "Ho et al. 2020", "ddim": "Song et al. 2021", "dpm_solver": "Lu et al. 2022",
    "heun": "Karras et al. 2022",
}  # fmt: skip
_SCHEDULE_SOURCES = {"cosine": "Nichol and Dhariwal 2021", "linear": "Ho et al. 2020"}
_PREDICTIONS = {
    "noise": "the noise (Ho et al. 2020)", "x0": "the individual without noise",
    "v": "v, a mixture of noise and individual (Salimans and Ho 2022)",
}  # fmt: skip
_COHORTS = {
    "simulate": "The cohort was simulated with msprime, without any real person.",
    "1kg": "The genotypes are those of the 1000 Genomes Project.",
}


def methods(
    config: dict[str, Any], generators: dict[str, dict[str, Any]], numbers: dict[str, int]
) -> tuple[dict[str, str], list[str]]:
    """Paragraphs by heading, and the sources that they cite.

    `generators`: entries by name; `numbers`: individuals (labelled and used), snps and genes.
    """
    entries = {name: config["generators"].get(name, {}) | own for name, own in generators.items()}
    found = {
        "Genotypes": " ".join(_genotypes(config, numbers)),
        "Generators": " ".join(_generators(entries)),
        "Decoding": " ".join(_decoding(config)),
        "Evaluation": " ".join(_evaluation(config)),
    }
    text = " ".join(found.values())
    return found, [source for key, source in SOURCES.items() if key in text]


def _genotypes(config: dict[str, Any], numbers: dict[str, int]) -> Iterator[str]:
    yield _COHORTS.get(config["cohort"]["source"], "The genotypes are those of the data holder.")
    quality, split, features = (config[key] for key in ("quality", "split", "features"))
    limits = [
        text.format(value)
        for key, text in {
            "min_maf": "a minor allele frequency of at least {:g}",
            "max_missing": "at most {:.0%} missing calls",
            "min_hwe_p": "p of at least {:g} for Hardy-Weinberg equilibrium (exact test, Wigginton et "
            "al. 2005)",
            "max_association_p": "p of at most {:g} for association with the class",
            "max_ld_r2": "r2 of at most {:g} with SNPs kept nearby",
        }.items()
        if (value := quality[key]) is not None
    ]
    yield (
        f"{numbers['individuals']:,} individuals were divided at random within classes; "
        f"{split['test_fraction']:.0%} are test and {split['validation_fraction']:.0%} validation "
        "individuals."
    )
    if config["splits"] > 1:
        others = "one other split" if config["splits"] == 2 else f"{config['splits'] - 1} other splits"
        yield (
            f"The analysis was repeated on {others} ({config['splits']} splits in all), and differences "
            "over splits were tested after Nadeau and Bengio 2003 (splits.tsv, splits.differences.tsv); "
            "the table of splits apart, this report is about the first."
        )
    snps = f"{numbers['snps']:,} biallelic SNPs in {numbers['genes']:,} genes"
    if has_panel(config):
        yield f"{snps}, and their components, are those of individuals of a public panel."
    else:
        yield (
            "All thresholds and components were computed from training individuals. "
            f"{snps} were kept, with {', '.join(limits) or 'no threshold'}."
        )
    if features["explained"] is not None:
        kept = f"as many principal components as explain {features['explained']:.0%} of their variance"
    else:
        kept = f"at most {features['components']} principal components"
    yield f"The dosages of the SNPs of each gene were reduced to {kept} (Luo et al. 2023)."


def _generators(entries: dict[str, dict[str, Any]]) -> Iterator[str]:
    alike: dict[str, list[str]] = {}
    for entry in entries.values():
        if entry["kind"] in NETWORKS:
            alike.setdefault(_diffusion(entry["diffusion"]), []).append(entry["title"])
    for text, titles in alike.items():
        several = "are diffusion models" if len(titles) > 1 else "is a diffusion model"
        cited = "of these components (Ho et al. 2020, Kenneweg et al. 2025)"
        yield f"{', '.join(titles)} {several} {cited}, {text}."
    if any(entry["kind"] == "diffusion" for entry in entries.values()):
        yield "Epochs of networks without a proof were chosen on validation individuals."
    for entry in entries.values():
        if entry.get("backbone") == "gene_mixer":
            private = entry["kind"] in PRIVATE
            means = "" if private else "means of classes, shrunk by their standard errors, "
            yield (
                f"{entry['title']} starts from a prior of each gene in closed form, fitted to "
                f"{'the panel' if private else 'training individuals'}: values that at least "
                f"{entry['settings']['shared_by']} of them share, {means}and components of ancestry and "
                "of linkage along chromosomes; a network corrects it."
            )
    for entry in entries.values():
        kind, title = entry["kind"], entry["title"]
        if kind == "gaussian":
            yield f"{title} draws from a normal distribution of each class."
        elif kind in COPYING:
            after = " (as Li and Stephens 2003)" if kind == "copying" else ""
            yield (
                f"{title} draws {COPYING[kind]} of training individuals at random within a class"
                f"{after}; it copies by construction and is for comparison only."
            )
        elif kind in PRIVATE:
            yield _private(entry)
        elif kind != "diffusion":
            yield f"The individuals of {title} come from elsewhere."


def _private(entry: dict[str, Any]) -> str:
    """What a generator that is private by proof learns from training individuals."""
    if entry["kind"] in NETWORKS:
        steps, parts = entry["dp_sgd"]["epochs"], []
        if entry["backbone"] == "gene_mixer":
            parts.append("means of classes are sums over training individuals")
        if steps:
            parts.append(f"steps of {steps} epochs are sums of their gradients (Abadi et al. 2016)")
        learnt = "was trained on the panel, with an epoch chosen on a tenth of it; " + " and ".join(
            parts
        )
    else:
        learnt = (
            "draws from a normal distribution of each class; means, variances and covariances are sums "
            "over training individuals"
        )
    own = entry["privacy"]
    return (
        f"{entry['title']} {learnt}, each individual's share bounded, with noise of the Gaussian "
        f"mechanism (epsilon {own['epsilon']:g}, delta {own['delta']:g}, Dwork and Roth 2014, Mironov "
        "2017)."
    )


def _diffusion(recipe: dict[str, Any]) -> str:
    schedule, sampler = recipe["schedule"], recipe["sampler"]
    name = f"{schedule['name']} noise schedule"
    if schedule["name"] in _SCHEDULE_SOURCES:
        name += f" ({_SCHEDULE_SOURCES[schedule['name']]})"
    drawn = SAMPLERS[sampler].title
    if sampler in _SAMPLER_SOURCES:
        drawn += f" ({_SAMPLER_SOURCES[sampler]})"
    predicted = _PREDICTIONS.get(recipe["prediction"], recipe["prediction"])
    steps = recipe["sampler_steps"] or schedule["steps"]
    spaced = " spaced as by Karras et al. 2022" if recipe["sampler_grid"] == "karras" else ""
    if recipe["churn"]:
        drawn += f" with churn {recipe['churn']:g}"
    guidance = recipe["guidance"]
    if guidance != 1:
        drawn += f" with classifier-free guidance of {guidance:g} (Ho and Salimans 2022)"
    shrunk = " with scores shrunk, where needed, to those of new individuals (Dey and Lee 2019)"
    most = "" if recipe["patience"] is None else "up to "
    return (
        f"trained{shrunk * recipe['shrink_scores']} for {most}{recipe['epochs']} epochs on a {name} of "
        f"{schedule['steps']} steps to predict {predicted}, "
        f"and sampled in {steps} steps{spaced} by {drawn}"
    )


def _decoding(config: dict[str, Any]) -> Iterator[str]:
    if "genotypes" not in config["synthetic"]["forms"]:
        yield "Synthetic individuals were evaluated as components and not decoded to genotypes."
        return
    yield (
        "Components were decoded to dosages 0, 1 and 2 by the decoder "
        f"{DECODERS[config['features']['decoder']].title}, which was fitted to "
        f"{'that panel' if has_panel(config) else 'training individuals'}; "
        "for classifiers, nearest neighbours and attacks the dosages were encoded again."
    )


def _evaluation(config: dict[str, Any]) -> Iterator[str]:
    own = config["classifier_training"]
    yield (
        f"Classifiers ({', '.join(config['classifiers'])}) were trained for {own['steps']} steps on "
        "each dataset and tested on real test individuals, with equal numbers of each class. Nearest "
        "neighbours were compared after Yale et al. 2019, with real individuals of equal number."
    )
    privacy = config["privacy"]
    reference = "another cohort" if privacy["reference"] else "validation and half of the test"
    yield (
        f"{len(ATTACKS)} membership attacks scored training and test individuals of the same class "
        "mix, among them class means (Homer et al. 2008, Sankararaman et al. 2009) and density ratios "
        f"(van Breugel et al. 2023), with {reference} individuals as references, in "
        f"{privacy['repeats']} repeats of {privacy['members']:,} training individuals at most; "
        "intervals after DeLong et al. 1988, with a correction for the number of attacks."
    )
    if "genotypes" in config["synthetic"]["forms"]:
        yield (
            "Genetic fidelity compares dosages of synthetic and training individuals beside a null of "
            f"test individuals ({config['fidelity']['repeats']} repeats); kinship after Manichaikul et "
            "al. 2010."
        )
