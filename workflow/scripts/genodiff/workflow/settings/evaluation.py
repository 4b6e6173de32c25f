"""Settings of synthetic cohorts, classifiers, comparisons and figures."""

from typing import Annotated, Literal

from pydantic import Field, create_model

from genodiff.generators.dataset import FORMS
from genodiff.networks.classifiers import CLASSIFIERS
from genodiff.registry import FilePath, Number, Positive, Settings, Share
from genodiff.workflow.settings.labels import LabelMix
from genodiff.workflow.settings.lists import Distinct

Classifier = Literal[tuple(CLASSIFIERS)]
SomeClassifiers = Annotated[Distinct[Classifier], Field(min_length=1)]
Multiple = Annotated[Number, Field(gt=0, le=1000)]


class Synthetic(Settings):
    multiple: Multiple = 1
    """number of synthetic individuals in units of the labelled training individuals"""
    individuals: Annotated[int, Field(ge=2)] | None = None
    """number of synthetic individuals, instead of `multiple`"""
    label_mix: LabelMix | None = None
    """share of each class in any unit, such as `{case: 0.5, control: 0.5}`; null: as in training"""
    forms: Annotated[Distinct[Literal[FORMS]], Field(min_length=1)] = list(FORMS)
    """forms in which synthetic individuals are evaluated: `components` as they are drawn, as in the
    paper; `genotypes`: decoded to genotypes and encoded again, which is what is released and decides in
    the report"""
    keep: bool = True
    """whether tensor files of synthetic individuals stay; false: each is removed when the jobs that need
    it are done (their genotypes stay). If a later run needs one, as for another classifier, it is drawn
    again and all that was computed from it is repeated"""
    memory_mb: Annotated[int, Field(ge=16)] = 1024
    """bound of the memory of a batch of individuals while sampling"""


ClassifierSettings = create_model(
    "ClassifierSettings",
    __base__=Settings,
    **{name: (entry.settings, entry.settings()) for name, entry in CLASSIFIERS.items()},
)


class ClassifierTraining(Settings):
    steps: Positive = 10000
    """steps of training, the same for every dataset"""
    batch_size: Positive = 32
    """individuals of a step; classes are drawn equally often"""
    learning_rate: Annotated[Number, Field(gt=0, le=1)] = 1.0e-4
    """learning rate of AdamW"""
    weight_decay: Annotated[Number, Field(ge=0, le=1)] = 0.01
    """weight decay of AdamW"""
    evaluations: Positive = 20
    """evaluations on the validation individuals; the best one is kept"""


class Comparison(Settings):
    nearest: Annotated[int, Field(ge=1, le=1000)] = 10
    """neighbours of the nearest neighbour test (the paper's k)"""
    repeats: Positive = 10
    """random subsamples wherever two sets are cut to the same size and label mix"""
    planted_share: Share = 0.1
    """share of the training individuals that are copied into the positive controls of the attacks"""
    memory_mb: Annotated[int, Field(ge=64)] = 4096
    """bound of the memory of individuals and blocks together; sets that take more than a
    sixth of it go to scratch files beside the results, and so do those of a classifier that take more
    than all of it. Attacks on genotypes take a byte more for each
    individual and each of `fidelity.snps`"""


Part = Annotated[Number, Field(gt=0, le=1)]


class ReleaseSize(Settings):
    individuals: Distinct[Part] = [0.1, 0.25, 0.5, 1]
    """shares of the released individuals that attacks are tried on, for `release_size.tsv`; `[]`: no
    such table"""
    genes: Distinct[Part] = [0.1, 0.3, 1]
    """shares of the genes, evenly spaced, likewise"""


class Privacy(Settings):
    reference: FilePath | None = None
    """tensor file of labelled individuals of the same layout that an attacker may have, such as
    `results/projected/NAME.parquet`; null: the validation individuals and, in turn, each half of the
    test individuals"""
    repeats: Positive = 5
    """random choices of training individuals, and of the halves, that attacks are tried on"""
    members: Annotated[int, Field(ge=100)] = 10_000
    """training individuals of each choice at most; copies are counted among all"""
    release_size: ReleaseSize = ReleaseSize()
    """what attacks find in parts of the individuals of each generator of `release`"""


class Fidelity(Settings):
    repeats: Annotated[int, Field(ge=2)] = 10
    """random draws of individuals, whose variation gives standard errors"""
    individuals: Annotated[int, Field(ge=20)] = 1000
    """individuals of a draw, and of a set in comparisons of pairs and in a polygenic score, at most"""
    snps: Annotated[int, Field(ge=100)] = 5000
    """evenly spaced SNPs of principal components and kinship, at most"""
    focal_snps: Annotated[int, Field(ge=10)] = 2000
    """evenly spaced SNPs whose linkage disequilibrium with SNPs within 1 Mb is computed, at most"""
    memory_mb: Annotated[int, Field(ge=512)] = 2048
    """memory of a job; what `individuals` and `snps` leave of it is for blocks of SNPs"""


class Size(Settings):
    multiples: Distinct[Multiple] = [1, 2, 5]
    """sizes of the synthetic cohort in `size.tsv` in units of the training set; `[]`: no such table"""
    classifiers: SomeClassifiers | None = None
    """some of `classifiers`; null: the first of them"""


Percents = Annotated[Distinct[Annotated[Number, Field(gt=0, le=100)]], Field(min_length=1)]
SomeGenerators = Annotated[Distinct[str], Field(min_length=1)]


class Augmentation(Settings):
    enabled: bool = False
    """train classifiers on shares of the real individuals, with and without synthetic individuals of a
    generator that was fitted to that share only: one model for each share, generator and seed"""
    percents: Percents = [5, 10, 20, 50, 100]
    """shares of the training individuals, in percent"""
    generators: SomeGenerators = ["unet_mlp"]
    """names of `generators`; none of kind `external`"""
    classifiers: SomeClassifiers | None = None
    """some of `classifiers`; null: the first of them"""


class Labels(Settings):
    enabled: bool = False
    """hide the labels of all training individuals but a share, fit generators to all of them, and train
    classifiers on the labelled individuals, on synthetic ones, on both, and on real individuals with
    guessed labels (self-training): one model for each share, generator and seed"""
    percents: Percents = [2, 5, 10, 20, 50, 100]
    """shares of the labelled training individuals that keep their labels, in percent"""
    generators: SomeGenerators = ["unet_mlp"]
    """names of `generators`; none of kind `external`"""
    classifiers: SomeClassifiers | None = None
    """some of `classifiers`; null: the first of them"""


class Report(Settings):
    real_individuals: bool = True
    """whether figures show real individuals as points; without them the report has no UMAP"""


class Figures(Settings):
    umap_individuals: Annotated[int, Field(ge=10)] = 1000
    """individuals of each dataset, and of the training set, in the UMAP at most"""
