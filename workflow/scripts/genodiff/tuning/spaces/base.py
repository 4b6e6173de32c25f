"""Parameters of a search, and what their values mean for the settings of a generator."""

import json
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from genodiff.networks.backbones import BACKBONES
from genodiff.tuning.spaces import SHARED, SPACES, overlay

# The parts of a generator's entry: those of its network, and its recipe.
NETWORK, RECIPE = "settings", "diffusion"
# An entry's parts, each complete.
Parts = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Range:
    """A number of a part, on a logarithmic scale between two limits that contain the configured one."""

    name: str
    part: str
    low: float
    high: float

    def around(self, parts: Parts) -> "Range":
        """The same with limits that contain the value of `parts`."""
        own = parts[self.part][self.name]
        return replace(self, low=min(self.low, own), high=max(self.high, own))

    def default(self, parts: Parts) -> float:
        """The value of `parts`."""
        return parts[self.part][self.name]

    def laid_over(self, value: float) -> dict[str, Any]:
        """Keys of the part that have this value."""
        return {self.name: value}


@dataclass(frozen=True)
class Choice:
    """One of several sets of keys, each of which is laid over a part; all have the same keys."""

    name: str
    part: str
    values: tuple[dict[str, Any], ...]

    def around(self, parts: Parts) -> "Choice":
        """The same with the values of `parts` first, each once."""
        own = _same_keys(parts[self.part], self.values[0])
        unique = {text(value): value for value in (own, *self.values)}
        return replace(self, values=tuple(unique.values()))

    def default(self, parts: Parts) -> str:
        """The text of the value of `parts`."""
        return text(_same_keys(parts[self.part], self.values[0]))

    @property
    def texts(self) -> list[str]:
        """The values as texts, as a study keeps them."""
        return [text(value) for value in self.values]

    def laid_over(self, value: str) -> dict[str, Any]:
        """Keys of the part that have the value with this text."""
        return json.loads(value)


Parameter = Range | Choice


def text(value: dict[str, Any]) -> str:
    """A value as JSON."""
    return json.dumps(value, sort_keys=True)


def _same_keys(own: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    """The values of `own` at the keys of `like`; nested sections only where both are some."""
    nested = {
        key for key, value in like.items()
        if isinstance(value, dict) and isinstance(own[key], dict)
    }  # fmt: skip
    return {key: _same_keys(own[key], like[key]) if key in nested else own[key] for key in like}


def scaled(value: int, *factors: float, multiple: int = 1) -> list[int]:
    """`value` times each factor, as a multiple of `multiple`, at least this."""
    return [max(1, round(value * factor / multiple)) * multiple for factor in factors]


class Space:
    """The parameters of a generator: `parts` are its complete settings and its complete recipe; genes:
    number of padded genes (P)."""

    def __init__(self, backbone: str, parts: Parts, genes: int):
        self.backbone, self.parts, self.genes = backbone, parts, genes
        found: list[Parameter] = list(SHARED.load()(parts[RECIPE]))
        if backbone in SPACES:
            found += SPACES[backbone].load()(parts[NETWORK])
        own = [self._valid(parameter.around(parts)) for parameter in found]
        self.parameters = [one for one in own if isinstance(one, Range) or len(one.values) > 1]

    def _valid(self, parameter: Parameter) -> Parameter:
        if isinstance(parameter, Range) or parameter.part != NETWORK or self.backbone not in BACKBONES:
            return parameter
        first, *others = parameter.values
        return replace(parameter, values=(first, *(v for v in others if not self._refused(v))))

    def _refused(self, laid: dict[str, Any]) -> bool:
        """Whether a network with these settings and else the configured ones is not possible."""
        try:
            own = BACKBONES[self.backbone].settings.model_validate(overlay(self.parts[NETWORK], laid))
        except ValidationError:
            return True
        return any(True for _ in own.problems(self.genes, NETWORK))

    def default(self) -> dict[str, float | str]:
        """The configured value of each parameter."""
        return {parameter.name: parameter.default(self.parts) for parameter in self.parameters}

    def changes(self, values: dict[str, float | str]) -> Parts:
        """Keys of each part that values of all parameters set."""
        laid: Parts = {NETWORK: {}, RECIPE: {}}
        for parameter in self.parameters:
            over = parameter.laid_over(values[parameter.name])
            laid[parameter.part] = overlay(laid[parameter.part], over)
        return laid

    def chosen(self, values: dict[str, float | str]) -> Parts:
        """The complete settings and recipe with values of all parameters."""
        return self.chosen_from(self.changes(values))

    def chosen_from(self, laid: Parts) -> Parts:
        """The complete settings and recipe with keys that are laid over them."""
        return {name: overlay(part, laid[name]) for name, part in self.parts.items()}
