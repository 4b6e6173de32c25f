"""Values that `--config` gave."""

from typing import Any

import yaml


def retyped(values: Any, given: Any) -> Any:
    """`values` of a configuration with numbers, `true`, `false` and `null` in place of texts that are
    also in `given`, the values of `--config`: Snakemake reads lists and sections there as texts only."""
    if isinstance(given, dict) and isinstance(values, dict):
        return values | {key: retyped(values[key], own) for key, own in given.items() if key in values}
    if isinstance(given, list) and values == given:
        return [retyped(value, value) for value in values]
    if isinstance(given, str) and values == given:
        try:
            value = yaml.safe_load(given)
        except yaml.YAMLError:
            return values
        return value if value is None or isinstance(value, int | float) else values
    return values
