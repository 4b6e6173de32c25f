"""What is tried for each backbone. To add one: a module here with a function `parameters(settings)`, the
complete settings of a network to its `base.Parameter`s, and an entry below. What all diffusion models
share is in `shared`; a backbone without an entry has this only.

Values are relative to the configured ones where size matters, so that a space serves narrow networks and
those of the paper's size, and every space contains the configured value. `base.Space` leaves out values
with which the network is not possible, each beside the configured values of the other parameters: so a
value must not depend on those of others.
Read at parse time by the Snakefile: standard library and pydantic only.
"""

from copy import deepcopy
from typing import Any

from genodiff.registry import Entry

_HERE = "genodiff.tuning.spaces"

SHARED = Entry(f"{_HERE}.shared", "parameters", "All diffusion models")
SPACES = {
    name: Entry(f"{_HERE}.{name}", "parameters", title)
    for name, title in {
        "unet_cnn": "CNN",
        "unet_mlp": "MLP",
        "mlp_cnn": "MLP+CNN",
        "transformer": "Transformer",
        "baseline": "Baseline",
        "gene_mixer": "Gene mixer",
    }.items()
}


def modules(backbone: str) -> list[str]:
    """Functions, as `module:function`, that say what is tried for a backbone."""
    own = [SPACES[backbone]] if backbone in SPACES else []
    return [entry.reference for entry in (SHARED, *own)]


def overlay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """`below` with the keys of `above` put over it, in nested sections key by key."""
    merged = deepcopy(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = overlay(merged[key], value) if both else deepcopy(value)
    return merged
