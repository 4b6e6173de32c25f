"""Denoising networks. To add one: a module here with a class, and its settings and an entry below.

A backbone is built as `Backbone(genes=P, components=K, classes=C, **settings)` and called as
`backbone(x, t, label)`: x float32 (B, P, K), t float32 (B,) the noise level (t+1)/T in (0, 1], label
int64 (B,) with C for unlabelled; it returns a prediction of the shape of x. Padded features need no
treatment: loss and sampler mask them. A backbone that can omit them has a keyword argument `mask`, bool
(P, K) or None (see layers.UnmaskedFeatures). One that links neighbours on a chromosome has a keyword
argument `chromosomes`, int64 (G,) or None: the number of the chromosome of each gene that is no padding,
in the order of the genes axis, whose first G genes they are. One that computes with the noise has a
keyword argument `prediction` (see diffusion.predictions): its schedule, and what the output means. A
backbone with a method `prepare(x, numbers, mask)` is shown the training individuals once, before the
training: float32 (N, P, K), class numbers int64 (N,), and unmasked features, bool (P, K).
"""

from collections.abc import Iterator, Sequence
from inspect import signature
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from genodiff.networks.settings import TokenSettings
from genodiff.registry import Entry, Number, Positive, Settings, find, load_plugin

if TYPE_CHECKING:  # the Snakefile imports this module without torch
    from torch import Tensor

    from genodiff.diffusion.predictions.base import Prediction

# Groups of the group normalisation have at least 16 channels.
Width = Annotated[int, Field(ge=16, multiple_of=16)]


class BaselineSettings(Settings):
    width: Positive = 1024
    """width of its hidden layers"""


class UnetMlpSettings(Settings):
    widths: Annotated[list[Width], Field(min_length=2)] = [1024, 512, 256]
    """widths of its levels, outermost first; the last is the bottleneck"""


class UnetCnnSettings(Settings):
    width: Width = 64
    """channels of the first level"""
    multipliers: Annotated[list[Positive], Field(min_length=1)] = [1, 1, 1, 1, 2, 2, 3, 4]
    """channels of each level in multiples of `width`; each level after the first halves the genes"""
    blocks: Positive = 3
    """residual blocks of a level"""
    attention_at: list[Positive] = [32, 64]
    """factors of downsampling (powers of two) at which there is self-attention"""
    head_width: Positive = 64
    """channels of an attention head"""
    dropout: Annotated[Number, Field(ge=0, lt=1)] = 0.1
    """share of the channels of a residual block that training drops"""

    def problems(self, genes: int, where: str) -> Iterator[str]:
        halvings = len(self.multipliers) - 1
        if genes % 2**halvings:
            yield (
                f"features.pad_genes_to: {genes} is not a multiple of {2**halvings}; "
                f"{where}.multipliers has {halvings + 1} levels, which halve the genes {halvings} times"
            )


class MlpCnnSettings(Settings):
    unet_mlp: UnetMlpSettings = UnetMlpSettings()
    """settings of its dense network"""
    unet_cnn: UnetCnnSettings = UnetCnnSettings()
    """settings of its convolutional network"""
    mixer_width: Positive = 128
    """hidden width of the network of lambda(t), the weight of the convolutional network"""

    def problems(self, genes: int, where: str) -> Iterator[str]:
        yield from self.unet_cnn.problems(genes, f"{where}.unet_cnn")


class TransformerSettings(TokenSettings):
    layers: Positive = 12
    """encoder layers"""


class GeneMixerSettings(Settings):
    neighbours: Annotated[int, Field(ge=0, le=16)] = 4
    """genes on either side, on the same chromosome, that a gene's own weights take in"""
    width: Annotated[int, Field(ge=16)] = 128
    """features that a gene's own weights make"""
    bottleneck: Annotated[int, Field(ge=0)] = 64
    """features of the genome that all genes share; 0: none"""
    values: Annotated[int, Field(ge=0)] = 96
    """values of a gene's components, the most frequent, that the network weighs"""
    centres: Positive = 32
    """groups of the individuals who have other values; one where those are the most"""
    shared_by: Annotated[int, Field(ge=2)] = 20
    """individuals who have a value, or form a group, at least"""
    ancestry: Annotated[int, Field(ge=0)] = 16
    """principal components of the genome, whose variances are those of individuals left out"""
    linkage: Annotated[int, Field(ge=0)] = 32
    """principal components of each chromosome, in parts of at most 32 genes, beside those of ancestry"""


BACKBONES = {
    "unet_cnn": Entry(
        "genodiff.networks.backbones.unet_cnn", "UnetCnn", "CNN", UnetCnnSettings, "convolution",
        {"color": "#D55E00", "marker": "s", "dashes": [4, 1.5]},
    ),
    "unet_mlp": Entry(
        "genodiff.networks.backbones.unet_mlp", "UnetMlp", "MLP", UnetMlpSettings, "dense",
        {"color": "#00468B", "marker": "o", "dashes": []},
    ),
    "mlp_cnn": Entry(
        "genodiff.networks.backbones.mlp_cnn", "MlpCnn", "MLP+CNN", MlpCnnSettings, "mixture",
        {"color": "#00826A", "marker": "D", "dashes": [5, 1.5, 1, 1.5]},
    ),
    "transformer": Entry(
        "genodiff.networks.backbones.transformer", "Transformer", "Transformer", TransformerSettings,
        "attention",
        {"color": "#CC79A7", "marker": "^", "dashes": [1, 1]},
    ),
    "baseline": Entry(
        "genodiff.networks.backbones.baseline", "Baseline", "Baseline", BaselineSettings, "dense",
        {"color": "#E69F00", "marker": "v", "dashes": [7, 2]},
    ),
    "gene_mixer": Entry(
        "genodiff.networks.backbones.gene_mixer", "GeneMixer", "Gene mixer", GeneMixerSettings,
        "genewise",
        {"color": "#8000E0", "marker": "*", "dashes": [2, 1, 6, 1]},
    ),
}  # fmt: skip


def build_backbone(
    name: str, genes: int, components: int, classes: int, settings: dict[str, Any],
    mask: "Tensor | None" = None, plugins: Sequence[str] = (), chromosomes: "Tensor | None" = None,
    prediction: "Prediction | None" = None,
):  # fmt: skip
    """Build a backbone by its registered name, or by `module:Class` of a file in a folder of `plugins`.

    `settings` are the keyword arguments of its class; the others are for backbones that take them: bool
    (P, K) of unmasked features, int64 (G,) of the G genes that are no padding, and the prediction of the
    training. Raises ValueError for an unknown name, and InputError as `load_plugin` does.
    """
    backbone = load_plugin(name, plugins) if ":" in name else find(BACKBONES, "backbone", name).load()
    takes = signature(backbone).parameters
    offered = {"mask": mask, "chromosomes": chromosomes, "prediction": prediction}
    given = {key: own for key, own in offered.items() if own is not None and key in takes}
    return backbone(genes=genes, components=components, classes=classes, **given, **settings)
