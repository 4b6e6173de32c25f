"""From the scores of a chromosome to dosages of every kept SNP, and back."""

import os
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from genodiff.features import pca
from genodiff.features.decoders import DECODERS
from genodiff.features.decoders.base import Noise, Parameters
from genodiff.features.pca import GenePca
from genodiff.formats.decoders import decoder_name, iter_parameters
from genodiff.formats.gene_pca import iter_models
from genodiff.formats.plink1 import SITES

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


@dataclass(frozen=True)
class _Gene:
    pca: GenePca
    parameters: Parameters
    own: np.ndarray  # bool (V,): SNPs that are decoded from this gene
    rows: np.ndarray  # int64 (V,): rows of its SNPs among those of the chromosome


class ChromosomeDecoder:
    """Models and fitted decoder of a chromosome, from component scores to dosages and back.

    sites: its U SNPs, each once, by position; columns `formats.plink1.SITES`.
    genes: names of its genes. components: number of components of all genes together.
    Raises ValueError if models and parameters are not of the same genes.
    """

    def __init__(self, models_path: str | os.PathLike, decoder_path: str | os.PathLike):
        self._decoder = DECODERS[decoder_name(decoder_path)].load()()
        parameters = dict(iter_parameters(decoder_path))
        own, tables, found = read_own_snps(models_path), [], []
        for model, mine in zip(iter_models(models_path), own, strict=True):
            tables.append(pd.DataFrame({name: model[name] for name in SITE}))
            found.append((model["gene"], model["chrom"], GenePca.of(model), mine))
        self.genes = [gene for gene, *_ in found]
        if parameters and list(parameters) != self.genes:
            raise ValueError(f"{models_path}: {decoder_path} belongs to other models")
        self.components = sum(len(model.loadings) for _, _, model, _ in found)
        self.sites, rows = _sites(tables, own, found[0][1] if found else "")
        self._genes = [
            _Gene(model, parameters.get(gene, {}), mine, at)
            for (gene, _, model, mine), at in zip(found, rows, strict=True)
        ]

    def nbytes(self) -> int:
        """Bytes of the models and parameters."""
        arrays = [(g.pca.loadings, g.pca.mean, g.rows, *g.parameters.values()) for g in self._genes]
        return sum(array.nbytes for own in arrays for array in own)

    def decode(self, scores: np.ndarray, seed: int, first: int = 0) -> np.ndarray:
        """Dosages int8 (U, n) of `scores` (components, n), a block of any individuals, real or
        synthetic, of which the first one has the number `first`. Numbers and `seed` determine the random
        numbers of an individual. Raises ValueError if scores and models differ in their components."""
        if len(scores) != self.components:
            raise ValueError(f"{len(scores)} rows of scores for {self.components} components")
        dosage, at = np.empty((len(self.sites), scores.shape[1]), np.int8), 0
        for number, gene in enumerate(self._genes):
            block = scores[at : at + len(gene.pca.loadings)]
            at += len(block)
            calls = self._decoder.decode(gene.pca, gene.parameters, block, Noise(seed, number, first))
            dosage[gene.rows[gene.own]] = calls[gene.own]
        return dosage

    def encode(self, dosage: np.ndarray) -> np.ndarray:
        """Scores float32 (components, n) of dosages int8 (U, n)."""
        blocks = [pca.transform(gene.pca, dosage[gene.rows], np.float32) for gene in self._genes]
        return np.concatenate(blocks) if blocks else np.empty((0, dosage.shape[1]), np.float32)


def _sites(
    tables: list[pd.DataFrame], own: list[np.ndarray], chrom: str
) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """The SNPs of a chromosome, each once, by position, and the rows of each gene's SNPs among them."""
    if not tables:
        return pd.DataFrame(columns=SITES), []
    key = ["pos", "ref", "alt"]
    whole = pd.concat(tables, ignore_index=True)
    sites = whole[np.concatenate(own)].sort_values(key, ignore_index=True)
    place = pd.Series(np.arange(len(sites)), pd.MultiIndex.from_frame(sites[key]))
    rows = place.loc[pd.MultiIndex.from_frame(whole[key])].to_numpy()
    ends = np.cumsum([len(table) for table in tables])[:-1]
    unnamed = sites["id"].isin(["", "."]) | sites["id"].isna()
    made = f"{chrom}:" + sites["pos"].astype(str) + ":" + sites["ref"] + ":" + sites["alt"]
    sites["id"] = sites["id"].where(~unnamed, made)
    return sites.assign(chrom=chrom)[SITES], np.split(rows, ends)
