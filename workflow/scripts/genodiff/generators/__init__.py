"""Reference generators: simple models that a good generator must beat or be compared with. To add one: a
module here with a class, an entry below, its settings and name in config/schema.yaml.

A generator is fitted to the training individuals of one class, `Generator(x, features, **settings)`: x
float32 (N, D) holds their D unmasked features, `features` says which gene and chromosome each feature is
of.
`draw(count, rng)` returns new individuals of that class, float32 (count, D).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from genodiff.registry import Entry, Positive, Settings, Text


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


class ExternalSettings(Settings):
    path: Text
    """file of synthetic individuals; `{seed}` stands for each of `seeds`"""

    def problems(self, genes: int, where: str) -> Iterator[str]:
        if {"{", "}"} & set(self.path.replace("{seed}", "")):
            yield f"{where}.path: {self.path!r} has braces other than those of {{seed}}"


# Kinds of generators. An external one has no class: its individuals are in a file.
KINDS = {
    "diffusion": Entry("genodiff.generators.diffusion", "Diffusion", "Diffusion", DiffusionSettings),
    "gaussian": Entry("genodiff.generators.gaussian", "Gaussian", "Gaussian", GaussianSettings),
    "independent": Entry(
        "genodiff.generators.independent", "Independent", "Independent", IndependentSettings
    ),
    "mosaic": Entry("genodiff.generators.mosaic", "Mosaic", "Mosaic", MosaicSettings),
    "external": Entry("", "", "External", ExternalSettings),
}
REFERENCES = {
    "gaussian": Entry("genodiff.generators.gaussian", "Gaussian", "Gaussian"),
    "independent": Entry("genodiff.generators.independent", "Independent", "Independent"),
    "mosaic": Entry("genodiff.generators.mosaic", "Mosaic", "Mosaic"),
}


@dataclass(frozen=True)
class FeatureOrigins:
    """What the D unmasked features of a layout belong to."""

    genes: list[int]  # gene number of each feature, not falling
    chromosomes: list[str]  # of each feature
