"""The configuration as a whole."""

from typing import Annotated, Any, Literal

from pydantic import Field

from genodiff.networks.classifiers import CLASSIFIERS
from genodiff.registry import FilePath, Number, Settings
from genodiff.workflow.settings import cohort, evaluation
from genodiff.workflow.settings.diffusion import Diffusion
from genodiff.workflow.settings.lists import Distinct
from genodiff.workflow.settings.release import Releases
from genodiff.workflow.settings.tuning import Tuning

Seed = Annotated[int, Field(ge=0)]


class Configuration(Settings):
    results: FilePath = "results"
    """folder of everything that the workflow writes"""
    seed: Seed = 0
    """seed of the simulated cohort and of the split, and root of all other seeds"""
    seeds: Annotated[Distinct[Seed], Field(min_length=1)] = [0]
    """replicates: each seed has its own trainings, synthetic individuals and evaluations; with several,
    tables show mean and standard deviation"""
    splits: Annotated[int, Field(ge=1, le=5)] = 1
    """random splits into training, validation and test individuals: with several, Tables 1 and 3 and the
    attacks are also made on the others, in `splits` of the results, and `splits.tsv` has their spread"""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """`auto`: a CUDA device where there is one"""
    gpus: Annotated[int, Field(ge=1)] = 1
    """GPUs of one training or sampling, where there are so many"""
    logger: Literal["tensorboard"] | None = None
    """`tensorboard`: event files of each training as well (`pip install tensorboard`)"""
    checkpoint_minutes: Annotated[Number, Field(ge=0)] = 10
    """interval between saved states of a training (0: after every step); an interrupted training
    continues from the last one"""
    container: FilePath | None = None
    """image in which jobs run under `--sdm apptainer`, a path or an address, such as `genodiff.sif`"""
    plugins: Distinct[FilePath] = []
    """folders of Python files with networks and generators from outside the project"""
    cohort: cohort.Cohort
    """where genotypes, phenotypes and genes come from"""
    projections: cohort.Projections = {}
    """other cohorts, by name, whose individuals are projected onto the components of this one"""
    quality: cohort.Quality = cohort.Quality()
    """thresholds, computed on the training individuals"""
    split: cohort.Split = cohort.Split()
    """training, validation and test individuals"""
    features: cohort.Features = cohort.Features()
    """principal components of genes"""
    diffusion: Diffusion = Diffusion()
    """settings of all diffusion models"""
    generators: dict[str, dict[str, Any]] = {}
    """generators by name, put over the built-in ones key by key"""
    run_generators: Annotated[Distinct[str], Field(min_length=1)] | None = None
    """names of the generators to run, in the order of the tables; null: all of them, but those with
    `run: false`"""
    synthetic: evaluation.Synthetic = evaluation.Synthetic()
    """size and classes of the synthetic cohorts"""
    classifiers: evaluation.SomeClassifiers = list(CLASSIFIERS)
    """classifiers that are trained on each dataset"""
    classifier_settings: evaluation.ClassifierSettings = evaluation.ClassifierSettings()
    """settings of the classifiers"""
    classifier_training: evaluation.ClassifierTraining = evaluation.ClassifierTraining()
    """training of the classifiers, the same for every dataset"""
    comparison: evaluation.Comparison = evaluation.Comparison()
    """Tables 2 and 3, and limits of the membership attacks"""
    privacy: evaluation.Privacy = evaluation.Privacy()
    """membership attacks"""
    fidelity: evaluation.Fidelity = evaluation.Fidelity()
    """genetic fidelity of synthetic individuals as genotypes"""
    size: evaluation.Size = evaluation.Size()
    """accuracy against the size of the synthetic cohort"""
    augmentation: evaluation.Augmentation = evaluation.Augmentation()
    labels: evaluation.Labels = evaluation.Labels()
    """synthetic individuals beside a share of the real ones"""
    tuning: Tuning = Tuning()
    """search for better settings of generators, judged by validation individuals"""
    release: Releases | None = None
    """generators whose individuals are written as genotypes to a folder that can be handed out: a list
    of names, or names with settings; null: `gene_mixer`, or else `transformer`, or else the first of
    `run_generators` that is neither a reference nor external"""
    report: evaluation.Report = evaluation.Report()
    """the report"""
    figures: evaluation.Figures = evaluation.Figures()
    """figures"""
