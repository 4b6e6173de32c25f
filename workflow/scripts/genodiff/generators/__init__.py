"""Kinds of generators. To add one: a module here with a class (see `base.Generator`), an entry below
with the model of its settings.

Read at parse time by the Snakefile: standard library and pydantic only.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from genodiff.registry import Entry, Number, Positive, Settings, Text, load_plugin, path_type


class DiffusionSettings(Settings):
    backbone: Text
    """name of the network, or `module:Class` of a file in a folder of `plugins`"""
    settings: dict[str, Any] = {}
    """settings of the network"""


class GaussianSettings(Settings):
    rank: Annotated[int, Field(ge=0)] = 64
    """components of the covariance of a class; each feature has a variance of its own on top"""


class IndependentSettings(Settings):
    pass


class MosaicSettings(Settings):
    genes_per_block: Positive = 1
    """neighbouring genes that are copied together"""


class CopyingSettings(Settings):
    effective_size: Annotated[Number, Field(ge=0)] = 11418
    """effective population size (Li and Stephens): the larger, the shorter the stretches. 11418 is what
    HAPGEN2 recommends for European ancestry; with 0 chromosomes are copied whole"""
    centimorgans_per_megabase: Annotated[Number, Field(ge=0)] = 1
    """recombination rate, the same everywhere"""
    mutation: Annotated[Number, Field(ge=0, le=1)] = 0.001
    """probability that a gene comes from an individual that is drawn for it alone"""


class Budget(Settings):
    epsilon: Annotated[Number, Field(ge=0.01, le=100)] = 8
    """bound of what the released individuals reveal of any single training individual: with or without
    them, no observation is more than exp(epsilon) times as likely"""
    delta: Annotated[Number, Field(gt=0, lt=1)] = 1.0e-5
    """probability with which this may fail; at most a tenth of one over the number of training
    individuals"""


class PrivateSettings(Settings):
    privacy: Budget = Budget()
    """what may be spent, `{epsilon: 8, delta: 1.0e-5}`; needs a public panel (`features.basis`)"""


class IndependentDpSettings(PrivateSettings):
    pass


class GaussianDpSettings(PrivateSettings):
    neighbours: Annotated[int, Field(ge=0, le=4)] = 1
    """genes before each gene on the chromosome with which its components are correlated"""


class DpSgd(Settings):
    epochs: Annotated[int, Field(ge=0)] = 0
    """how often steps see each training individual on average; 0: no steps, for networks that are told
    the means of classes (`gene_mixer`)"""
    sampled: Annotated[Number, Field(gt=0, le=1)] = 0.1
    """probability with which an individual is in a step"""
    draws: Positive = 8
    """noise levels at which a step sees an individual; they share the bound of its gradient"""
    clip: Annotated[Number, Field(gt=0)] = 1
    """largest norm of the gradient of an individual's loss; the noise is in proportion to it"""
    learning_rate: Annotated[Number, Field(gt=0, le=1)] = 0.001
    """learning rate of these steps"""
    moves: Literal["classes", "all"] = "classes"
    """`classes`: the network's embeddings of classes, of which the panel says nothing; `all`: all its
    weights, which have more noise"""


class DiffusionDpSettings(PrivateSettings):
    backbone: Text = "gene_mixer"
    """as of kind `diffusion`; the network is trained on the panel first"""
    settings: dict[str, Any] = {}
    """settings of the network"""
    dp_sgd: DpSgd = DpSgd()
    """steps on training individuals, with noise (Abadi et al. 2016)"""


class ExternalSettings(Settings):
    path: path_type("seed")
    """file of synthetic individuals; `{seed}` stands for each of `seeds`"""


# An external generator has no class: its individuals are in a file.
KINDS = {
    "diffusion": Entry("genodiff.generators.diffusion", "Diffusion", "Diffusion", DiffusionSettings),
    "gaussian": Entry(
        "genodiff.generators.gaussian", "Gaussian", "Gaussian", GaussianSettings,
        style={"color": "#2B8CC4", "marker": "P", "dashes": [3, 1, 1, 1, 1, 1], "filled": False},
    ),
    "independent": Entry(
        "genodiff.generators.independent", "Independent", "Independent", IndependentSettings,
        style={"color": "#3F4A00", "marker": "X", "dashes": [2, 2], "filled": False},
    ),
    "mosaic": Entry(
        "genodiff.generators.mosaic", "Mosaic", "Mosaic", MosaicSettings,
        style={"color": "#7B2D5E", "marker": "p", "dashes": [8, 1.5, 1, 1.5], "filled": False},
    ),
    "copying": Entry(
        "genodiff.generators.copying", "Copying", "Copying", CopyingSettings,
        style={"color": "#A09050", "marker": "8", "dashes": [5, 1, 1, 1, 5, 3], "filled": False},
    ),
    "independent_dp": Entry(
        "genodiff.generators.independent_dp", "IndependentDp", "Private independent",
        IndependentDpSettings,
    ),
    "gaussian_dp": Entry(
        "genodiff.generators.gaussian_dp", "GaussianDp", "Private Gaussian", GaussianDpSettings,
    ),
    "diffusion_dp": Entry(
        "genodiff.generators.diffusion_dp", "DiffusionDp", "Private diffusion", DiffusionDpSettings,
    ),
    "external": Entry("", "", "External", ExternalSettings),
}  # fmt: skip
# Kinds that are private by proof.
PRIVATE = ("independent_dp", "gaussian_dp", "diffusion_dp")
# Kinds that draw by a denoising network, which has a backbone and a recipe.
NETWORKS = ("diffusion", "diffusion_dp")
# Kinds that others are compared with; they are not ranked.
REFERENCES = ("gaussian", "independent", "mosaic", "copying")
# Those of them whose individuals consist of copies, and of what.
COPYING = {
    "independent": "component scores", "mosaic": "whole genes", "copying": "stretches of chromosomes",
}  # fmt: skip


def load_kind(kind: str, plugins: Sequence[str] = ()) -> type:
    """The class of a kind: of `KINDS`, or `module:Class` of a file in a folder of `plugins`.

    Raises InputError for a kind that is neither.
    """
    return KINDS[kind].load() if kind in KINDS else load_plugin(kind, plugins)
