"""Settings of networks by name: PAPER are the defaults, DEMO those of the built-in cohort."""

from pathlib import Path
from typing import Any

import yaml

from genodiff.networks.backbones import BACKBONES
from genodiff.workflow import settings

_CONFIG = Path(__file__).parents[2] / "config/config.yaml"


def _sizes(config: dict[str, Any]) -> dict[str, Any]:
    loaded = settings.load(config | {"run_generators": list(BACKBONES)})
    entries = loaded["generators"].values()
    return {
        "backbones": {e["backbone"]: e["settings"] for e in entries if e["kind"] == "diffusion"},
        "classifiers": loaded["classifier_settings"],
        "classifier_steps": loaded["classifier_training"]["steps"],
    }


PAPER = _sizes({"cohort": {"source": "simulate"}})
DEMO = _sizes(yaml.safe_load(_CONFIG.read_text(encoding="utf-8")))
