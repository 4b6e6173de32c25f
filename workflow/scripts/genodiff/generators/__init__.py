"""Reference generators: simple models that a good generator must beat or be compared with. To add one: a
module here with a class, an entry below, its settings and name in config/schema.yaml.

A generator is fitted to the training individuals of one class, `Generator(x, features, **settings)`: x
float32 (N, D) holds their D unmasked features, `features` says which gene and chromosome each feature is
of.
`draw(count, rng)` returns new individuals of that class, float32 (count, D).
"""

from dataclasses import dataclass

from genodiff.registry import Entry

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
