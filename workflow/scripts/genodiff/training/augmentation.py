"""Changes of the individuals of a training step: exchanged chromosome segments and hidden labels."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from genodiff.formats.tensors import Layout


@dataclass(frozen=True)
class Augmentation:
    """Which changes, and what they need to know; the default changes nothing and draws no random
    numbers."""

    drop_labels: float = 0.0  # share of individuals whose label is hidden
    unlabelled: int = 0  # the class number of individuals without a label
    switches: Tensor | None = None  # see `switch_probabilities`; None: no segments are exchanged

    @classmethod
    def of(cls, recipe: dict[str, Any], layout: Layout, device: torch.device) -> "Augmentation":
        """The changes that a recipe asks for."""
        recombination, switches = recipe["recombination"], None
        if recombination is not None:
            chromosomes = torch.from_numpy(layout.chromosomes())
            switches = switch_probabilities(chromosomes, recombination).to(device)
        return cls(recipe["drop_labels"], len(layout.classes), switches)

    def __call__(
        self, x: Tensor, labels: Tensor, individuals: int, rows: slice, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """x float32 (B, P, K) and labels int64 (B,) of this process's `rows` of a batch of so many
        `individuals`, changed. Random numbers are drawn for the whole batch, so that processes draw
        different ones."""
        if self.switches is not None:
            order, walk = (
                torch.rand(individuals, *shape, generator=generator, device=x.device)[rows]
                for shape in ((), self.switches.shape)
            )
            x = recombined(x, partners(labels, order), walk < self.switches)
        if self.drop_labels:
            drawn = torch.rand(individuals, generator=generator, device=x.device)[rows]
            labels = labels.masked_fill(drawn < self.drop_labels, self.unlabelled)
        return x, labels


UNCHANGED = Augmentation()


def switch_probabilities(chromosomes: Tensor, recombination: float) -> Tensor:
    """Probability float32 (G,) that the walk changes its state at each gene, for the chromosome numbers
    int64 (G,) of genes. At the first gene of a chromosome it is 1/2, so that either state is as likely
    there, whatever the state before."""
    probabilities = torch.full(chromosomes.shape, recombination)
    probabilities[:1] = 0.5
    probabilities[1:][chromosomes[1:] != chromosomes[:-1]] = 0.5
    return probabilities


def partners(labels: Tensor, order: Tensor) -> Tensor:
    """Row int64 (B,) of another individual of the same class for each individual, that of the next one
    in the class by the random numbers `order` (B,) in [0, 1); its own row where a class has one
    individual."""
    # In double precision the sum keeps the order within a class.
    by_class = torch.argsort(labels.double() + order.double())
    ordered = labels[by_class]
    first = torch.searchsorted(ordered, ordered)
    following = torch.arange(1, len(labels) + 1, device=labels.device)
    last = following == torch.searchsorted(ordered, ordered, right=True)
    found = torch.empty_like(by_class)
    found[by_class] = by_class[torch.where(last, first, following)]
    return found


def recombined(x: Tensor, partner: Tensor, switched: Tensor) -> Tensor:
    """x float32 (B, P, K) with the values of the individual in row `partner` int64 (B,) in the genes
    where the walk is in its second state; `switched` bool (B, G): where the walk changes its state."""
    second = switched.cumsum(1) % 2 == 1
    genes = second.shape[1]
    changed = x.clone()
    changed[:, :genes] = torch.where(second[:, :, None], x[partner, :genes], x[:, :genes])
    return changed
