"""The sampler's bound on memory against what is really held, for every backbone."""

import weakref

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from genodiff.diffusion.samplers import SAMPLERS
from genodiff.diffusion.sampling import ChunkNoise, SamplerSettings, bytes_per_individual, sample
from genodiff.diffusion.schedule import linear

INDIVIDUALS = 40


class PeakMemory(TorchDispatchMode):
    """Largest number of bytes of new tensors that were alive at one time."""

    def __init__(self, known):
        super().__init__()
        self.alive, self.peak = 0, 0
        self.seen = {tensor.untyped_storage()._cdata for tensor in known}

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        for leaf in tree_leaves(out):
            if isinstance(leaf, torch.Tensor) and leaf.untyped_storage()._cdata not in self.seen:
                self._count(leaf.untyped_storage())
        return out

    def _count(self, storage):
        key, size = storage._cdata, storage.nbytes()
        self.seen.add(key)
        self.alive += size
        self.peak = max(self.peak, self.alive)
        weakref.finalize(storage, self._free, key, size)

    def _free(self, key, size):
        self.seen.discard(key)
        self.alive -= size


def peak_and_bound(network, sampler):
    """Bytes that sampling took at one time, and their bound."""
    network, mask = network.eval(), torch.ones(8, 3, dtype=torch.bool)
    bound = bytes_per_individual(network, mask) * INDIVIDUALS
    labels, noise = torch.zeros(INDIVIDUALS, dtype=torch.int64), ChunkNoise(0, [0, 1], mask)
    schedule = linear(4, 0.1, 0.2)
    settings = SamplerSettings(schedule, "v", SAMPLERS[sampler].load())
    watch = PeakMemory([*network.parameters(), *schedule.buffers(), mask, labels])
    with watch:
        sample(network, settings, mask, labels, noise)
    return watch.peak, bound


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_bytes_per_individual__is_an_upper_bound(name, build, sampler):
    peak, bound = peak_and_bound(build(name), sampler)
    # Not less than the individual's own tensors: the watch has seen something.
    assert INDIVIDUALS * 8 * 3 * 4 * 3 < peak <= bound


@pytest.mark.parametrize("bottleneck", [0, 8])
@pytest.mark.parametrize("values", [0, 64])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_bytes_per_individual__of_the_gene_mixer(build, sampler, values, bottleneck):
    network = build("gene_mixer", neighbours=4, values=values, bottleneck=bottleneck)
    peak, bound = peak_and_bound(network, sampler)
    assert peak <= bound
