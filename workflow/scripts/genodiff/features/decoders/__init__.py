"""Decoders, from the components of a gene back to dosages. To add one: a module here with a class
derived from `base.Decoder`, and an entry below.

Read at parse time by the Snakefile: standard library and pydantic only.
"""

from genodiff.registry import Entry

DECODERS = {
    "round": Entry("genodiff.features.decoders.round", "Round", "Rounding"),
    "thresholds": Entry("genodiff.features.decoders.thresholds", "Thresholds", "Thresholds"),
    "copula": Entry("genodiff.features.decoders.copula", "Copula", "Thresholds after a residual"),
}
