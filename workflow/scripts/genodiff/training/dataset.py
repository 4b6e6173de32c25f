"""The individuals of a training, copied to the device batch by batch."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from genodiff.runtime.prefetch import prefetch


def _sent(values: Tensor, device: torch.device) -> Tensor:
    """`values` on a device. A GPU copies them from page-locked memory by itself; from other memory the
    processor would first wait until all that the GPU was given before is done."""
    if device.type != "cuda":
        return values.to(device)
    return values.pin_memory().to(device, non_blocking=True)


@dataclass(frozen=True)
class Cohort:
    """Individuals: x float32 (N, P, K), class numbers int64 (N,). On the training device, or in a
    memory-mapped file from which each batch is copied to it. Batches are multiplied by `factor`
    float32 (K,)."""

    x: Tensor
    labels: Tensor
    factor: Tensor | None = None

    def __len__(self) -> int:
        return len(self.x)

    def to(self, device: torch.device) -> "Cohort":
        """All individuals on `device`."""
        return replace(self, x=self.x.to(device), labels=self.labels.to(device))

    def scaled(self, x: Tensor) -> Tensor:
        """x (B, P, K) times the factor."""
        return x if self.factor is None else x * self.factor.to(x.device)

    def rows(self, numbers: Tensor, device: torch.device) -> tuple[Tensor, Tensor]:
        """x (B, P, K) and labels (B,), on `device`, of individuals by number int64 (B,)."""
        if self.x.device.type == device.type:
            numbers = _sent(numbers, device)
            return self.scaled(self.x[numbers]), self.labels[numbers]
        x = self.gathered(numbers, pinned=device.type == "cuda")
        return self.scaled(_sent(x, device)), _sent(self.labels[numbers], device)

    def gathered(self, numbers: Tensor, pinned: bool = False) -> Tensor:
        """x (B, P, K) of individuals by number, in page-locked memory if `pinned`, from
        which a GPU copies it asynchronously."""
        x = torch.empty(len(numbers), *self.x.shape[1:], pin_memory=pinned)
        return torch.index_select(self.x, 0, numbers, out=x)

    def batches(
        self, numbers: Iterable[Tensor], device: torch.device
    ) -> Iterable[tuple[Tensor, Tensor]]:
        """`rows` of each batch of numbers; individuals that are not on the device are gathered one batch
        ahead."""
        apply = map if self.x.device.type == device.type else prefetch
        return apply(lambda batch: self.rows(batch, device), numbers)
