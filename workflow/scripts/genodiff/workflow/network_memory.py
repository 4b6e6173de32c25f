"""How much memory a training needs, from settings alone: what its job asks a cluster for.

Read at parse time by the Snakefile: standard library only.
"""

from typing import Any

# Python, torch, and room for what is not counted.
BASE_MB = 2000
# CUDA's libraries, on top, in each process that uses a GPU.
GPU_LIBRARIES_MB = 3000
# Copies of the weights: themselves, gradients, Adam's two moments, the best epoch's, a moving average,
# products' bfloat16 copies, and those four to six once more while a state is written.
_COPIES = 12
# The same on the host of a GPU: weights while they are made, read or written.
_GPU_COPIES = 8
# Tensors of a residual block that are kept for the way back: 0.96 GiB an individual at the paper's size
# in float32, as measured, and half of that in bfloat16.
_KEPT = 14
# Likewise of a transformer's layer, for each token and unit of its width.
_KEPT_OF_LAYER = 20


def wide_parameters(name: str, settings: dict[str, Any], features: int) -> int:
    """Parameters of a backbone's layers that are as wide as an individual, `features` = P K: nearly all
    of a dense network's or a transformer's, none of a convolutional one's."""
    if name == "mlp_cnn":
        return wide_parameters("unet_mlp", settings["unet_mlp"], features)
    width = {"baseline": "width", "transformer": "width", "unet_mlp": "widths"}.get(name)
    if width is None:
        return 0
    outer = settings[width][0] if name == "unet_mlp" else settings[width]
    return 2 * features * outer


def token_values(settings: dict[str, Any], genes: int) -> int:
    """Values of one individual between two layers of a transformer: tokens times width."""
    return -(-genes // settings["genes_per_token"]) * settings["width"]


def kept_of_layers(settings: dict[str, Any], genes: int) -> int:
    """Values of one individual that a transformer keeps for the way back, about."""
    return _KEPT_OF_LAYER * settings["layers"] * token_values(settings, genes)


def kept_values(name: str, settings: dict[str, Any], genes: int) -> int:
    """Values of one individual that a network keeps for the way back, about: a convolutional one's are
    those of its residual blocks, on the way down and up, over levels of half the genes each; a dense
    one's are few."""
    if name == "transformer":
        return kept_of_layers(settings, genes)
    if name == "mlp_cnn":
        return kept_values("unet_cnn", settings["unet_cnn"], genes)
    if name != "unet_cnn":
        return 0
    levels = [multiplier / 2**level for level, multiplier in enumerate(settings["multipliers"])]
    blocks = (2 * settings["blocks"] + 2) * sum(levels) + 2 * levels[-1]  # two in the middle
    return int(_KEPT * blocks * genes * settings["width"])


def training_mb(
    name: str, settings: dict[str, Any], genes: int, components: int, batch: int, gpus: int = 0
) -> int:
    """Memory of a training in MiB, rather too much than too little: `genes` = P, `components` = K,
    `batch` individuals a step. With `gpus`: the host's, of a process for each."""
    weights = wide_parameters(name, settings, genes * components)
    if gpus:
        return gpus * (BASE_MB + GPU_LIBRARIES_MB + 4 * _GPU_COPIES * weights // 2**20)
    values = _COPIES * weights + batch * kept_values(name, settings, genes)
    return BASE_MB + 4 * values // 2**20
