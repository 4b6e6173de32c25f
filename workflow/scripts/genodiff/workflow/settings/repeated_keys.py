"""Keys that a configuration file has twice; YAML's readers keep the last one and say nothing."""

import os
from collections.abc import Iterable, Iterator

import yaml

from genodiff.runtime.errors import InputError


def check_repeated_keys(paths: Iterable[str | os.PathLike]) -> None:
    """Raise InputError for the first key that occurs twice in a section of a file (YAML or JSON). Files
    that cannot be read, and those with templates, are left to Snakemake."""
    for path in paths:
        try:
            with open(path, encoding="utf-8") as file:
                tree = yaml.compose(file, yaml.SafeLoader)
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            continue
        for name, first, second in _repeated(tree):
            raise InputError(
                f"{path}: line {second}: the key {name!r} is there already (line {first}), and only the "
                "last one would count; put them together, or remove one"
            )


def _repeated(node: yaml.Node | None) -> Iterator[tuple[str, int, int]]:
    """Yield repeated keys below a node, and the lines of the first and the other."""
    if isinstance(node, yaml.SequenceNode):
        for part in node.value:
            yield from _repeated(part)
    if isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if isinstance(key, yaml.ScalarNode) and lines.setdefault(key.value, line) != line:
                yield key.value, lines[key.value], line
            yield from _repeated(value)
