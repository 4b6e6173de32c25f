"""Gene mixer: what training individuals say of each gene in closed form, and a network with weights of
each gene's own for itself and its neighbours, and a bottleneck that all genes share, at a cost linear in
the genes."""

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import pad, silu

from genodiff.networks.gene_prior import GenePrior, Seen
from genodiff.networks.layers import PerPositionLinear, TimeEmbedding, zero_init
from genodiff.networks.linkage import segments_of

if TYPE_CHECKING:
    from genodiff.diffusion.predictions.base import Prediction


class GeneWindows(nn.Module):
    """Map x (B, G, K) to the components of each gene and of `neighbours` genes on either side, (B, G,
    K (2 neighbours + 1)); where the chromosome ends they are zero. `chromosomes`: int64 (G,)."""

    def __init__(self, chromosomes: Tensor, neighbours: int):
        super().__init__()
        self.neighbours, self.genes = neighbours, 2 * neighbours + 1
        shown = pad(chromosomes, (neighbours, neighbours), value=-1).unfold(0, self.genes, 1)
        # Not persistent: the layout determines it.
        same = (shown == chromosomes[:, None]).float()[:, None]
        self.register_buffer("same", same, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        beside = pad(x, (0, 0, self.neighbours, self.neighbours)).unfold(1, self.genes, 1)
        return (beside * self.same).flatten(2)


class Modulation(nn.Module):
    """Adaptive layer normalisation (Peebles and Xie 2023): layers with the shift, the scale and the gate
    of a condition (B, width), initially zero, so that no block is modulated."""

    def __init__(self, width: int):
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.condition = zero_init(nn.Linear(width, 3 * width))

    def forward(self, h: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """The normalised, modulated h (B, G, width), and a gate (B, 1, width) of what is made of it."""
        shift, scale, gate = self.condition(condition)[:, None].chunk(3, dim=2)
        return self.norm(h) * (1 + scale) + shift, gate


class Bottleneck(nn.Module):
    """Features (B, G, width) of each gene from what spans the genome: `inner` sums over all genes, with
    weights of each gene's own, and `ancestry` components pass three dense layers, of which a condition
    (B, width) shifts the first two. Initially zero, without which few individuals are overfitted."""

    def __init__(self, genes: int, inputs: int, ancestry: int, inner: int, width: int):
        super().__init__()
        self.collect = PerPositionLinear(genes, inputs, inner)
        self.layers = nn.ModuleList(nn.Linear(n, 2 * inner) for n in (inner + ancestry, 2 * inner))
        self.conditions = nn.ModuleList(nn.Linear(width, 2 * inner) for _ in range(2))
        self.last = zero_init(nn.Linear(2 * inner, inner))
        self.spread = PerPositionLinear(genes, inner, width)

    def forward(self, genes: Tensor, ancestry: Tensor, condition: Tensor) -> Tensor:
        count = genes.shape[1]
        h = torch.cat([self.collect(genes).sum(1) / count**0.5, ancestry], 1)
        for layer, of_condition in zip(self.layers, self.conditions, strict=True):
            h = silu(layer(h) + of_condition(condition))
        return self.spread(self.last(h)[:, None].expand(-1, count, -1))


class GeneMixer(nn.Module):
    """x_0 of each gene as its prior restores it (see GenePrior), with weights of values and centres that
    the network shifts, plus what the network adds to the prediction.

    The network sees a gene's window (see GeneWindows): the noised components and what the prior restores
    alone, and the shift by class, ancestry and linkage. Two layers of each gene's own make `width`
    features from it; `bottleneck` features that all genes share are added (0: none). A layer of each
    gene's own and two linear maps of the window follow, which are zero initially.

    chromosomes: int64 (G,), the number of the chromosome of each gene; the genes behind them, which are
    padding, take no part. None: all genes are on one chromosome. mask: bool (P, K); the features that it
    masks take no part. prediction: what the output means, with the schedule of the noise levels.
    """

    def __init__(
        self, genes: int, components: int, classes: int,
        neighbours: int, width: int, bottleneck: int, values: int, centres: int, shared_by: int,
        ancestry: int, linkage: int, prediction: "Prediction",
        chromosomes: Tensor | None = None, mask: Tensor | None = None,
    ):  # fmt: skip
        super().__init__()
        if chromosomes is None:
            chromosomes = torch.zeros(genes, dtype=torch.int64)
        self.count, self.shared_by = len(chromosomes), shared_by
        self.register_buffer("mask", None if mask is None else mask[: self.count], persistent=False)
        self.prediction, self.schedule = prediction, prediction.schedule
        self.prior = GenePrior(
            self.count, components, classes, values, centres, ancestry, linkage,
            segments_of(chromosomes),
        )  # fmt: skip
        longest = int(chromosomes.unique(return_counts=True)[1].max())  # a window needs no more
        self.windows = GeneWindows(chromosomes, min(neighbours, longest - 1))
        inputs = 2 * components * self.windows.genes + components
        self.time, self.label = TimeEmbedding(width), nn.Embedding(classes + 1, width)
        self.embed = PerPositionLinear(self.count, inputs, width)
        self.first, self.of_first = PerPositionLinear(self.count, width, width), Modulation(width)
        self.bottleneck = None
        if bottleneck:
            self.bottleneck = Bottleneck(self.count, 2 * components, ancestry, bottleneck, width)
        self.of_last = Modulation(width)
        self.last = zero_init(PerPositionLinear(self.count, width, components + values + centres))
        # Two linear maps, of which the condition weighs the second.
        self.direct = zero_init(PerPositionLinear(self.count, inputs, 2 * components))
        self.of_direct = nn.Linear(width, components)

    def prepare(self, x: np.ndarray, numbers: np.ndarray, mask: np.ndarray) -> None:
        """Fit the prior to training individuals x float32 (N, P, K) of the class numbers int64 (N,);
        mask: bool (P, K), unmasked features."""
        self.prior.fit(x[:, : self.count], numbers, mask[: self.count], self.shared_by)

    def shift_classes(self, shift: np.ndarray, counts: np.ndarray) -> None:
        """Set the prior's means of classes, float64 (C + 1, P, K), of so many individuals each, int64 (C
        + 1,), after `prepare` without labels."""
        self.prior.shift_classes(shift[:, : self.count], counts)

    def forward(self, x: Tensor, t: Tensor, label: Tensor) -> Tensor:
        own, mask = x[:, : self.count], self.mask
        if mask is not None:
            own = own * mask
        step = ((t * self.schedule.original_steps).round().long() - 1).clamp(min=0)
        # Weights of values are differences of large numbers.
        with torch.autocast(x.device.type, enabled=False):
            alpha_bar = self.schedule.alpha_bar[step]
            # In float64: of little noise 1 - alpha_bar would be rounded to nothing.
            noise = ((1 - alpha_bar) / alpha_bar).float()
            seen = self.prior(own / alpha_bar.float().sqrt()[:, None, None], noise, label)
            alone = self.prior.restore(seen.logits, seen)
        out, shift = self._network(torch.cat([own, alone], 2), seen, t, label)
        with torch.autocast(x.device.type, enabled=False):
            x_0 = self.prior.restore(seen.logits + shift.float(), seen)
            out = out.float() + self.prediction.to_output(own, x_0, step)
        if mask is not None:
            out = torch.where(mask, out, x[:, : self.count])
        return torch.cat([out, x[:, self.count :]], 1)

    def _network(self, genes: Tensor, seen: Seen, t: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """What is added to the prediction (B, G, K) and to the logarithms of weights (B, G, V)."""
        windows = torch.cat([self.windows(genes), seen.shift], 2)
        condition = silu(self.time(t) + self.label(label))
        h = self.embed(windows)
        if self.bottleneck is not None:
            h = h + self.bottleneck(genes, seen.ancestry, condition)
        inner, gate = self.of_first(h, condition)
        h = h + (1 + gate) * self.first(silu(inner))
        inner, gate = self.of_last(h, condition)
        added = self.last(silu(inner) * (1 + gate))
        fixed, weighed = self.direct(windows).chunk(2, dim=2)
        linear = fixed + weighed * self.of_direct(condition)[:, None]
        components = linear.shape[2]
        return added[..., :components] + linear, added[..., components:]
