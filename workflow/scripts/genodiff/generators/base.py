"""What a generator is: it is fitted to training individuals and leaves a model on disk, from which it
draws as many synthetic individuals of each class as are wanted."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from genodiff.formats.tensors import Individuals, Layout

# Values (float32) of a block of individuals.
_BLOCK_VALUES = 2**25
# x float32 (B, P, K) and class numbers int64 (B,) of individuals, block by block.
Blocks = Iterator[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Resources:
    """What a job may use. None of it changes the individuals that are drawn."""

    device: str = "cpu"
    gpus: int = 0
    threads: int = 1
    memory_mb: int = 1024
    state: str | None = None  # folder of unfinished work
    code: str = ""  # hash of the code, which unfinished work must share


class Generator(ABC):
    """One kind of generators, built as `Kind(layout, **settings)` with the settings of its entry in the
    configuration."""

    # Folders of modules from outside, for what a generator loads by name.
    plugins: Sequence[str] = ()
    # Threads of a fit.
    threads = 1

    def __init__(self, layout: Layout):
        self.layout = layout

    @abstractmethod
    def fit(self, training: Individuals) -> dict[str, np.ndarray]:
        """Fit to the training individuals; returns the tensors of model.safetensors."""

    def refusal(self, labels: Sequence[str | None]) -> str | None:
        """Why nothing can be drawn after a training with individuals of these labels, or None."""
        return None

    @abstractmethod
    def draw(
        self, model: dict[str, np.ndarray], numbers: np.ndarray, seed: int, resources: Resources
    ) -> Blocks:
        """Draw individuals of the class numbers int64 (N,), in their order, from the tensors of
        `fit`."""


@dataclass(frozen=True)
class FeatureOrigins:
    """What the D unmasked features of a layout belong to, in the order of `x[:, layout.mask()]`."""

    genes: list[int]  # number of each feature's gene, not falling
    chromosomes: list[str]  # of each feature


def feature_origins(layout: Layout) -> FeatureOrigins:
    """Gene number and chromosome of each unmasked feature."""
    pairs = [(i, gene.chrom) for i, gene in enumerate(layout.genes) for _ in gene.mean]
    return FeatureOrigins([i for i, _ in pairs], [chrom for _, chrom in pairs])


class ClasswiseGenerator(Generator):
    """A generator that models each class separately: subclasses fit and draw the individuals of one
    class, as their D unmasked features."""

    def fit(self, training: Individuals) -> dict[str, np.ndarray]:
        """Fit each class that has labelled individuals; a tensor's name begins with its class number."""
        features, own = np.flatnonzero(self.layout.mask()), self.layout.class_numbers(training.labels)
        x, found = training.x.reshape(len(training.x), -1), {}
        for number in sorted(set(own.tolist()) - {len(self.layout.classes)}):
            tensors = self.fit_class(x[np.ix_(np.flatnonzero(own == number), features)])
            found |= {f"{number}/{name}": value for name, value in tensors.items()}
        return found

    def draw(
        self, model: dict[str, np.ndarray], numbers: np.ndarray, seed: int, resources: Resources
    ) -> Blocks:
        """Draw class by class, the numbers in rising order; raises ValueError for a class without
        training individuals."""
        mask, rng = self.layout.mask(), np.random.default_rng(seed)
        for number in np.unique(numbers).tolist():
            prefix = f"{number}/"
            fitted = {k.removeprefix(prefix): v for k, v in model.items() if k.startswith(prefix)}
            if not fitted:
                raise ValueError(f"no training individual of class {self.layout.classes[number]!r}")
            left = int((numbers == number).sum())
            while left:
                count = min(left, max(1, _BLOCK_VALUES // mask.size))
                x = np.zeros((count, *mask.shape), np.float32)
                x[:, mask] = self.draw_class(fitted, count, rng)
                yield x, np.full(count, number)
                left -= count

    @abstractmethod
    def fit_class(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Fit to the individuals of one class, x float32 (N, D), which may be changed."""

    @abstractmethod
    def draw_class(
        self, model: dict[str, np.ndarray], count: int, rng: np.random.Generator
    ) -> np.ndarray:
        """Draw individuals of one class, float32 (count, D)."""
