"""How much memory a classifier's training needs beside its individuals, from settings alone.

Read at parse time by the Snakefile: standard library only.
"""

from typing import Any

from genodiff.networks.classifiers import TEST_BATCH
from genodiff.workflow.network_memory import kept_of_layers, token_values

# Values in use at once in a transformer that keeps nothing, for each token and unit of its width.
_IN_USE = 16
# Values that a convolutional one keeps for each gene and channel.
_KEPT_OF_CHANNEL = 3


def classifier_mb(name: str, settings: dict[str, Any], genes: int, components: int, batch: int) -> int:
    """Memory in MiB, rather too much than too little: `genes` = P, `components` = K, `batch` individuals
    a step. Of classifiers that are not known here: what an individual's features take, some times."""
    features = genes * components
    kept, judged = 4 * features, 4 * features
    if name == "transformer":
        kept += kept_of_layers(settings, genes)
        judged += _IN_USE * token_values(settings, genes)
    if name == "cnn":
        kept += _KEPT_OF_CHANNEL * genes * settings["channels"]
        judged += kept
    return 4 * max(batch * kept, TEST_BATCH * judged) // 2**20
