"""Reference generators: simple models that a good generator must beat or be compared with. To add one: a
module here with a class, an entry below, its settings and name in config/schema.yaml.

A generator is fitted to the training people of one class, `Generator(x, slots, **settings)`: x float32
(N, D) holds their D live slots, `slots` says which gene and chromosome each slot is of.
`draw(count, rng)` returns new people of that class, float32 (count, D).
"""

from dataclasses import dataclass

from genodiff.registry import Entry

REFERENCES = {
    "gaussian": Entry("genodiff.references.gaussian", "Gaussian", "Gaussian"),
    "independent": Entry("genodiff.references.independent", "Independent", "Independent"),
    "mosaic": Entry("genodiff.references.mosaic", "Mosaic", "Mosaic"),
}


@dataclass(frozen=True)
class LiveSlots:
    """What the D live slots of a layout belong to."""

    genes: list[int]  # gene number of each slot, not falling
    chromosomes: list[str]  # of each slot
