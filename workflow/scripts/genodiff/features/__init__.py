"""Transform per-gene SNP matrices into tensors: per-gene PCA, padding and standardisation."""

from typing import Any


def simulates_panel(config: dict[str, Any]) -> bool:
    """Whether a complete configuration simulates a public panel with its cohort."""
    cohort = config["cohort"]
    return cohort["source"] == "simulate" and cohort["simulate"]["panel"] > 0


def has_panel(config: dict[str, Any]) -> bool:
    """Whether SNPs, components and decoders are those of a public panel."""
    return bool(config["features"]["basis"]) or simulates_panel(config)
