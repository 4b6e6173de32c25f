"""Settings of the registered networks for programs that do not read a configuration: PAPER are the
schema's defaults, DEMO those of config/config.yaml on top (a test compares them)."""

from typing import Any

_PAPER_MLP = {"widths": [1024, 512, 256]}
_PAPER_CNN = {
    "width": 64, "multipliers": [1, 1, 1, 1, 2, 2, 3, 4], "blocks": 3, "attention_at": [32, 64],
    "head_width": 64, "dropout": 0.1,
}  # fmt: skip
_DEMO_MLP = {"widths": [256, 128, 64]}
_DEMO_CNN = {
    "width": 16, "multipliers": [1, 1, 2], "blocks": 1, "attention_at": [4], "head_width": 16,
    "dropout": 0.1,
}  # fmt: skip
_DEMO_TRANSFORMER = {"genes_per_token": 8, "width": 96, "layers": 2, "heads": 3}

PAPER: dict[str, Any] = {
    "backbones": {
        "baseline": {"width": 1024},
        "unet_mlp": _PAPER_MLP,
        "unet_cnn": _PAPER_CNN,
        "mlp_cnn": {"unet_mlp": _PAPER_MLP, "unet_cnn": _PAPER_CNN, "mixer_width": 128},
        "transformer": {"genes_per_token": 16, "width": 384, "layers": 12, "heads": 6},
    },
    "classifiers": {
        "mlp": {"width": 512},
        "cnn": {"channels": 64},
        "transformer": {"genes_per_token": 16, "width": 384, "layers": 6, "heads": 6},
    },
    "classifier_steps": 10_000,
}
DEMO: dict[str, Any] = {
    "backbones": {
        "baseline": {"width": 256},
        "unet_mlp": _DEMO_MLP,
        "unet_cnn": _DEMO_CNN,
        "mlp_cnn": {"unet_mlp": _DEMO_MLP, "unet_cnn": _DEMO_CNN, "mixer_width": 128},
        "transformer": _DEMO_TRANSFORMER,
    },
    "classifiers": {
        "mlp": {"width": 512},
        "cnn": {"channels": 64},
        "transformer": _DEMO_TRANSFORMER,
    },
    "classifier_steps": 1000,
}
