"""From the scores of a chromosome back to dosages of every kept SNP."""

import os
from collections.abc import Iterable, Iterator
from itertools import compress

import numpy as np

from genodiff.features.decoders import DECODERS
from genodiff.features.decoders.base import Noise
from genodiff.features.pca import GenePca
from genodiff.formats.decoders import decoder_name, iter_parameters
from genodiff.formats.gene_pca import iter_models

# Columns of a SNP in models and matrices.
SITE = ("pos", "id", "ref", "alt")
_OWNER_FIELDS = (*SITE, "loadings", "explained_variance")


def own_snps(models: Iterable[dict]) -> list[np.ndarray]:
    """For each gene, bool (V,): its SNPs that are decoded from it.

    A SNP of several genes is decoded from the one whose components explain most of its variance, sum
    over components of explained variance times squared loading; on a tie from the first one.
    """
    best: dict[tuple, tuple[float, int]] = {}
    keys = []
    for number, model in enumerate(models):
        explained = np.array(model["explained_variance"]) @ np.square(model["loadings"])
        keys.append(list(zip(model["pos"], model["ref"], model["alt"], strict=True)))
        for key, value in zip(keys[-1], explained, strict=True):
            # Equal but for rounding is a tie.
            if key not in best or value > best[key][0] * (1 + 1e-9):
                best[key] = (value, number)
    return [np.array([best[key][1] == number for key in own]) for number, own in enumerate(keys)]


def read_own_snps(models_path: str | os.PathLike) -> list[np.ndarray]:
    """`own_snps` of models.parquet."""
    return own_snps(iter_models(models_path, _OWNER_FIELDS))


def decode(
    models_path: str | os.PathLike, decoder_path: str | os.PathLike, scores: np.ndarray, seed: int,
    first: int = 0,
) -> Iterator[tuple[dict[str, list], np.ndarray]]:  # fmt: skip
    """Yield, gene by gene, the SNPs that are decoded from it (chrom and SITE by name, lists) and their
    dosages int8 (SNPs, N).

    `scores`: (components of all genes of the chromosome in order, N), a block of any individuals, real
    or synthetic, of which the first one has the number `first`. Numbers and `seed` determine the random
    numbers of an individual. Raises ValueError if scores, models and parameters differ.
    """
    other = ValueError(f"{models_path}: the scores or {decoder_path} belong to other models")
    decoder = DECODERS[decoder_name(decoder_path)].load()()
    parameters, own, at = iter_parameters(decoder_path), read_own_snps(models_path), 0
    waiting = next(parameters, None)
    fitted = waiting is not None
    for number, model in enumerate(iter_models(models_path)):
        gene, mine = GenePca.of(model), own[number]
        block = scores[at : at + len(gene.loadings)]
        at += len(gene.loadings)
        if at > len(scores) or (fitted and (waiting is None or waiting[0] != model["gene"])):
            raise other
        found = waiting[1] if waiting else {}
        dosage = decoder.decode(gene, found, block, Noise(seed, number, first))
        sites = {name: list(compress(model[name], mine)) for name in SITE}
        yield {"chrom": [model["chrom"]] * len(sites["pos"])} | sites, dosage[mine]
        waiting = next(parameters, None)
    if at < len(scores) or waiting:
        raise other
